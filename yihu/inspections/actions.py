"""An inspection is planned, begun, ended (§6.4.1, 6.2.1 自查, 4.1c)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import Denied, require
from yihu.audit import actions as audit
from yihu.customers.rules import Klass
from yihu.dossiers.problems import Refused, Unfit
from yihu.inspections import queries
from yihu.inspections.checklist import EDITION, FIRST
from yihu.inspections.choices import FindingState, Kind, Method, State, SubjectState
from yihu.inspections.models import Checklist, Inspection
from yihu.inspections.policy import leads, may_plan, own_unit
from yihu.kit import text
from yihu.kit.turns import take_turn
from yihu.org.models import OrgUnit

NAME_MOST = 80
GROUP = 0
FIRST_DAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Content:
    """What an inspection is, as a door hands it in; no classes or units stand for all.

    `checklist`: the number of an edition, None for the one in force at the cut-off.
    """

    kind: str
    name: str
    period_start: date
    period_end: date
    cutoff_on: date
    begins_on: date
    ends_on: date
    method: str
    amount: int
    minimum: int
    klasses: Sequence[str] = ()
    units: Sequence[int] = ()
    offtake: bool = False
    weighted: bool = False
    inspectors: Sequence[User] = ()
    checklist: int | None = None


@transaction.atomic
def load_first_checklist(*, at: datetime) -> Checklist:
    """Publish edition 1 of the checklist, unless an edition is there."""
    known = Checklist.objects.order_by("number").first()
    if known is not None:
        return known
    made = Checklist.objects.create(
        number=EDITION,
        effective_on=FIRST_DAY,
        items=[item.stored() for item in FIRST],
        published_at=at,
    )
    audit.record(None, "checklist.published", made, data={"number": EDITION})
    return made


@transaction.atomic
def plan(by: User, content: Content, *, at: datetime, today: date) -> Inspection:
    """Put an inspection down; nothing is drawn yet. A unit's steward plans self-checks only.

    Raises: Denied, Refused (no checklist), Unfit (names the field).
    """
    owner = _owner(by, content.kind)
    values = _checked(content, owner)
    checklist = _checklist(content)
    inspectors = _inspectors(by, content, owner)
    take_turn("inspections", owner.pk if owner is not None else GROUP)
    made = Inspection.objects.create(
        number=queries.next_number(owner, today.year),
        kind=content.kind,
        owner=owner,
        units=[owner.pk] if owner is not None else sorted(set(content.units)),
        checklist=checklist,
        made_by=by,
        made_at=at,
        **values,
    )
    made.refresh_from_db()
    made.inspectors.set(inspectors)
    audit.record(
        by,
        "inspection.planned",
        made,
        unit_id=made.owner_id,
        data={
            "number": made.number, "kind": made.kind, "cutoff_on": made.cutoff_on,
            "method": made.method, "amount": made.amount, "minimum": made.minimum,
            "edition": checklist.number, "inspectors": [person.pk for person in inspectors],
        },
    )  # fmt: skip
    return made


@transaction.atomic
def begin(by: User, inspection: Inspection, *, seed: str, at: datetime, today: date) -> Inspection:
    """Fix the seed: from now on the draw is settled. The job freezes, draws and checks.

    Raises: Denied, Refused (begun before, cut-off in the future).
    """
    held = _held(by, inspection)
    if held.state != State.PLANNED:
        raise Refused(_("这次检查已启动，抽样种子不能更换。"))
    if held.cutoff_on > today:
        message = _("截止日 %(on)s 还没有到，请在当天或以后启动。")
        raise Refused(message % {"on": held.cutoff_on})
    held.seed, held.state, held.begun_by, held.begun_at = seed, State.RUNNING, by, at
    held.save(update_fields=["seed", "state", "begun_by", "begun_at"])
    audit.record(by, "inspection.begun", held, unit_id=held.owner_id, data={"seed": seed})
    return held


@transaction.atomic
def resume(by: User, inspection: Inspection) -> Inspection:
    """Let broken-off checks go on. Raises: Denied, Refused (not broken off)."""
    held = _held(by, inspection)
    if held.state != State.RUNNING or not held.failed:
        raise Refused(_("自动检查没有中断，无需重新运行。"))
    held.failed = ""
    held.save(update_fields=["failed"])
    audit.record(by, "inspection.resumed", held, unit_id=held.owner_id)
    return held


@transaction.atomic
def cancel(by: User, inspection: Inspection, *, at: datetime) -> Inspection:
    """Call off what has not begun. Raises: Denied, Refused."""
    held = _held(by, inspection)
    if held.state != State.PLANNED:
        raise Refused(_("已启动的检查不能取消；请检查完毕后结束。"))
    held.state, held.closed_by, held.closed_at = State.CANCELLED, by, at
    held.save(update_fields=["state", "closed_by", "closed_at"])
    audit.record(by, "inspection.cancelled", held, unit_id=held.owner_id)
    return held


@transaction.atomic
def finish(by: User, inspection: Inspection, *, conclusion: str, at: datetime) -> Inspection:
    """End it with a conclusion; what was ordered goes on until it is closed.

    Raises: Denied, Refused (files not looked at, findings not ordered), Unfit (no conclusion).
    """
    held = _held(by, inspection)
    if held.state != State.OPEN:
        raise Refused(_("只有检查中的检查可以结束。"))
    left = held.subjects.filter(drawn=True).exclude(state=SubjectState.DONE).count()
    if left:
        raise Refused(_("还有 %(n)d 份抽中的档案没有检查完。") % {"n": left})
    unsent = held.findings.filter(state=FindingState.OPEN).count()
    if unsent:
        raise Refused(_("还有 %(n)d 个问题没有下发整改，请先下发或撤销。") % {"n": unsent})
    words = conclusion.strip()
    if not words:
        raise Unfit(_("请写明检查结论。"))
    if len(words) > 2_000:
        raise Unfit(_("结论最多 2000 字。"))
    held.conclusion, held.state, held.closed_by, held.closed_at = words, State.FINISHED, by, at
    held.save(update_fields=["conclusion", "state", "closed_by", "closed_at"])
    audit.record(by, "inspection.finished", held, unit_id=held.owner_id)
    return held


# Checks ------------------------------------------------------------------------------------------


def _held(by: User, inspection: Inspection) -> Inspection:
    require(leads(by, inspection), _("组织检查的"))
    found: Inspection = Inspection.objects.select_for_update().get(pk=inspection.pk)
    return found


def _owner(by: User, kind: str) -> OrgUnit | None:
    """Whose inspection it is. Raises: Denied, Unfit."""
    if kind not in Kind.values:
        raise Unfit(_("请选择检查的种类。"))
    if kind != Kind.SELF:
        require(may_plan(by), _("组织检查的"))
        return None
    unit = own_unit(by)
    if unit is None:
        raise Denied(_("单位自查由本单位管理员组织。"))
    return unit


def _checklist(content: Content) -> Checklist:
    """The published edition that the plan names. Raises: Refused, Unfit."""
    if content.checklist is not None:
        named = queries.checklists().filter(number=content.checklist).first()
        if named is None:
            message = _("没有发布过第 %(n)d 版检查单，请从列表中选择。")
            raise Unfit(message % {"n": content.checklist})
        return named
    found = queries.checklist_in_force(content.cutoff_on)
    if found is None:
        raise Refused(_("还没有发布检查单，请联系集团监督员。"))
    return found


def _checked(content: Content, owner: OrgUnit | None) -> dict[str, object]:
    """The values as they are stored. Raises: Unfit."""
    name = text.line(content.name)
    if not name:
        raise Unfit(_("请填写检查名称。"))
    if len(name) > NAME_MOST:
        raise Unfit(_("检查名称最多 %(most)d 字。") % {"most": NAME_MOST})
    if content.period_end < content.period_start:
        raise Unfit(_("期间止不能早于期间起。"))
    if content.ends_on < content.begins_on:
        raise Unfit(_("检查结束日不能早于开始日。"))
    if content.cutoff_on < content.period_start:
        raise Unfit(_("截止日不能早于期间起。"))
    if content.method not in Method.values:
        raise Unfit(_("请选择抽样方式。"))
    if content.method == Method.SHARE and not 1 <= content.amount <= 100:
        raise Unfit(_("抽样比例应在 1 到 100 之间。"))
    if content.method == Method.NUMBER and content.amount < 1:
        raise Unfit(_("抽样数量至少为 1。"))
    if unknown := set(content.klasses) - set(Klass.values):
        raise Unfit(_("没有“%(given)s”这一客户分类。") % {"given": text.shown(min(unknown))})
    return {
        "name": name,
        "period_start": content.period_start,
        "period_end": content.period_end,
        "cutoff_on": content.cutoff_on,
        "begins_on": content.begins_on,
        "ends_on": content.ends_on,
        "klasses": [klass.value for klass in Klass if klass in content.klasses],
        "offtake": content.offtake,
        "method": content.method,
        "amount": content.amount,
        "minimum": content.minimum,
        "weighted": content.weighted,
    }


def _inspectors(by: User, content: Content, owner: OrgUnit | None) -> list[User]:
    """Each in the role that inspects here. Raises: Unfit."""
    wanted = {person.pk for person in content.inspectors} or {by.pk}
    offered = queries.possible_inspectors(owner, content.begins_on)
    found = [person for person in offered if person.pk in wanted]
    if len(found) < len(wanted):
        raise Unfit(_("检查人应是集团监督员；单位自查的检查人应是本单位管理员。"))
    return found
