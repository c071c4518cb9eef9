"""Hash stored content again: is it still what was stored? (fixity, §5.4)"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from yihu.audit import actions as audit
from yihu.papers.choices import Fault
from yihu.papers.models import Blob, Document
from yihu.papers.queries import least_checked
from yihu.papers.storage import digest_of, open_blob

SAMPLE_BYTES = 2 * 2**30
SAMPLE = 500
"""A night looks at so many contents, or so many bytes of them, those first that waited longest."""


@dataclass(frozen=True, slots=True)
class Faulty:
    """A content that is not what was stored, and the documents that show it."""

    sha256: str
    fault: Fault
    documents: list[str]


@dataclass(slots=True)
class Checked:
    """How many contents and bytes were hashed, and what was found."""

    files: int = 0
    size: int = 0
    faults: list[Faulty] = field(default_factory=list)


def fault_of(blob: Blob) -> Fault:
    """What is wrong with the content, if anything. Raises: OSError where the storage fails."""
    try:
        with open_blob(blob.sha256) as file:
            found = digest_of(file)
    except FileNotFoundError:
        return Fault.MISSING
    return Fault.NONE if found == (blob.sha256, blob.size) else Fault.CHANGED


def verify_papers(blobs: Iterable[Blob] | None = None, *, at: datetime) -> Checked:
    """Hash the contents again (none named: all of them) and note on each what was found."""
    found = Checked()
    rows = Blob.objects.order_by("sha256").iterator() if blobs is None else blobs
    for blob in rows:
        fault = fault_of(blob)
        found.files += 1
        found.size += blob.size
        Blob.objects.filter(pk=blob.pk).update(checked_at=at, fault=fault)
        if fault:
            shown = Document.objects.filter(blob=blob).order_by("uploaded_at")
            names = [
                f"{number} {title}"
                for number, title in shown.values_list("dossier__number", "title")
            ]
            found.faults.append(Faulty(blob.sha256, fault, names))
    with transaction.atomic():
        audit.record(
            None,
            "blobs.checked",
            "papers.blob",
            data={
                "files": found.files,
                "size": found.size,
                "faults": {line.sha256: line.fault.value for line in found.faults},
            },
        )
    return found


def verify_sample(*, at: datetime, files: int = SAMPLE, size: int = SAMPLE_BYTES) -> Checked:
    """The contents that nobody looked at for longest, up to that number and those bytes."""
    chosen: list[Blob] = []
    total = 0
    for blob in least_checked(files):
        if chosen and total + blob.size > size:
            break
        chosen.append(blob)
        total += blob.size
    return verify_papers(chosen, at=at)
