"""Every read of remarks, proposals and the check before signing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, Unreachable, scope_of
from yihu.contracts.models import Contract
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import search as search_dossiers
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import EmploymentStatus, UnitKind
from yihu.risks.choices import STANDING, Due, Kind, Level, ProposalState, State
from yihu.risks.models import Affected, Correction, Evidence, Proposal, Remark, Review, RuleSetting
from yihu.risks.policy import WRITERS
from yihu.risks.rules import RULES

SOON_DAYS = 30


def known_to(user: User, model: type[Remark] | type[Proposal] = Remark) -> ScopedQuerySet:
    """The rows of whose existence the person may know; the policies of the tables say the same."""
    scope = scope_of(user)
    rows: ScopedQuerySet = model.objects.visible_to(user)
    if scope.everything:
        return rows
    return rows.exclude(unit__in=scope.own_ids - scope.whole_units)


def _reach(rows: ScopedQuerySet, pk: UUID) -> Any:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Unreachable(rows.model._meta.label_lower, {"pk": pk})
    return found


def one(user: User, pk: UUID) -> Remark:
    """A remark with its file and people. Raises: Unreachable."""
    found: Remark = _reach(
        known_to(user).select_related(
            "dossier__unit", "owner", "raised_by", "lift_asked_by", "lifted_by", "published_by"
        ),
        pk,
    )
    return found


def one_proposal(user: User, pk: UUID) -> Proposal:
    """A proposal with its file. Raises: Unreachable."""
    found: Proposal = _reach(
        known_to(user, Proposal).select_related("dossier__unit", "contract"), pk
    )
    return found


def of_dossier(user: User, dossier: Dossier) -> list[Remark]:
    """The remarks of a file: what stands first, the highest level first."""
    rows = known_to(user).filter(unit=dossier.unit_id, dossier=dossier).select_related("owner")
    return sorted(
        rows, key=lambda row: (row.state == State.LIFTED, -row.level, row.check_rank, row.number)
    )


def proposals_of(user: User, dossier: Dossier) -> list[Proposal]:
    """What the rules found on a file and nobody judged yet."""
    rows = known_to(user, Proposal).filter(
        unit=dossier.unit_id, dossier=dossier, state=ProposalState.OPEN
    )
    return list(rows.order_by("-level", "found_on", "id"))


def reviews_of(remark: Remark) -> list[Review]:
    """The checks of a remark, newest first."""
    rows = Review.objects.filter(unit=remark.unit_id, remark=remark)
    return list(rows.select_related("by").order_by("-id"))


def corrections_of(remark: Remark) -> list[Correction]:
    """What was corrected in it, newest first."""
    rows = Correction.objects.filter(unit=remark.unit_id, remark=remark)
    return list(rows.select_related("by").order_by("-id"))


def evidence_of(remark: Remark) -> list[Evidence]:
    """Its documents, in the order in which they were added."""
    rows = Evidence.objects.filter(unit=remark.unit_id, remark=remark)
    return list(rows.select_related("document", "by").defer("document__text").order_by("id"))


def contracts_of(remark: Remark) -> list[Contract]:
    """The contracts that it bears on."""
    rows = Affected.objects.filter(unit=remark.unit_id, remark=remark).select_related("contract")
    return [row.contract for row in rows.order_by("contract__number")]


def contracts_at_risk(user: User, dossier: Dossier) -> dict[UUID, Level]:
    """The highest level that stands on each contract of a file."""
    rows = Affected.objects.filter(
        unit=dossier.unit_id,
        remark__in=known_to(user).filter(dossier=dossier, state__in=STANDING),
    ).values_list("contract_id", "remark__level")
    found: dict[UUID, Level] = {}
    for pk, level in rows:
        found[pk] = max(Level(level), found.get(pk, Level.WATCH))
    return found


def owners(unit_id: int) -> list[tuple[str, str]]:
    """The unit's people in office, as options."""
    rows = Staff.objects.filter(unit=unit_id, status=EmploymentStatus.ACTIVE)
    return [
        (str(pk), f"{name}（{number}）")
        for pk, name, number in rows.order_by("employee_no").values_list(
            "pk", "name", "employee_no"
        )
    ]


def last_number(unit_id: int, year: int) -> int:
    """The last running number of that year, 0 before the first."""
    rows = Remark.objects.filter(unit=unit_id, number__startswith=f"险{year}-")
    last = rows.order_by("-number").values_list("number", flat=True).first()
    return int(last.rsplit("-", 1)[1]) if last else 0


def many_units(user: User) -> bool:
    """Whether the person may know of risks of more than one unit, and so chooses among them."""
    scope = scope_of(user)
    return scope.everything or len(scope.whole_units) > 1


def units(user: User) -> list[tuple[str, str]]:
    """The units of whose risks the person may know, as options."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    seen = rows if scope.everything else rows.filter(pk__in=scope.whole_units)
    return [(str(unit.pk), unit.name) for unit in seen]


# The register under filters ----------------------------------------------------------------------

DUES = {
    Due.OVERDUE: lambda today: Q(next_check_on__lt=today),
    Due.SOON: lambda today: Q(
        next_check_on__gte=today, next_check_on__lte=today + timedelta(days=SOON_DAYS)
    ),
    Due.LIFTING: lambda today: Q(lift_asked_by__isnull=False, lifted_by=None),
}


def register(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The remarks that the person may know of under the filter's conditions."""
    rows = (
        known_to(user)
        .select_related("dossier", "unit", "owner")
        .defer("dossier__document", "dossier__search_text")
    )
    if chosen.get("customer"):
        named = search_dossiers(user, chosen["customer"]).order_by().values("pk")
        rows = rows.filter(dossier__in=named)
    if chosen.get("state") == "standing":
        rows = rows.filter(state__in=STANDING)
    elif chosen.get("state"):
        rows = rows.filter(state=chosen["state"])
    if chosen.get("due"):
        rows = rows.filter(DUES[Due(chosen["due"])](today))
    if chosen.get("published") == "yes":
        rows = rows.filter(published_at__isnull=False)
    for name in ("kind", "level", "unit"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    return rows


def proposals(user: User, chosen: Mapping[str, Any]) -> ScopedQuerySet:
    """What the rules found, under the filter's conditions; what is open unless asked otherwise."""
    rows = (
        known_to(user, Proposal)
        .select_related("dossier", "unit", "decided_by", "remark")
        .defer("dossier__document", "dossier__search_text")
        .filter(state=chosen.get("state") or ProposalState.OPEN)
    )
    if chosen.get("customer"):
        named = search_dossiers(user, chosen["customer"]).order_by().values("pk")
        rows = rows.filter(dossier__in=named)
    for name in ("rule", "level", "unit"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    return rows


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for the person: checks overdue, liftings to consent to, proposals to judge."""

    overdue: int
    lifting: int
    proposed: int


def work_of(user: User, today: date) -> Work:
    """Counted over the person's own unit; nothing for those who write nothing there."""
    unit_id = user.staff.unit_id if user.staff is not None else None
    roles = {role for role, unit in scope_of(user).roles if unit == unit_id}
    if unit_id is None or not roles & {*WRITERS, "reviewer"}:
        return Work(0, 0, 0)
    remarks: dict[str, int] = (
        known_to(user)
        .filter(unit=unit_id)
        .aggregate(
            overdue=Count("pk", filter=DUES[Due.OVERDUE](today)),
            lifting=Count("pk", filter=DUES[Due.LIFTING](today) & ~Q(lift_asked_by=user.staff_id)),
        )
    )
    proposed = known_to(user, Proposal).filter(unit=unit_id, state=ProposalState.OPEN).count()
    writes = bool(roles & set(WRITERS))
    return Work(
        remarks["overdue"] if writes else 0,
        remarks["lifting"] if roles & {"reviewer", "steward"} else 0,
        proposed if writes else 0,
    )


# Parameters of the rules -------------------------------------------------------------------------


def settings_on(day: date) -> dict[str, RuleSetting]:
    """The settings of headquarters in force on a day, by rule."""
    rows = RuleSetting.objects.filter(effective_on__lte=day).select_related("set_by")
    return {row.rule: row for row in rows.order_by("rule", "-effective_on", "-id").distinct("rule")}


def numbers_on(day: date) -> dict[str, int | None]:
    """The parameter of each rule on a day: headquarters' setting, or else the default."""
    held = settings_on(day)
    return {rule.code: held[rule.code].number if rule.code in held else rule.number
            for rule in RULES}  # fmt: skip


def history() -> list[RuleSetting]:
    """Every setting ever made, newest first."""
    return list(RuleSetting.objects.select_related("set_by").order_by("-id")[:50])


# Before signing ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody who prepares a contract is told: never the text, never whose it is.

    `level` 0: no remark known to the person. `ask`: whom to ask, in words. `group_notice`: a
    remark that headquarters published is among them.
    """

    credit_code: str
    level: int
    kinds: tuple[Kind, ...]
    unverified: bool
    checked_on: date | None
    group_notice: bool
    ask: tuple[str, ...]

    @property
    def label(self) -> str:
        return str(Level(self.level).label) if self.level else _("未见风险备注")

    def plain(self) -> dict[str, Any]:
        """As the interface says it."""
        return {
            "credit_code": self.credit_code,
            "level": self.level,
            "level_name": self.label,
            "kinds": [{"code": kind.value, "name": str(kind.label)} for kind in self.kinds],
            "unverified": self.unverified,
            "checked_on": self.checked_on.isoformat() if self.checked_on else None,
            "group_notice": self.group_notice,
            "ask": list(self.ask),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A row of the function: `owner` is empty where the remark is not of the person's units."""

    mine: bool
    published: bool
    kind: str
    level: int
    state: str
    checked_on: date
    owner: str


def check(credit_code: str) -> Answer:
    """The remarks that stand on a code: of the person's own units, and those published to all.

    One query, the same whether there is a file here, elsewhere, or nowhere (§5.4). Readers, who
    know of no remark, are told the level as well: the function looks for them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mine, published, kind, level, state, checked_on, owner FROM risk_check(%s)",
            [credit_code],
        )
        rows: list[Found] = [Found(*row) for row in cursor.fetchall()]
    others = any(not row.mine for row in rows)
    return Answer(
        credit_code=credit_code,
        level=max((row.level for row in rows), default=0),
        kinds=tuple(sorted({Kind(row.kind) for row in rows})),
        unverified=bool(rows) and all(row.state == State.PENDING for row in rows),
        checked_on=max((row.checked_on for row in rows), default=None),
        group_notice=any(row.published for row in rows),
        ask=(
            *sorted({row.owner for row in rows if row.mine}),
            *([_("集团资源与市场部")] if others else []),
        ),
    )
