"""The contracts' part of an import: contracts and months, one statement a table.

The caller has the accepted rows in the temporary table `intake_verdict` (`intake.queries`) and
runs this in its transaction. A blank cell leaves what is there, unless a person emptied it
(`cleared`), as the workbook of a file tells.
"""

from typing import NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from yihu.contracts.models import Contract
from yihu.contracts.rules import NOT_EARLY


def _kept(field: str, old: str, empty: str = "NULL") -> str:
    """What the row says, else what is there; `empty` where neither says it, or it was emptied."""
    return (
        f"CASE WHEN '{field}' = ANY (v.cleared) THEN {empty}"
        f" ELSE coalesce(v.{field}, {old}.{field}, {empty}) END"
    )


CONTRACTS = f"""
WITH written AS (
INSERT INTO contracts_contract (unit_id, dossier_id, number, title, direction, source, signed_on,
    effective_on, ends_on, terminated_on, quantity_unit, acq, mdq, take_or_pay_percent,
    price_yuan, price_mechanism, settlement, note, changed_at)
SELECT %(unit)s, v.dossier_id, v.number, {_kept("title", "c", "''")},
    {_kept("direction", "c", "'sale'")}, v.source, {_kept("signed_on", "c")},
    v.effective_on, v.ends_on,
    nullif(coalesce(v.new_terminated_on, c.terminated_on), %(not_early)s::date),
    v.quantity_unit, v.acq, {_kept("mdq", "c")}, {_kept("take_or_pay_percent", "c")},
    {_kept("price_yuan", "c")}, {_kept("price_mechanism", "c", "''")},
    {_kept("settlement", "c", "''")}, {_kept("note", "c", "''")}, now()
FROM intake_verdict v
LEFT JOIN contracts_contract c ON c.unit_id = %(unit)s AND c.number = v.number
WHERE v.verdict IN ('new', 'changed')
ON CONFLICT (unit_id, number) DO UPDATE SET
    dossier_id = EXCLUDED.dossier_id, title = EXCLUDED.title, direction = EXCLUDED.direction,
    source = EXCLUDED.source, signed_on = EXCLUDED.signed_on,
    effective_on = EXCLUDED.effective_on, ends_on = EXCLUDED.ends_on,
    terminated_on = EXCLUDED.terminated_on, quantity_unit = EXCLUDED.quantity_unit,
    acq = EXCLUDED.acq, mdq = EXCLUDED.mdq,
    take_or_pay_percent = EXCLUDED.take_or_pay_percent, price_yuan = EXCLUDED.price_yuan,
    price_mechanism = EXCLUDED.price_mechanism, settlement = EXCLUDED.settlement,
    note = EXCLUDED.note, changed_at = EXCLUDED.changed_at
WHERE (contracts_contract.dossier_id, contracts_contract.title, contracts_contract.direction,
    contracts_contract.source, contracts_contract.signed_on, contracts_contract.effective_on,
    contracts_contract.ends_on, contracts_contract.terminated_on,
    contracts_contract.quantity_unit, contracts_contract.acq, contracts_contract.mdq,
    contracts_contract.take_or_pay_percent, contracts_contract.price_yuan,
    contracts_contract.price_mechanism, contracts_contract.settlement, contracts_contract.note)
    IS DISTINCT FROM (EXCLUDED.dossier_id, EXCLUDED.title, EXCLUDED.direction, EXCLUDED.source,
    EXCLUDED.signed_on, EXCLUDED.effective_on, EXCLUDED.ends_on, EXCLUDED.terminated_on,
    EXCLUDED.quantity_unit, EXCLUDED.acq, EXCLUDED.mdq, EXCLUDED.take_or_pay_percent,
    EXCLUDED.price_yuan, EXCLUDED.price_mechanism, EXCLUDED.settlement, EXCLUDED.note)
RETURNING id, dossier_id, number, coalesce(signed_on, effective_on) AS signed_on
)
SELECT v.verdict = 'new' AS new, w.id, coalesce(before.dossier_id, w.dossier_id), w.number
FROM written w
JOIN intake_verdict v ON v.number = w.number AND v.verdict IN ('new', 'changed')
JOIN org_orgunit u ON u.id = %(unit)s
LEFT JOIN contracts_contract before ON before.unit_id = %(unit)s AND before.id = w.id
WHERE v.verdict = 'new' AND u.live_from <= w.signed_on OR before.dossier_id <> w.dossier_id
ORDER BY v.row_no
"""

MONTHS = f"""
INSERT INTO contracts_offtake (unit_id, contract_id, month, quantity_unit, planned, actual,
    price_yuan, amount_yuan, paid_yuan, note, changed_at)
SELECT %(unit)s, v.contract_id, v.month, v.quantity_unit, {_kept("planned", "o")}, v.actual,
    {_kept("price_yuan", "o")}, {_kept("amount_yuan", "o")}, {_kept("paid_yuan", "o")},
    {_kept("note", "o", "''")}, now()
FROM intake_verdict v
LEFT JOIN contracts_offtake o ON o.unit_id = %(unit)s AND o.contract_id = v.contract_id
    AND o.month = v.month
WHERE v.verdict IN ('new', 'changed')
ON CONFLICT (unit_id, contract_id, month) DO UPDATE SET
    quantity_unit = EXCLUDED.quantity_unit, planned = EXCLUDED.planned,
    actual = EXCLUDED.actual, price_yuan = EXCLUDED.price_yuan,
    amount_yuan = EXCLUDED.amount_yuan, paid_yuan = EXCLUDED.paid_yuan, note = EXCLUDED.note,
    changed_at = EXCLUDED.changed_at
WHERE (contracts_offtake.quantity_unit, contracts_offtake.planned, contracts_offtake.actual,
    contracts_offtake.price_yuan, contracts_offtake.amount_yuan, contracts_offtake.paid_yuan,
    contracts_offtake.note)
    IS DISTINCT FROM (EXCLUDED.quantity_unit, EXCLUDED.planned, EXCLUDED.actual,
    EXCLUDED.price_yuan, EXCLUDED.amount_yuan, EXCLUDED.paid_yuan, EXCLUDED.note)
"""

FILES = """
SELECT DISTINCT c.dossier_id FROM intake_verdict v
JOIN contracts_contract c ON c.unit_id = %(unit)s AND c.id = v.contract_id
WHERE v.verdict IN ('new', 'changed') LIMIT 2
"""


class Merged(NamedTuple):
    """What of a contract ledger is to be told, in its order: unit, file and number, no more.

    `signed`: new ones that are news: signed since the month in which the unit went live, as for the
    duty `new_contract` (§6.2.1b); an older one, of which a unit's first ledger has thousands, is
    its past put on record. `moved`: those that are another file's now, with the file they left.
    """

    signed: list[Contract]
    moved: list[Contract]


def merge_contracts(cursor: CursorWrapper, *, unit_id: int) -> Merged:
    """Add and amend the unit's contracts from a contract ledger."""
    cursor.execute(CONTRACTS, {"unit": unit_id, "not_early": NOT_EARLY})
    merged = Merged([], [])
    for new, key, file, number in cursor.fetchall():
        told = merged.signed if new else merged.moved
        told.append(Contract(pk=key, unit_id=unit_id, dossier_id=file, number=number))
    return merged


def merge_offtake(cursor: CursorWrapper, *, unit_id: int) -> None:
    """Add and amend months of the unit's contracts from a monthly ledger (§6.2.1)."""
    cursor.execute(MONTHS, {"unit": unit_id})


def only_file_of_months(cursor: CursorWrapper, *, unit_id: int) -> UUID | None:
    """The file to which all months of a ledger belong; None where there are several, or none."""
    cursor.execute(FILES, {"unit": unit_id})
    files = [file for (file,) in cursor.fetchall()]
    return files[0] if len(files) == 1 else None
