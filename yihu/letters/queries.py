"""Every read of the register."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.dossiers.models import NEVER, Dossier
from yihu.dossiers.queries import search as search_dossiers
from yihu.letters.choices import OTHER_WAY, Direction, Standing
from yihu.letters.lens import named_units
from yihu.letters.models import Correction, Letter
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.papers.choices import MASKED

OFFERED = 200
"""How many letters the form offers as answered by the new one."""


def letters() -> ScopedQuerySet:
    """All letters; `answered_on`: the date of the first answer that is not voided."""
    first = (
        Letter.objects.filter(unit=OuterRef("unit"), answers=OuterRef("pk"), voided_at=None)
        .order_by("dated_on", "id")
        .values("dated_on")[:1]
    )
    rows: ScopedQuerySet = Letter.objects.annotate(answered_on=Subquery(first))
    return rows


def of_dossier(dossier: Dossier) -> ScopedQuerySet:
    """The letters of a file that the caller has reached, voided ones too."""
    rows: ScopedQuerySet = (
        letters()
        .filter(unit=dossier.unit_id, dossier=dossier)
        .select_related("document", "entered_by")
        .defer("document__text")
    )
    return rows


def one(user: User, pk: UUID) -> Letter:
    """A letter that the person may see, with its file, paper and people. Raises: Unreachable."""
    rows = (
        letters()
        .select_related(
            "dossier__unit", "document", "answers", "entered_by", "waived_by", "voided_by"
        )
        .defer("document__text")
    )
    found: Letter = reach(rows, user, pk=pk)
    return found


def replies_to(letter: Letter) -> list[Letter]:
    """The letters that answer it, the voided among them, in the order of their dates."""
    rows = Letter.objects.filter(unit=letter.unit_id, answers=letter)
    return list(rows.order_by("dated_on", "id"))


def corrections_of(letter: Letter) -> list[Correction]:
    """What was corrected, newest first."""
    rows = Correction.objects.filter(unit=letter.unit_id, letter=letter).select_related("by")
    return list(rows.order_by("-at", "-id"))


def unanswered(dossier: Dossier, direction: str, *, but: UUID | None = None) -> list[Letter]:
    """What a letter of that direction may answer: the other way, not voided; newest first."""
    rows = Letter.objects.filter(
        unit=dossier.unit_id,
        dossier=dossier,
        direction=OTHER_WAY[Direction(direction)],
        voided_at=None,
    ).exclude(pk=but)
    return list(rows.order_by("-dated_on", "-id")[:OFFERED])


def last_serial(unit_id: int, direction: str, year: int) -> int:
    """The last running number of that year, 0 before the first."""
    rows = Letter.objects.filter(unit=unit_id, direction=direction, year=year)
    return rows.order_by("-serial").values_list("serial", flat=True).first() or 0


def overdue_of(user: User, today: date) -> int:
    """How many letters in reach should have been answered by now."""
    rows = letters().visible_to(user).filter(STANDINGS[Standing.OVERDUE](today))
    return int(rows.count())


def units(user: User) -> list[tuple[str, str]]:
    """The units whose letters the person may see, as options."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    seen = rows if scope.everything else rows.filter(pk__in=scope.own_ids)
    return [(str(unit.pk), unit.name) for unit in seen]


# The register under filters ----------------------------------------------------------------------

_LIVE = Q(voided_at=None)
_WANTED = _LIVE & Q(answered_on=None, waived_at=None)
STANDINGS = {
    Standing.OPEN: lambda today: _WANTED & Q(due_rank__lt=NEVER),
    Standing.OVERDUE: lambda today: _WANTED & Q(due_rank__lt=today),
    Standing.ANSWERED: lambda today: _LIVE & Q(answered_on__isnull=False),
    Standing.WAIVED: lambda today: _LIVE & Q(answered_on=None, waived_at__isnull=False),
    Standing.UNASKED: lambda today: _WANTED & Q(reply_due_on=None),
    Standing.VOIDED: lambda today: Q(voided_at__isnull=False),
}


def register(user: User, chosen: Mapping[str, Any], today: date) -> ScopedQuerySet:
    """The letters in reach under the filter's conditions."""
    rows: ScopedQuerySet = (
        letters()
        .visible_to(user)
        .select_related("dossier", "unit", "document", "entered_by")
        .defer("document__text", "dossier__document", "dossier__search_text")
    )
    if chosen.get("q"):
        scope = scope_of(user)
        in_units = None if scope.everything else sorted(scope.own_ids)
        words = " ".join(chosen["q"].split())
        found = RawSQL("SELECT search_letters(%s, %s::integer[])", (words, in_units))
        # words of what is core or personal are found by who keeps the register alone (§5.5)
        rows = rows.filter(id__in=found).exclude(
            ~Q(unit__in=named_units(user)), sensitivity__in=MASKED
        )
    if chosen.get("customer"):
        named = search_dossiers(user, chosen["customer"]).order_by().values("pk")
        rows = rows.filter(dossier__in=named)
    if chosen.get("state"):
        rows = rows.filter(STANDINGS[Standing(chosen["state"])](today))
    plain = {"direction": "direction", "since": "dated_on__gte", "until": "dated_on__lte"}
    for name, lookup in plain.items():
        if chosen.get(name):
            rows = rows.filter(**{lookup: chosen[name]})
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    return rows
