"""Every write: publishing, endpoints and their keys, deliveries and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.signing.seal import seal
from yihu.audit import actions as audit
from yihu.kit.outbound import Forbidden, Unanswered, judge
from yihu.org.models import OrgUnit
from yihu.outbox import policy, queries
from yihu.outbox.choices import Sent, State, Why
from yihu.outbox.kinds import BY_VERB, KINDS
from yihu.outbox.models import Delivery, Endpoint, Position, Published
from yihu.outbox.rules import (
    EVENTS_KEPT_LEAST,
    KEPT,
    OVERLAP,
    PAUSE_AFTER,
    PRUNED_AT_ONCE,
    TRIES,
    jittered,
    new_secret,
    wait,
)
from yihu.outbox.sending import Undelivered, post

PUBLISH = (queries.SQL / "publish.sql").read_text("utf-8")
QUEUE = (queries.SQL / "queue.sql").read_text("utf-8")
PRUNE = (queries.SQL / "prune.sql").read_text("utf-8")
BATCH = 5000
LIFE = "SELECT system_identifier::text FROM pg_control_system()"


class Refused(Exception):
    """Nothing was changed; says why, and the way out. `field`: of the form, where it is one's."""

    def __init__(self, why: str, field: str | None = None) -> None:
        super().__init__(why)
        self.field = field


# Publishing: the group's own work ----------------------------------------------------------------


@transaction.atomic
def publish() -> int:
    """Give the next number to what was committed since, and queue it; how many.

    One at a time: the row of the position is locked. What is still running when this looks has a
    higher transaction than `floor` and is looked for again, however late it commits; a number is
    never given to what may yet be undone. Call it until it returns less than `BATCH`.
    """
    held = Position.objects.select_for_update().get()
    with connection.cursor() as cursor:
        cursor.execute(LIFE)
        (life,) = cursor.fetchone()
        cursor.execute(
            PUBLISH,
            {
                "verbs": [kind.verb for kind in KINDS],
                "places": [kind.of.value for kind in KINDS],
                "guarded": [kind.guarded for kind in KINDS],
                "since": held.floor if life == held.life else 0,
                "begins_at": held.begins_at,
                "last": held.last_number,
                "most": BATCH,
                "life": life,
            },
        )
        (last,) = cursor.fetchone()
        if last > held.last_number:
            first = held.last_number + 1
            cursor.execute(QUEUE, {"first": first, "last": last, "endpoint": None})
    return int(last - held.last_number)


@transaction.atomic
def rest_unkept() -> int:
    """Endpoints whose owner no longer holds ITC's role pause; how many."""
    rows = Endpoint.objects.filter(state=State.OPEN).exclude(queries.kept())
    found = list(rows.select_for_update(of=("self",)))
    for row in found:
        _rest(row, Why.KEEPER)
    return len(found)


def rest_endpoints(user_ids: Sequence[int], at: datetime) -> int:
    """Nothing leaves by what a leaver kept, until a successor takes it over (§6.3.4)."""
    rows = Endpoint.objects.filter(owner__in=user_ids, state=State.OPEN)
    return rows.update(state=State.PAUSED, why=Why.KEEPER)


def forget(at: datetime) -> int:
    """Deliveries that arrived long ago are no longer listed."""
    rows = Delivery.objects.filter(state=Sent.DELIVERED, delivered_at__lt=at - KEPT)
    return rows.delete()[0]


@transaction.atomic
def prune(at: datetime, *, days: int) -> int:
    """Delete the oldest events beyond `days` (never fewer than ninety), at most ten thousand.

    It stops before the first that some endpoint has not been given, so what is kept has no gap.
    The log itself, of which they are an extract, stays. Returns how many.
    """
    before = at - timedelta(days=max(days, EVENTS_KEPT_LEAST))
    position = Position.objects.select_for_update().get()
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, {"before": before, "most": PRUNED_AT_ONCE})
        count, last = cursor.fetchone()
    if not count:
        return 0
    Published.objects.filter(number__lte=last).delete()
    position.kept_from, position.begins_at = last + 1, max(position.begins_at, before)
    position.save(update_fields=["kept_from", "begins_at"])
    audit.record(None, "events.pruned", position, data={"count": count, "number": last})
    return int(count)


# Endpoints ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What ITC asks for. `unit`: None for the group's events; no `kinds`: all of them."""

    name: str
    url: str
    unit: OrgUnit | None
    kinds: Sequence[str]
    purpose: str


@transaction.atomic
def ask(by: User, wish: Wish, *, at: datetime) -> tuple[Endpoint, str]:
    """An endpoint that waits for consent, and its secret, told once. Raises: Denied, Refused."""
    require(policy.may_keep(by), _("设置事件外发的"))
    if unknown := set(wish.kinds) - BY_VERB.keys():
        raise Refused(_("没有“%(kind)s”这种事件。") % {"kind": min(unknown)}, "kinds")
    try:
        judge(wish.url)
    except (Forbidden, Unanswered) as why:
        raise Refused(str(why), "url") from why
    secret = new_secret()
    made = Endpoint.objects.create(
        unit=wish.unit,
        name=wish.name,
        url=wish.url,
        kinds=sorted(wish.kinds),
        purpose=wish.purpose,
        owner=by,
        asked_by=by,
        asked_at=at,
        secret=seal(secret),
    )
    made.refresh_from_db()
    audit.record(by, "endpoint.asked", made, data={"kinds": made.kinds})
    return made, secret


@transaction.atomic
def agree(by: User, endpoint: Endpoint, *, at: datetime) -> Endpoint:
    """Events leave from now on; those before by `replay` alone. Raises: Denied, Refused."""
    require(policy.may_agree(by, endpoint), _("同意事件外发的"))
    held = _locked(endpoint, State.ASKED)
    held.state, held.agreed_by, held.agreed_at = State.OPEN, by, at
    held.save(update_fields=["state", "agreed_by", "agreed_at"])
    audit.record(by, "endpoint.agreed", held)
    return held


@transaction.atomic
def end(by: User, endpoint: Endpoint, *, reason: str) -> Endpoint:
    """Nothing goes there any more, what waits is dropped. Raises: Denied, Refused."""
    require(policy.may_end(by, endpoint), _("停用事件外发的"))
    held = _locked(endpoint, State.ASKED, State.OPEN, State.PAUSED)
    held.note = _reason(reason)
    was = State(held.state)
    held.state, held.why = State.ENDED, Why.NONE
    held.save(update_fields=["state", "why", "note"])
    with for_group():
        waiting = Delivery.objects.filter(endpoint=held, state__in=queries.STANDING)
        mine = waiting.select_for_update(skip_locked=True)  # one may be on its way
        dropped = Delivery.objects.filter(pk__in=mine.values("pk")).update(
            state=Sent.DROPPED, problem=_("端点已停用")
        )
    verb = "endpoint.refused" if was == State.ASKED else "endpoint.ended"
    audit.record(by, verb, held, data={"reason": held.note, "count": dropped})
    return held


@transaction.atomic
def pause(by: User, endpoint: Endpoint, *, reason: str) -> Endpoint:
    """What happens meanwhile waits. Raises: Denied, Refused."""
    require(policy.may_keep(by), _("暂停事件外发的"))
    held = _locked(endpoint, State.OPEN)
    held.note = _reason(reason)
    _rest(held, Why.HAND, by=by)
    return held


@transaction.atomic
def resume(by: User, endpoint: Endpoint) -> Endpoint:
    """What waited goes out in its order. Raises: Denied, Refused."""
    require(policy.may_keep(by), _("恢复事件外发的"))
    held = _locked(endpoint, State.PAUSED)
    with for_group():
        kept = Endpoint.objects.filter(queries.kept(), pk=held.pk).exists()
    if not kept:
        raise Refused(_("负责人已离岗或不再任信息技术中心角色，请先由接替的人接管。"))
    held.state, held.why, held.note = State.OPEN, Why.NONE, ""
    held.failures, held.failing_since, held.rest_until = 0, None, None
    held.save(update_fields=["state", "why", "note", "failures", "failing_since", "rest_until"])
    audit.record(by, "endpoint.resumed", held)
    return held


@transaction.atomic
def take_over(by: User, endpoint: Endpoint) -> Endpoint:
    """Another of ITC keeps it from now on; where it paused for that, it goes on with `resume`.

    Raises: Denied, Refused.
    """
    require(policy.may_keep(by), _("接管事件外发的"))
    held = _locked(endpoint, State.ASKED, State.OPEN, State.PAUSED)
    if held.owner_id == by.pk:
        raise Refused(_("您已是负责人。"))
    held.owner = by
    held.save(update_fields=["owner"])
    audit.record(by, "endpoint.taken_over", held)
    return held


@transaction.atomic
def rotate(by: User, endpoint: Endpoint, *, at: datetime) -> str:
    """A new secret, told once; the one before signs beside it for a day. Raises: Denied, Refused.

    Rotated twice within the day, the first of the three ends at once.
    """
    require(policy.may_keep(by), _("更换签名密钥的"))
    held = _locked(endpoint, State.ASKED, State.OPEN, State.PAUSED)
    secret = new_secret()
    held.before, held.before_until = held.secret, at + OVERLAP
    held.secret = seal(secret)
    held.save(update_fields=["before", "before_until", "secret"])
    audit.record(by, "endpoint.rotated", held, data={"until": held.before_until})
    return secret


@transaction.atomic
def try_out(by: User, endpoint: Endpoint, *, at: datetime) -> str:
    """Send a test event, outside of every order; what came of it. Raises: Denied, Refused."""
    require(policy.may_keep(by), _("发送测试事件的"))
    held = _standing(endpoint, State.ASKED, State.OPEN, State.PAUSED)
    content = {"number": 0, "type": "test", "at": at.isoformat(), "unit": None, "dossier": None,
               "subject": {"type": "outbox.endpoint", "id": str(held.pk)}, "fields": [],
               "page": None}  # fmt: skip
    try:
        said = _("对方已收到，答复 %(status)d。") % {"status": post(held, 0, content, at=at)}
    except Undelivered as why:
        said = _("没有送到：%(why)s。") % {"why": why}
    audit.record(by, "endpoint.tested", held)
    return said


@transaction.atomic
def replay(by: User, endpoint: Endpoint, *, number: int) -> int:
    """Send again every event from a number on; how many. Raises: Denied, Refused."""
    require(policy.may_keep(by), _("重放事件的"))
    held = _standing(endpoint, State.OPEN, State.PAUSED)
    with for_group(), connection.cursor() as cursor:
        position = Position.objects.select_for_update().get()  # none is published meanwhile
        if not 1 <= number <= position.last_number:
            said = _("事件号应在 1 至 %(last)d 之间。") % {"last": position.last_number}
            raise Refused(said, "number")
        given: dict[str, Any] = {"first": number, "last": position.last_number, "endpoint": held.pk}
        cursor.execute(QUEUE, given)
        count = cursor.rowcount
    audit.record(by, "endpoint.replayed", held, data={"number": number, "count": count})
    return int(count)


def _locked(endpoint: Endpoint, *states: str) -> Endpoint:
    rows = Endpoint.objects.select_for_update(of=("self",), no_key=True)
    return _standing(rows.get(pk=endpoint.pk), *states)


def _standing(held: Endpoint, *states: str) -> Endpoint:
    """Not locked where it need not be: a delivery under way would wait for its own endpoint."""
    if held.state not in states:
        said = _("这个端点现在是“%(state)s”，不能这样办，请刷新页面。")
        raise Refused(said % {"state": held.get_state_display()})
    return held


def _rest(held: Endpoint, why: Why, *, by: User | None = None) -> None:
    held.state, held.why = State.PAUSED, why
    held.save(update_fields=["state", "why", "note"])
    audit.record(by, "endpoint.paused", held, data={"cause": why.value})


def _reason(said: str) -> str:
    words = said.strip()
    if not words:
        raise Refused(_("请写明原因。"), "reason")
    return words[:200]


# Deliveries --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the head of a lane: delivered (go on), or how long to wait, or neither."""

    delivered: bool = False
    wait: timedelta | None = None


NOTHING = Outcome()


@transaction.atomic
def deliver_head(endpoint_id: UUID, lane: str, *, at: datetime) -> Outcome:
    """Send the first event of the lane that waits; its row is locked while it is on its way.

    Two workers on one lane never overtake each other, and one that dies leaves the row waiting:
    sent twice perhaps, lost never. The group's own work.
    """
    endpoint = Endpoint.objects.filter(queries.kept(), pk=endpoint_id, state=State.OPEN).first()
    if endpoint is None:
        return NOTHING
    if endpoint.rest_until is not None and endpoint.rest_until > at:
        return Outcome(wait=jittered(endpoint.rest_until - at))
    first = queries.head_of(endpoint_id, lane)
    if first is None or first.state != Sent.WAITING:
        return NOTHING
    rows = Delivery.objects.filter(pk=first.pk, state=Sent.WAITING)
    head = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if head is None:
        return NOTHING
    event = first.published
    try:
        post(endpoint, event.number, queries.said(event, queries.codes_of([event])), at=at)
    except Undelivered as why:
        return _failed(endpoint, head, why, at=at)
    head.state, head.delivered_at, head.tried_at, head.problem = Sent.DELIVERED, at, at, ""
    head.save(update_fields=["state", "delivered_at", "tried_at", "problem"])
    Endpoint.objects.filter(pk=endpoint_id).update(
        last_at=at, failures=0, failing_since=None, rest_until=None
    )
    return Outcome(delivered=True)


def _failed(endpoint: Endpoint, head: Delivery, why: Undelivered, *, at: datetime) -> Outcome:
    """An answer against the event counts against it; silence counts against the endpoint."""
    head.tried_at, head.problem = at, str(why)[:200]
    head.tries += why.there
    head.save(update_fields=["tried_at", "problem", "tries"])
    held = Endpoint.objects.select_for_update(of=("self",), no_key=True).get(pk=endpoint.pk)
    held.failing_since = held.failing_since or at
    first = settings.WEBHOOK_FIRST_SECONDS
    if why.there:
        later = wait(head.tries, first)
    else:
        held.failures += 1
        later = wait(held.failures, first)
        held.rest_until = at + later
    held.save(update_fields=["failing_since", "failures", "rest_until"])
    if held.state == State.OPEN and at - held.failing_since >= PAUSE_AFTER:
        _rest(held, Why.FAILING)
        return NOTHING
    if head.tries >= TRIES:
        head.state = Sent.DEAD
        head.save(update_fields=["state"])
        data = {"number": head.published_id, "kind": head.kind}
        audit.record(None, "delivery.died", held, data=data)
        return NOTHING
    return Outcome(wait=jittered(later))


@transaction.atomic
def retry(by: User, delivery: Delivery) -> None:
    """Try the event again; those behind it go on waiting. Raises: Denied, Refused."""
    held = _dead(by, delivery)
    held.state, held.tries, held.problem = Sent.WAITING, 0, ""
    held.save(update_fields=["state", "tries", "problem"])
    _decided(by, "delivery.retried", held)


@transaction.atomic
def drop(by: User, delivery: Delivery, *, reason: str) -> None:
    """Give the event up, and let those behind it go. Raises: Denied, Refused."""
    held = _dead(by, delivery)
    why = _reason(reason)
    held.state, held.problem = Sent.DROPPED, why
    held.save(update_fields=["state", "problem"])
    _decided(by, "delivery.dropped", held, reason=why)


def _dead(by: User, delivery: Delivery) -> Delivery:
    require(policy.may_keep(by), _("处理未送达事件的"))
    held = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if held.state != Sent.DEAD:
        raise Refused(_("这条已处理过，请刷新页面。"))
    return held


def _decided(by: User, verb: str, held: Delivery, **more: Any) -> None:
    data = {"number": held.published_id, "kind": held.kind, **more}
    audit.record(by, verb, held.endpoint, data=data)
