"""One signed POST to an endpoint; what the receiver answered, in words without its body."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from yihu.access.signing.seal import unseal
from yihu.kit.outbound import Forbidden, Unanswered, send
from yihu.outbox.models import Endpoint
from yihu.outbox.rules import NOT_THERE, headers


class Undelivered(Exception):
    """Nobody took it; says why. `there`: the receiver answered, and does not want this event."""

    def __init__(self, why: str, *, there: bool = False) -> None:
        super().__init__(why)
        self.there = there


def keys_of(endpoint: Endpoint, at: datetime) -> list[str]:
    """The secrets that sign now: the newest first, the one before while it overlaps."""
    sealed = [endpoint.secret]
    if endpoint.before_until is not None and endpoint.before_until > at:
        sealed.append(endpoint.before)
    return [unseal(one) for one in sealed]


def post(endpoint: Endpoint, number: int, content: Mapping[str, Any], *, at: datetime) -> int:
    """Send it and return the status, one of 2xx. Raises: Undelivered."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    signed = headers(number, int(at.timestamp()), body, keys_of(endpoint, at))
    try:
        answer = send(endpoint.url, body=body, headers=signed)
    except (Forbidden, Unanswered) as why:
        raise Undelivered(str(why)) from why
    if 200 <= answer.status < 300:
        return answer.status
    said = _("对方答复 %(status)d") % {"status": answer.status}
    raise Undelivered(said, there=answer.status not in NOT_THERE)
