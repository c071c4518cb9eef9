"""Every read of supervision reports, and the figures that go into one (§6.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.timezone import localtime

from yihu.access.models import User
from yihu.access.scope import Unreachable, scope_of
from yihu.assessment.queries import ranking as assessed
from yihu.boards.policy import FEWEST
from yihu.dossiers.filled import filled_of
from yihu.guide.models import Edition
from yihu.guide.rules import parse
from yihu.inspections.choices import (
    OWING,
    Cause,
    FindingState,
    PlaceKind,
    Severity,
    SubjectState,
)
from yihu.inspections.models import Finding, Inspection, Order, Share, Subject, Tally
from yihu.kit.calendar import ONE_DAY, Span
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.supervision.models import Report, Schedule
from yihu.supervision.rules import FOCUS, UNDER_WAY, Focus, Kind, State

SQL = Path(__file__).parent / "sql"
KEY_FINDINGS = 60
"""So many serious, repeated or overdue findings are listed one by one."""
Figures = dict[str, Any]

# Reports -----------------------------------------------------------------------------------------


def reports(user: User) -> QuerySet[Report]:
    """Those in reach, without their figures, to be paged."""
    rows: QuerySet[Report] = Report.objects.visible_to(user)
    return rows.select_related("unit", "asked_by").defer("figures")


def one(user: User, pk: UUID) -> Report:
    """Raises: Unreachable."""
    rows: QuerySet[Report] = Report.objects.visible_to(user)
    found = rows.select_related("unit", "asked_by").filter(pk=pk).first()
    if found is None:
        raise Unreachable("supervision.report", {"pk": pk})
    return found


def last_version(kind: Kind, start: date, unit_id: int | None) -> int:
    """Of the period's reports of the unit, None for the group's; 0 before the first."""
    rows = Report.objects.filter(kind=kind, period_start=start, unit=unit_id)
    return rows.aggregate(last=Max("version"))["last"] or 0


def under_way(kind: Kind, start: date, unit_id: int | None) -> Report | None:
    """The one that is being made."""
    rows = Report.objects.filter(kind=kind, period_start=start, unit=unit_id, state__in=UNDER_WAY)
    found: Report | None = rows.first()
    return found


def units() -> list[OrgUnit]:
    """Those that keep files, in the group's order."""
    return list(OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT]))


def live_units(on: date) -> list[OrgUnit]:
    """Those of them that had begun by the day."""
    return [unit for unit in units() if unit.live_from is not None and unit.live_from <= on]


def schedules() -> dict[str, Schedule]:
    """By kind."""
    return {row.kind: row for row in Schedule.objects.select_related("changed_by")}


def scheduled(kind: Kind) -> dict[tuple[date, int | None], str]:
    """What was made by itself: by period and unit, its state."""
    rows = Report.objects.filter(schedule=kind)
    return {(row[0], row[1]): row[2] for row in rows.values_list("period_start", "unit", "state")}


def last_scheduled() -> dict[str, Report]:
    """By kind, the last of the group or, where there is none, of a unit."""
    rows = Report.objects.filter(schedule__isnull=False).defer("figures")
    return {row.kind: row for row in rows.order_by("asked_at", "unit_id")}


def stuck(before: datetime) -> list[Report]:
    """Asked for by people and not made by then, or due by itself and not made."""
    rows = Report.objects.filter(state__in=UNDER_WAY, asked_at__lt=before, schedule=None)
    return list(rows.defer("figures"))


def to_be_made() -> list[UUID]:
    """Due by themselves and not made yet, whatever became of the last try."""
    rows = Report.objects.filter(schedule__isnull=False).exclude(state=State.READY)
    return list(rows.order_by("asked_at").values_list("pk", flat=True))


# Figures -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame:
    """What the figures are of: units in order, the period, and the moment at which they hold."""

    kind: Kind
    span: Span
    units: Sequence[OrgUnit]
    unit: OrgUnit | None
    at: datetime

    @property
    def focus(self) -> Focus:
        return FOCUS[self.kind]

    @property
    def values(self) -> dict[str, Any]:
        """What the statements ask for."""
        year = self.span.end.replace(year=self.span.end.year - 1, day=1)
        following = (year + timedelta(days=32)).replace(day=1)
        return {
            "units": [unit.pk for unit in self.units],
            "start": self.span.start,
            "end": self.span.end,
            "until": datetime.combine(self.span.end + ONE_DAY, time(), SHANGHAI),
            "today": localtime(self.at).date(),
            "klass": self.focus.klass,
            "review": self.focus.review,
            "year": following,
            "two_years": following.replace(year=following.year - 1),
            "before": self.span.start.replace(year=self.span.start.year - 1),
            "before_end": year,
        }

    @property
    def code(self) -> dict[int, str]:
        """The units' codes by their keys."""
        return {unit.pk: unit.code for unit in self.units}


def frame_of(report: Report, at: datetime) -> Frame:
    """The frame of a report that is to be made."""
    span = Span(report.period_start, report.period_end)
    chosen = [report.unit] if report.unit is not None else live_units(span.end)
    return Frame(Kind(report.kind), span, chosen, report.unit, at)


def _rows(name: str, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_read(name), values)
        names = [column.name for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))


def _read(name: str) -> str:
    """A statement, with what it counts as a file at the period's end."""
    file = (SQL / "file.sql").read_text("utf-8")
    return (SQL / f"{name}.sql").read_text("utf-8").replace("{file}", file)


def files(frame: Frame) -> Figures:
    """By unit and class: files, approved, signed, covered (§6.1.2)."""
    found: Figures = {code: {} for code in frame.code.values()}
    for row in _rows("files", frame.values):
        counts = {name: row[name] for name in ("files", "approved", "signed", "covered")}
        found[frame.code[row["unit_id"]]][row["klass"]] = counts
    return found


def filled(frame: Frame) -> Figures:
    """By unit: fields filled and required, files counted and whole (§6.1.4)."""
    names = ("filled", "required", "files", "whole")
    found: Figures = {code: dict.fromkeys(names, 0) for code in frame.code.values()}
    statement = _read("filled")
    for edition in Edition.objects.filter(published_at__isnull=False):
        of = filled_of(parse(edition.definition), composed=True)
        said = statement.replace("{filled}", of.filled).replace("{required}", of.required)
        with connection.cursor() as cursor:
            cursor.execute(said, {**frame.values, "edition": edition.pk})
            for unit_id, *counts in cursor.fetchall():
                sums = found[frame.code[unit_id]]
                for name, count in zip(names, counts, strict=True):
                    sums[name] += int(count)
    return found


def duties(frame: Frame) -> Figures:
    """Timeliness (§6.2.1): by unit all, volume and price, and the updating of the report's class;
    by month of the last year.
    """
    parts = ("all", "offtake", "review")
    none = {"fallen": 0, "on_time": 0, "overdue": 0}
    found: Figures = {
        "units": {code: {part: dict(none) for part in parts} for code in frame.code.values()},
        "months": {},
    }
    for row in _rows("duties", frame.values):
        counts = {name: row[name] for name in none}
        month = found["months"].setdefault(f"{row['month']:%Y-%m}", dict(none))
        into = [month]
        if row["within"]:
            of_unit = found["units"][frame.code[row["unit_id"]]]
            into.append(of_unit["all"])
            if row["kind"] == "offtake":
                into.append(of_unit["offtake"])
            elif row["kind"] == "review" and (row["focus"] or not frame.focus.review):
                into.append(of_unit["review"])
        for sums in into:
            for name, count in counts.items():
                sums[name] += count
    return found


def volumes(frame: Frame) -> Figures:
    """By unit and source: volume, plan, the year before, customers, mean price (§6.4.1). A price of
    fewer than three customers is not told.
    """
    found: Figures = {"units": {code: {} for code in frame.code.values()}, "months": {}}
    none = {"files": 0, "actual": "0", "planned": None, "before": "0", "price": None}
    for row in _rows("volumes", frame.values):
        of = found["units"][frame.code[row["unit_id"]]].setdefault(row["source"], dict(none))
        if not row["within"]:
            of["before"] = _plain(row["actual"])
            continue
        of |= {"files": row["files"], "actual": _plain(row["actual"])}
        of["planned"] = None if row["planned"] is None else _plain(row["planned"])
        if row["paying"] >= FEWEST and row["priced"]:
            unit = row["priced"] * (10_000 if row["source"] == "pipeline" else 1)
            of["price"] = _plain((row["amount"] / unit).quantize(Decimal("0.0001")))
    for row in _rows("months", frame.values):
        months = found["months"].setdefault(row["source"], {})
        months[f"{row['month']:%Y-%m}"] = _plain(row["actual"])
    return found


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"


# Inspections -------------------------------------------------------------------------------------


def inspections(frame: Frame) -> list[Inspection]:
    """Those that the report tells of: drawn, of its kinds, within its period, of its units."""
    rows = (
        Inspection.objects.filter(
            kind__in=frame.focus.checks,
            period_start__gte=frame.span.start,
            period_end__lte=frame.span.end,
            pk__in=Share.objects.filter(unit__in=frame.values["units"]).values("inspection"),
        )
        .exclude(seed="")
        .exclude(state="cancelled")
    )
    return list(rows.order_by("period_start", "number"))


def told(frame: Frame, held: Sequence[Inspection]) -> QuerySet[Finding]:
    """The findings; a unit's report tells of those that were sent to it, or are its own."""
    rows = Finding.objects.filter(unit__in=frame.values["units"], inspection__in=held)
    if frame.unit is not None:
        rows = rows.filter(Q(order__isnull=False) | Q(inspection__owner__isnull=False))
    return rows.exclude(state=FindingState.WITHDRAWN).order_by()


def draws(frame: Frame) -> list[Figures]:
    """Each inspection with what its sample hangs on, so that anybody can draw it again."""
    held = inspections(frame)
    within = Q(shares__unit__in=frame.values["units"])
    shares = {
        row.pop("pk"): row
        for row in Inspection.objects.filter(pk__in=[row.pk for row in held])
        .values("pk")
        .annotate(
            checked_here=Sum("shares__checked", filter=within),
            population_here=Sum("shares__population", filter=within),
            drawn_here=Sum("shares__drawn", filter=within),
        )
    }
    done = dict(
        Subject.objects.filter(
            unit__in=frame.values["units"], inspection__in=held, drawn=True, state=SubjectState.DONE
        )
        .order_by()
        .values_list("inspection")
        .annotate(Count("id"))
    )
    return [
        {
            "number": row.number, "kind": row.kind, "name": row.name, "cutoff": f"{row.cutoff_on}",
            "period": [f"{row.period_start}", f"{row.period_end}"], "state": row.state,
            "method": row.method, "amount": row.amount, "minimum": row.minimum,
            "weighted": row.weighted, "seed": row.seed,
            "population": row.population, "drawn": row.drawn,
            "population_sha256": row.population_sha256, "draw_sha256": row.draw_sha256,
            "checked_here": shares[row.pk]["checked_here"] or 0,
            "population_here": shares[row.pk]["population_here"] or 0,
            "drawn_here": shares[row.pk]["drawn_here"] or 0,
            "inspected_here": done.get(row.pk, 0),
        }
        for row in held
    ]  # fmt: skip


def checks(frame: Frame) -> Figures:
    """By automatic check: files that it applied to, and that did not pass."""
    rows = (
        Tally.objects.filter(unit__in=frame.values["units"], inspection__in=inspections(frame))
        .order_by()
        .values_list("check_code")
        .annotate(Sum("applied"), Sum("failed"))
    )
    return {code: {"applied": applied, "failed": failed} for code, applied, failed in rows}


def findings(frame: Frame) -> Figures:
    """By unit and by sort; and those that want attention one by one, without a customer's name."""
    rows = told(frame, inspections(frame))
    today = frame.values["today"]
    late = Q(state__in=OWING, due_on__lt=today)
    counts = {
        "found": Count("id"),
        "serious": Count("id", filter=Q(severity=Severity.SERIOUS)),
        "normal": Count("id", filter=Q(severity=Severity.NORMAL)),
        "minor": Count("id", filter=Q(severity=Severity.MINOR)),
        "repeated": Count("id", filter=Q(repeats__isnull=False)),
        "unsent": Count("id", filter=Q(state=FindingState.OPEN)),
        "replied": Count("id", filter=Q(state=FindingState.REPLIED)),
        "closed": Count("id", filter=Q(state=FindingState.CLOSED)),
        "overdue": Count("id", filter=late),
    }
    nothing = dict.fromkeys(counts, 0)
    of_unit = {frame.code[unit]: sums for unit, sums in _counted(rows, "unit", counts)}
    causes = dict(_counted(rows, "cause", counts))
    key = rows.filter(Q(severity=Severity.SERIOUS) | Q(repeats__isnull=False) | late)
    chosen = key.select_related("inspection", "unit").order_by(
        "unit__sort", "unit", "-severity", "inspection__number", "serial"
    )
    return {
        "units": {code: of_unit.get(code, nothing) for code in frame.code.values()},
        "causes": {cause.value: causes[cause.value] for cause in Cause if cause.value in causes},
        "orders": Order.objects.filter(
            pk__in=rows.filter(order__isnull=False).values("order")
        ).count(),
        "key_count": key.count(),
        "key": [_key(row, today) for row in chosen[:KEY_FINDINGS]],
    }


def _counted(
    rows: QuerySet[Finding], by: str, counts: Mapping[str, Any]
) -> Iterator[tuple[Any, dict[str, int]]]:
    for key, *sums in rows.values_list(by).annotate(**counts):
        yield key, dict(zip(counts, sums, strict=True))


def _key(row: Finding, today: date) -> Figures:
    """What a line says of a finding: where and what sort, never the words about a customer."""
    says_place = row.place_kind in (PlaceKind.FIELD, PlaceKind.SECTION)
    return {
        "number": f"{row.inspection.number}-{row.unit.code}-{row.serial:03d}",
        "unit": row.unit.code,
        "place_kind": row.place_kind,
        "place": row.place_label if says_place else "",
        "cause": row.cause,
        "severity": row.severity,
        "clause": row.clause,
        "state": row.state,
        "due": f"{row.due_on}" if row.due_on else "",
        "repeated": row.repeats_id is not None,
        "overdue": row.overdue(today),
    }


def ranking(frame: Frame) -> list[Figures]:
    """The published assessment of the period, the best first; a unit's report tells its own place
    (§6.4.2).
    """
    start = frame.span.start
    code = {1: f"M{start.month}", 3: f"Q{(start.month + 2) // 3}", 12: "Y"}[frame.focus.months]
    return [
        {
            "unit": row.unit.code,
            "short": row.unit.short_name,
            "rank": row.rank,
            "score": f"{row.score}",
            "change": None if row.change is None else f"{row.change}",
            "climbed": row.climbed,
        }
        for row in assessed(start.year, code)
        if frame.unit is None or row.unit == frame.unit
    ]


def head(frame: Frame) -> Figures:
    """Whose the report is, of what period, as of when."""
    group = OrgUnit.objects.filter(kind=UnitKind.GROUP).order_by("pk").first()
    return {
        "kind": frame.kind.value,
        "period": [f"{frame.span.start}", f"{frame.span.end}"],
        "as_of": f"{localtime(frame.at):%Y-%m-%d %H:%M}",
        "group": group.name if group is not None else "",
        "unit": frame.unit.name if frame.unit is not None else None,
        "units": [
            {"code": unit.code, "name": unit.name, "short": unit.short_name} for unit in frame.units
        ],
    }


PARTS = {
    "head": head,
    "files": files,
    "filled": filled,
    "duties": duties,
    "volumes": volumes,
    "draws": draws,
    "checks": checks,
    "findings": findings,
    "ranking": ranking,
}
"""What is gathered, in order; a chapter that needs more adds its part here."""


def may_choose(user: User) -> list[OrgUnit]:
    """The units among whose reports the person may choose."""
    return units() if scope_of(user).everything else []
