"""Gaps: what should be there and is not, each kind by one definition (§5.2, 5.4, 6.1.2)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Least
from django.urls import reverse
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.contracts.models import Contract, Stray
from yihu.contracts.strays import may_put_aside, strays
from yihu.desk.gaps.choices import Gap
from yihu.desk.queries import GAPS, visible_units
from yihu.dossiers import marks
from yihu.dossiers.appointing import fillers_of, may_appoint
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import search
from yihu.dossiers.rules import State
from yihu.handover.policy import may_hand_over
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit, Staff

Counts = dict[str, int]


def _open_files(user: User) -> ScopedQuerySet:
    rows: ScopedQuerySet = Dossier.objects.visible_to(user).exclude(state=State.CLOSED)
    return rows


def _unfiled(user: User) -> ScopedQuerySet:
    """Contracts whose customer has no approved file (§6.1.2)."""
    rows: ScopedQuerySet = (
        Contract.objects.visible_to(user)
        .filter(dossier__version_number=0)
        .exclude(dossier__state=State.CLOSED)
    )
    return rows


def by_unit(user: User, today: date) -> dict[int, Counts]:
    """How many gaps of each kind every unit has, in one statement; `no_contract` beside them.

    Each kind is counted by itself: so the server looks for what is missing in sets, not file by
    file.
    """
    files = {name: _open_files(user).filter(condition(today)) for name, condition in GAPS.items()}
    kinds = {**files, Gap.NO_FILE.value: _unfiled(user), Gap.STRAY.value: strays(user)}
    first, *others = (
        rows.order_by().values("unit").annotate(gap=Value(name), number=Count("pk"))
        for name, rows in kinds.items()
    )
    found: dict[int, Counts] = defaultdict(dict)
    for row in first.union(*others, all=True):
        found[row["unit"]][row["gap"]] = row["number"]
    return found


def counts(user: User, today: date) -> Counts:
    """The same of everything in reach."""
    names = [*Gap.values, "no_contract"]
    units = by_unit(user, today).values()
    return {name: sum(unit.get(name, 0) for unit in units) for name in names}


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit's gaps: (kind, number, address of exactly those)."""

    unit: OrgUnit
    cells: Sequence[tuple[Gap, int, str]]


def unit_lines(user: User, counted: Mapping[int, Counts]) -> list[UnitLine]:
    """Every unit in reach, also those without a gap."""
    home = reverse("desk:gaps")
    return [
        UnitLine(
            unit,
            [
                (gap, counted.get(unit.pk, {}).get(gap, 0), f"{home}?kind={gap}&unit={unit.pk}")
                for gap in Gap
            ],
        )
        for unit in visible_units(user)
    ]


# The lists ---------------------------------------------------------------------------------------


def rows(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The gaps of the chosen kind under filters; each has `name` and `since` to be sorted by."""
    gap: Gap = chosen["kind"]
    found = _strays(user, chosen) if gap == Gap.STRAY else _of_files(user, gap, chosen, today)
    if unit := chosen.get("unit"):
        found = found.filter(unit=int(unit))
    return found


def _strays(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    found: ScopedQuerySet = (
        strays(user).annotate(name=F("named"), since=F("seen_at")).select_related("unit")
    )
    if words := chosen.get("q"):
        found = found.filter(Q(named__icontains=words) | Q(customer__icontains=words))
    return found


def _of_files(user: User, gap: Gap, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    if gap == Gap.NO_FILE:
        path = "dossier__"
        found = _unfiled(user).annotate(
            name=F("dossier__pinyin"), since=Coalesce("signed_on", "effective_on")
        )
        found = found.select_related("unit", "dossier", "dossier__filler").defer(
            "dossier__document", "dossier__search_text", "dossier__retired"
        )
    else:
        path = ""
        since = _last_day() if gap == Gap.ENDED else F("opened_on")
        found = _open_files(user).filter(GAPS[gap](today))
        found = found.annotate(name=F("pinyin"), since=since)
        found = found.select_related("unit", "filler").defer("document", "search_text", "retired")
    if words := chosen.get("q"):
        within = search(user, words).order_by().values("pk")
        found = found.filter(**{"dossier__in" if path else "pk__in": within})
    if klass := chosen.get("klass"):
        found = found.filter(**{f"{path}klass": "" if klass == "none" else klass})
    if filler := chosen.get("filler"):
        found = found.filter(**{f"{path}filler": None if filler == "none" else filler})
    bounded: ScopedQuerySet = found
    return bounded


def _last_day() -> Subquery:
    """The day on which the last of a file's contracts ended."""
    of = Contract.objects.filter(unit=OuterRef("unit"), dossier=OuterRef("pk")).order_by()
    last = of.values("dossier").annotate(last=Max(Least("ends_on", "terminated_on")))
    return Subquery(last.values("last"))


def one_file(user: User, pk: UUID) -> Dossier:
    """Raises: Unreachable."""
    found: Dossier = reach(Dossier.objects.all(), user, pk=pk)
    return found


def one_stray(user: User, pk: UUID) -> Stray:
    """Raises: Unreachable."""
    found: Stray = reach(Stray.objects.all(), user, pk=pk)
    return found


@dataclass(frozen=True, slots=True)
class GapLine:
    """A gap as the list shows it, with what mends it: the first of `ways` is the shortest."""

    unit: OrgUnit
    title: str
    number: str
    beneath: str
    since: date
    ways: Sequence[tuple[str, str]]
    file: Dossier | None = None
    fillers: Sequence[Staff] = ()
    stray: UUID | None = None


def lines(user: User, gap: Gap, found: Iterable[Any], today: date) -> list[GapLine]:
    """The lines of one page; marks of risk, and who could keep a file, in one query each."""
    shown = list(found)
    if gap == Gap.STRAY:
        return [_stray_line(user, row) for row in shown]
    files = [row.dossier if gap == Gap.NO_FILE else row for row in shown]
    marks.put(user, files)
    by_unit: Mapping[int, Sequence[Staff]] = {}
    if gap == Gap.NO_FILLER:
        here = {file.unit_id for file in files if may_appoint(user, file.unit_id)}
        by_unit = fillers_of(here, today) if here else {}
    return [
        _file_line(user, gap, row, file, by_unit.get(file.unit_id, ()))
        for row, file in zip(shown, files, strict=True)
    ]


def _file_line(user: User, gap: Gap, row: Any, file: Dossier, fillers: Sequence[Staff]) -> GapLine:
    beneath = _("档案 %(number)s") % {"number": file.number}
    if gap == Gap.NO_FILE:
        number = row.number
    else:
        number, beneath = file.number, file.credit_code
    return GapLine(
        row.unit,
        file.name_full,
        number,
        beneath,
        row.since,
        ways(user, gap, file),
        file,
        fillers if file.filler_id is None else (),
    )


def ways(user: User, gap: Gap, file: Dossier) -> list[tuple[str, str]]:
    """Where this person mends it; else the file itself, where all of it can be read."""
    scope = scope_of(user)
    fills = scope.holds(Role.FILLER, file.unit_id)
    imports = fills or scope.holds(Role.STEWARD, file.unit_id)
    look = (_("查看档案"), reverse("desk:dossier", args=[file.pk]))
    fill = (_("填报并提交审核"), reverse("desk:fill", args=[file.pk]))
    customers, contracts = (
        f"{reverse('intake:new')}?kind={kind}" for kind in ("customers", "contracts")
    )
    offered: dict[Gap, Callable[[], list[tuple[str, str]]]] = {
        Gap.NO_FILE: lambda: [fill] if fills else [],
        Gap.NO_FILLER: lambda: (
            [(_("办理交接"), reverse("handover:person", args=[file.filler_id]))]
            if file.filler_id is not None and may_hand_over(user, file.unit_id)
            else []
        ),
        Gap.NO_CLASS: lambda: (
            [(_("在客户台账中补分类"), customers)]
            if imports
            else [(_("集团视图"), reverse("desk:customer", args=[file.customer_id]))]
            if scope.holds(Role.SUPERVISOR)
            else []
        ),
        Gap.ENDED: lambda: [
            *([(_("导入续签合同"), contracts)] if imports else []),
            *(
                [(_("申请休眠或关闭"), reverse("duties:close", args=[file.pk]))]
                if scope.holds(Role.STEWARD, file.unit_id)
                else []
            ),
        ],
    }
    return [*offered[gap](), look]


LEDGERS = {"contract": "contracts", "customer": "customers"}


def _stray_line(user: User, row: Any) -> GapLine:
    mine = may_put_aside(user, row.unit_id)
    offered = []
    if mine:
        first = "customers" if row.ledger == "contracts" else LEDGERS[row.what]
        label = _("导入客户台账") if first == "customers" else _("导入合同台账")
        offered = [
            (label, f"{reverse('intake:new')}?kind={first}"),
            (_("查看原导入"), f"{reverse('intake:detail', args=[row.import_id])}?tab=rejected"),
        ]
    return GapLine(
        row.unit,
        row.customer or row.named,
        f"{row.get_what_display()} {row.named}",
        _("%(file)s 第 %(row)d 行") % {"file": row.file_name, "row": row.row},
        row.seen_at.astimezone(SHANGHAI).date(),
        offered,
        stray=row.pk if mine else None,
    )
