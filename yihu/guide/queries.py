"""Reads of the guide."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import QuerySet

from yihu.access.models import User
from yihu.guide.carry import Change, read_changes
from yihu.guide.mapping import chained, targets
from yihu.guide.models import Edition
from yihu.guide.policy import may_edit_guide, may_read_guide
from yihu.guide.rules import Definition, parse

MOST_EDITIONS = 200


def edition_in_force(on: date) -> Edition | None:
    """The published edition that files are filled by on that day; None before the first."""
    return _in_force(on).first()


def definition_in_force(on: date) -> tuple[Edition, Definition] | None:
    """The edition in force and its content parsed; the edition's own JSON is not loaded."""
    edition = _in_force(on).defer("definition").first()
    return None if edition is None else (edition, definition_of(edition))


def _in_force(on: date) -> QuerySet[Edition]:
    """Adopted editions: until an edition's data has come along, the one before stays in force."""
    return Edition.objects.filter(adoption__isnull=False, effective_on__lte=on).order_by(
        "-effective_on", "-number"
    )


def to_adopt(on: date) -> list[Edition]:
    """Published editions that have taken effect and whose data has yet to come along, in order."""
    waiting = Edition.objects.filter(
        published_at__isnull=False, adoption__isnull=True, effective_on__lte=on
    )
    return list(waiting.select_related("based_on").order_by("effective_on", "number"))


def definition_of(edition: Edition) -> Definition:
    """The content of an edition, parsed; a published one is parsed once."""
    if edition.published_at is None:
        return parse(edition.definition)
    return _definition(edition.pk, edition.published_at)


@lru_cache(maxsize=16)
def _definition(pk: int, published_at: datetime) -> Definition:
    """Published editions never change, so a parsed one stays good while the process lives."""
    found = Edition.objects.values_list("definition", flat=True)
    return parse(found.get(pk=pk, published_at=published_at))


def editions(user: User) -> QuerySet[Edition]:
    """What the person may read: the published editions, for those who edit also the draft."""
    if may_edit_guide(user):
        return Edition.objects.select_related("based_on", "changed_by")
    if may_read_guide(user):
        published = Edition.objects.filter(published_at__isnull=False)
        return published.select_related("based_on", "changed_by")
    return Edition.objects.none()


def listed(user: User) -> list[Edition]:
    """The newest editions for the list, without their content."""
    rows = editions(user).defer("definition", "changes", "based_on__definition")
    return list(rows.order_by("-number")[:MOST_EDITIONS])


def draft_for(user: User) -> Edition | None:
    """The draft with the edition that it follows."""
    return editions(user).filter(published_at__isnull=True).first()


@dataclass(frozen=True, slots=True)
class Step:
    """From one edition to the one that followed it, and how values get there."""

    old: Edition
    new: Edition
    changes: tuple[Change, ...]


def steps(old: Edition, new: Edition) -> list[Step]:
    """The steps from an edition to a later one, oldest first; none where they do not connect.

    A file that was last written under `old` is carried over each in turn.
    """
    rows = Edition.objects.filter(number__gt=old.number, number__lte=new.number)
    by_pk = {edition.pk: edition for edition in rows.order_by("number")}
    by_pk[old.pk] = old
    found: list[Step] = []
    here: Edition | None = by_pk.get(new.pk)
    while here is not None and here.pk != old.pk:
        before = by_pk.get(here.based_on_id or 0)
        if before is None:
            return []
        found.append(Step(before, here, read_changes(here.changes)))
        here = before
    return found[::-1]


def aims_between(old: Edition, new: Edition) -> dict[str, str] | None:
    """Old code → new code over all editions between; None where nobody said."""
    if old.number > new.number:
        back = aims_between(new, old)
        return None if back is None else {aim: code for code, aim in back.items()}
    way = steps(old, new)
    if not way:
        return None
    found: dict[str, str] | None = None
    for step in way:
        aims = targets(step.changes, definition_of(step.old), definition_of(step.new))
        found = aims if found is None else chained(found, aims)
    return found
