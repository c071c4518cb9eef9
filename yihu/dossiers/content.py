"""The whole file as plain JSON: what a reviewer sees, what a version keeps, what a print shows.

    {"format": 1, "dossier": {…}, "edition": 1, "facts": {field code: value},
     "sections": {section: {"mark", "basis", "by", "at"}}, "tables": {table: [row, …]},
     "retired": {code: {"label", "value", "edition", "shown"}},
     "filled_by": name, "approved_by": name, "approved_at": ISO time}

The last three stand only in a version, `retired` only where a newer guide has taken something
away. Decimals and dates are texts (§3c, 6.1.1).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.timezone import localtime

from yihu.dossiers.models import Attestation, ClassChange, Dossier
from yihu.dossiers.tables import tables
from yihu.guide.models import Edition
from yihu.guide.rules import Definition, Field, Required, facts_of, is_empty

FORMAT = 1
FILLABLE = {
    "name_full": "name_full",
    "name_short": "short_name",
    "name_former": "former_names",
    "region_code": "region_code",
    "gas_use": "gas_uses",
}
"""The fields that a filler states and that are columns of the dossier: code → column."""

Content = dict[str, Any]


def fillable(field: Field) -> bool:
    """Whether a filler states the field in the form (§6.1.4)."""
    if field.stored == "dossiers":
        return field.code in FILLABLE
    return field.in_document and field.required != Required.SYSTEM


def facts_with(
    definition: Definition, dossier: Dossier, changes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the file says, with a draft's changes over it; empty values left out."""
    return facts_over(facts_of(definition, dossier.document, dossier), changes or {})


def facts_over(facts: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with changes over them; empty values left out."""
    both = {**facts, **changes}
    return {code: value for code, value in both.items() if not is_empty(value)}


def compose(
    dossiers: Sequence[Dossier],
    edition: Edition,
    definition: Definition,
    *,
    changes: Mapping[UUID, Mapping[str, Any]] | None = None,
    marks: Mapping[UUID, Mapping[str, Any]] | None = None,
) -> dict[UUID, Content]:
    """The content of each file as it stands, one query a table however many files.

    The dossiers come with unit, filler and reviewer selected.
    """
    keys = [dossier.pk for dossier in dossiers]
    parts = {table.code: table.read(keys) for table in tables()}
    return {
        dossier.pk: {
            "format": FORMAT,
            "dossier": head(dossier),
            "edition": edition.number,
            "facts": facts_with(definition, dossier, (changes or {}).get(dossier.pk)),
            "sections": dict((marks or {}).get(dossier.pk, {})),
            "tables": {
                code: [dict(row) for row in rows.get(dossier.pk, [])]
                for code, rows in parts.items()
            },
            **({"retired": dict(dossier.retired)} if dossier.retired else {}),
        }
        for dossier in dossiers
    }


def head(dossier: Dossier) -> dict[str, Any]:
    """What identifies the file and marks it."""
    return {
        "number": dossier.number,
        "credit_code": dossier.credit_code,
        "unit": dossier.unit.code,
        "unit_name": dossier.unit.name,
        "klass": dossier.klass,
        "klass_from": plain(dossier.klass_from),
        "state": dossier.state,
        "opened_on": plain(dossier.opened_on),
        "secrecy": dossier.secrecy,
        "secrecy_until": plain(dossier.secrecy_until),
        "circle": dossier.circle,
        "filler": dossier.filler.name if dossier.filler else "",
        "reviewer": dossier.reviewer.name if dossier.reviewer else "",
    }


def sealed(content: Content, *, filled_by: str, approved_by: str, at: datetime) -> Content:
    """The content as a version keeps it, with the people of the approval."""
    return {
        **content,
        "filled_by": filled_by,
        "approved_by": approved_by,
        "approved_at": localtime(at).isoformat(timespec="seconds"),
    }


def plain(value: Any) -> Any:
    """A column's value as JSON says it: decimals without exponent, ISO dates and times."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value


def marks_of(attestations: Iterable[Attestation]) -> dict[UUID, dict[str, Any]]:
    """Each draft's conclusions by section, as a version keeps them."""
    found: dict[UUID, dict[str, Any]] = {}
    for line in attestations:
        found.setdefault(line.draft_id, {})[line.section] = {
            "mark": line.mark,
            "basis": line.basis,
            "by": line.by.name,
            "at": plain(line.at),
        }
    return found


def read_classes(keys: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The history of the class, oldest first (annex 2.5–2.8)."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    rows = ClassChange.objects.filter(dossier__in=keys).order_by("effective_on", "entered_at", "id")
    for row in rows:
        found.setdefault(row.dossier_id, []).append(
            {
                "effective_on": plain(row.effective_on),
                "klass": row.klass,
                "source": row.source,
                "basis": row.basis,
            }
        )
    return found
