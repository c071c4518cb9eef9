"""Reads that span slices: lists, search hits, gaps, headquarters' pages. Everything is scoped."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db.models import (
    Count,
    DateField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from yihu.access.models import RoleAssignment, User
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.audit.models import Event
from yihu.audit.rules import say
from yihu.contracts.models import Contract
from yihu.customers.models import Customer
from yihu.customers.rules import GasUse, Klass
from yihu.desk.choices import Due
from yihu.dossiers import marks
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import best, counted, first_found, search
from yihu.dossiers.rules import State
from yihu.duties.models import Duty
from yihu.kit.paging import SIZE
from yihu.org.models import OrgUnit, Staff, UnitRegion
from yihu.org.regions import REGIONS, name_of
from yihu.org.rules import EmploymentStatus, UnitKind

HITS = 8
COUNTED, FOUND = 10_000, 500
"""So far a list counts its files unasked, and so far what words find: a hundred times as many take
a hundred times as long."""
GAS_USE = {use.value: use.label for use in GasUse}


# What the filters offer ----------------------------------------------------------------------


def visible_units(user: User) -> QuerySet[OrgUnit]:
    """Units whose files the person may see, in the group's order."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    return rows if scope.everything else rows.filter(pk__in=scope.unit_ids)


def units(user: User) -> list[tuple[str, str]]:
    """The same as options."""
    return [(str(pk), name) for pk, name in visible_units(user).values_list("pk", "name")]


def every_unit() -> list[tuple[str, str]]:
    """The whole tree as options, for the log."""
    return [(str(unit.pk), unit.name) for unit in OrgUnit.objects.all()]


def fillers(user: User, unit: str = "") -> list[tuple[str, str]]:
    """People who are named as a filler of some file, of that unit where one is chosen."""
    scope = scope_of(user)
    rows = Staff.objects.filter(
        Exists(Dossier.objects.filter(unit=OuterRef("unit_id"), filler=OuterRef("pk")))
    )
    if not scope.everything:
        rows = rows.filter(unit__in=scope.unit_ids)
    if unit.isdigit():
        rows = rows.filter(unit=int(unit))
    return [
        (str(pk), f"{name}（{number}）")
        for pk, name, number in rows.order_by("employee_no").values_list(
            "pk", "name", "employee_no"
        )
    ]


def regions(user: User, chosen: str = "") -> list[tuple[str, Any]]:
    """Provinces; beneath those of the person's units, and the chosen one, their cities too."""
    scope = scope_of(user)
    opened = {f"{chosen[:2]}0000"}
    if not scope.everything:
        opened |= {
            f"{code[:2]}0000"
            for code in UnitRegion.objects.filter(unit__in=scope.unit_ids).values_list(
                "region_code", flat=True
            )
        }
    options: list[tuple[str, Any]] = []
    rest = []
    for province in REGIONS.values():
        if province.parent:
            continue
        if province.code not in opened:
            rest.append((province.code, province.name))
            continue
        cities = [
            (city.code, city.name)
            for city in REGIONS.values()
            if city.parent == province.code and city.name != province.name
        ]
        options.append((province.name, [(province.code, province.name), *cities]))
    return [*options, *rest]


# Dossiers ------------------------------------------------------------------------------------


def open_duties() -> ScopedQuerySet:
    """Duties that are neither done nor dropped nor waived."""
    rows: ScopedQuerySet = Duty.objects.filter(
        done_at__isnull=True, dropped_at__isnull=True, waived_at__isnull=True
    )
    return rows


def _of_this_file() -> ScopedQuerySet:
    return open_duties().filter(unit=OuterRef("unit_id"), dossier=OuterRef("pk"))


def _without_filler() -> Q:
    return Q(filler__isnull=True) | ~Q(filler__status=EmploymentStatus.ACTIVE)


def _without_contract() -> Q:
    return ~Q(Exists(Contract.objects.filter(unit=OuterRef("unit_id"), dossier=OuterRef("pk"))))


def _all_ended(today: date) -> Q:
    """And nobody has decided yet whether the file is dormant or closed."""
    of_file = Contract.objects.filter(unit=OuterRef("unit_id"), dossier=OuterRef("pk"))
    running = of_file.filter(ends_on__gte=today).exclude(terminated_on__lt=today)
    return Q(state=State.ACTIVE) & Q(Exists(of_file)) & ~Q(Exists(running))


GAPS: dict[str, Callable[[date], Q]] = {
    "no_filler": lambda today: _without_filler(),
    "no_contract": lambda today: _without_contract(),
    "no_class": lambda today: Q(klass=""),
    "ended": _all_ended,
}
"""What an open file may lack, by one definition for lists, counts and exports (§5.2, 6.1.2)."""


def dossiers(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The files of a list under its filters, with what it tells of each."""
    return _for_a_list(narrowed(user, chosen, today))


def narrowed(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The files under the filters; `chosen` is what `DossierFilter` has checked."""
    rows: ScopedQuerySet = (
        search(user, chosen["q"]) if chosen.get("q") else Dossier.objects.visible_to(user)
    )
    if klass := chosen.get("klass"):
        rows = rows.filter(klass=_klass(klass))
    if region := chosen.get("region"):
        rows = rows.filter(region_code__startswith=_stem(region))
    if use := chosen.get("use"):
        rows = rows.filter(gas_uses__contains=[use])
    if unit := chosen.get("unit"):
        rows = rows.filter(unit=int(unit))
    if filler := chosen.get("filler"):
        rows = rows.filter(filler=None if filler == "none" else filler)
    if state := chosen.get("state"):
        rows = rows.filter(state=state)
    if overdue := chosen.get("overdue"):
        late = Exists(_of_this_file().filter(due_on__lt=today))
        rows = rows.filter(late if overdue == "yes" else ~late)
    if gap := chosen.get("gap"):
        rows = rows.exclude(state=State.CLOSED).filter(GAPS[gap](today))
    return rows


OF_A_LINE = (
    "number", "name_full", "credit_code", "klass", "region_code", "gas_uses", "state", "opened_on",
    "version_number", "unit__code", "unit__short_name", "filler__name",
    "pinyin", "klass_rank", "next_due_on",
)  # fmt: skip
"""What a list tells of a file, and what it is sorted by: a third of what a file is."""


SOONEST = """
SELECT min(due_on) FROM duties_duty d
WHERE d.unit_id = dossiers_dossier.unit_id AND d.dossier_id = dossiers_dossier.id
    AND done_at IS NULL AND dropped_at IS NULL AND waived_at IS NULL
"""
"""The day of the soonest of a file's `open_duties`, beside the file: as SQL, for what the ORM
takes to put it together is longer than the server takes to find it."""


def with_soonest(rows: ScopedQuerySet) -> ScopedQuerySet:
    """The files, each with `soonest`: what of its duties the person may see is due next, or None;
    asked of those alone that a page shows."""
    found: ScopedQuerySet = rows.annotate(soonest=RawSQL(SOONEST, (), output_field=DateField()))
    return found


def _for_a_list(rows: ScopedQuerySet) -> ScopedQuerySet:
    found: ScopedQuerySet = rows.select_related("unit", "filler").only(*OF_A_LINE)
    return with_soonest(found)


def listed(user: User, chosen: Mapping[str, Any], today: date) -> tuple[ScopedQuerySet, int]:
    """The files of which a page is made, and how many there are under the filters.

    Of words alone, by name and from the start, the first page is all that is read. Of a unit, a
    class or all the files are counted without reading them. Counted as far as `_as_far`.
    """
    conditions = {name for name, value in chosen.items() if value}
    if conditions == {"q", "sort"} and chosen["sort"] == "name":
        first = first_found(user, chosen["q"], SIZE + 1, FOUND)
        if first is not None:
            rows, hits = first
            return _for_a_list(rows), hits
    rows, count = dossiers(user, chosen, today), None
    most = _as_far(chosen)
    if conditions <= {"unit", "klass", "sort", "after", "before", "count"}:
        unit, klass = chosen.get("unit"), chosen.get("klass")
        count = counted(
            user,
            unit=int(unit) if unit else None,
            klass=_klass(klass) if klass else None,
            most=most,
        )
    return rows, rows.order_by().values("pk")[:most].count() if count is None else count


def and_more(chosen: Mapping[str, Any], count: int) -> bool:
    """Whether there may be more files than were counted."""
    return count == _as_far(chosen)


def _as_far(chosen: Mapping[str, Any]) -> int | None:
    """How many files are counted at most; None: all, as somebody asked for their number."""
    if chosen["count"]:
        return None
    return FOUND if chosen["q"] else COUNTED


def _klass(chosen: str) -> str:
    return "" if chosen == "none" else chosen


def _stem(code: str) -> str:
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


@dataclass(frozen=True, slots=True)
class DossierLine:
    """A file as a list shows it, with its next due date."""

    file: Dossier
    region: str
    uses: str
    due: Due | None


def dossier_lines(files: Iterable[Any], today: date) -> list[DossierLine]:
    """The lines of one page, of files `with_soonest`."""
    return [dossier_line(file, file.soonest, today) for file in files]


def dossier_line(file: Dossier, due_on: date | None, today: date) -> DossierLine:
    """One line; codes said in words."""
    return DossierLine(
        file=file,
        region=name_of(file.region_code) if file.region_code else "",
        uses="、".join(str(GAS_USE.get(code, code)) for code in file.gas_uses),
        due=None if due_on is None else Due(due_on, today),
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """A found file; its name cut where the query stands in it, `also` what else matched."""

    file: Dossier
    head: str
    match: str
    tail: str
    also: str


def hits(user: User, text: str, limit: int = HITS) -> list[Hit]:
    """The best files for a query of two characters or more."""
    wanted = " ".join(text.split())
    found = best(user, wanted, limit)
    marks.put(user, found)
    return [hit(file, wanted) for file in found]


def hit(file: Dossier, wanted: str) -> Hit:
    """Where in the name, or else in which other name, the query was found."""
    at = file.name_full.lower().find(wanted.lower())
    also = next(
        (
            name
            for name in (file.short_name, *file.former_names)
            if at < 0 and wanted.lower() in name.lower()
        ),
        "",
    )
    if at < 0:
        return Hit(file, file.name_full, "", "", also)
    end = at + len(wanted)
    return Hit(file, file.name_full[:at], file.name_full[at:end], file.name_full[end:], "")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many files a person who only looks can find, by class."""

    total: int
    classes: list[tuple[str, str, int]]


def standing(user: User) -> Standing:
    """Files in reach, counted."""
    counted = dict(
        Dossier.objects.visible_to(user).order_by().values_list("klass").annotate(n=Count("pk"))
    )
    return Standing(
        sum(counted.values()),
        [(klass.value, str(klass.label), counted.get(klass.value, 0)) for klass in Klass],
    )


# The group's customers -----------------------------------------------------------------------


def customers(chosen: Mapping[str, Any], user: User) -> QuerySet[Customer]:
    """Every customer of the group, with the pinyin of its name; supervisors only."""
    name = Dossier.objects.filter(customer=OuterRef("pk")).values("pinyin")[:1]
    rows = Customer.objects.filter(joined_into=None).annotate(
        pinyin=Coalesce(Subquery(name), Value(""))
    )
    if chosen.get("q"):
        found: Any = search(user, chosen["q"]).order_by().values("customer")
        rows = rows.filter(pk__in=found)
    if klass := chosen.get("klass"):
        rows = rows.filter(klass="" if klass == "none" else klass)
    if chosen.get("shared") == "yes":
        rows = rows.annotate(kept_by=Count("dossiers")).filter(kept_by__gt=1)
    return rows


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A customer with the units that keep a file on it."""

    customer: Customer
    files: list[Dossier]


def customer_lines(user: User, rows: Iterable[Customer]) -> list[CustomerLine]:
    """The lines of one page; their files in one query, and the marks of these in another."""
    shown = list(rows)
    files: dict[Any, list[Dossier]] = {customer.pk: [] for customer in shown}
    for file in (
        Dossier.objects.filter(customer__in=shown)
        .select_related("unit")
        .only("customer", "unit__short_name", "unit__sort", "klass")
        .order_by("unit__sort", "unit")
    ):
        files[file.customer_id].append(file)
    marks.put(user, [file for kept in files.values() for file in kept])
    return [CustomerLine(customer, files[customer.pk]) for customer in shown]


# The log and the accounts --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventLine:
    """A line of the log in words; what it changed stays in the log."""

    event: Event
    act: str
    unit: str
    subject: str


def event_lines(rows: Iterable[Event]) -> list[EventLine]:
    """Lines with the verb, the unit and the kind of subject in words."""
    names: dict[int | None, str] = dict(OrgUnit.objects.values_list("pk", "short_name"))
    return [
        EventLine(event, say(event.verb), names.get(event.unit_id, ""), _kind(event.subject_type))
        for event in rows
    ]


def _kind(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label


SHOWN_ON_A_DESK = (
    "contract.signed",
    "contracts.imported",
    "customers.imported",
    "dossier.opened",
    "offtake.imported",
    "personnel.imported",
    "ratings.imported",
    "version.approved",
)


def lately(user: User, limit: int = 8) -> list[EventLine]:
    """What changed in the person's units."""
    scope = scope_of(user)
    rows = Event.objects.filter(verb__in=SHOWN_ON_A_DESK)
    if not scope.everything:
        rows = rows.filter(unit_id__in=scope.own_ids)
    return event_lines(rows.order_by("-id")[:limit])


@dataclass(frozen=True, slots=True)
class Accounts:
    """What ITC sees: how many accounts, of which roles, and how the door is used."""

    active: int
    closed: int
    roles: list[tuple[str, int]]
    units: list[tuple[OrgUnit, int]]
    came_in: int
    turned_away: int


def accounts(since: datetime) -> Accounts:
    """The installation's accounts; nothing of any customer (§4.2)."""
    counted = dict(User.objects.order_by().values_list("is_active").annotate(n=Count("pk")))
    held = dict(
        RoleAssignment.objects.filter(user__is_active=True)
        .order_by()
        .values_list("role")
        .annotate(n=Count("user", distinct=True))
    )
    came = dict(
        Event.objects.filter(verb__in=("signed_in", "sign_in.failed"), at__gte=since)
        .order_by()
        .values_list("verb")
        .annotate(n=Count("pk"))
    )
    units = OrgUnit.objects.annotate(
        people=Count("staff__account", filter=Q(staff__account__is_active=True))
    ).order_by("sort", "pk")
    return Accounts(
        active=counted.get(True, 0),
        closed=counted.get(False, 0),
        roles=[(str(role.label), held.get(role.value, 0)) for role in Role],
        units=[(unit, unit.people) for unit in units],
        came_in=came.get("signed_in", 0),
        turned_away=came.get("sign_in.failed", 0),
    )
