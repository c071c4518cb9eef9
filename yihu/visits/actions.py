"""Visits are planned, invited to, held and written up; minutes are corrected with a reason.

What came of them is followed up in `following.py` (§6.2.1d).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Lapsed, Refused, Unfit
from yihu.dossiers.rules import State as FileState
from yihu.kit import text
from yihu.kit.turns import take_turn
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import EmploymentStatus
from yihu.papers.actions import upload
from yihu.papers.choices import Kind as PaperKind
from yihu.papers.choices import Sensitivity
from yihu.papers.models import Document
from yihu.visits.choices import Kind, Level, NeedKind, Priority, Side, State, Topic
from yihu.visits.models import Followup, Need, Participant, Quota, Revision, Visit
from yihu.visits.policy import may_plan, may_take_out, may_write
from yihu.visits.queries import contacts_of, last_serial, ours_of
from yihu.visits.rules import MOST_A_YEAR, PROMISED_DAYS, SUMMARY_LEAST, Arranged, concerned

REASON_MOST = 200
LONGEST = 20_000
"""Characters of the minutes."""
MINUTES_MOST = 24 * 60
WORDS = ("summary", "conclusions", "market_intel", "competitor_intel")
VALUES = (
    "kind", "level", "planned_on", "moment", "minutes", "place", "topics", "purpose", *WORDS,
    "risk_signal", "risk_note",
)  # fmt: skip
"""The columns that a form fills in, besides who took part and the day it was held."""
CHANGING = (
    *VALUES, "lead", "held_on", "document", "state", "client_id", "recorded_by", "written_at",
    "revision", "changed_at", "cancelled_by", "cancelled_at", "cancelled_reason",
)  # fmt: skip
"""What of a line may change; its number, file and entering never do (migration 0002)."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A person of the customer's, by name and post."""

    name: str
    post: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """What one side promised: whoever answers for it on ours, and by when (None: 30 days)."""

    side: str
    text: str
    owner: Staff | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the customer asked for or thinks."""

    category: str
    text: str
    priority: str = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Content:
    """What a door hands in of a visit. `file`: the signed minutes as bytes and their name."""

    kind: str
    level: str
    lead: Staff
    planned_on: date | None = None
    moment: time | None = None
    minutes: int = 60
    held_on: date | None = None
    place: str = ""
    topics: Sequence[str] = ()
    purpose: str = ""
    summary: str = ""
    conclusions: str = ""
    market_intel: str = ""
    competitor_intel: str = ""
    risk_signal: bool = False
    risk_note: str = ""
    ours: Sequence[Staff] = ()
    theirs: Sequence[Guest] = ()
    promises: Sequence[Promise] = ()
    wishes: Sequence[Wish] = ()
    file: tuple[BinaryIO, str] | None = None


class Clash(Lapsed):
    """Somebody else wrote to this visit since the form was opened; `visit` is what is there."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(_("这次访谈已被他人改过，您的内容还没有保存。请对照两份内容后再决定。"))
        self.visit = visit


@transaction.atomic
def plan(
    by: User, dossier: Dossier, *, content: Content, at: datetime, today: date,
    client_id: UUID | None = None,
) -> Visit:  # fmt: skip
    """A visit is meant to be on a day. The same `client_id` again gives the same visit.

    Raises: Denied, Refused (closed file), Unfit (names the field).
    """
    return _begun(by, dossier, content, at=at, today=today, client_id=client_id)


@transaction.atomic
def replan(by: User, visit: Visit, *, content: Content, seen: int, at: datetime) -> Visit:
    """Another day or place, other people. Raises: Denied, Refused (not planned), Clash, Unfit.

    Its line says whom of ours it concerns who were invited.
    """
    held = _held(by, visit, seen)
    if held.state != State.PLANNED:
        raise Refused(_("只有已计划、尚未进行的访谈可以修改计划。"))
    values = _values(held.dossier, content)
    if content.planned_on is None:
        raise Unfit(_("请填写计划日期。"))
    before = _arranged(held)
    _put(held, values, content, at=at)
    held.save(update_fields=CHANGING)
    _seat(held, content)
    staff = concerned(before, _arranged(held)) if held.invited_at is not None else set()
    _tell(
        by, "visit.replanned", held,
        {"planned_on": held.planned_on, "staff": sorted(map(str, staff))},
    )  # fmt: skip
    return held


@transaction.atomic
def invite(by: User, visit: Visit, *, trace: str, at: datetime) -> Visit:
    """The invitation goes out, under that trace code. Raises: Denied, Refused (not planned)."""
    held = _held(by, visit)
    if held.state != State.PLANNED:
        raise Refused(_("只有已计划、尚未进行的访谈可以发出邀请。"))
    held.invited_at = at
    held.save(update_fields=["invited_at"])
    _tell(by, "visit.invited", held, {"planned_on": held.planned_on, "trace": trace})
    return held


@transaction.atomic
def hold(by: User, visit: Visit, *, held_on: date, at: datetime, today: date) -> Visit:
    """It took place; its minutes are to be written (§6.2.1d). Raises: Denied, Refused, Unfit."""
    held = _held(by, visit)
    if held.state != State.PLANNED:
        raise Refused(_("这次访谈已登记为进行过，或已取消。"))
    held.held_on = _day_held(held_on, today)
    held.state = State.HELD
    held.revision += 1
    held.changed_at = at
    held.save(update_fields=["held_on", "state", "revision", "changed_at"])
    _tell(by, "visit.held", held, {"held_on": held.held_on})
    return held


@transaction.atomic
def write(
    by: User, dossier: Dossier, visit: Visit | None, *, content: Content, seen: int, at: datetime,
    today: date, client_id: UUID | None = None,
) -> Visit:  # fmt: skip
    """The minutes of a visit, planned before or not; promises become follow-ups, wishes needs.

    What was sent before under the same `client_id` is given back and nothing done. Raises: Denied,
    Refused (closed file, cancelled), Clash, Unfit (names the field), and what an upload raises.
    """
    if visit is not None:
        now = _held(by, visit)
        if client_id is not None and (now.client_id, now.state) == (client_id, State.WRITTEN):
            return now
        if now.revision != seen or now.state == State.WRITTEN:
            raise Clash(now)
        values = _values(now.dossier, content)
    else:
        now = _begun(by, dossier, content, at=at, today=today, client_id=client_id, written=True)
        if now.state != State.HELD:  # sent before
            return now
        values = {}
    content_day = _day_held(content.held_on, today)
    document = _stored(by, now, content, at=at)
    _enough(content, now, document)
    was = now.state
    _put(now, values, content, at=at)
    now.held_on, now.state, now.written_at = content_day, State.WRITTEN, at
    now.recorded_by = staff_of(by)
    now.client_id = client_id
    if document is not None:
        now.document = document
    now.save(update_fields=CHANGING)
    _seat(now, content)
    if was == State.PLANNED:
        _tell(by, "visit.held", now, {"held_on": now.held_on})
    _tell(by, "visit.written", now, {"held_on": now.held_on, "topics": list(now.topics)})
    for promise in content.promises:
        promised(by, now, promise, at=at)
    for wish in content.wishes:
        heard(by, now, wish)
    return now


@transaction.atomic
def correct(
    by: User, visit: Visit, *, content: Content, reason: str, seen: int, at: datetime, today: date
) -> Visit:
    """Other minutes with a reason; what they said before is kept (§5.2).

    Raises: Denied, Refused (not written), Clash, Unfit (names the field, or nothing changed).
    """
    held = _held(by, visit, seen)
    if held.state != State.WRITTEN:
        raise Refused(_("只有已成纪要的访谈可以更正。"))
    why = reason_of(reason, _("请写明更正的原因，例如“日期录错”。"))
    values = _values(held.dossier, content)
    day = _day_held(content.held_on, today)
    before = said(held)
    document = _stored(by, held, content, at=at)
    _enough(content, held, document)
    _put(held, values, content, at=at)
    held.held_on = day
    if document is not None:
        held.document = document
    _seat(held, content)
    after = said(held)
    changed = {code: was for code, was in before.items() if was != after[code]}
    if not changed:
        raise Unfit(_("没有改动任何内容，无需更正。"))
    held.save(update_fields=CHANGING)
    number = Revision.objects.filter(unit=held.unit_id, visit=held).count() + 1
    Revision.objects.create(
        unit_id=held.unit_id, dossier_id=held.dossier_id, visit=held, number=number,
        reason=why, before=changed, by=staff_of(by), at=at,
    )  # fmt: skip
    _tell(by, "visit.corrected", held, {"changed": sorted(changed), "revision": number})
    return held


@transaction.atomic
def cancel(by: User, visit: Visit, *, reason: str, at: datetime) -> Visit:
    """It will not take place, and why. Raises: Denied, Refused (took place), Unfit (no reason)."""
    held = _held(by, visit)
    if held.state != State.PLANNED:
        raise Refused(_("已进行的访谈不能取消；如内容有误，请更正。"))
    held.cancelled_reason = reason_of(reason, _("请写明取消的原因，例如“客户改期”。"))
    held.cancelled_by, held.cancelled_at, held.state = staff_of(by), at, State.CANCELLED
    held.revision += 1
    held.changed_at = at
    held.save(update_fields=CHANGING)
    _tell(by, "visit.cancelled", held, {})
    return held


@transaction.atomic
def set_quotas(by: User, unit: OrgUnit, *, year: int, visits: dict[str, int], at: datetime) -> None:
    """走访计划: how often a year the unit means to visit customers of each class.

    Raises: Denied, Unfit.
    """
    require(may_plan(by, unit.pk), _("制定走访计划的"))
    for klass, number in visits.items():
        if klass not in Klass.values or not 0 <= number <= MOST_A_YEAR:
            message = _("每户次数应是 0 到 %(most)d 的整数。")
            raise Unfit(message % {"most": MOST_A_YEAR})
    Quota.objects.bulk_create(
        [
            Quota(unit=unit, year=year, klass=klass, visits=number, set_by=staff_of(by), set_at=at)
            for klass, number in sorted(visits.items())
        ],
        update_conflicts=True,
        unique_fields=["unit", "year", "klass"],
        update_fields=["visits", "set_by", "set_at"],
    )
    audit.record(
        by, "visit_plan.set", "visits.quota", unit_id=unit.pk, data={"year": year, **visits}
    )


@transaction.atomic
def hand_out(
    by: User, verb: str, subject: Any, *, conditions: dict[str, str], trace: str, rows: int = 1,
    dossier_id: UUID | None = None,
) -> None:  # fmt: skip
    """Write down that a list or minutes leave the house (§5.5). Raises: Denied."""
    require(may_take_out(by), _("导出访谈资料的"))
    data = {"rows": rows, "conditions": conditions, "trace": trace}
    audit.record(by, verb, subject, dossier_id=dossier_id, data=data)


# What minutes bring about ------------------------------------------------------------------------


def promised(by: User, visit: Visit, promise: Promise, *, at: datetime) -> Followup:
    """A promise becomes a follow-up; part of the caller's transaction. Raises: Unfit."""
    if promise.side not in Side.values:
        raise Unfit(_("请选择是谁的承诺。"))
    owner = _colleague(visit.unit_id, promise.owner or visit.lead)
    begun = visit.held_on or visit.day
    due = promise.due_on or begun + timedelta(days=PROMISED_DAYS)
    if due < begun:
        message = _("跟进期限 %(due)s 早于访谈日期 %(on)s，请核对。")
        raise Unfit(message % {"due": due, "on": begun})
    made = Followup.objects.create(
        unit_id=visit.unit_id, dossier_id=visit.dossier_id, visit=visit, side=promise.side,
        text=line_of(promise.text, _("跟进事项"), 300, needed=True), owner=owner, due_on=due,
        entered_by=staff_of(by), entered_at=at,
    )  # fmt: skip
    made.refresh_from_db()
    audit.record(
        by, "followup.added", made, dossier_id=visit.dossier_id,
        data={"number": visit.number, "due_on": due},
    )  # fmt: skip
    return made


def heard(by: User, visit: Visit, wish: Wish) -> Need:
    """What a customer asked for; part of the caller's transaction. Raises: Unfit."""
    if wish.category not in NeedKind.values or wish.priority not in Priority.values:
        raise Unfit(_("请为诉求选择类别和优先级。"))
    made = Need.objects.create(
        unit_id=visit.unit_id, dossier_id=visit.dossier_id, visit=visit, category=wish.category,
        text=line_of(wish.text, _("诉求与反馈"), 500, needed=True), priority=wish.priority,
        owner=visit.lead, heard_on=visit.held_on or visit.day,
    )  # fmt: skip
    made.refresh_from_db()
    audit.record(
        by, "need.heard", made, dossier_id=visit.dossier_id,
        data={"number": visit.number, "category": wish.category},
    )  # fmt: skip
    return made


# Checks ------------------------------------------------------------------------------------------


def opened(dossier: Dossier) -> None:
    """Raises: Refused for a closed file."""
    if dossier.state == FileState.CLOSED:
        raise Refused(_("档案已关闭，访谈只能查阅；如需补充，请先由单位管理员恢复档案。"))


def line_of(given: str, label: str, most: int, *, needed: bool = False) -> str:
    """One visible line. Raises: Unfit (names the field)."""
    return _measured(text.line(given), label, most, needed=needed)


def words_of(given: str, label: str, most: int = LONGEST, *, needed: bool = False) -> str:
    """Several lines, each of them visible. Raises: Unfit (names the field)."""
    lines = [text.line(line) for line in given.replace("\r\n", "\n").split("\n")]
    return _measured("\n".join(lines).strip(), label, most, needed=needed)


def _measured(found: str, label: str, most: int, *, needed: bool) -> str:
    if needed and not found:
        raise Unfit(_("请填写%(label)s。") % {"label": label})
    if len(found) > most:
        message = _("%(label)s有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"label": label, "now": len(found), "most": most})
    return found


def reason_of(given: str, asked: str) -> str:
    """Why. Raises: Unfit with `asked` where nothing is said."""
    why = text.line(given)
    if not why:
        raise Unfit(asked)
    if len(why) > REASON_MOST:
        message = _("原因有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"now": len(why), "most": REASON_MOST})
    return why


def said(visit: Visit) -> dict[str, Any]:
    """What a visit says, as plain values, by which a correction is told."""
    people = Participant.objects.filter(unit=visit.unit_id, visit=visit).order_by("side", "place")
    sides: dict[str, list[str]] = {Side.OURS.value: [], Side.THEIRS.value: []}
    for person in people:
        sides[person.side].append(str(person))
    values = {code: getattr(visit, code) for code in VALUES}
    values |= {"topics": visit.topic_labels()}
    return {
        **{
            code: value if isinstance(value, str | list | bool | int) or value is None
            else str(value)
            for code, value in values.items()
        },
        "held_on": str(visit.held_on) if visit.held_on else None,
        "lead": visit.lead.name,
        "document": visit.document.file_name if visit.document is not None else None,
        **sides,
    }  # fmt: skip


def _begun(
    by: User, dossier: Dossier, content: Content, *, at: datetime, today: date,
    client_id: UUID | None, written: bool = False,
) -> Visit:  # fmt: skip
    """A new line under the unit's next number of the year, or the one sent before."""
    require(may_write(by, dossier.unit_id), _("登记客户访谈的"))
    opened(dossier)
    # one at a time: the number has no gap and no twin, and what is sent twice finds the first
    take_turn("visits", dossier.unit_id)
    if client_id is not None:
        rows = Visit.objects.filter(unit=dossier.unit_id, client_id=client_id)
        before: Visit | None = rows.first()
        if before is not None:
            if before.dossier_id != dossier.pk:
                raise Unfit(_("这份内容已用于另一客户，请重新打开页面填写。"))
            return before
    values = _values(dossier, content)
    if written:
        values |= {"planned_on": content.planned_on, "held_on": _day_held(content.held_on, today)}
    elif content.planned_on is None:
        raise Unfit(_("请填写计划日期。"))
    elif content.planned_on < today:
        raise Unfit(_("计划日期已过；如访谈已进行，请直接整理纪要。"))
    serial = last_serial(dossier.unit_id, today.year) + 1
    made = Visit.objects.create(
        unit_id=dossier.unit_id, dossier=dossier, year=today.year, serial=serial,
        number=f"访{today.year}-{serial:04d}", client_id=client_id,
        state=State.HELD if written else State.PLANNED,
        entered_by=staff_of(by), entered_at=at, changed_at=at, **values,
    )  # fmt: skip
    made.refresh_from_db()
    if written:
        _tell(by, "visit.held", made, {"held_on": made.held_on})
    else:
        _seat(made, content)
        _tell(by, "visit.planned", made, {"planned_on": made.planned_on})
    return made


def _held(by: User, visit: Visit, seen: int | None = None) -> Visit:
    """The row itself, locked. Raises: Denied, Refused, Clash."""
    require(may_write(by, visit.unit_id), _("登记客户访谈的"))
    held: Visit = (
        Visit.objects.select_for_update(of=("self",))
        .select_related("dossier__unit", "lead", "document")
        .defer("document__text")
        .get(unit=visit.unit_id, pk=visit.pk)
    )
    opened(held.dossier)
    if held.state == State.CANCELLED:
        message = _("%(number)s 已取消，不能再改；如又约定，请另登一次。")
        raise Refused(message % {"number": held.number})
    if seen is not None and held.revision != seen:
        raise Clash(held)
    return held


def _values(dossier: Dossier, content: Content) -> dict[str, Any]:
    """The columns as they are stored. Raises: Unfit."""
    if content.kind not in Kind.values:
        raise Unfit(_("请选择访谈形式。"))
    if content.level not in Level.values:
        raise Unfit(_("请选择访谈层级。"))
    if unknown := [code for code in content.topics if code not in Topic.values]:
        raise Unfit(_("没有“%(given)s”这个议题。") % {"given": text.shown(unknown[0])})
    if not 5 <= content.minutes <= MINUTES_MOST:
        raise Unfit(_("预计时长应在 5 到 1440 分钟之间。"))
    if content.risk_signal and not text.line(content.risk_note):
        raise Unfit(_("请写明风险信号的情况。"))
    return {
        "kind": content.kind,
        "level": content.level,
        "lead": _colleague(dossier.unit_id, content.lead),
        "planned_on": content.planned_on,
        "moment": content.moment,
        "minutes": content.minutes,
        "place": line_of(content.place, _("地点"), 120),
        "topics": [code for code in Topic.values if code in content.topics],
        "purpose": line_of(content.purpose, _("目的"), 300),
        "summary": words_of(content.summary, _("纪要")),
        "conclusions": words_of(content.conclusions, _("结论")),
        "market_intel": words_of(content.market_intel, _("市场信息")),
        "competitor_intel": words_of(content.competitor_intel, _("竞争信息")),
        "risk_signal": content.risk_signal,
        "risk_note": line_of(content.risk_note, _("风险信号说明"), 300)
        if content.risk_signal
        else "",
    }


def _put(visit: Visit, values: dict[str, Any], content: Content, *, at: datetime) -> None:
    kept = {"planned_on", "minutes"} if content.planned_on is None else set()
    for column, value in values.items():
        if column not in kept:
            setattr(visit, column, value)
    visit.revision += 1
    visit.changed_at = at


def _colleague(unit_id: int, staff: Staff) -> Staff:
    if staff.unit_id != unit_id or staff.status != EmploymentStatus.ACTIVE:
        raise Unfit(_("我方人员应是本单位在职人员，请重新选择。"))
    return staff


def _day_held(day: date | None, today: date) -> date:
    if day is None:
        raise Unfit(_("请填写访谈日期。"))
    if day > today:
        raise Unfit(_("访谈日期 %(on)s 在今天之后，请核对。") % {"on": day})
    return day


def _enough(content: Content, visit: Visit, document: Document | None) -> None:
    """What minutes must say (FIELDS D). Raises: Unfit (names the field)."""
    if not content.topics:
        raise Unfit(_("请至少选择一个议题。"))
    if not content.ours:
        raise Unfit(_("请选择我方参加人。"))
    if not content.theirs:
        raise Unfit(_("请填写客户方参加人。"))
    length = len("".join(content.summary.split()))
    if length < SUMMARY_LEAST and document is None and visit.document_id is None:
        message = _("纪要有 %(now)d 字，至少 %(least)d 字；或附上签字的纪要文件。")
        raise Unfit(message % {"now": length, "least": SUMMARY_LEAST})


def _seat(visit: Visit, content: Content) -> None:
    """Who took part, in the order given; those of the customer by what stands in the file."""
    known = {(guest["name"], guest["post"]) for guest in contacts_of(visit.dossier)}
    Participant.objects.filter(unit=visit.unit_id, visit=visit).delete()
    rows = [
        Participant(
            side=Side.OURS, staff=_colleague(visit.unit_id, person), name=person.name,
            post=person.post[:60],
        )
        for person in dict.fromkeys(content.ours)
    ]  # fmt: skip
    guests = dict.fromkeys(
        (
            line_of(guest.name, _("客户方参加人"), 60, needed=True),
            line_of(guest.post, _("职务"), 60),
        )
        for guest in content.theirs
    )
    rows += [
        Participant(side=Side.THEIRS, name=name, post=post, known=(name, post) in known)
        for name, post in guests
    ]
    for place, row in enumerate(rows):
        row.unit_id, row.dossier_id, row.visit_id = visit.unit_id, visit.dossier_id, visit.pk
        row.place = place
    Participant.objects.bulk_create(rows)


def _arranged(visit: Visit) -> Arranged:
    when = (visit.planned_on, visit.moment, visit.minutes)
    return Arranged(*when, visit.place, frozenset(ours_of(visit)))


def _stored(by: User, visit: Visit, content: Content, *, at: datetime) -> Document | None:
    """The signed minutes as a document of the file."""
    if content.file is None:
        return None
    file, name = content.file
    title = _("%(number)s 访谈纪要") % {"number": visit.number}
    return upload(
        by, visit.dossier, file, name=name, title=title, kind=PaperKind.OTHER,
        sensitivity=Sensitivity.ORDINARY, at=at,
    ).document  # fmt: skip


def _tell(by: User, verb: str, visit: Visit, data: dict[str, Any]) -> None:
    audit.record(
        by, verb, visit, dossier_id=visit.dossier_id, data={"number": visit.number, **data}
    )
