"""An assessment is opened, computed, published; units object, headquarters decides; then it is
final. Points for deeds are entered (§6.4.2).
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.assessment import computing, queries, rules
from yihu.assessment.choices import OPEN, EntryKind, State, Verdict
from yihu.assessment.models import Assessment, Entry, Line, Objection, UnitScore
from yihu.assessment.policy import may_assess, may_judge, may_object
from yihu.assessment.rules import BadPeriod, Measure, parse
from yihu.assessment.sources import SOURCE
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.kit import text
from yihu.kit.turns import take_turn
from yihu.org.models import OrgUnit
from yihu.ratings.rules import rounded

ASSESSES = "组织单位考核的"
OBJECTION_MOST, REASON_MOST, ENTRY_MOST = 1_000, 300, 200
POINTS_MOST = Decimal(100)
GROUP = 0


@transaction.atomic
def open_assessment(by: User, *, year: int, period: str, at: datetime, today: date) -> Assessment:
    """Begin the assessment of a period that is over, by the scheme in force for it.

    Raises: Denied, Unfit (no such period, not over), Refused (there is one, no scheme).
    """
    require(may_assess(by), _(ASSESSES))
    try:
        span = rules.span(year, period)
    except BadPeriod as why:
        raise Unfit(_("没有这个考核期；请从列表中选择。")) from why
    if span.end >= today:
        raise Unfit(_("这一期到 %(day)s 才结束，请在其后考核。") % {"day": span.end})
    scheme = queries.scheme_in_force(span.start)
    if scheme is None:
        raise Refused(_("没有适用于这一期的考核方案；请先发布一版适用该期的方案。"))
    living = Assessment.objects.filter(year=year, period=period).exclude(state=State.DROPPED)
    if living.exists():
        raise Refused(_("这一期已有考核；请在那一次里继续，或先把它作废。"))
    made = Assessment.objects.create(
        year=year,
        period=period,
        starts_on=span.start,
        ends_on=span.end,
        scheme=scheme,
        opened_by=by,
        opened_at=at,
    )
    made.refresh_from_db()
    audit.record(by, "assessment.opened", made, data={"year": year, "period": period})
    return made


@transaction.atomic
def ask_to_compute(by: User, key: UUID, *, anew: bool = False, at: datetime) -> Assessment:
    """Hand the assessment to the job; `anew`: take the facts again. By the scheme in force now.

    Raises: Denied, Refused (published, no scheme).
    """
    require(may_assess(by), _(ASSESSES))
    held = _held(key, *OPEN, doing=_("计算"))
    scheme = queries.scheme_in_force(held.starts_on)
    if scheme is None:
        raise Refused(_("没有适用于这一期的考核方案；请先发布一版适用该期的方案。"))
    held.scheme = scheme
    held.state = State.COMPUTING
    held.asked_by, held.asked_at = by, at
    if anew:
        held.frozen_at = None
    held.save(update_fields=["scheme", "state", "asked_by", "asked_at", "frozen_at"])
    return held


@transaction.atomic
def compute(key: UUID, *, at: datetime) -> Assessment | None:
    """Freeze the facts where they are not, and score them; twice is harmless.

    Returns None where nothing waits. The work of the group.
    """
    waiting = Assessment.objects.filter(pk=key, state=State.COMPUTING)
    held = waiting.select_for_update(of=("self",)).select_related("scheme").first()
    if held is None:
        return None
    if held.frozen_at is None:
        computing.freeze(held)
        held.frozen_at = at
    units = computing.score_all(held)
    held.state, held.computed_at = State.COMPUTED, at
    held.save(update_fields=["state", "frozen_at", "computed_at"])
    data = {
        "year": held.year, "period": held.period, "units": units, "asked_by": [held.asked_by_id],
    }  # fmt: skip
    audit.record(None, "assessment.computed", held, data=data)
    return held


@transaction.atomic
def give_up(key: UUID) -> None:
    """What broke is left as it was before it was asked for, and whoever asked is told."""
    waiting = Assessment.objects.filter(pk=key, state=State.COMPUTING)
    held = waiting.select_for_update(of=("self",)).first()
    if held is None:
        return
    done = held.frozen_at is not None and held.computed_at is not None
    held.state = State.COMPUTED if done else State.DRAFT
    held.save(update_fields=["state"])
    data = {"year": held.year, "period": held.period, "asked_by": [held.asked_by_id]}
    audit.record(None, "assessment.failed", held, data=data)


@transaction.atomic
def publish(by: User, key: UUID, *, at: datetime, today: date) -> Assessment:
    """Show every unit its lines and all places; the days for objections begin.

    Raises: Denied, Refused (not computed, scheme superseded).
    """
    require(may_assess(by), _(ASSESSES))
    held = _held(key, State.COMPUTED, doing=_("公布"))
    if queries.is_superseded(held):
        raise Refused(
            _("第 %(number)d 版方案已被新版取代，不能再据以公布；请按新方案重新计算。")
            % {"number": held.scheme.number}
        )
    days = parse(held.scheme.definition).objection_days
    held.objections_until = queries.working_days().nth_after(today, days)
    held.state, held.published_by, held.published_at = State.PUBLISHED, by, at
    Line.objects.filter(assessment=held).update(published=True)
    units = UnitScore.objects.filter(assessment=held).update(published=True)
    held.save(update_fields=["state", "published_by", "published_at", "objections_until"])
    data = {
        "year": held.year, "period": held.period, "units": units, "until": held.objections_until,
    }  # fmt: skip
    audit.record(by, "assessment.published", held, data=data)
    return held


@transaction.atomic
def object_to(by: User, line: Line, *, words: str, at: datetime, today: date) -> Objection:
    """What the unit says against one of its lines. One waits at a time.

    Raises: Denied, Refused (not published, too late, one waits), Unfit (no words).
    """
    require(may_object(by, line.unit_id), _("代表本单位申诉的"))
    take_turn("assessments", GROUP)  # a unit may not lock headquarters' row
    held = Assessment.objects.get(pk=line.assessment_id)
    until = held.objections_until
    if held.state != State.PUBLISHED or until is None:
        raise Refused(_("只有已公布、尚未定案的考核可以申诉。"))
    if today > until:
        raise Refused(_("申诉期已于 %(day)s 结束。") % {"day": until})
    if line.weight is None:
        raise Refused(_("这一项本期没有计分，无需申诉。"))
    if Objection.objects.filter(line=line, verdict=Verdict.WAITING).exists():
        raise Refused(_("这一项已有一件申诉待裁定；如需补充，请先撤回再提。"))
    made = Objection.objects.create(
        unit_id=line.unit_id,
        assessment=held,
        line=line,
        text=_said(words, _("申诉理由"), OBJECTION_MOST),
        by=by,
        at=at,
    )
    made.refresh_from_db()
    audit.record(by, "objection.made", made, data=_of(held, line))
    return made


@transaction.atomic
def withdraw(by: User, objection: Objection) -> Objection:
    """The unit takes it back. Raises: Denied, Refused (decided)."""
    require(may_object(by, objection.unit_id), _("代表本单位申诉的"))
    held = _waiting(objection)
    held.verdict = Verdict.WITHDRAWN
    held.save(update_fields=["verdict"])
    audit.record(by, "objection.withdrawn", held, data=_of(held.assessment, held.line))
    return held


@transaction.atomic
def decide(
    by: User,
    objection: Objection,
    *,
    grant: bool,
    reason: str,
    by_how_much: Decimal | None = None,
    at: datetime,
) -> Objection:
    """Decide with a reason. Granted, so many of the line's misses (or points) no longer count
    against the unit, and every place is reckoned anew.

    Raises: Denied, Refused (decided, own unit), Unfit (no reason, no or too large an adjustment).
    """
    require(may_assess(by), _(ASSESSES))
    held = _waiting(objection)
    if not may_judge(by, held):
        raise Refused(_("不能裁定本人所属单位的申诉，请由其他集团监督员裁定。"))
    held.reason = _said(reason, _("裁定理由"), REASON_MOST)
    held.judge, held.judged_at = by, at
    held.judge_unit_id = by.staff.unit_id if by.staff is not None else None
    held.verdict = Verdict.GRANTED if grant else Verdict.REFUSED
    if grant:
        held.by_how_much = _adjustment(held.line, by_how_much)
    held.save(
        update_fields=["verdict", "reason", "judge", "judge_unit", "judged_at", "by_how_much"]
    )
    if held.by_how_much is not None:
        held.line.adjusted += held.by_how_much
        held.line.save(update_fields=["adjusted"])
        computing.score_again(held.assessment, held.unit_id)
    data = {**_of(held.assessment, held.line), "verdict": held.verdict}
    audit.record(by, "objection.decided", held, data=data)
    return held


@transaction.atomic
def finalise(by: User, key: UUID, *, at: datetime, today: date) -> Assessment:
    """Settle it: from then on nothing of it changes.

    Raises: Denied, Refused (days for objections not over, one waits).
    """
    require(may_assess(by), _(ASSESSES))
    take_turn("assessments", GROUP)
    held = _held(key, State.PUBLISHED, doing=_("定案"))
    if held.objections_until is None or today <= held.objections_until:
        raise Refused(_("申诉期到 %(day)s 为止，之后才能定案。") % {"day": held.objections_until})
    left = queries.waiting(held)
    if left:
        raise Refused(_("还有 %(n)d 件申诉没有裁定，请先裁定。") % {"n": left})
    held.state, held.final_by, held.final_at = State.FINAL, by, at
    held.save(update_fields=["state", "final_by", "final_at"])
    data = {"year": held.year, "period": held.period}
    audit.record(by, "assessment.final", held, data=data)
    return held


@transaction.atomic
def drop(by: User, key: UUID, *, reason: str) -> Assessment:
    """Give it up before it is published; its facts go, the line in the log stays.

    Raises: Denied, Refused, Unfit (no reason).
    """
    require(may_assess(by), _(ASSESSES))
    why = _said(reason, _("作废的原因"), ENTRY_MOST)
    held = _held(key, *OPEN, doing=_("作废"))
    Line.objects.filter(assessment=held).delete()
    UnitScore.objects.filter(assessment=held).delete()
    held.state, held.dropped_why = State.DROPPED, why
    held.save(update_fields=["state", "dropped_why"])
    data = {"year": held.year, "period": held.period, "reason": why}
    audit.record(by, "assessment.dropped", held, data=data)
    return held


@transaction.atomic
def enter(
    by: User,
    unit: OrgUnit,
    *,
    kind: str,
    happened_on: date,
    points: Decimal,
    words: str,
    basis: str,
    at: datetime,
    today: date,
) -> Entry:
    """Write points for a deed down; they count for the periods that the day lies in.

    Raises: Denied, Unfit (names the field).
    """
    require(may_assess(by), _("登记考核加减分的"))
    if kind not in EntryKind.values:
        raise Unfit(_("请选择加分或扣分。"))
    if happened_on > today:
        raise Unfit(_("发生日期不能晚于今天。"))
    if not 0 < points <= POINTS_MOST or points != rounded(points):
        raise Unfit(_("分值应大于 0、不超过 100，最多两位小数。"))
    made = Entry.objects.create(
        unit=unit,
        kind=kind,
        happened_on=happened_on,
        points=points,
        text=_said(words, _("事由"), ENTRY_MOST),
        basis=_said(basis, _("依据"), ENTRY_MOST),
        by=by,
        at=at,
    )
    made.refresh_from_db()
    audit.record(by, "assessment_entry.added", made, data={"kind": kind})
    return made


@transaction.atomic
def withdraw_entry(by: User, entry: Entry, *, reason: str, at: datetime) -> Entry:
    """It was none after all; what is frozen already stays. Raises: Denied, Refused, Unfit."""
    require(may_assess(by), _("登记考核加减分的"))
    held = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if held.withdrawn_at is not None:
        raise Refused(_("这条记录已撤销。"))
    held.withdrawn_why = _said(reason, _("撤销的理由"), ENTRY_MOST)
    held.withdrawn_by, held.withdrawn_at = by, at
    held.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_why"])
    audit.record(by, "assessment_entry.withdrawn", held, data={"kind": held.kind})
    found: Entry = held
    return found


@transaction.atomic
def hand_out(by: User, held: Assessment, *, rows: int, kind: str, trace: str) -> None:
    """Write down that the places leave the house (§5.5)."""
    data = {
        "year": held.year, "period": held.period, "rows": rows, "kind": kind, "trace": trace,
    }  # fmt: skip
    audit.record(by, "assessment.exported", held, data=data)


# Checks ------------------------------------------------------------------------------------------


def _held(key: UUID, *states: str, doing: str) -> Assessment:
    """Locked, in one of the states. Raises: Refused."""
    held = Assessment.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=key)
    if held.state not in states:
        raise Refused(
            _("这次考核现在是“%(state)s”，不能%(doing)s；请刷新页面。")
            % {"state": held.get_state_display(), "doing": doing}
        )
    return held


def _waiting(objection: Objection) -> Objection:
    """Locked; decisions come one after the other, and none while the assessment is settled."""
    take_turn("assessments", GROUP)
    held: Objection = (
        Objection.objects.select_for_update(of=("self",))
        .select_related("line", "assessment__scheme")
        .get(unit=objection.unit_id, pk=objection.pk)
    )
    if held.verdict != Verdict.WAITING:
        raise Refused(_("这件申诉已有结果，请刷新页面。"))
    if held.assessment.state != State.PUBLISHED:
        raise Refused(_("这次考核已定案，不能再改。"))
    return held


def _adjustment(line: Line, wanted: Decimal | None) -> Decimal:
    """What a granted objection gives back. Raises: Unfit."""
    source = SOURCE[line.code]
    if wanted is None or wanted <= 0:
        raise Unfit(_("申诉成立时，请填写调整多少（大于 0）。"))
    if source.kind == Measure.SHARE:
        left = Decimal(line.bottom - line.top) - line.adjusted
        if wanted != wanted.to_integral_value():
            raise Unfit(_("本项按件数计，请填写整数。"))
    elif source.kind == Measure.DEDUCTION:
        left = line.amount - line.adjusted
    else:
        left = POINTS_MOST
    if wanted > left:
        raise Unfit(_("最多只能调整 %(left)s。") % {"left": f"{left.normalize():f}"})
    return wanted


def _of(held: Assessment, line: Line) -> dict[str, object]:
    return {"year": held.year, "period": held.period, "indicator": line.code}


def _said(given: str, label: str, most: int) -> str:
    """The words, trimmed. Raises: Unfit, naming the field by its label."""
    found = text.line(given) if most <= REASON_MOST else given.replace("\r\n", "\n").strip()
    if not found:
        raise Unfit(_("请填写%(label)s。") % {"label": label})
    if len(found) > most:
        message = _("%(label)s有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"label": label, "now": len(found), "most": most})
    return found
