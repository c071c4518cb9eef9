"""What the list of undelivered events can be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order
from yihu.outbox.kinds import KINDS
from yihu.outbox.models import Endpoint


class DeadFilter(Filter):
    """Of which endpoint, of which type; the longest stuck first."""

    orders: ClassVar[Mapping[str, Order]] = {"tried": Order("tried_at", datetime.fromisoformat)}
    endpoint: Any = choice(_("接收系统"), [])
    kind: Any = choice(_("事件类型"), [])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        names = [(str(pk), name) for pk, name in Endpoint.objects.values_list("pk", "name")]
        for field, found in (
            ("endpoint", names),
            ("kind", [(kind.verb, kind.label) for kind in KINDS]),
        ):
            shown: Any = self.fields[field]
            shown.choices = [*shown.choices, *found]
