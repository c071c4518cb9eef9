"""The parts of the two pages as plain values: templates compute nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from yihu.audit.models import Event
from yihu.audit.rules import say
from yihu.contracts.choices import Direction, QuantityUnit, Source
from yihu.contracts.queries import ContractLine, Performance, Series
from yihu.contracts.rules import MonthSum, Standing, TakeOrPay, plain
from yihu.desk.choices import Due, period_label
from yihu.desk.dossier_page.queries import UnitTotals
from yihu.disclosure.lens import View
from yihu.disclosure.rules import group_of
from yihu.dossiers.models import Dossier
from yihu.duties.choices import CYCLES, DutyKind
from yihu.duties.models import Duty
from yihu.duties.rules import NEAR_DAYS
from yihu.guide.rules import (
    Completeness,
    Definition,
    Field,
    FieldType,
    Section,
    applies,
    completeness,
    display,
    display_rows,
    facts_of,
    is_empty,
)
from yihu.risks.choices import Level

DASH = "–"

# The four sections (§6.1.1) ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    """A filled field: its label, its value with the unit, and whether it takes a whole line."""

    label: str
    text: str
    wide: bool


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A filled table field; each row is (column, text) pairs."""

    label: str
    columns: list[Column]
    rows: list[list[tuple[Column, str]]]


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading: what is filled, and the labels of what is still required.

    `masked`: labels of what is filled and told only after a reveal.
    """

    name: str
    values: list[Value]
    tables: list[Table]
    missing: list[str]
    masked: list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four sections; `rest` names by group what the guide lists and nobody filled."""

    code: str
    letter: str
    label: str
    groups: list[Group]
    rest: list[tuple[str, list[str]]]
    rest_count: int
    done: Completeness


def known_facts(
    definition: Definition, dossier: Dossier, rating: Mapping[str, str | None] | None
) -> dict[str, Any]:
    """The file's document, its own columns, and the latest final rating by column (§6.1.3)."""
    facts = facts_of(definition, dossier.document, dossier)
    if rating is not None:
        for field in definition:
            if field.stored == "ratings" and field.column:
                facts[field.code] = rating[field.column]
    return facts


def parts_of(
    definition: Definition,
    facts: Mapping[str, Any],
    klass: str,
    gas_uses: Sequence[str],
    view: View,
) -> list[Part]:
    """The sections as the page shows them: filled first, then missing, the rest folded.

    What is above the reader's clearance is not among them at all, what is masked only by its
    label (§5.5). `facts` are the file's own: what is filled counts, whoever reads.
    """
    told = view.facts(facts)
    return [
        _part(seen, told, klass, gas_uses, view)
        for section in definition.sections
        if view.lens.opens(section.code) and (seen := _seen(section, view)).fields
    ]


def _seen(section: Section, view: View) -> Section:
    if view.whole:
        return section
    return replace(section, fields=tuple(field for field in section.fields if view.cleared(field)))


def kept_back(definition: Definition, view: View) -> int:
    """How many fields are above the reader's clearance."""
    return sum(not view.cleared(field) for field in definition)


def _part(
    section: Section, facts: Mapping[str, Any], klass: str, gas_uses: Sequence[str], view: View
) -> Part:
    groups, rest = [], []
    for name, fields in section.groups():
        filled = [field for field in fields if not is_empty(facts.get(field.code))]
        empty = [field for field in fields if is_empty(facts.get(field.code))]
        missing = [
            field for field in empty if field.counted and applies(field, facts, klass, gas_uses)
        ]
        missed = {field.code for field in missing}
        if filled or missing:
            groups.append(_group(name, filled, missing, facts, view))
        others = [  # remarks on risks have a part of their own, for those who may know
            field.label for field in empty if field.code not in missed and field.stored != "risks"
        ]
        if others:
            rest.append((name, others))
    return Part(
        code=section.code,
        letter=section.letter,
        label=section.label,
        groups=groups,
        rest=rest,
        rest_count=sum(len(labels) for _name, labels in rest),
        done=completeness(facts, section.fields, klass, gas_uses),
    )


def _group(
    name: str, filled: list[Field], missing: list[Field], facts: Mapping[str, Any], view: View
) -> Group:
    told = [field for field in filled if view.shows(field)]
    return Group(
        name=name,
        values=[
            Value(field.label, display(field, facts[field.code]), field.long)
            for field in told
            if field.type != FieldType.TABLE
        ],
        tables=[
            _table(field, facts[field.code]) for field in told if field.type == FieldType.TABLE
        ],
        missing=[field.label for field in missing],
        masked=[field.label for field in filled if not view.shows(field)],
    )


def _table(field: Field, value: Any) -> Table:
    """Columns that no row fills are left out: a table of two contacts is not ten columns wide."""
    rows = display_rows(field, value)
    used = [index for index in range(len(field.columns)) if any(row[index] for row in rows)]
    columns = {
        index: Column(
            field.columns[index].heading,
            field.columns[index].type == FieldType.NUMBER and bool(field.columns[index].unit),
        )
        for index in used
    }
    return Table(
        label=field.label,
        columns=list(columns.values()),
        rows=[[(columns[index], row[index] or DASH) for index in used] for row in rows],
    )


def whole(parts: Iterable[Part]) -> Completeness:
    """All sections together."""
    total = Completeness(0, 0, ())
    for part in parts:
        total += part.done
    return total


# Contracts and offtake ---------------------------------------------------------------------------

STANDING_TONE = {
    Standing.FUTURE: "",
    Standing.RUNNING: "green",
    Standing.ENDING: "amber",
    Standing.ENDED: "",
    Standing.TERMINATED: "red",
}


@dataclass(frozen=True, slots=True)
class ContractRow:
    line: ContractLine
    risk: Level | None
    direction: str
    standing: str
    tone: str
    acq: str
    mdq: str
    take_or_pay: str
    price: str
    mechanism: str


@dataclass(frozen=True, slots=True)
class YearRow:
    """A contract's year so far in words and, for the bar, in percent of its full length."""

    line: ContractLine
    planned: str
    actual: str
    completion: str
    price: str
    amount: str
    paid: str
    account: "Account | None"


@dataclass(frozen=True, slots=True)
class Account:
    """照付不议 so far: figures as texts; `filled` and `mark` are 0 to 100 for the bar."""

    acq: str
    share: str
    obligation: str
    taken: str
    taken_percent: str
    expected: str
    expected_percent: str
    still: str
    shortfall: str
    through: date | None
    first_on: date
    last_on: date
    partial: bool
    behind: bool
    met: bool
    filled: Decimal
    mark: Decimal


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Contracts in the same unit of measure, so that a heading can say it."""

    label: str
    quantity_unit: str
    price_unit: str
    contracts: list[ContractRow]
    years: list[YearRow]
    both_ways: bool


def source_groups(
    performance: Performance, risks: Mapping[UUID, Level], *, prices: bool
) -> list[SourceGroup]:
    """The contracts by source: 万立方米 and 吨 never stand under one heading.

    `prices`: whether prices and amounts are told; without it they are nowhere in the result.
    """
    groups = []
    for source in Source:
        lines = [line for line in performance.contracts if line.contract.source == source]
        if not lines:
            continue
        first = lines[0]
        groups.append(
            SourceGroup(
                label=str(source.label),
                quantity_unit=str(QuantityUnit(first.contract.quantity_unit).label),
                price_unit=first.price_unit,
                contracts=[
                    _contract_row(line, risks.get(line.contract.pk), prices=prices)
                    for line in lines
                ],
                years=[
                    _year_row(line, prices=prices)
                    for line in lines
                    if line.year_acq or line.year_months
                ],
                both_ways=len({line.contract.direction for line in lines}) > 1
                or first.contract.direction != Direction.SALE,
            )
        )
    return groups


def _contract_row(line: ContractLine, risk: Level | None, *, prices: bool) -> ContractRow:
    contract = line.contract
    return ContractRow(
        line=line,
        risk=risk,
        direction=str(Direction(contract.direction).label),
        standing=str(line.standing.label),
        tone=STANDING_TONE[line.standing],
        acq=plain(contract.acq),
        mdq=_figure(contract.mdq),
        take_or_pay=_figure(contract.take_or_pay_percent),
        price=_figure(contract.price_yuan) if prices else "",
        mechanism=contract.price_mechanism if prices else "",
    )


def _year_row(line: ContractLine, *, prices: bool) -> YearRow:
    return YearRow(
        line=line,
        planned=_figure(line.year_planned),
        actual=plain(line.year_actual),
        completion=_figure(line.completion_percent),
        price=_figure(line.year_price_yuan) if prices else "",
        amount=_money(line.year_amount_yuan) if prices else "",
        paid=_money(line.year_paid_yuan) if prices else "",
        account=_account(line.take_or_pay) if line.take_or_pay is not None else None,
    )


def _account(given: TakeOrPay) -> Account:
    hundred = Decimal(100)
    short = given.shortfall_at_pace
    return Account(
        acq=plain(given.acq),
        share=plain(given.percent),
        obligation=plain(given.obligation),
        taken=plain(given.taken),
        taken_percent=_figure(given.taken_percent),
        expected=plain(given.expected),
        expected_percent=_figure(given.expected_percent),
        still=plain(given.still_to_take),
        shortfall=_figure(short),
        through=given.taken_through,
        first_on=given.first_on,
        last_on=given.last_on,
        partial=given.days < 365,
        behind=bool(short),
        met=given.still_to_take == 0,
        filled=min(given.taken_percent or Decimal(0), hundred),
        mark=min(given.expected_percent or Decimal(0), hundred),
    )


def _figure(number: Decimal | None) -> str:
    return DASH if number is None else plain(number)


def _money(yuan: Decimal | None) -> str:
    return DASH if yuan is None else f"{yuan:,.2f}"


@dataclass(frozen=True, slots=True)
class MonthRow:
    month: str
    planned: str
    actual: str
    completion: str
    price: str
    amount: str
    paid: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart and its table (newest month first); `data` goes into the page as JSON."""

    id: str
    title: str
    quantity_unit: str
    price_unit: str
    data: dict[str, Any]
    rows: list[MonthRow]


def charts_of(performance: Performance, *, prices: bool) -> list[Chart]:
    """A chart per direction and unit of measure; volumes alone where prices are not told."""
    both_ways = len({series.direction for series in performance.series}) > 1
    return [_chart(series, both_ways, prices=prices) for series in performance.series]


def _chart(series: Series, both_ways: bool, *, prices: bool) -> Chart:
    unit, direction = str(series.quantity_unit.label), str(series.direction.label)
    title = _("提气量（%(unit)s）") % {"unit": unit}
    if prices:
        title = _("提气量（%(unit)s）与单价（%(price)s）") % {
            "unit": unit,
            "price": series.price_unit,
        }
    return Chart(
        id=f"offtake-{series.direction}-{series.quantity_unit}",
        title=f"{direction} · {title}" if both_ways else title,
        quantity_unit=unit,
        price_unit=series.price_unit,
        data={
            "quantityUnit": unit,
            "priceUnit": series.price_unit,
            "plannedLabel": _("计划量"),
            "actualLabel": _("实际提气量"),
            "priceLabel": _("单价"),
            "months": [f"{month.month:%Y-%m}" for month in series.months],
            "planned": [_raw(month.planned) for month in series.months],
            "actual": [_raw(month.actual) for month in series.months],
            "price": [_raw(month.price_yuan) for month in series.months] if prices else None,
        },
        rows=[_month_row(month, prices=prices) for month in reversed(series.months)],
    )


def _raw(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _month_row(month: MonthSum, *, prices: bool) -> MonthRow:
    return MonthRow(
        month=f"{month.month:%Y-%m}",
        planned=_figure(month.planned),
        actual=_figure(month.actual),
        completion=_figure(month.completion_percent),
        price=_figure(month.price_yuan) if prices else "",
        amount=_money(month.amount_yuan) if prices else "",
        paid=_money(month.paid_yuan) if prices else "",
    )


# Duties and the timeline -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty of the file; `due` counts the days while it is open."""

    kind: str
    period: str
    due: Due
    done_on: date | None
    on_time: bool
    basis: str
    waived: bool = False
    pk: UUID | None = None
    folded: date | None = None
    """The day of the review with which an event's duty is done; both clocks run on."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One of the two clocks that run on every file (§6.2.1), at its next open duty."""

    kind: str
    clause: str
    next: DutyRow | None


def is_open(duty: Duty) -> bool:
    """Neither done nor waived."""
    return duty.done_at is None and duty.waived_at is None


def duty_rows(duties: Iterable[Duty], today: date) -> list[DutyRow]:
    """Duties in words, in the order given."""
    listed = list(duties)
    reviews = [d.due_on for d in listed if d.kind == DutyKind.REVIEW and is_open(d)]
    return [
        replace(_duty_row(duty, today), folded=_folded(duty, reviews) if is_open(duty) else None)
        for duty in listed
    ]


def _folded(duty: Duty, reviews: Sequence[date]) -> date | None:
    """The review that falls due around the event's own day: one version does both."""
    if duty.counts_from is None:
        return None
    near = [on for on in reviews if abs((on - duty.due_on).days) <= NEAR_DAYS]
    return min(near, default=None)


def _duty_row(duty: Duty, today: date) -> DutyRow:
    done_on = timezone.localtime(duty.done_at).date() if duty.done_at is not None else None
    return DutyRow(
        kind=str(DutyKind(duty.kind).label),
        period=period_label(duty.period_start, duty.period_end),
        due=Due(duty.due_on, today),
        done_on=done_on,
        on_time=done_on is not None and done_on <= duty.due_on,
        basis=duty.get_basis_display(),
        waived=duty.waived_at is not None,
        pk=duty.pk,
    )


def clocks_of(duties: Sequence[Duty], today: date) -> list[Clock]:
    """Both clocks: volume and price of all, the whole file by class."""
    clocks = []
    for kind in CYCLES:
        opened = [duty for duty in duties if duty.kind == kind and is_open(duty)]
        clocks.append(
            Clock(
                kind=str(kind.label),
                clause="§6.2.1",
                next=_duty_row(opened[0], today) if opened else None,
            )
        )
    return clocks


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    what: str
    who: str
    where: str


def happened(events: Iterable[Event], units: Mapping[int, str] | None = None) -> list[Happened]:
    """Events in words; the unit is said where several units' files meet."""
    return [
        Happened(
            at=timezone.localtime(event.at),
            what=say(event.verb),
            who=event.actor_name,
            where=(units or {}).get(event.unit_id or 0, ""),
        )
        for event in events
    ]


# All files of one customer -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact as each unit states it; `differs` when two that say something disagree."""

    label: str
    texts: list[str]
    differs: bool


def compared(definition: Definition, files: Sequence[Dossier]) -> list[Compared]:
    """Section A's plain facts side by side: those that some unit states, differing ones first."""
    facts = [facts_of(definition, file.document, file) for file in files]
    rows = []
    own = {"file_no", "unit_id", "uscc", "name_py"}
    for field in definition.sections[0].fields:
        if field.type == FieldType.TABLE or field.code in own:
            continue
        if group_of(field.sensitivity) is not None:  # told file by file, after a reveal (§5.5)
            continue
        texts = [display(field, given.get(field.code)) for given in facts]
        said = {text for text in texts if text}
        if said:
            rows.append(Compared(field.label, [text or DASH for text in texts], len(said) > 1))
    return sorted(rows, key=lambda row: not row.differs)


@dataclass(frozen=True, slots=True)
class UnitSummary:
    """One unit's file of the customer, its contracts and this year's offtake by unit."""

    file: Dossier
    contracts: int
    in_force: int
    taken: list[str]


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over units, of one direction and one unit of measure."""

    label: str
    quantity: str
    unit: str


def summaries(files: Iterable[Dossier], totals: Mapping[Any, UnitTotals]) -> list[UnitSummary]:
    """Each file with its totals."""
    found = []
    for file in files:
        own = totals.get(file.pk, UnitTotals())
        taken = [
            f"{_way(direction)} {plain(quantity)} {QuantityUnit(unit).label}"
            for (direction, unit), quantity in sorted(own.taken.items())
        ]
        found.append(UnitSummary(file, own.contracts, own.in_force, taken))
    return found


def group_totals(totals: Iterable[UnitTotals]) -> list[Total]:
    """This year's offtake over all units; 万立方米 and 吨, sale and purchase stay apart.

    Amounts are core secrets and are told file by file, after a reveal.
    """
    quantity: dict[tuple[str, str], Decimal] = {}
    for own in totals:
        for key, taken in own.taken.items():
            quantity[key] = quantity.get(key, Decimal(0)) + taken
    return [
        Total(
            label=_way(direction),
            quantity=plain(quantity[direction, unit]),
            unit=str(QuantityUnit(unit).label),
        )
        for direction, unit in sorted(quantity)
    ]


def _way(direction: str) -> str:
    return str(Direction(direction).label)
