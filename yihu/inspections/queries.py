"""Every read of inspections, findings and orders."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Prefetch, Q, QuerySet, Sum

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet, Unreachable, reach, scope_of
from yihu.contracts.models import Contract
from yihu.dossiers.queries import search as search_dossiers
from yihu.guide.queries import definition_in_force
from yihu.inspections.checklist import Item, conforming
from yihu.inspections.checklist import items_of as items_of_edition
from yihu.inspections.checks import CHECKS, Check
from yihu.inspections.choices import (
    OWING,
    STANDING,
    Cause,
    FindingState,
    Judgement,
    PlaceKind,
    ResultState,
    Root,
    Severity,
    SubjectState,
)
from yihu.inspections.models import (
    Checklist,
    Evidence,
    Finding,
    Inspection,
    ItemMark,
    Order,
    Reply,
    Result,
    Share,
    Subject,
    Tally,
)
from yihu.inspections.rules import draw
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.originals.models import Original

Labels = Mapping[str, str]

# Inspections -------------------------------------------------------------------------------------


def inspections(user: User) -> QuerySet[Inspection]:
    """Those in reach, to be paged."""
    rows: QuerySet[Inspection] = Inspection.objects.visible_to(user)
    return rows.select_related("owner")


def one(user: User, pk: UUID) -> Inspection:
    """Raises: Unreachable."""
    rows = Inspection.objects.visible_to(user).select_related(
        "owner", "checklist", "made_by", "begun_by", "closed_by"
    )
    found: Inspection | None = rows.filter(pk=pk).first()
    if found is None:
        raise Unreachable("inspections.inspection", {"pk": pk})
    return found


def of_period(kind: str, start: date) -> Inspection | None:
    """The group's inspection by a standing plan for the period that begins that day."""
    found: Inspection | None = (
        Inspection.objects.filter(kind=kind, owner=None, period_start=start)
        .exclude(state="cancelled")
        .order_by("-made_at")
        .first()
    )
    return found


def checklists() -> QuerySet[Checklist]:
    """The published editions, the latest first."""
    rows = Checklist.objects.filter(published_at__isnull=False)
    return rows.select_related("published_by").order_by("-effective_on", "-number")


def checklist_in_force(on: date) -> Checklist | None:
    """The edition by which files of that cut-off are looked at."""
    return checklists().filter(effective_on__lte=on).first()


def checklist_draft() -> Checklist | None:
    """The edition that is being written."""
    return Checklist.objects.filter(published_at=None).first()


def items_of(inspection: Inspection) -> dict[str, Item]:
    """The checklist's items by code, in order."""
    return {item.code: item for item in items_of_edition(inspection.checklist.items)}


def next_number(owner: OrgUnit | None, year: int) -> str:
    """检2026-003, of a unit's self-check 自GD2026-003; the caller has the turn."""
    head = f"检{year}-" if owner is None else f"自{owner.code}{year}-"
    last = Inspection.objects.filter(owner=owner, number__startswith=head).aggregate(
        last=Max("number")
    )["last"]
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:03d}"


def next_order_number(unit: OrgUnit, year: int) -> str:
    """整改GD2026-003; the caller has the turn."""
    head = f"整改{unit.code}{year}-"
    last = Order.objects.filter(unit=unit, number__startswith=head).aggregate(last=Max("number"))
    found = last["last"]
    return f"{head}{int(found.removeprefix(head)) + 1 if found else 1:03d}"


def possible_inspectors(owner: OrgUnit | None, on: date) -> list[User]:
    """Supervisors, or the unit's stewards, who hold the role on the day."""
    role = Role.SUPERVISOR if owner is None else Role.STEWARD
    rows = User.objects.filter(
        Q(assignments__until=None) | Q(assignments__until__gte=on),
        is_active=True,
        assignments__role=role,
        assignments__since__lte=on,
    )
    if owner is not None:
        rows = rows.filter(assignments__unit=owner)
    return list(rows.distinct().order_by("username"))


def units() -> list[OrgUnit]:
    """The units that have files."""
    kinds = [UnitKind.SUBSIDIARY, UnitKind.SUBUNIT]
    return list(OrgUnit.objects.filter(kind__in=kinds).order_by("sort", "code"))


def shares(user: User, inspection: Inspection) -> list[Share]:
    """The parts of the units in reach, in the order of the tree."""
    rows = Share.objects.visible_to(user).filter(inspection=inspection).select_related("unit")
    return list(rows.order_by("unit__sort", "unit__code"))


def labels_of(inspection: Inspection) -> Labels:
    """What the guide of the cut-off calls its fields, and the sections theirs."""
    guide = definition_in_force(inspection.cutoff_on)
    if guide is None:
        return {}
    return {
        **{section.code: section.label for section in guide[1].sections},
        **{field.code: field.label for field in guide[1]},
    }


def place_label(kind: str, place: str, labels: Labels) -> str:
    """What a finding hangs on, in words."""
    return labels.get(place, place) if place else str(PlaceKind(kind).label)


# Files in an inspection --------------------------------------------------------------------------


def subjects(inspection: Inspection) -> ScopedQuerySet:
    """The files of an inspection."""
    rows: ScopedQuerySet = Subject.objects.filter(inspection=inspection).select_related(
        "inspection", "unit", "claimed_by"
    )
    return rows


def free_subjects(inspection: Inspection, by: User) -> ScopedQuerySet:
    """Drawn files that nobody has, in the order of the draw; none of the person's own hands."""
    rows = subjects(inspection).filter(drawn=True, state=SubjectState.WAITING)
    if by.staff_id is not None:
        rows = rows.exclude(hands__contains=[by.staff_id])
    return rows.order_by("unit__sort", "unit", "lot")


def one_subject(user: User, pk: UUID) -> Subject:
    """Raises: Unreachable."""
    rows = Subject.objects.select_related(
        "inspection__checklist", "inspection__owner", "unit", "dossier__unit", "version__edition",
        "claimed_by",
    )  # fmt: skip
    found: Subject = reach(rows, user, pk=pk)
    return found


def drawn_of(user: User, inspection: Inspection) -> ScopedQuerySet:
    """The sample in reach, unit by unit in the order of the lots."""
    rows: ScopedQuerySet = Subject.objects.visible_to(user)
    return (
        rows.filter(inspection=inspection, drawn=True)
        .select_related("unit", "claimed_by")
        .order_by("unit__sort", "unit__code", "lot", "id")
    )


def redrawn(inspection: Inspection) -> bool:
    """Whether `rules.draw` gives the stored sample again from the seed and the population."""
    rows = Subject.objects.filter(inspection=inspection, whole=True)
    population: dict[str, list[tuple[UUID, int]]] = {}
    stored: dict[str, set[str]] = {}
    for unit, key, weight, drawn in rows.values_list("unit__code", "dossier", "weight", "drawn"):
        population.setdefault(unit, []).append((key, weight))
        stored.setdefault(unit, set()).update([str(key)] if drawn else [])
    again = draw(
        inspection.seed,
        population,
        method=inspection.method,
        amount=inspection.amount,
        minimum=inspection.minimum,
    )
    return {unit: set(keys) for unit, keys in again.items()} == stored


def has_contract(subject: Subject, number: str) -> bool:
    """Whether the contract is one of the file's."""
    rows = Contract.objects.filter(unit=subject.unit_id, dossier=subject.dossier_id, number=number)
    return bool(rows.exists())


def has_original(subject: Subject, key: UUID) -> bool:
    """Whether the original is one of the file's."""
    rows = Original.objects.filter(unit=subject.unit_id, dossier=subject.dossier_id, pk=key)
    return bool(rows.exists())


def contracts_of(subject: Subject) -> list[Contract]:
    """The file's contracts as of the cut-off, the latest first."""
    rows = Contract.objects.filter(
        unit=subject.unit_id, dossier=subject.dossier_id,
        signed_on__lte=subject.inspection.cutoff_on,
    )  # fmt: skip
    return list(rows.order_by("-signed_on", "number")[:200])


def originals_of(subject: Subject) -> list[Original]:
    """What a finding can hang on."""
    rows = Original.objects.filter(unit=subject.unit_id, dossier=subject.dossier_id)
    return list(rows.order_by("title", "id")[:200])


def earlier_findings(user: User, subject: Subject) -> list[Finding]:
    """What was found on the file in other inspections, newest first."""
    rows = Finding.objects.visible_to(user).filter(unit=subject.unit_id, dossier=subject.dossier_id)
    return list(
        rows.exclude(inspection=subject.inspection_id)
        .select_related("inspection")
        .order_by("-found_at")[:20]
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """A check on one file: `result` None where it passed, `applied` False where not asked."""

    check: Check
    applied: bool
    result: Result | None


def checks_of(subject: Subject) -> list[Checked]:
    """What every check said of a file."""
    failed = {
        row.check_code: row
        for row in Result.objects.filter(unit=subject.unit_id, subject=subject).select_related(
            "finding"
        )
    }
    applied = set(
        Tally.objects.filter(
            unit=subject.unit_id, inspection=subject.inspection_id,
            applied_to__contains=[subject.pk],
        ).values_list("check_code", flat=True)
    )  # fmt: skip
    return [Checked(check, check.code in applied, failed.get(check.code)) for check in CHECKS]


# Checks over all ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckLine:
    check: Check
    ran: bool
    applied: int
    failed: int

    @property
    def percent(self) -> str:
        """Share that passed, to one place; "" where it applied to none."""
        return f"{(self.applied - self.failed) * 100 / self.applied:.1f}" if self.applied else ""


def check_lines(user: User, inspection: Inspection) -> list[CheckLine]:
    """Each check with its figures over the units in reach."""
    rows = (
        Tally.objects.visible_to(user)
        .filter(inspection=inspection)
        .values_list("check_code")
        .annotate(Sum("applied"), Sum("failed"))
    )
    said = {code: (applied, failed) for code, applied, failed in rows}
    return [
        CheckLine(check, check.code in inspection.checks_done, *said.get(check.code, (0, 0)))
        for check in CHECKS
    ]


def results_of(user: User, inspection: Inspection, code: str) -> ScopedQuerySet:
    """The files that did not pass a check, to be paged."""
    rows: ScopedQuerySet = Result.objects.visible_to(user)
    return rows.filter(inspection=inspection, check_code=code).select_related(
        "subject", "unit", "finding"
    )


def open_results(user: User, inspection: Inspection, code: str, unit_id: int | None) -> list[UUID]:
    """Those of them that nobody judged yet, of one unit where one is named."""
    rows = results_of(user, inspection, code).filter(state=ResultState.OPEN)
    if unit_id is not None:
        rows = rows.filter(unit=unit_id)
    return list(rows.order_by("pk").values_list("pk", flat=True))


# Findings and orders -----------------------------------------------------------------------------


def findings(user: User) -> ScopedQuerySet:
    """Those in reach: headquarters all; a unit what was sent to it, and its own self-checks'."""
    rows: ScopedQuerySet = Finding.objects.visible_to(user)
    rows = rows.select_related("inspection", "unit", "dossier", "order", "found_by").defer(
        "dossier__document", "dossier__search_text", "dossier__retired"
    )
    if scope_of(user).everything:
        return rows
    return rows.filter(Q(order__isnull=False) | Q(inspection__owner__isnull=False))


def one_finding(user: User, pk: UUID) -> Finding:
    """Raises: Unreachable."""
    rows = findings(user).select_related("subject", "original", "repeats__inspection", "closed_by")
    found: Finding = reach(rows, user, pk=pk)
    return found


def replies_of(finding: Finding) -> list[Reply]:
    """What was said and what came of it, oldest first, each with its papers."""
    rows = Reply.objects.filter(unit=finding.unit_id, finding=finding)
    return list(
        rows.select_related("by", "judged_by").prefetch_related("papers").order_by("at", "id")
    )


def papers_of(finding: Finding) -> list[Evidence]:
    """The inspector's own."""
    rows = Evidence.objects.filter(unit=finding.unit_id, finding=finding, reply=None)
    return list(rows.order_by("at", "id"))


def one_evidence(user: User, pk: UUID) -> Evidence:
    """A paper of a finding in reach. Raises: Unreachable."""
    found: Evidence = reach(Evidence.objects.select_related("finding"), user, pk=pk)
    one_finding(user, found.finding_id)
    return found


def last_serial(unit_id: int, inspection: Inspection) -> int:
    """The last number of the unit's findings in the inspection, 0 before the first."""
    return last_serials(inspection).get(unit_id, 0)


def last_serials(inspection: Inspection) -> dict[int, int]:
    """The same by unit."""
    rows = Finding.objects.filter(inspection=inspection).values_list("unit")
    return dict(rows.annotate(last=Max("serial")))


def register(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The findings in reach under the filter's conditions."""
    rows = findings(user)
    if words := chosen.get("customer"):
        rows = rows.filter(dossier__in=search_dossiers(user, words).order_by().values("pk"))
    for name in ("severity", "cause", "unit", "inspection", "check_code"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    if state := chosen.get("state"):
        if state == "overdue":
            rows = rows.filter(state__in=OWING, due_on__lt=today)
        elif state == "standing":
            rows = rows.filter(state__in=STANDING)
        else:
            rows = rows.filter(state=state)
    if chosen.get("repeated"):
        rows = rows.filter(repeats__isnull=False)
    return rows


def orders(user: User) -> ScopedQuerySet:
    """The orders in reach with how many findings they bear and how many are closed."""
    rows: ScopedQuerySet = Order.objects.visible_to(user)
    live = ~Q(findings__state=FindingState.WITHDRAWN)
    found: ScopedQuerySet = rows.select_related(
        "unit", "inspection__owner", "inspection__checklist", "issued_by"
    ).annotate(
        all_count=Count("findings", filter=live),
        closed_count=Count("findings", filter=Q(findings__state=FindingState.CLOSED)),
        replied_count=Count("findings", filter=Q(findings__state=FindingState.REPLIED)),
    )
    return found


def one_order(user: User, pk: UUID) -> Order:
    """Raises: Unreachable."""
    found: Order = reach(orders(user), user, pk=pk)
    return found


def findings_of(order: Order) -> list[Finding]:
    """What the order asks to be put right, with the reply that stands."""
    answers = Prefetch(
        "replies", Reply.objects.select_related("by", "judged_by").order_by("at", "id")
    )
    rows = Finding.objects.filter(unit=order.unit_id, order=order)
    return list(
        rows.select_related("dossier", "inspection", "unit")
        .defer("dossier__document", "dossier__search_text", "dossier__retired")
        .prefetch_related(answers)
        .order_by("serial")
    )


def late_orders(due_by: date) -> QuerySet[Finding, Any]:
    """Orders with something that the unit owed by that day."""
    rows = Finding.objects.filter(state__in=OWING, due_on__lte=due_by)
    found: QuerySet[Finding, Any] = rows.values("order")
    return found


# Figures -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit in an inspection: files, findings by severity, and what became of them."""

    unit: OrgUnit
    checked: int
    population: int
    drawn: int
    inspected: int
    unsent: int
    minor: int
    normal: int
    serious: int
    repeated: int
    closed: int
    overdue: int
    good: int
    weighed: int

    @property
    def found(self) -> int:
        return self.minor + self.normal + self.serious

    @property
    def conforms(self) -> str:
        """The share of the checklist's weight that was found in order, in percent; "" of none."""
        return f"{self.good * 100 / self.weighed:.1f}" if self.weighed else ""


def _conforming(user: User, inspection: Inspection) -> dict[int, tuple[int, int]]:
    """By unit: the weight that conforms and the weight that applied, of the files looked at."""
    rows = (
        ItemMark.objects.visible_to(user)
        .filter(subject__inspection=inspection, subject__state=SubjectState.DONE)
        .order_by()
        .values_list("unit", "item", "verdict")
        .annotate(Count("id"))
    )
    weights = {code: item.weight for code, item in items_of(inspection).items()}
    by_unit: dict[int, list[tuple[str, str, int]]] = {}
    for unit, *mark in rows:
        by_unit.setdefault(unit, []).append((mark[0], mark[1], mark[2]))
    return {unit: conforming(marks, weights) for unit, marks in by_unit.items()}


def unit_lines(user: User, inspection: Inspection, today: date) -> list[UnitLine]:
    """The figures of every unit in reach: four queries."""
    live = ~Q(state=FindingState.WITHDRAWN)
    counted = {
        row.pop("unit"): row
        for row in findings(user)
        .filter(live, inspection=inspection)
        .order_by()
        .values("unit")
        .annotate(
            unsent=Count("id", filter=Q(state=FindingState.OPEN)),
            minor=Count("id", filter=Q(severity=Severity.MINOR)),
            normal=Count("id", filter=Q(severity=Severity.NORMAL)),
            serious=Count("id", filter=Q(severity=Severity.SERIOUS)),
            repeated=Count("id", filter=Q(repeats__isnull=False)),
            closed=Count("id", filter=Q(state=FindingState.CLOSED)),
            overdue=Count("id", filter=Q(state__in=OWING, due_on__lt=today)),
        )
    }
    inspected = dict(
        Subject.objects.visible_to(user)
        .filter(inspection=inspection, drawn=True, state=SubjectState.DONE)
        .values_list("unit")
        .annotate(Count("id"))
    )
    none = dict.fromkeys(
        ("unsent", "minor", "normal", "serious", "repeated", "closed", "overdue"), 0
    )
    marks = _conforming(user, inspection)
    return [
        UnitLine(
            share.unit, share.checked, share.population, share.drawn,
            inspected.get(share.unit_id, 0), **counted.get(share.unit_id, none),
            good=marks.get(share.unit_id, (0, 0))[0], weighed=marks.get(share.unit_id, (0, 0))[1],
        )
        for share in shares(user, inspection)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CauseLine:
    cause: str
    label: str
    found: int
    closed: int
    repeated: int


def by_cause(rows: ScopedQuerySet) -> list[CauseLine]:
    """Findings by their sort, the most frequent first."""
    counted = (
        rows.exclude(state=FindingState.WITHDRAWN)
        .order_by()
        .values_list("cause")
        .annotate(
            found=Count("id"),
            closed=Count("id", filter=Q(state=FindingState.CLOSED)),
            repeated=Count("id", filter=Q(repeats__isnull=False)),
        )
    )
    lines = [CauseLine(code, str(Cause(code).label), *numbers) for code, *numbers in counted]
    return sorted(lines, key=lambda line: (-line.found, line.cause))


def by_root(rows: ScopedQuerySet) -> list[tuple[str, int]]:
    """Why it came to the closed ones, as their units said."""
    said = Reply.objects.filter(
        judgement=Judgement.ACCEPTED, finding__in=rows.order_by().values("pk")
    ).values_list("root", flat=True)
    counted = Counter(said)
    return [(str(root.label), counted[root]) for root in Root if counted[root]]


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for the person: to be answered, verified, inspected."""

    owed: int
    overdue: int
    to_verify: int
    in_hand: int


def work_of(user: User, today: date) -> Work:
    """One line for the home of the slice."""
    rows = findings(user)
    owing = rows.filter(state__in=OWING)
    return Work(
        owed=owing.count(),
        overdue=owing.filter(due_on__lt=today).count(),
        to_verify=rows.filter(state=FindingState.REPLIED).count(),
        in_hand=Subject.objects.visible_to(user)
        .filter(claimed_by=user, state=SubjectState.CLAIMED)
        .count(),
    )


def progress_of(inspection: Inspection) -> tuple[int, int]:
    """Drawn files that are done, and all of them."""
    rows = Subject.objects.filter(inspection=inspection, drawn=True)
    found = rows.aggregate(
        done=Count("id", filter=Q(state=SubjectState.DONE)), drawn=Count(F("id"))
    )
    return found["done"], found["drawn"]


def population_of(user: User, inspection: Inspection) -> Iterator[tuple[str, str, int, str, bool]]:
    """Unit, dossier, weight, lot, drawn of the whole population in reach, for whoever redraws."""
    rows = (
        Subject.objects.visible_to(user)
        .filter(inspection=inspection, whole=True)
        .order_by("unit__code", "lot")
        .values_list("unit__code", "dossier", "weight", "lot", "drawn")
    )
    for unit, key, weight, lot, drawn in rows.iterator(chunk_size=2_000):
        yield unit, str(key), weight, lot, drawn
