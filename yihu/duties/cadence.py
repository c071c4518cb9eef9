"""The cadence policy, units' own stricter cycles, and the corrected calendar (§4.3a, 6.2.1, 7.2).

Whatever changes here changes what is still open: what fell due stays as it was judged.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.duties.choices import CYCLES, DueRule, DutyKind, PeriodKind
from yihu.duties.models import (
    MOST_DAYS,
    CadenceEdition,
    CadenceLine,
    CalendarCorrection,
    StricterCycle,
)
from yihu.duties.policy import may_set_policy, may_tighten
from yihu.duties.queries import in_force, line_of, lines_of, published
from yihu.duties.replanning import replan
from yihu.duties.rules import Line, is_stricter
from yihu.kit import text
from yihu.org.models import OrgUnit

REASON_MOST = 200
NOTE_MOST = 100
Key = tuple[str, str]
"""Kind and class of a line."""


# The group's policy ------------------------------------------------------------------------------


@transaction.atomic
def begin_draft(by: User, *, today: date) -> CadenceEdition:
    """A new edition that says what the last one says; the one that is there, if there is one."""
    require(may_set_policy(by), _("制定更新周期的"))
    known = CadenceEdition.objects.filter(published_at=None).first()
    if known is not None:
        return known
    last = published().first()
    if last is None:
        raise Refused(_("更新周期第 1 版尚未发布，请先完成平台初始化。"))
    made = CadenceEdition.objects.create(
        number=max(published().values_list("number", flat=True)) + 1,
        effective_on=max(today, last.effective_on),
    )
    _write(made, lines_of(last))
    audit.record(by, "policy.drafted", made, data={"number": made.number})
    return made


@transaction.atomic
def save_draft(
    by: User,
    draft: CadenceEdition,
    *,
    effective_on: date,
    reason: str,
    lines: Mapping[Key, tuple[str, int]],
) -> CadenceEdition:
    """Period and working days of each line by kind and class; the rest of a line never changes.

    Raises: Denied, Refused (published meanwhile), Unfit (names the line).
    """
    held = _draft(by, draft)
    before = lines_of(held)
    after = [_line(line, *lines[line.kind, line.klass]) for line in before]
    held.effective_on, held.reason = effective_on, _sentence(reason, "")
    held.save(update_fields=["effective_on", "reason"])
    held.lines.all().delete()
    _write(held, after)
    moved = [
        f"{line.kind}:{line.klass}" for line, old in zip(after, before, strict=True) if line != old
    ]
    audit.record(by, "policy.edited", held, data={"number": held.number, "lines": moved})
    return held


@transaction.atomic
def discard_draft(by: User, draft: CadenceEdition) -> None:
    """Nothing of it was ever in force. Raises: Denied, Refused."""
    held = _draft(by, draft)
    audit.record(by, "policy.discarded", held, data={"number": held.number})
    held.delete()


@transaction.atomic
def publish(by: User, draft: CadenceEdition, *, at: datetime, today: date) -> CadenceEdition:
    """In force from its day: what begins or happens before is judged by the edition before.

    Raises: Denied, Refused (nothing changed, its day has passed), Unfit without a reason.
    """
    held = _draft(by, draft)
    if not held.reason:
        raise Unfit(_("请写明修订说明，各单位会看到为什么改。"))
    last = published().first()
    if last is not None and held.effective_on <= last.effective_on:
        message = _("生效日应晚于现行版次的生效日 %(on)s。")
        raise Refused(message % {"on": last.effective_on})
    if held.effective_on < today:
        raise Refused(_("生效日不能早于今天：已经过去的周期不再改写。"))
    if last is not None and set(lines_of(last)) == set(lines_of(held)):
        raise Refused(_("与现行版次没有差别，不必发布。"))
    held.published_at, held.published_by = at, by
    held.save(update_fields=["published_at", "published_by"])
    audit.record(
        by,
        "policy.published",
        held,
        data={"number": held.number, "effective_on": str(held.effective_on)},
    )
    replan(by.pk, "policy.published", today=today)
    return held


def _draft(by: User, draft: CadenceEdition) -> CadenceEdition:
    require(may_set_policy(by), _("制定更新周期的"))
    held = CadenceEdition.objects.select_for_update().filter(pk=draft.pk, published_at=None).first()
    if held is None:
        raise Refused(_("这份草稿已经发布或放弃，请刷新页面。"))
    return held


def _write(edition: CadenceEdition, lines: Iterable[Line]) -> None:
    CadenceLine.objects.bulk_create(
        CadenceLine(
            edition=edition,
            kind=line.kind,
            klass=line.klass,
            period=line.period,
            due_rule=line.due_rule,
            due_days=line.due_days,
            clause=line.clause,
        )
        for line in lines
    )


def _line(line: Line, period: str, days: int) -> Line:
    if line.kind == DutyKind.REVIEW:
        if period not in PeriodKind.values or period == PeriodKind.EVENT:
            raise Unfit(_("“%(kind)s”的周期应是每月、每季度或每半年。") % {"kind": line.kind.label})
    elif period != line.period:
        raise Unfit(_("“%(kind)s”的周期由制度规定，不能改。") % {"kind": line.kind.label})
    if line.due_rule == DueRule.LAST_WORKING_DAY:
        days = 0
    elif not 1 <= days <= MOST_DAYS:
        message = _("“%(kind)s”的工作日数应在 1 到 %(most)d 之间。")
        raise Unfit(message % {"kind": line.kind.label, "most": MOST_DAYS})
    return Line(line.kind, line.klass, PeriodKind(period), line.due_rule, days, line.clause)


# Units' own stricter cycles ----------------------------------------------------------------------


@transaction.atomic
def tighten(
    by: User,
    unit: OrgUnit,
    *,
    key: Key,
    period: str,
    due_days: int | None,
    since: date,
    basis: str,
    at: datetime,
    today: date,
) -> StricterCycle:
    """The unit's own shorter cycle or fewer days, from a day on; never looser than the group's.

    Raises: Denied, Refused (looser, or one begins that day), Unfit (names the field).
    """
    require(may_tighten(by, unit.pk), _("设定本单位更新周期的"))
    why = _sentence(basis, _("请写明依据，例如本单位细则的名称和条款。"))
    if since < today:
        raise Unfit(_("生效日不能早于今天：已经过去的周期不再改写。"))
    edition = in_force(since)
    rules = (
        {(line.kind.value, line.klass): line for line in map(line_of, edition.lines.all())}
        if edition
        else {}
    )
    line = rules.get(key)
    if line is None:
        raise Unfit(_("更新周期里没有这一项，请从列表中选择。"))
    if not is_stricter(line, period=period, due_days=due_days):
        message = _(
            "单位的规定只能比集团更严：“%(kind)s”须选更短的周期，或更少的工作日（集团：%(group)s）。"
        )
        group = line.period.label if line.kind in CYCLES else ""
        days = _("%(days)d 个工作日") % {"days": line.due_days} if line.due_days else ""
        raise Refused(
            message
            % {
                "kind": line.kind.label,
                "group": "，".join(str(part) for part in (group, days) if part),
            }
        )
    if StricterCycle.objects.filter(unit=unit, kind=key[0], klass=key[1], since=since).exists():
        raise Refused(_("这一项已有同一天生效的规定，请换一个生效日。"))
    made = StricterCycle.objects.create(
        unit=unit,
        kind=key[0],
        klass=key[1],
        period=period,
        due_days=due_days,
        since=since,
        basis=why,
        set_by=by,
        set_at=at,
    )
    made.refresh_from_db()
    audit.record(
        by, "cycle.tightened", made, data={"kind": key[0], "klass": key[1], "since": str(since)}
    )
    replan(by.pk, "cycle.tightened", today=today, unit_id=unit.pk)
    return made


@transaction.atomic
def end_stricter(by: User, row: StricterCycle, *, until: date, today: date) -> StricterCycle:
    """From that day the group's rule holds again. Raises: Denied, Refused, Unfit."""
    require(may_tighten(by, row.unit_id), _("设定本单位更新周期的"))
    held: StricterCycle = StricterCycle.objects.select_for_update().get(unit=row.unit_id, pk=row.pk)
    if held.until is not None:
        raise Refused(_("这一项已于 %(on)s 失效。") % {"on": held.until})
    if until < today:
        raise Unfit(_("失效日不能早于今天：已经过去的周期不再改写。"))
    held.until, held.ended_by = max(until, held.since), by
    held.save(update_fields=["until", "ended_by"])
    audit.record(by, "cycle.ended", held, data={"kind": held.kind, "until": str(held.until)})
    replan(by.pk, "cycle.ended", today=today, unit_id=held.unit_id)
    return held


# The calendar ------------------------------------------------------------------------------------


@transaction.atomic
def correct_day(
    by: User, day: date, *, working: bool, note: str, at: datetime, today: date
) -> CalendarCorrection:
    """Declare a day worked or free; open duties move with it. Raises: Denied, Unfit."""
    require(may_set_policy(by), _("更正工作日的"))
    why = _sentence(note, _("请写明依据，例如国务院办公厅的放假通知文号。"), most=NOTE_MOST)
    if day < today:
        raise Unfit(_("不能更正已经过去的日子：到期的任务不再改判。"))
    made, _new = CalendarCorrection.objects.update_or_create(
        day=day, defaults={"working": working, "note": why, "set_by": by, "set_at": at}
    )
    audit.record(by, "calendar.corrected", made, data={"day": str(day), "working": working})
    replan(by.pk, "calendar.corrected", today=today)
    return made


@transaction.atomic
def forget_day(by: User, row: CalendarCorrection, *, today: date) -> None:
    """The library's word holds again. Raises: Denied, Refused (the day has passed)."""
    require(may_set_policy(by), _("更正工作日的"))
    if row.day < today:
        raise Refused(_("这一天已经过去，更正须留存。"))
    audit.record(by, "calendar.restored", row, data={"day": str(row.day)})
    row.delete()
    replan(by.pk, "calendar.restored", today=today)


def _sentence(given: str, missing: str, *, most: int = REASON_MOST) -> str:
    found = text.line(given)
    if missing and not found:
        raise Unfit(missing)
    if len(found) > most:
        message = _("说明最多 %(most)d 字，现有 %(now)d 字。")
        raise Unfit(message % {"most": most, "now": len(found)})
    return found
