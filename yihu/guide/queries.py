"""Reads of the guide."""

from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from yihu.guide.models import Edition
from yihu.guide.rules import Definition, parse


def edition_in_force(on: date) -> Edition | None:
    """The published edition that files are filled by on that day; None before the first."""
    return _in_force(on).first()


def definition_in_force(on: date) -> tuple[Edition, Definition] | None:
    """The edition in force and its content parsed; the edition's own JSON is not loaded."""
    edition = _in_force(on).defer("definition").first()
    return None if edition is None else (edition, _definition(edition.pk, edition.number))


def _in_force(on: date) -> QuerySet[Edition]:
    return Edition.objects.filter(published_at__isnull=False, effective_on__lte=on).order_by(
        "-effective_on", "-number"
    )


@lru_cache(maxsize=16)
def _definition(pk: int, number: int) -> Definition:
    """Published editions never change, so a parsed one stays good while the process lives."""
    return parse(Edition.objects.values_list("definition", flat=True).get(pk=pk, number=number))
