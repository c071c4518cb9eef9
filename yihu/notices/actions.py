"""Telling people, and what each may set: ways out, quiet hours, the calendar's address."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from yihu.access.models import User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.access.signing.seal import seal
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused
from yihu.notices import queries
from yihu.notices.choices import Charge, Sent, Step, Topic, Way
from yihu.notices.models import Channel, Delivery, Feed, Notice, Preference, ReminderEdition
from yihu.notices.rules import TRIES, Ladder, leaves_at, rungs
from yihu.notices.sending import Undelivered, hint_of, send

CODE_LASTS = timedelta(minutes=15)
CODE_TRIES = 5
MOST_CHANNELS = 6
MOST_LINES = 20
"""Notices in one message; the rest are counted and stand on the page."""
DUTY_TOPIC = {
    Step.AHEAD: Topic.DUTY,
    Step.TODAY: Topic.DUTY,
    Step.OVERDUE: Topic.DUTY,
}
CHARGE_TOPIC = {
    Charge.FOLLOWUP: Topic.VISIT,
    Charge.RISK: Topic.RISK,
    Charge.RECTIFICATION: Topic.INSPECTION,
}
TELL = """
INSERT INTO notices_notice (user_id, topic, verb, key, facts, url, told_at)
SELECT user_id, topic, verb, key, facts, url, %(at)s FROM unnest(
    %(user)s::bigint[], %(topic)s::text[], %(verb)s::text[], %(key)s::text[], %(facts)s::jsonb[],
    %(url)s::text[]
) AS said (user_id, topic, verb, key, facts, url)
ON CONFLICT (user_id, key) DO NOTHING
RETURNING id
"""
QUEUE = """
INSERT INTO notices_delivery (notice_id, channel_id, user_id, state, due_at)
SELECT n.id, c.id, n.user_id, 'waiting', w.due_at
FROM notices_notice n
JOIN notices_channel c ON c.user_id = n.user_id AND c.proven_at IS NOT NULL
    AND n.topic <> ALL (c.muted)
JOIN unnest(%(channel)s::uuid[], %(due)s::timestamptz[]) AS w (channel_id, due_at)
    ON w.channel_id = c.id
WHERE n.id = ANY (%(notice)s::uuid[])
ON CONFLICT (notice_id, channel_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice to one person; the same `key` is told once."""

    user_id: int
    topic: Topic
    verb: str
    key: str
    url: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def tell(said: Sequence[Telling], *, at: datetime) -> int:
    """Put notices on people's pages and into the queue of each way out; two statements.

    Returns how many were new. The caller stands in the group's scope.
    """
    if not said:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            TELL,
            {
                "at": at,
                "user": [one.user_id for one in said],
                "topic": [one.topic.value for one in said],
                "verb": [one.verb for one in said],
                "key": [one.key for one in said],
                "facts": [Jsonb(dict(one.facts)) for one in said],
                "url": [one.url for one in said],
            },
        )
        made = [row[0] for row in cursor.fetchall()]
        if made:
            people = {one.user_id for one in said}
            leaving = _leaving(people, at)
            cursor.execute(
                QUEUE,
                {"notice": made, "channel": list(leaving), "due": list(leaving.values())},
            )
    return len(made)


def _leaving(people: set[int], at: datetime) -> dict[Any, datetime]:
    """When a message of now may leave on each channel of these people."""
    wishes = {wish.user_id: wish for wish in Preference.objects.filter(user__in=people)}
    usual = Preference()
    local = timezone.localtime(at)
    found = {}
    for pk, user_id, pace in Channel.objects.filter(
        user__in=people, proven_at__isnull=False
    ).values_list("pk", "user_id", "pace"):
        wish = wishes.get(user_id, usual)
        found[pk] = leaves_at(
            local,
            pace,
            digest_at=wish.digest_at,
            quiet_from=wish.quiet_from,
            quiet_until=wish.quiet_until,
        )
    return found


@transaction.atomic
def remind(today: date, *, at: datetime) -> int:
    """Tell everybody whom a rung of the ladder reaches today; run as often as one likes.

    Set-based: one query for the days, one for whom they reach, one insert. In the group's scope.
    """
    ladder, days = queries.ladder_on(today), queries.working_days()
    horizon = days.nth_after(today, max(ladder.ahead, default=0))
    due = queries.open_due_dates(today, horizon)
    reached = queries.reached({day: list(rungs(day, today, ladder, days)) for day in due}, today)
    return tell([_telling(one) for one in reached], at=at)


def _telling(one: queries.Reached) -> Telling:
    return _of_charge(one, Charge(one.charge)) if one.charge else _of_files(one, Step(one.step))


def _of_charge(one: queries.Reached, charge: Charge) -> Telling:
    key = f"charge:{one.step}:{one.turn}:{one.unit_id}:{charge}:{one.due_on}"
    facts = {"charge": charge.value, "due_on": one.due_on.isoformat(), "count": one.count}
    url = queries.charge_url(charge)
    return Telling(one.user_id, CHARGE_TOPIC[charge], f"charge.{one.step}", key, url, facts)


def _of_files(one: queries.Reached, step: Step) -> Telling:
    key = f"duty:{step}:{one.turn}:{one.unit_id}:{one.kind}:{one.klass}:{one.due_on}"
    where = {"kind": one.kind, "klass": one.klass, "month": f"{one.due_on:%Y-%m}", "state": "todo"}
    if step == Step.SUPERVISOR:
        where["unit"] = str(one.unit_id)
    facts = {
        "kind": one.kind,
        "klass": one.klass,
        "due_on": one.due_on.isoformat(),
        "count": one.count,
        "unit": one.unit,
    }
    topic = DUTY_TOPIC.get(step, Topic.ESCALATION)
    return Telling(one.user_id, topic, f"duty.{step}", key, queries.duties_url(where), facts)


@transaction.atomic
def read(by: User, notice: Notice, *, at: datetime) -> Notice:
    """The person has seen it."""
    if notice.read_at is None:
        notice.read_at = at
        notice.save(update_fields=["read_at"])
    return notice


@transaction.atomic
def read_all(by: User, *, at: datetime) -> int:
    """All of the person's notices are seen; returns how many were not."""
    return Notice.objects.filter(user=by, read_at=None).update(read_at=at)


# The ladder's numbers ----------------------------------------------------------------------------


@transaction.atomic
def publish_ladder(
    by: User, ladder: Ladder, *, effective_on: date, basis: str, today: date, at: datetime
) -> ReminderEdition:
    """New numbers from a day on; what was told before stays told. Raises: Denied, Refused."""
    require(holds(by, Role.SUPERVISOR), _("发布提醒规则的"))
    words = basis.strip()
    if not words:
        raise Refused(_("请写明调整提醒规则的依据。"))
    if effective_on < today:
        raise Refused(_("生效日期不能早于今天，已经发出的提醒不再改变。"))
    if not ladder.reviewer <= ladder.steward <= ladder.supervisor:
        raise Refused(_("逾期后应先提醒审核人，再提醒单位管理员，最后提醒集团监督员。"))
    last = ReminderEdition.objects.select_for_update().order_by("-number").first()
    made = ReminderEdition.objects.create(
        number=last.number + 1 if last else 1,
        effective_on=effective_on,
        ahead=sorted(set(ladder.ahead), reverse=True),
        again=ladder.again,
        reviewer=ladder.reviewer,
        steward=ladder.steward,
        supervisor=ladder.supervisor,
        basis=words,
        published_by=by,
        published_at=at,
    )
    audit.record(by, "reminders.published", made, data={"number": made.number})
    return made


# What each may set -------------------------------------------------------------------------------


@transaction.atomic
def prefer(
    by: User, *, digest_at: time, quiet_from: time | None, quiet_until: time | None
) -> Preference:
    """Quiet hours and the hour of the digest. Raises: Refused."""
    if (quiet_from is None) != (quiet_until is None):
        raise Refused(_("免打扰时段要同时填写起止，或都留空。"))
    if quiet_from is not None and quiet_from == quiet_until:
        raise Refused(_("免打扰时段的起止不能相同。"))
    made, _new = Preference.objects.update_or_create(
        user=by,
        defaults={"digest_at": digest_at, "quiet_from": quiet_from, "quiet_until": quiet_until},
    )
    return made


@transaction.atomic
def add_channel(
    by: User,
    way: Way,
    *,
    address: str,
    secret: str,
    pace: str,
    muted: Sequence[str],
    at: datetime,
) -> Channel:
    """Add a way and send a code there; it carries nothing else until the code came back.

    Raises: Refused where there are enough, or the code could not be sent.
    """
    if Channel.objects.filter(user=by).count() >= MOST_CHANNELS:
        raise Refused(_("最多设 %(most)d 种提醒方式，请先删去不用的。") % {"most": MOST_CHANNELS})
    made = Channel(
        user=by,
        way=way,
        pace=pace,
        address=seal(address.strip()),
        secret=seal(secret.strip()) if secret.strip() else "",
        hint=hint_of(way, address.strip()),
        muted=list(muted),
    )
    code = f"{secrets.randbelow(1_000_000):06d}"
    made.code, made.code_until = _digest(code), at + CODE_LASTS
    made.save()
    made.refresh_from_db()
    words = _("您的校验码是 %(code)s，15 分钟内在“提醒设置”中填入。") % {"code": code}
    try:
        send(made, _("一户：校验提醒方式"), [words])
    except Undelivered as why:
        raise Refused(_("校验码没有送达：%(why)s。请核对地址后再试。") % {"why": why}) from why
    audit.record(by, "channel.added", made, data={"way": way})
    return made


@transaction.atomic
def prove_channel(by: User, channel: Channel, *, code: str, at: datetime) -> bool:
    """Whether the code is the one that was sent there; five tries, fifteen minutes."""
    row = Channel.objects.select_for_update().get(pk=channel.pk, user=by)
    spent = row.code_tries >= CODE_TRIES or row.code_until is None or row.code_until < at
    if row.proven_at is not None or spent:
        return row.proven_at is not None
    row.code_tries += 1
    fits = secrets.compare_digest(row.code, _digest(code.strip()))
    if fits:
        row.proven_at, row.code = at, ""
        audit.record(by, "channel.proven", row, data={"way": row.way})
    row.save(update_fields=["code_tries", "proven_at", "code"])
    return fits


@transaction.atomic
def change_channel(by: User, channel: Channel, *, pace: str, muted: Sequence[str]) -> Channel:
    """How often, and what not."""
    channel.pace, channel.muted = pace, list(muted)
    channel.save(update_fields=["pace", "muted"])
    audit.record(by, "channel.changed", channel, data={"way": channel.way})
    return channel


@transaction.atomic
def remove_channel(by: User, channel: Channel) -> None:
    """Nothing leaves by it any more."""
    audit.record(by, "channel.removed", channel, data={"way": channel.way})
    channel.delete()


def _digest(code: str) -> str:
    return hashlib.sha256(b"yihu.notices.code\n" + code.encode()).hexdigest()


@transaction.atomic
def make_feed(by: User, *, at: datetime) -> str:
    """A new private address of the calendar; the one before ends. Returns the secret, once."""
    Feed.objects.filter(user=by, ended_at=None).update(ended_at=at)
    secret = secrets.token_urlsafe(32)
    made = Feed.objects.create(user=by, key=feed_key(secret), made_at=at)
    audit.record(by, "feed.made", made)
    return secret


@transaction.atomic
def end_feed(by: User, *, at: datetime) -> bool:
    """The address answers nothing any more; whether there was one."""
    feed = queries.feed_of(by)
    if feed is None:
        return False
    feed.ended_at = at
    feed.save(update_fields=["ended_at"])
    audit.record(by, "feed.ended", feed)
    return True


def feed_key(secret: str) -> str:
    """As the table keeps it."""
    return hashlib.sha256(b"yihu.notices.feed\n" + secret.encode()).hexdigest()


# The end of a post (§6.3.4) ----------------------------------------------------------------------


def end_feeds(user_ids: Sequence[int], at: datetime) -> int:
    """Calendars of whoever left answer nothing."""
    return Feed.objects.filter(user__in=user_ids, ended_at=None).update(ended_at=at)


def end_channels(user_ids: Sequence[int], at: datetime) -> int:
    """No message follows whoever left; the addresses are forgotten."""
    return Channel.objects.filter(user__in=user_ids).delete()[1].get("notices.Channel", 0)


# Leaving the house -------------------------------------------------------------------------------


@transaction.atomic
def deliver(channel_id: Any, *, at: datetime) -> int:
    """Send what is due on a channel as one message; returns how many notices it held.

    The row is locked while it is sent, so two workers do not send it twice; a worker that dies
    after the send and before the commit may. What fails waits longer each time, then is given up.
    """
    channel = (
        Channel.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("user")
        .filter(pk=channel_id)
        .first()
    )
    if channel is None:
        return 0
    waiting = queries.pending(channel, at, most=200)
    if not waiting:
        return 0
    if not channel.user.is_active:
        _mark(waiting, state=Sent.DROPPED)
        return 0
    try:
        send(channel, *queries.message_of(waiting, MOST_LINES))
    except Undelivered as why:
        _put_off(channel, waiting, str(why), at=at)
        return 0
    _mark(waiting, state=Sent.SENT, sent_at=at)
    if channel.failing_since is not None:
        channel.failing_since = None
        channel.save(update_fields=["failing_since"])
    return len(waiting)


def _mark(rows: Sequence[Delivery], **values: Any) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(**values)


def _put_off(channel: Channel, rows: Sequence[Delivery], problem: str, *, at: datetime) -> None:
    tries = max(row.tries for row in rows) + 1
    if tries > len(TRIES):
        _mark(rows, state=Sent.FAILED, tries=tries, problem=problem[:120])
    else:
        later = at + timedelta(minutes=TRIES[tries - 1])
        _mark(rows, due_at=later, tries=tries, problem=problem[:120])
    if channel.failing_since is None:
        channel.failing_since = at
        channel.save(update_fields=["failing_since"])
