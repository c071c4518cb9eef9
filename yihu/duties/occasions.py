"""What a new edition of the guide newly asks of each file (§4.1b, 6.1.4)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from yihu.dossiers.content import facts_with
from yihu.dossiers.models import ClassChange, Dossier
from yihu.duties.choices import OccasionKind
from yihu.duties.models import Occasion
from yihu.guide.models import Edition
from yihu.guide.queries import definition_of
from yihu.guide.rules import Definition, Required, applies, is_empty
from yihu.kit.sets import THIS_TRANSACTION
from yihu.ratings.models import RatingResult

BATCH = 500


def changed_just_now() -> list[tuple[int, UUID]]:
    """Unit and file of the material changes that this transaction made."""
    rows = Occasion.objects.filter(
        kind=OccasionKind.BASIC_CHANGE, happened_at=THIS_TRANSACTION
    ).values_list("unit_id", "dossier_id")
    return sorted(set(rows))


def rated_just_now() -> list[tuple[int, UUID]]:
    """Unit and file of every customer that a list of this transaction rated."""
    return _of_the_same(RatingResult.objects.filter(changed_at=THIS_TRANSACTION))


def classed_just_now() -> list[tuple[int, UUID]]:
    """Unit and file of every customer that a list of this transaction gave another class: told by
    its statement's moment, so none before the transaction's; what others told since is as welcome.
    """
    return _of_the_same(ClassChange.objects.filter(entered_at__gte=THIS_TRANSACTION))


def _of_the_same(told: QuerySet[Any]) -> list[tuple[int, UUID]]:
    """Every file, of whatever unit, of the customers that these rows tell of."""
    rows = Dossier.objects.filter(customer__in=told.values("dossier__customer"))
    return list(rows.values_list("unit_id", "pk"))


def newly_required(new: Definition, old: Definition) -> list[str]:
    """The fields that units answer for and whose requirement is not the old edition's."""

    def rule(definition: Definition, code: str) -> object:
        field = definition.by_code.get(code)
        if field is None or field.required not in (Required.ALWAYS, Required.WHEN):
            return None
        return field.required, field.classes, field.gas_uses, field.when

    return [
        field.code
        for field in new
        if field.counted
        and rule(new, field.code) is not None
        and rule(new, field.code) != rule(old, field.code)
    ]


@transaction.atomic
def note_new_requirements(edition: Edition) -> int:
    """Note for every file which newly required fields it lacks; once an edition.

    What was carried over to new codes or lists is no change of facts, and is not noted as one.
    """
    Occasion.objects.filter(kind=OccasionKind.BASIC_CHANGE, happened_at=THIS_TRANSACTION).delete()
    if edition.based_on is None:
        return 0
    new, old = definition_of(edition), definition_of(edition.based_on)
    codes = newly_required(new, old)
    if not codes:
        return 0
    made = 0
    lacking = _lacking(new, old, codes, edition)
    while rows := list(islice(lacking, BATCH)):
        Occasion.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    return made


def _lacking(
    new: Definition, old: Definition, codes: list[str], edition: Edition
) -> Iterator[Occasion]:
    """A file lacks what applies to it, is empty, and did not apply before."""
    for dossier in Dossier.objects.iterator(chunk_size=BATCH):
        facts = facts_with(new, dossier)
        klass, uses = dossier.klass, dossier.gas_uses
        lacks = [
            code
            for code in codes
            if is_empty(facts.get(code))
            and applies(new[code], facts, klass, uses)
            and not (code in old.by_code and applies(old[code], facts, klass, uses))
        ]
        if lacks:
            yield Occasion(
                unit_id=dossier.unit_id,
                dossier=dossier,
                kind=OccasionKind.GUIDE,
                edition=edition,
                codes=lacks,
            )
