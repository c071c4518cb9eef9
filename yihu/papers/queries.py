"""Every read of documents."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Greatest, Lower, StrIndex, Substr

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.disclosure.policy import kept_units
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import core_files
from yihu.papers.choices import MASKED, PUBLIC, Kind, TextState
from yihu.papers.models import Blob, Document
from yihu.papers.reading import can_recognise

BEFORE, AROUND = 24, 120
"""Characters of an excerpt before the hit, and in all."""
READ = (TextState.LAYER, TextState.RECOGNISED, TextState.EMPTY)


def of_dossier(dossier: Dossier, *, removed: bool = False) -> ScopedQuerySet:
    """The documents of a file that the caller has reached; `removed` those that were taken off."""
    rows: ScopedQuerySet = (
        Document.objects.filter(
            unit=dossier.unit_id, dossier=dossier, removed_at__isnull=not removed
        )
        .select_related("uploaded_by", "removed_by", "blob")
        .defer("text")
    )
    return rows


def one(user: User, pk: UUID) -> Document:
    """A document that the person may see, with its file and people. Raises: Unreachable."""
    rows = Document.objects.select_related(
        "dossier__unit", "uploaded_by", "removed_by", "blob"
    ).defer("text")
    found: Document = reach(rows, user, pk=pk)
    return found


def same_content(dossier: Dossier, sha256: str) -> Document | None:
    """The document of the file that shows this content already."""
    found: Document | None = (
        of_dossier(dossier).filter(blob=sha256).select_related("uploaded_by").first()
    )
    return found


def search(user: User, text: str, kind: str) -> ScopedQuerySet:
    """Documents in reach, not taken off, with the words in title, file name or text.

    `excerpt`: the text around the first hit in it, "" where the title has it.
    """
    rows = (
        Document.objects.visible_to(user)
        .filter(removed_at=None)
        .select_related("dossier", "unit", "uploaded_by")
        .defer("text")
    )
    if kind:
        rows = rows.filter(kind=kind)
    wanted = " ".join(text.split())
    found: ScopedQuerySet
    if not wanted:
        found = rows.annotate(excerpt=Value(""))
        return found
    scope = scope_of(user)
    units = None if scope.everything else sorted(scope.own_ids)
    found = rows.filter(
        id__in=RawSQL("SELECT search_documents(%s, %s::integer[])", (wanted, units))
    )
    # words in what is core or personal are found by the keepers of the unit's files alone (§5.5)
    found = found.exclude(~Q(unit__in=kept_units(user)) & secret())
    found = found.annotate(
        place=StrIndex(Lower("text"), Value(wanted.lower())),
        excerpt=Case(
            When(place__gt=0, then=Substr("text", Greatest(F("place") - BEFORE, 1), AROUND)),
            default=Value(""),
        ),
    )
    return found


def secret() -> Q:
    """`Document.level` as a condition: core secrets and what is personal."""
    by_file = core_files("dossier__") & ~Q(kind__in=PUBLIC)
    return Q(sensitivity__in=MASKED) | Q(kind=Kind.CONTRACT) | by_file


def read_before(document: Document) -> Document | None:
    """Another document of the same content whose text was read already."""
    found: Document | None = (
        Document.objects.filter(blob=document.blob_id, text_state__in=READ)
        .exclude(pk=document.pk)
        .first()
    )
    return found


def waiting_for_text(number: int) -> list[UUID]:
    """Documents whose text nobody read yet, oldest first; all of them once the reader is there."""
    states = [TextState.WAITING, *([TextState.ABSENT] if can_recognise() else [])]
    rows = Document.objects.filter(text_state__in=states).order_by("uploaded_at", "id")
    return list(rows.values_list("pk", flat=True)[:number])


def least_checked(number: int) -> Sequence[Blob]:
    """Stored contents in the order of how long nobody looked at them."""
    return list(Blob.objects.order_by("checked_at", "sha256")[:number])
