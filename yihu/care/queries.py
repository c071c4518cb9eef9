"""Every read of segments: one statement over the files in scope, joined to what is asked (§3b)."""

import re
from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.care.choices import FactType, Match, Op
from yihu.care.facts import FACT, POLICY, Fact
from yihu.care.models import Segment, SegmentMonth, SegmentVersion, Suggestion
from yihu.care.policy import bounds, may_evaluate
from yihu.care.rules import RULES, Condition, Rule, due_by_now, known
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import search as search_dossiers
from yihu.dossiers.rules import State
from yihu.org.models import OrgUnit
from yihu.org.regions import name_of
from yihu.org.rules import UnitKind
from yihu.visits.rules import VISITS_A_YEAR

SQL = Path(__file__).parent / "sql"
TREND_MONTHS = 12
NAMED = re.compile(r"%\((\w+)\)s")
QUOTA = (
    """coalesce({own}, (
    SELECT q.visits FROM visits_quota q WHERE q.unit_id = d.unit_id AND q.klass = d.klass
        AND q.year = extract(year FROM %(today)s::date)
), CASE d.klass """
    + " ".join(f"WHEN '{klass}' THEN {number}" for klass, number in VISITS_A_YEAR.items())
    + " ELSE 0 END)"
)
"""Visits a year that a file is due: the segment's own number, the unit's plan, the default."""
HELD = {"": "this_year", "business": "this_year", "department": "at_department", "top": "at_top"}
"""The column of visits.sql that counts those on the level that is due, or above."""
UNPRICED = (Condition("price_policy", Op.NO),)
"""Enjoys no price policy today: masked, so only who keeps a unit's files may ask (§5.5)."""


# The statement -----------------------------------------------------------------------------------


@cache
def _source(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def joined(facts: Iterable[str]) -> str:
    """The files, and of each source that is named one row a file."""
    parts = ["dossiers_dossier d"]
    parts += [
        f"LEFT JOIN ({_source(name)}) {name}"
        f" ON {name}.unit_id = d.unit_id AND {name}.dossier_id = d.id"
        for name in sorted(set(facts))
    ]
    return "\n".join(parts)


def sources_of(conditions: Iterable[Condition]) -> set[str]:
    """What the conditions have to be joined to."""
    return {name for condition in conditions for name in condition.of.sources}


def predicate(
    match: str, conditions: Sequence[Condition], values: dict[str, Any], prefix: str = "c"
) -> str:
    """The conditions as SQL; what they compare with goes into `values`."""
    word = " AND " if match == Match.ALL else " OR "
    parts = [
        _one(condition, f"{prefix}{place}", values) for place, condition in enumerate(conditions)
    ]
    return f"({word.join(parts)})" if parts else "false"


def _one(condition: Condition, name: str, values: dict[str, Any]) -> str:
    fact = condition.of
    given = f"%({name})s"
    if condition.op in (Op.GE, Op.LE):
        values[name] = condition.values[0]
        sign = ">=" if condition.op == Op.GE else "<="
        return f"coalesce(({fact.sql}) {sign} {given}::numeric, false)"
    if condition.op in (Op.IN, Op.OUT):
        values[name] = list(condition.values)
        compared = (
            f"({fact.sql})::text[] && {given}::text[]"
            if fact.type == FactType.CHOICES
            else f"({fact.sql}) = ANY ({given}::text[])"
        )
        negated = "NOT " if condition.op == Op.OUT else ""
        return f"{negated}coalesce({compared}, false)"
    return {
        Op.SOME: f"({fact.sql}) IS NOT NULL",
        Op.NONE: f"({fact.sql}) IS NULL",
        Op.YES: f"({fact.sql}) IS TRUE",
        Op.NO: f"({fact.sql}) IS NOT TRUE",
    }[condition.op]


def positional(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The same statement with its values in order, as Django wants them inside its own."""
    order: list[Any] = []

    def place(found: re.Match[str]) -> str:
        order.append(values[found[1]])
        return "%s"

    return NAMED.sub(place, sql), order


def _named(query: QuerySet[Any]) -> tuple[str, dict[str, Any]]:
    """A query of Django's with named values, to stand inside a statement of ours."""
    sql, given = query.query.sql_with_params()
    names = iter(range(len(given)))
    said = re.sub("%s", lambda _found: f"%(v{next(names)})s", sql)
    return said, {f"v{place}": value for place, value in enumerate(given)}


# Whom a person may count -------------------------------------------------------------------------


def files_of(user: User) -> ScopedQuerySet:
    """The files of the units that the person works for, but those that are closed.

    What a grant opens is read file by file and not told apart here.
    """
    scope = scope_of(user)
    rows: ScopedQuerySet = Dossier.objects.visible_to(user).exclude(state=State.CLOSED)
    return rows if scope.everything else rows.filter(unit__in=scope.own_ids)


def counts(
    user: User, segments: Sequence[tuple[str, tuple[Condition, ...]]], today: date
) -> list[int | None]:
    """How many files fit each (match, conditions), in one statement however many there are.

    None where the person may not ask one of the facts.
    """
    asked = [
        (place, match, conditions)
        for place, (match, conditions) in enumerate(segments)
        if conditions and may_evaluate(user, conditions)
    ]
    found: list[int | None] = [None] * len(segments)
    if not asked:
        return found
    within, values = _named(files_of(user).order_by().values("pk"))
    values["today"] = today
    columns = []
    for place, match, conditions in asked:
        test = predicate(match, conditions, values, f"s{place}_")
        if (kept := bounds(user, conditions)) is not None:
            values[f"k{place}"] = kept
            test += f" AND d.unit_id = ANY (%(k{place})s)"
        columns.append(f"count(*) FILTER (WHERE {test})")
    sources = {name for _p, _m, conditions in asked for name in sources_of(conditions)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {joined(sources)} WHERE d.id IN ({within})", values
        )
        row = cursor.fetchone()
    for (place, _match, _conditions), number in zip(asked, row, strict=True):
        found[place] = number
    return found


def fitting(
    user: User, match: str, conditions: tuple[Condition, ...], today: date
) -> ScopedQuerySet:
    """The files in scope that fit, for lists, exports and counts."""
    rows = files_of(user)
    if not conditions or not may_evaluate(user, conditions):
        return rows.none()
    values: dict[str, Any] = {"today": today}
    test = predicate(match, conditions, values)
    sql, order = positional(
        f"SELECT d.id FROM {joined(sources_of(conditions))} WHERE {test}", values
    )
    found: ScopedQuerySet = rows.filter(pk__in=RawSQL(sql, order))
    kept = bounds(user, conditions)
    return found if kept is None else found.filter(unit__in=kept)


# Segments ----------------------------------------------------------------------------------------


def one(user: User, pk: UUID) -> Segment:
    """A segment that the person may see. Raises: Unreachable."""
    found: Segment = reach(Segment.objects.select_related("unit", "made_by"), user, pk=pk)
    return found


def segments(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The segments in reach under the filter's conditions."""
    rows: ScopedQuerySet = Segment.objects.visible_to(user).select_related("unit")
    rows = rows.filter(retired_at__isnull=chosen.get("state") != "retired")
    if chosen.get("q"):
        rows = rows.filter(name__icontains=" ".join(chosen["q"].split()))
    if chosen.get("owner"):
        rows = rows.filter(of_group=chosen["owner"] == "group")
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    return rows


def versions_of(segment: Segment) -> list[SegmentVersion]:
    """What it said before, newest first."""
    rows = SegmentVersion.objects.filter(unit=segment.unit_id, segment=segment)
    return list(rows.select_related("by").order_by("-number"))


def home_of(user: User) -> OrgUnit | None:
    """The unit in whose name the person makes segments: the group for who supervises it."""
    if scope_of(user).everything:
        return OrgUnit.objects.filter(kind=UnitKind.GROUP).order_by("pk").first()
    return user.staff.unit if user.staff is not None else None


def units(user: User) -> list[tuple[str, str]]:
    """The units whose customers the person may see, as options."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    seen = rows if scope.everything else rows.filter(pk__in=scope.own_ids)
    return [(str(unit.pk), unit.name) for unit in seen]


# Its customers, and what they are due ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a segment: what it is due this year, what it got, its facts as text.

    `lagging`: fewer visits than the year's share that has passed.
    """

    dossier: Dossier
    due: int
    held: int
    on_level: bool
    next_on: date | None
    told: list[tuple[Fact, str]]
    by_now: int

    @property
    def met(self) -> bool:
        """All the visits of the year, one of them on the level that is due."""
        return self.held >= self.due and (self.on_level or not self.due)

    @property
    def lagging(self) -> bool:
        """Behind the share of the year that has passed."""
        return self.held < self.by_now


def members(user: User, segment: Segment, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The files of a segment under the list's filters."""
    rows = fitting(user, segment.match, known(segment.conditions), today)
    if chosen.get("customer"):
        named = search_dossiers(user, chosen["customer"]).order_by().values("pk")
        rows = rows.filter(pk__in=named)
    if chosen.get("klass"):
        rows = rows.filter(klass=chosen["klass"])
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    if chosen.get("province"):
        rows = rows.filter(region_code__startswith=chosen["province"])
    if chosen.get("care") == "lagging":
        rows = rows.filter(pk__in=RawSQL(*_lagging(segment, today)))
    elif chosen.get("care") == "unpriced":
        kept = bounds(user, UNPRICED) or ()
        sql = positional(
            f"SELECT d.id FROM dossiers_dossier d WHERE NOT {POLICY}", {"today": today}
        )
        rows = rows.filter(pk__in=RawSQL(*sql), unit__in=kept)
    found: ScopedQuerySet = rows.select_related("unit").defer("document", "search_text")
    return found


def _lagging(segment: Segment, today: date) -> tuple[str, list[Any]]:
    day, days = _of_year(today)
    quota = QUOTA.format(own="%(own)s::int")
    return positional(
        f"SELECT d.id FROM {joined(['visits'])}"
        f" WHERE coalesce(visits.this_year, 0) < {quota} * %(day)s / %(days)s",
        {"today": today, "own": segment.due_visits, "day": day, "days": days},
    )


def _of_year(today: date) -> tuple[int, int]:
    return (today - date(today.year, 1, 1)).days + 1, 366 if isleap(today.year) else 365


def shown_facts(segment: Segment) -> list[Fact]:
    """The facts that a segment's list shows as columns: those that it asks, but the class."""
    facts: list[Fact] = []
    for condition in known(segment.conditions):
        if condition.of not in facts and condition.fact not in {"klass", "province"}:
            facts.append(condition.of)
    return facts[:4]


def cared(segment: Segment, dossiers: Sequence[Dossier], today: date) -> list[Member]:
    """What these files are due and got, in one statement; facts in the order of `shown_facts`."""
    facts = shown_facts(segment)
    values = {
        "today": today, "own": segment.due_visits, "keys": [row.pk for row in dossiers],
    }  # fmt: skip
    columns = [
        "d.id", QUOTA.format(own="%(own)s::int"), "coalesce(visits.this_year, 0)",
        f"coalesce(visits.{HELD[segment.due_level]}, 0)", "visits.next_on",
        *(f"({fact.sql})" for fact in facts),
    ]  # fmt: skip
    sources = {"visits", *(name for fact in facts for name in fact.sources)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {joined(sources)} WHERE d.id = ANY (%(keys)s)",
            values,
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    day, days = _of_year(today)
    found = []
    for dossier in dossiers:
        due, held, on_level, next_on, *said = rows[dossier.pk]
        found.append(
            Member(
                dossier, due, held, bool(on_level), next_on,
                [(fact, _text(fact, value)) for fact, value in zip(facts, said, strict=True)],
                due_by_now(due, day=day, days=days),
            )
        )  # fmt: skip
    return found


def _text(fact: Fact, value: Any) -> str:
    if value is None:
        return "—"
    if fact.type == FactType.NUMBER:
        number = f"{value:,f}"
        return number.rstrip("0").rstrip(".") if "." in number else number
    if fact.type == FactType.YES:
        return str(Op.YES.label if value else Op.NO.label)
    labels = dict(fact.options)
    codes = value if isinstance(value, list) else [value]
    return "、".join(str(labels.get(code, code)) for code in codes)


@dataclass(frozen=True, slots=True)
class Sum:
    """A segment's customers of one province (or all): due, held, met, lagging."""

    code: str
    label: str
    customers: int
    due: int
    held: int
    met: int
    lagging: int
    share: int = 0

    @property
    def percent(self) -> int | None:
        """Customers whose visits are all held, of those that are due any; None of none."""
        return self.met * 100 // self.customers if self.customers else None


def by_province(user: User, segment: Segment, today: date) -> list[Sum]:
    """The segment by province, the largest first, in one statement; `share`: of the largest."""
    rows = fitting(user, segment.match, known(segment.conditions), today)
    within, values = _named(rows.order_by().values("pk"))
    day, days = _of_year(today)
    values |= {"today": today, "own": segment.due_visits, "day": day, "days": days}
    quota = QUOTA.format(own="%(own)s::int")
    level = HELD[segment.due_level]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT province, count(*), sum(due), sum(held),"
            " count(*) FILTER (WHERE held >= due AND (on_level > 0 OR due = 0)),"
            " count(*) FILTER (WHERE held < due * %(day)s / %(days)s)"
            f" FROM (SELECT left(d.region_code, 2) AS province, {quota} AS due,"
            " coalesce(visits.this_year, 0) AS held,"
            f" coalesce(visits.{level}, 0) AS on_level FROM {joined(['visits'])}"
            f" WHERE d.id IN ({within})) counted GROUP BY province ORDER BY 2 DESC, 1",
            values,
        )
        found = cursor.fetchall()
    most = max((row[1] for row in found), default=1)
    return [
        Sum(
            code=code,
            label=name_of(f"{code}0000") if code else "",
            customers=customers,
            due=int(due),
            held=int(held),
            met=met,
            lagging=lagging,
            share=customers * 100 // most,
        )
        for code, customers, due, held, met, lagging in found
    ]


def total(lines: Sequence[Sum]) -> Sum:
    """All the provinces together."""
    return Sum(
        code="",
        label="",
        customers=sum(line.customers for line in lines),
        due=sum(line.due for line in lines),
        held=sum(line.held for line in lines),
        met=sum(line.met for line in lines),
        lagging=sum(line.lagging for line in lines),
    )


@dataclass(frozen=True, slots=True)
class Priced:
    """Of the segment's customers whose price policy the person may know: how many enjoy one."""

    customers: int
    enjoying: int

    @property
    def without(self) -> int:
        """Those who enjoy none."""
        return self.customers - self.enjoying


def priced(user: User, segment: Segment, today: date) -> Priced | None:
    """Who enjoys a price policy today; None where the segment names none, or it is masked."""
    if not segment.price_policy or not may_evaluate(user, UNPRICED):
        return None
    rows = fitting(user, segment.match, known(segment.conditions), today)
    kept = bounds(user, UNPRICED)
    within, values = _named(rows.filter(unit__in=kept or ()).order_by().values("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {FACT['price_policy'].sql})"
            f" FROM dossiers_dossier d WHERE d.id IN ({within})",
            {**values, "today": today},
        )
        return Priced(*cursor.fetchone())


# Month by month ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """A month of a segment, of all units in scope together; `share` of the largest in percent."""

    month: date
    customers: int
    due: int
    held: int
    met: int
    share: int

    @property
    def tall(self) -> int:
        """The height of its bar in percent; a month of none keeps a line."""
        return max(self.share, 4)

    @property
    def rest(self) -> int:
        """What is left above it."""
        return 100 - self.tall


def trends(user: User, keys: Sequence[UUID]) -> dict[UUID, list[Point]]:
    """The last months of each segment, oldest first, in one query.

    Only whole units are counted here: who sees a part of a unit's regions sees no months.
    """
    scope = scope_of(user)
    rows = SegmentMonth.objects.visible_to(user).filter(segment__in=keys)
    if not scope.everything:
        rows = rows.filter(unit__in=scope.own_ids & scope.whole_units)
    summed: dict[tuple[UUID, date], list[int]] = {}
    for key, month, *numbers in rows.order_by("month").values_list(
        "segment", "month", "customers", "due", "held", "met"
    ):
        line = summed.setdefault((key, month), [0, 0, 0, 0])
        summed[key, month] = [a + b for a, b in zip(line, numbers, strict=True)]
    found: dict[UUID, list[Point]] = {}
    for (key, month), numbers in summed.items():
        customers, due, held, met = numbers
        found.setdefault(key, []).append(Point(month, customers, due, held, met, 0))
    return {key: _scaled(points[-TREND_MONTHS:]) for key, points in found.items()}


def _scaled(points: list[Point]) -> list[Point]:
    most = max((point.customers for point in points), default=0) or 1
    return [
        Point(p.month, p.customers, p.due, p.held, p.met, p.customers * 100 // most) for p in points
    ]


@dataclass(frozen=True, slots=True)
class Volume:
    """What today's customers of a segment took in a month; None: no figures (yet).

    `share`: of the largest month of the unit of measure that bars are drawn by, in percent.
    """

    month: date
    wan_m3: Decimal | None
    tonne: Decimal | None
    share: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a segment's trend: what was counted then, what was taken in it."""

    month: date
    point: Point | None
    volume: Volume | None


def side_by_side(points: Sequence[Point], taken: Sequence[Volume]) -> list[Month]:
    """Counts and volumes of the same months, oldest first, no more than a year of them."""
    counted = {point.month: point for point in points}
    measured = {volume.month: volume for volume in taken}
    months = sorted(counted.keys() | measured.keys())[-TREND_MONTHS:]
    return [Month(month, counted.get(month), measured.get(month)) for month in months]


def volumes(user: User, segment: Segment, today: date) -> list[Volume]:
    """The last twelve months of them, oldest first, in one statement; none where none took any."""
    rows = fitting(user, segment.match, known(segment.conditions), today)
    within, values = _named(rows.order_by().values("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            _source("volume").replace("{within}", within), {**values, "month": today.replace(day=1)}
        )
        taken = {(month, unit): number for month, unit, number in cursor.fetchall()}
    months = sorted({month for month, _unit in taken})
    wan_m3, tonne = ({m: taken.get((m, unit)) for m in months} for unit in ("wan_m3", "t"))
    drawn = wan_m3 if any(wan_m3.values()) else tonne
    most = max((number for number in drawn.values() if number), default=Decimal(1))
    return [
        Volume(m, wan_m3[m], tonne[m], int((drawn[m] or 0) * 100 / most) if most else 0)
        for m in months
    ]


# Suggestions -------------------------------------------------------------------------------------


def one_suggestion(user: User, pk: UUID) -> Suggestion:
    """A suggestion that the person may see. Raises: Unreachable."""
    found: Suggestion = reach(Suggestion.objects.select_related("dossier__unit"), user, pk=pk)
    return found


def suggestions(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """The suggestions in reach under the filter's conditions."""
    rows: ScopedQuerySet = Suggestion.objects.visible_to(user).select_related(
        "unit", "dossier__filler", "decided_by"
    )
    rows = rows.defer("dossier__document", "dossier__search_text")
    if chosen.get("customer"):
        named = search_dossiers(user, chosen["customer"]).order_by().values("pk")
        rows = rows.filter(dossier__in=named)
    rows = rows.filter(state=chosen.get("state") or "open")
    if chosen.get("rule"):
        rows = rows.filter(rule=chosen["rule"])
    if chosen.get("klass"):
        rows = rows.filter(dossier__klass=chosen["klass"])
    if chosen.get("mine"):
        rows = rows.filter(dossier__filler=user.staff_id)
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    return rows


def suggestions_of(user: User, dossier: Dossier) -> list[Suggestion]:
    """What is suggested for one file."""
    rows = Suggestion.objects.visible_to(user).filter(
        unit=dossier.unit_id, dossier=dossier, state="open"
    )
    return list(rows.order_by("-found_on", "id"))


def sought(rule: Rule, today: date) -> tuple[str, dict[str, Any]]:
    """The statement that finds what a rule suggests: unit, file, occasion, figures."""
    values: dict[str, Any] = {"today": today, "rule": rule.code}
    test = predicate(Match.ALL, rule.conditions, values)
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in rule.figures.items())
    return (
        f"SELECT d.unit_id, d.id AS dossier_id, left({rule.occasion}, 200) AS occasion,"
        f" jsonb_build_object({pairs}) AS figures"
        f" FROM {joined(sources_of(rule.conditions))}"
        f" WHERE d.state <> 'closed' AND {test}",
        values,
    )


def rule_options() -> list[tuple[str, Any]]:
    """The kinds of suggestion."""
    return [(rule.code, rule.label) for rule in RULES]


def klass_options() -> list[tuple[str, Any]]:
    """The classes."""
    return list(Klass.choices)
