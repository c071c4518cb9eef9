"""Rows of a file, a call or a form → personnel events and problems (§6.3.4). One check for all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.handover.problems import Problem
from yihu.handover.queries import Facts
from yihu.handover.rules import EARLIEST_YEAR, LATEST_DAYS
from yihu.kit import text
from yihu.kit.sheet import Fault
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import ENDS, EmploymentStatus, PersonnelEventKind

LABELS = {
    "unit": gettext_lazy("单位"),
    "employee_no": gettext_lazy("工号"),
    "name": gettext_lazy("姓名"),
    "post": gettext_lazy("岗位"),
    "kind": gettext_lazy("变动类型"),
    "effective_on": gettext_lazy("生效日期"),
    "other_unit": gettext_lazy("转入单位"),
    "other_post": gettext_lazy("转入岗位"),
}
MOST = {"employee_no": 30, "name": 80, "post": 80, "other_post": 80}
KINDS = {
    **{str(kind): kind for kind in PersonnelEventKind},
    **{
        word: kind
        for kind, words in {
            PersonnelEventKind.JOIN: "入职 新入职 调入 报到",
            PersonnelEventKind.TRANSFER: "调离 调出 调动 转岗",
            PersonnelEventKind.RETIRE: "退休 离退休 到龄退休",
            PersonnelEventKind.LEAVE: "离职 辞职 辞退 解除劳动合同",
            PersonnelEventKind.CONCURRENT: "兼职结束 免去兼职 不再兼职",
        }.items()
        for word in words.split()
    },
}
LEADS = (PersonnelEventKind.TRANSFER, PersonnelEventKind.CONCURRENT)
"""Kinds that name another unit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked row. `new` False: the same event stands already. `staff` None: somebody joins."""

    row: int
    unit: OrgUnit
    staff: Staff | None
    employee_no: str
    name: str
    post: str
    kind: PersonnelEventKind
    effective_on: date
    other_unit: OrgUnit | None
    other_post: str
    new: bool


class _Row:
    """The cells of one row, and what is wrong with them."""

    def __init__(self, number: int, cells: Mapping[str, object], into: list[Problem]) -> None:
        self.number, self.cells, self.into, self.sound = number, cells, into, True

    def wrong(self, field: str, code: str, message: str) -> None:
        self.sound = False
        self.into.append(Problem(self.number, field, str(LABELS[field]), code, message))

    def text(self, field: str, *, needed: bool = False) -> str:
        value = self.cells.get(field)
        if isinstance(value, Fault):
            said = _("这一格是公式错误，请改成文字。")
            self.wrong(field, "broken_cell", said)
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is not None and not isinstance(value, str | int | date):
            said = _("%(column)s应是文字。") % {"column": LABELS[field]}
            self.wrong(field, "not_text", said)
            return ""
        said = text.line(str(value)) if value is not None else ""
        if needed and not said:
            message = _("请填写%(column)s。") % {"column": LABELS[field]}
            self.wrong(field, "missing_value", message)
        elif len(said) > MOST.get(field, 200):
            message = _("%(column)s最多 %(most)d 个字，现有 %(long)d 个，请缩短。")
            facts = {"column": LABELS[field], "most": MOST.get(field, 200), "long": len(said)}
            self.wrong(field, "too_long", message % facts)
        return said


def check(
    rows: Sequence[tuple[int, Mapping[str, object]]],
    facts: Facts,
    *,
    units: Collection[int] | None,
    home: OrgUnit | None,
    me: UUID | None,
    today: date,
) -> tuple[list[Entry], list[Problem]]:
    """Every row read and held against what is known, and every problem of every row.

    `units`: whose people may be spoken of (None: all); `home`: the unit of rows that name none;
    `me`: the staff member who enters, whose own events are for somebody else.
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in rows:
        row = _Row(number, cells, problems)
        entry = _entry(row, facts, units=units, home=home, me=me, today=today)
        if entry is None:
            continue
        key = (entry.unit.pk, entry.employee_no, entry.kind, entry.other_unit)
        if key in seen:
            message = _("与第 %(row)d 行重复，请删去一行。") % {"row": seen[key]}
            row.wrong("employee_no", "duplicate_row", message)
            continue
        seen[key] = number
        entries.append(entry)
    return entries, problems


def _entry(
    row: _Row,
    facts: Facts,
    *,
    units: Collection[int] | None,
    home: OrgUnit | None,
    me: UUID | None,
    today: date,
) -> Entry | None:
    unit = _unit(row, facts, units, home)
    number = row.text("employee_no", needed=True)
    name, post = row.text("name"), row.text("post")
    kind = _kind(row)
    day = _day(row, today)
    other = _other(row, facts, unit, kind)
    other_post = row.text("other_post")
    if unit is None or kind is None or day is None or not row.sound:
        return None
    staff = facts.staff.get((unit.pk, number))
    key = other.pk if other is not None else None
    known = staff is not None and (staff.pk, kind.value, day, key) in facts.known
    if staff is None and kind != PersonnelEventKind.JOIN:
        message = _("%(unit)s没有工号为 %(number)s 的人员，请核对工号和单位。")
        row.wrong(
            "employee_no",
            "unknown_employee",
            message % {"unit": unit.name, "number": number},
        )
    elif staff is None and not name:
        row.wrong("name", "missing_value", _("新入职人员请填写姓名。"))
    elif staff is not None and not known:
        _against(row, staff, kind, key, facts, name=name, me=me, day=day)
    if not row.sound:
        return None
    return Entry(
        row.number,
        unit,
        staff,
        number,
        staff.name if staff is not None else name,
        post,
        kind,
        day,
        other,
        other_post,
        not known,
    )


def _unit(
    row: _Row, facts: Facts, units: Collection[int] | None, home: OrgUnit | None
) -> OrgUnit | None:
    said = row.text("unit")
    unit = facts.units.get(said) if said else home
    if unit is None and said:
        message = _("没有“%(said)s”这个单位，请写单位代码或全称。") % {"said": said}
        row.wrong("unit", "unknown_unit", message)
    elif unit is None:
        row.wrong("unit", "missing_value", _("请填写单位。"))
    elif units is not None and unit.pk not in units:
        message = _("您不能登记%(unit)s的人员，请由该单位管理员登记。") % {"unit": unit.name}
        row.wrong("unit", "foreign_unit", message)
        return None
    return unit


def _kind(row: _Row) -> PersonnelEventKind | None:
    said = row.text("kind", needed=True)
    kind = KINDS.get(said)
    if said and kind is None:
        message = _("变动类型“%(said)s”不在范围内；请写入职、调离、退休、离职或兼职结束。")
        row.wrong("kind", "unknown_kind", message % {"said": text.shown(said)})
    return kind


def _day(row: _Row, today: date) -> date | None:
    value = row.cells.get("effective_on")
    if value is None or value == "":
        row.wrong("effective_on", "missing_value", _("请填写生效日期。"))
        return None
    try:
        day = text.read_date(value)
    except (ValueError, OverflowError, TypeError):
        message = _("“%(said)s”不是有效日期；请写成 2026-10-01 的样子。")
        row.wrong("effective_on", "invalid_date", message % {"said": text.shown(value)})
        return None
    if day.year < EARLIEST_YEAR or day > today + timedelta(days=LATEST_DAYS):
        message = _("生效日期 %(day)s 应在 %(first)d 年以后、一年以内，请核对。")
        row.wrong(
            "effective_on", "date_out_of_range", message % {"day": day, "first": EARLIEST_YEAR}
        )
        return None
    return day


def _other(
    row: _Row, facts: Facts, unit: OrgUnit | None, kind: PersonnelEventKind | None
) -> OrgUnit | None:
    said = row.text("other_unit")
    if kind is None:
        return None
    if kind not in LEADS:
        if said:
            message = _("只有调离和兼职结束才写转入单位（兼职单位），请删去。")
            row.wrong("other_unit", "not_wanted", message)
        return None
    other = facts.units.get(said)
    if not said:
        message = _("调离请写转入单位，兼职结束请写兼职单位。")
        row.wrong("other_unit", "missing_value", message)
    elif other is None:
        message = _("没有“%(said)s”这个单位，请写单位代码或全称。") % {"said": said}
        row.wrong("other_unit", "unknown_unit", message)
    elif other == unit:
        message = _("转入单位就是本单位，请核对。")
        row.wrong("other_unit", "same_unit", message)
    return other


def _against(
    row: _Row,
    staff: Staff,
    kind: PersonnelEventKind,
    other: int | None,
    facts: Facts,
    *,
    name: str,
    me: UUID | None,
    day: date,
) -> None:
    """What does not go together with what is known of the person."""
    if name and name != staff.name:
        message = _("工号 %(number)s 是%(known)s，不是%(said)s，请核对。")
        row.wrong(
            "name",
            "name_differs",
            message % {"number": staff.employee_no, "known": staff.name, "said": name},
        )
    if staff.pk == me:
        row.wrong("employee_no", "own_event", _("本人的变动须由另一人登记。"))
    ahead = facts.ahead.get((staff.pk, kind.value, other))
    if ahead is not None:
        message = _("已登记 %(day)s 的%(kind)s，尚未生效；请先取消，再登记新的日期。")
        row.wrong("effective_on", "event_ahead", message % {"day": ahead, "kind": kind.label})
    here = staff.status in (EmploymentStatus.ACTIVE, EmploymentStatus.EXPECTED)
    if kind == PersonnelEventKind.JOIN and here:
        message = _("%(name)s已在职，不能再登记入职。") % {"name": staff.name}
        row.wrong("kind", "already_here", message)
    if (kind in ENDS or kind == PersonnelEventKind.CONCURRENT) and not here:
        message = _("%(name)s%(status)s，不能再登记%(kind)s。")
        row.wrong(
            "kind",
            "already_gone",
            message
            % {"name": staff.name, "status": staff.get_status_display(), "kind": kind.label},
        )
