"""The dossiers' part of an import: customer identities, files, and their classes, set by set.

The caller has the accepted rows in the temporary table `intake_verdict` (`intake.queries`) and
runs this in its transaction. Raises nothing of its own: whatever fails, fails the whole import.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from yihu.dossiers.text import pinyin_of, search_text

IDENTITIES = """
DROP TABLE IF EXISTS pg_temp.intake_identity;
CREATE TEMP TABLE intake_identity ON COMMIT DROP AS
SELECT known.code, known.customer_id FROM identify_customers(
    ARRAY(SELECT credit_code::text FROM intake_verdict
          WHERE verdict IN ('new', 'changed') ORDER BY row_no),
    ARRAY(SELECT coalesce(name_full, '')::text FROM intake_verdict
          WHERE verdict IN ('new', 'changed') ORDER BY row_no)) AS known
"""

TO_SPELL = """
SELECT v.row_no, d.number, coalesce(v.opened_on, %(today)s), v.credit_code,
    coalesce(v.name_full, d.name_full), coalesce(v.short_name, d.short_name, ''),
    coalesce(v.former_names, d.former_names::text[], '{}')
FROM intake_verdict v
LEFT JOIN dossiers_dossier d ON d.unit_id = %(unit)s AND d.credit_code = v.credit_code
WHERE v.verdict IN ('new', 'changed') ORDER BY v.row_no
"""

LAST_NUMBERS = """
SELECT split_part(substr(number, length(%(code)s) + 2), '-', 1),
    max(split_part(substr(number, length(%(code)s) + 2), '-', 2)::integer)
FROM dossiers_dossier
WHERE unit_id = %(unit)s AND starts_with(number, %(code)s || '-')
    AND substr(number, length(%(code)s) + 2) ~ '^[0-9]{4}-[0-9]{1,9}$'
GROUP BY 1
"""

FILES = """
INSERT INTO dossiers_dossier (unit_id, customer_id, credit_code, number, name_full, short_name,
    former_names, pinyin, initials, search_text, klass, klass_from, region_code, gas_uses,
    opened_on, filler_id, reviewer_id, document, edition_id, changed_at)
SELECT %(unit)s, c.customer_id, v.credit_code, s.number,
    coalesce(v.name_full, d.name_full), coalesce(v.short_name, d.short_name, ''),
    coalesce(v.former_names, d.former_names::text[], '{}'),
    s.pinyin, s.initials, s.search_text, coalesce(v.klass, d.klass, ''),
    CASE WHEN d.id IS NULL THEN coalesce(v.opened_on, %(today)s)
        WHEN v.klass IS DISTINCT FROM d.klass AND v.klass IS NOT NULL THEN %(today)s
        ELSE d.klass_from END,
    coalesce(v.region_code, d.region_code, ''), coalesce(v.gas_uses, d.gas_uses::text[], '{}'),
    coalesce(v.opened_on, d.opened_on, %(today)s),
    CASE WHEN d.id IS NULL THEN %(filler)s::uuid ELSE d.filler_id END,
    CASE WHEN d.id IS NULL THEN %(reviewer)s::uuid ELSE d.reviewer_id END,
    coalesce(d.document, '{}') || jsonb_strip_nulls(jsonb_build_object(
        'legal_rep', v.legal_rep, 'reg_capital', v.reg_capital::text,
        'reg_addr', v.reg_addr, 'office_addr', v.office_addr
    )) || CASE WHEN v.contact IS NULL THEN '{}'
        WHEN v.contact_place IS NULL THEN jsonb_build_object('contacts',
            CASE jsonb_typeof(d.document->'contacts') WHEN 'array' THEN d.document->'contacts'
                ELSE '[]' END
            || jsonb_strip_nulls(jsonb_build_object('name', v.contact, 'mobile', v.phone)))
        ELSE jsonb_build_object('contacts', jsonb_set(
            d.document->'contacts', ARRAY[v.contact_place::text],
            (d.document->'contacts'->v.contact_place::integer) || jsonb_strip_nulls(
                jsonb_build_object('name', CASE WHEN v.contact_taken THEN v.contact END,
                    'mobile', CASE WHEN v.contact_taken OR v.contact_same
                        THEN nullif(v.phone, '') END))))
    END,
    CASE WHEN d.id IS NULL THEN %(edition)s::bigint ELSE d.edition_id END, now()
FROM intake_verdict v
JOIN intake_spelling s ON s.row_no = v.row_no
JOIN intake_identity c ON c.code = v.credit_code
LEFT JOIN dossiers_dossier d ON d.unit_id = %(unit)s AND d.credit_code = v.credit_code
WHERE v.verdict IN ('new', 'changed')
ON CONFLICT (unit_id, credit_code) DO UPDATE SET
    name_full = EXCLUDED.name_full, short_name = EXCLUDED.short_name,
    former_names = EXCLUDED.former_names, pinyin = EXCLUDED.pinyin,
    initials = EXCLUDED.initials, search_text = EXCLUDED.search_text, klass = EXCLUDED.klass,
    klass_from = EXCLUDED.klass_from, region_code = EXCLUDED.region_code,
    gas_uses = EXCLUDED.gas_uses, opened_on = EXCLUDED.opened_on,
    document = EXCLUDED.document, changed_at = EXCLUDED.changed_at
WHERE (dossiers_dossier.name_full, dossiers_dossier.short_name, dossiers_dossier.former_names,
    dossiers_dossier.klass, dossiers_dossier.region_code, dossiers_dossier.gas_uses,
    dossiers_dossier.opened_on, dossiers_dossier.document)
    IS DISTINCT FROM (EXCLUDED.name_full, EXCLUDED.short_name, EXCLUDED.former_names,
    EXCLUDED.klass, EXCLUDED.region_code, EXCLUDED.gas_uses, EXCLUDED.opened_on,
    EXCLUDED.document)
"""

CLASSES = """
INSERT INTO dossiers_classchange (unit_id, dossier_id, klass, effective_on, source, basis)
SELECT d.unit_id, d.id, d.klass, d.klass_from, 'ledger', %(basis)s
FROM intake_verdict v
JOIN dossiers_dossier d ON d.unit_id = %(unit)s AND d.credit_code = v.credit_code
WHERE d.klass <> '' AND d.klass_from IS NOT NULL
    AND (v.verdict = 'new' OR (v.verdict = 'changed' AND v.was_klass IS DISTINCT FROM d.klass))
"""

RATED = """
WITH listed AS (
    SELECT DISTINCT ON (v.dossier_id) v.dossier_id, v.klass,
        least(coalesce(v.rated_on, %(today)s), %(today)s) AS since
    FROM intake_verdict v
    WHERE v.verdict IN ('new', 'changed') AND v.klass IS NOT NULL
    ORDER BY v.dossier_id, since DESC, v.year DESC
), decided AS (
    SELECT d.id, l.klass, greatest(l.since, past.last_on) AS since
    FROM listed l
    JOIN dossiers_dossier d ON d.unit_id = %(unit)s AND d.id = l.dossier_id
    CROSS JOIN LATERAL (
        SELECT max(effective_on) AS last_on,
            max(effective_on) FILTER (WHERE source <> 'ledger') AS decided_on
        FROM dossiers_classchange c WHERE c.unit_id = d.unit_id AND c.dossier_id = d.id
    ) past
    WHERE past.decided_on IS NULL OR (l.klass <> d.klass AND past.decided_on <= l.since)
), told AS (
    INSERT INTO dossiers_classchange (unit_id, dossier_id, klass, effective_on, source, basis)
    SELECT %(unit)s, id, klass, since, 'rating', %(basis)s FROM decided
)
UPDATE dossiers_dossier d
SET klass = decided.klass, klass_from = decided.since, changed_at = now()
FROM decided WHERE d.unit_id = %(unit)s AND d.id = decided.id AND d.klass <> decided.klass
"""

DECIDED = """
WITH wanted AS (
    SELECT * FROM unnest(%(customers)s::uuid[], %(classes)s::text[]) AS w (customer_id, klass)
), decided AS (
    SELECT d.unit_id, d.id, w.klass, greatest(%(today)s, past.last_on) AS since
    FROM wanted w
    JOIN dossiers_dossier d ON d.customer_id = w.customer_id
    CROSS JOIN LATERAL (
        SELECT max(effective_on) AS last_on FROM dossiers_classchange c
        WHERE c.unit_id = d.unit_id AND c.dossier_id = d.id
    ) past
    WHERE d.klass <> w.klass
), told AS (
    INSERT INTO dossiers_classchange (unit_id, dossier_id, klass, effective_on, source, basis)
    SELECT unit_id, id, klass, since, 'rating', %(basis)s FROM decided
), changed AS (
    UPDATE dossiers_dossier d
    SET klass = decided.klass, klass_from = decided.since, changed_at = now()
    FROM decided WHERE d.unit_id = decided.unit_id AND d.id = decided.id
)
SELECT unit_id, id FROM decided ORDER BY unit_id, id
"""


@dataclass(frozen=True, slots=True)
class Keepers:
    """Who keeps the files that an import opens (§5.2)."""

    filler_id: UUID | None
    reviewer_id: UUID | None


def merge_customers(
    cursor: CursorWrapper,
    *,
    unit_id: int,
    unit_code: str,
    keepers: Keepers,
    edition_id: int | None,
    basis: str,
    today: date,
) -> None:
    """Open and amend the unit's files from a customer ledger; identities come silently.

    A contact is somebody of the file by name or number (`contact_place`), else one more. Of who
    has the same name (`contact_same`) the number is the ledger's; another name for the same number
    is written where the person chose so (`contact_taken`).
    """
    given: dict[str, Any] = {
        "unit": unit_id,
        "code": unit_code,
        "filler": keepers.filler_id,
        "reviewer": keepers.reviewer_id,
        "edition": edition_id,
        "basis": basis,
        "today": today,
    }
    cursor.execute(IDENTITIES)
    _spell(cursor, given)
    cursor.execute(FILES, given)
    cursor.execute(CLASSES, given)


def merge_classes(cursor: CursorWrapper, *, unit_id: int, basis: str, today: date) -> None:
    """Set the class that a final rating list carries, with its history (§6.1.3).

    A decision counts from the day of the rating, yet not from before the class that it takes
    the place of; a list of an earlier day than the last decision leaves the class alone.
    """
    cursor.execute(RATED, {"unit": unit_id, "basis": basis, "today": today})


def _spell(cursor: CursorWrapper, given: dict[str, Any]) -> None:
    """Numbers, pinyin and search texts of the rows to write, in `intake_spelling`."""
    cursor.execute(LAST_NUMBERS, given)
    last = defaultdict(int, {int(year): number for year, number in cursor.fetchall()})
    cursor.execute(TO_SPELL, given)
    rows = cursor.fetchall()
    cursor.execute("DROP TABLE IF EXISTS pg_temp.intake_spelling")
    cursor.execute(
        "CREATE TEMP TABLE intake_spelling (row_no integer, number text, pinyin text,"
        " initials text, search_text text) ON COMMIT DROP"
    )
    with cursor.copy("COPY intake_spelling FROM STDIN") as copy:
        for row_no, number, opened_on, code, name, short_name, former_names in rows:
            if number is None:
                last[opened_on.year] += 1
                number = f"{given['code']}-{opened_on.year}-{last[opened_on.year]:05d}"
            pinyin, initials = pinyin_of(name)
            text = search_text(
                name_full=name,
                short_name=short_name,
                former_names=former_names,
                credit_code=code,
                number=number,
                pinyin=pinyin,
                initials=initials,
            )
            copy.write_row((row_no, number, pinyin, initials, text))


def decide_classes(
    cursor: CursorWrapper,
    *,
    customers: Sequence[UUID],
    classes: Sequence[str],
    basis: str,
    today: date,
) -> list[tuple[int, UUID]]:
    """Set the class that headquarters decided on every file of these customers, with its history.

    Counts from today, yet not from before the class that it takes the place of. Returns unit and
    key of the files whose class changed.
    """
    cursor.execute(
        DECIDED,
        {
            "customers": list(customers),
            "classes": list(classes),
            "basis": basis,
            "today": today,
        },
    )
    return list(cursor.fetchall())
