"""Recompute every chain of versions, and say what is broken (§3c, 5.4)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from yihu.dossiers.models import FileVersion
from yihu.dossiers.rules import chain_hash

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Broken:
    """A fault of a chain: which file, which version, and what about it."""

    dossier: str
    number: int
    what: str


@dataclass(slots=True)
class Verified:
    """How many versions of how many files were recomputed, and what was found."""

    versions: int
    files: int
    faults: list[Broken]


def verify_versions() -> Verified:
    """Read every version once, in order; memory stays that of a chunk."""
    found = Verified(0, 0, [])
    file, number, previous = None, 0, ""
    rows = FileVersion.objects.order_by("unit", "dossier", "number").values_list(
        "dossier", "number", "content", "sha256", "previous_sha256"
    )
    for key, here, content, sha256, before in rows.iterator(chunk_size=CHUNK):
        if key != file:
            file, number, previous = key, 0, ""
            found.files += 1
        found.versions += 1
        if here != number + 1:
            text = _("第 %(missing)d 版不见了") % {"missing": number + 1}
            found.faults.append(Broken(str(key), here, text))
        elif before != previous:
            found.faults.append(Broken(str(key), here, _("与上一版的摘要不相接")))
        if chain_hash(content, before) != sha256:
            found.faults.append(Broken(str(key), here, _("内容与摘要不符")))
        number, previous = here, sha256
    found.faults.extend(_cut_tails())
    return found


def _cut_tails() -> Iterator[Broken]:
    """Versions that the file or the log speaks of and that are gone, or differ from the log."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.id, d.version_number FROM dossiers_dossier d
            LEFT JOIN LATERAL (
                SELECT max(number) AS number FROM dossiers_fileversion v
                WHERE v.unit_id = d.unit_id AND v.dossier_id = d.id
            ) v ON true
            WHERE d.version_number <> coalesce(v.number, 0)
            ORDER BY d.id
            """
        )
        for key, number in cursor.fetchall():
            text = _("档案记着有 %(number)d 版，实际不符") % {"number": number}
            yield Broken(str(key), number, text)
        cursor.execute(
            """
            SELECT e.dossier_id, (e.data->>'number')::integer FROM audit_event e
            LEFT JOIN dossiers_fileversion v ON v.id = e.subject_id::uuid
            WHERE e.verb = 'version.approved' AND v.sha256 IS DISTINCT FROM e.data->>'sha256'
            ORDER BY 1, 2
            """
        )
        for key, number in cursor.fetchall():
            yield Broken(str(key), number, _("与日志记下的摘要不符"))
