"""Reads of the lens, of the register of reveals and seals."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q
from django.utils.timezone import localtime

from yihu.access.lens import lens_of
from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.disclosure.lens import View
from yihu.disclosure.models import Marking, Reveal, Seal
from yihu.disclosure.policy import keeps
from yihu.disclosure.rules import CONTACTS, SEALED, Group, MarkState, name_key
from yihu.dossiers.models import Dossier
from yihu.org.models import OrgUnit

REGISTER_DAYS = 31


def rights_of(user: User) -> str:
    """What stands for all that the person may see today: another after any change (64 hex)."""
    scope = scope_of(user)
    said = (
        scope.everything,
        sorted(scope.unit_ids),
        sorted(scope.own_ids),
        sorted((role, unit or 0) for role, unit in scope.roles),
        sorted((one.unit_id, one.level, sorted(one.sections), one.stems) for one in scope.grants),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def view_of(user: User, dossier: Dossier, at: datetime) -> View:
    """How the person, who has reached the file, reads it at that moment."""
    return views_of(user, [dossier], at)[dossier.pk]


def tells_papers(user: User, dossier: Dossier, at: datetime) -> bool:
    """Whether the file's papers that are core secrets or personal are told to the person now."""
    return keeps(user, dossier.unit_id) or view_of(user, dossier, at).papers


def views_of(user: User, dossiers: Sequence[Dossier], at: datetime) -> dict[UUID, View]:
    """The same for several files: two queries, however many."""
    keys = [dossier.pk for dossier in dossiers]
    sealed = sealed_names(keys)
    others = [row.pk for row in dossiers if not keeps(user, row.unit_id)]
    shown: dict[UUID, dict[Group, datetime]] = defaultdict(dict)
    if others:
        standing = Reveal.objects.filter(
            user=user, dossier__in=others, until__gt=at, refused=False, rights=rights_of(user)
        )
        for pk, group, until in standing.values_list("dossier", "group").annotate(Max("until")):
            shown[pk][Group(group)] = until
    return {
        row.pk: View(
            lens=lens_of(user, row.unit_id, row.region_code),
            masked=frozenset(Group) - shown[row.pk].keys() if row.pk in others else frozenset(),
            shown=shown[row.pk],
            sealed=sealed.get(row.pk, ()),
            core=row.mark.core,
        )
        for row in dossiers
    }


def sealed_names(keys: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The sealed people of each file that has any."""
    return _names(Seal.objects.filter(dossier__in=keys))


def sealed_in_unit(unit_id: int) -> dict[UUID, tuple[str, ...]]:
    """The same of all files of a unit."""
    return _names(Seal.objects.filter(unit=unit_id))


def _names(seals: ScopedQuerySet) -> dict[UUID, tuple[str, ...]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    rows = seals.filter(lifted_at=None).order_by("sealed_at", "id")
    for pk, name in rows.values_list("dossier", "name"):
        found[pk].append(name)
    return {pk: tuple(names) for pk, names in found.items()}


def used_today(user: User, at: datetime) -> int:
    """Reveals of the person since midnight in Shanghai."""
    begin = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return Reveal.objects.filter(
        user=user, refused=False, at__gte=begin, at__lt=begin + timedelta(days=1)
    ).count()


def proposed_of(dossier: Dossier) -> Marking | None:
    """A lower mark that waits for a second person."""
    found: Marking | None = (
        Marking.objects.filter(unit=dossier.unit_id, dossier=dossier, state=MarkState.PROPOSED)
        .select_related("proposed_by")
        .first()
    )
    return found


def markings_of(dossier: Dossier) -> list[Marking]:
    """How the file's mark came to be, newest first."""
    rows = Marking.objects.filter(unit=dossier.unit_id, dossier=dossier).select_related(
        "proposed_by", "decided_by"
    )
    return list(rows.order_by("-proposed_at", "id")[:50])


def contacts_of(dossier: Dossier) -> list[dict[str, Any]]:
    """The contacts of the file that are not sealed, as rows of its document."""
    rows = dossier.document.get(CONTACTS)
    names = sealed_names([dossier.pk]).get(dossier.pk, ())
    if not isinstance(rows, list):
        return []
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = name_key(row.get("name"))
        if key and key not in names and key != SEALED:
            found.setdefault(key, row)
    return list(found.values())


def reveals(user: User, *, only_refused: bool = False) -> ScopedQuerySet:
    """Who looked behind the mask of the files that the person answers for."""
    rows: ScopedQuerySet = Reveal.objects.visible_to(user).select_related("dossier__unit", "user")
    return rows.filter(refused=True) if only_refused else rows


def seals(user: User) -> ScopedQuerySet:
    """The register of sealed contacts."""
    rows: ScopedQuerySet = Seal.objects.visible_to(user).select_related(
        "dossier__unit", "sealed_by", "lift_by", "lifted_by"
    )
    return rows


def alerts(user: User, at: datetime) -> list[Reveal]:
    """Reveals above the limit in the last week."""
    rows = reveals(user, only_refused=True).filter(at__gt=at - timedelta(days=7))
    return list(rows.order_by("-at", "-id")[:20])


def counts(at: datetime) -> list[OrgUnit]:
    """What the auditor sees: by unit how many reveals, refusals and seals; stands in for_group."""
    since = at - timedelta(days=REGISTER_DAYS)
    tallied: dict[int, dict[str, int]] = defaultdict(dict)
    for row in (
        Reveal.objects.filter(at__gt=since)
        .order_by()
        .values("unit")
        .annotate(
            shown=Count("pk", filter=Q(refused=False)),
            refused=Count("pk", filter=Q(refused=True)),
            people=Count("user", distinct=True),
        )
    ):
        tallied[row["unit"]] |= row
    for row in (
        Seal.objects.order_by()
        .values("unit")
        .annotate(
            standing=Count("pk", filter=Q(lifted_at=None)),
            lifted=Count("pk", filter=Q(lifted_at__isnull=False)),
        )
    ):
        tallied[row["unit"]] |= row
    units = list(OrgUnit.objects.filter(pk__in=tallied))
    for unit in units:
        unit.tally = {  # type: ignore[attr-defined]  # for the page
            name: tallied[unit.pk].get(name, 0)
            for name in ("shown", "refused", "people", "standing", "lifted")
        }
    return units
