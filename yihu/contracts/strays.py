"""Contracts and customers that ledgers named and nobody knows: noted, looked for, put aside."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.contracts.choices import Named
from yihu.contracts.models import Contract, Stray
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Unfit
from yihu.kit import text

MOST_REASON = 200
WHO = "left(concat_ws(' ', customer_name, credit_code), 200)"
NAMED = {
    "contracts": f"""
        SELECT 'contract' AS what, number AS named, {WHO} AS customer, row_no FROM intake_verdict
        WHERE number IS NOT NULL AND NOT known AND 'unknown_customer' = ANY (found)""",
    "offtake": f"""
        SELECT 'contract', number, {WHO}, row_no FROM intake_verdict
        WHERE contract_id IS NULL AND 'unknown_contract' = ANY (found)""",
    "ratings": f"""
        SELECT 'customer', coalesce(credit_code, customer_name), {WHO}, row_no FROM intake_verdict
        WHERE 'unknown_customer' = ANY (found)""",
}
"""By the kind of ledger: (what, named, customer, row_no) of the rows that name what is not there.

Read from `intake_verdict`, as a merge does (`contracts.merge`).
"""
NOTE = """
INSERT INTO contracts_stray (unit_id, what, named, customer, ledger, import_id, file_name, row,
    seen_at)
SELECT DISTINCT ON (what, named) %(unit)s, n.what, n.named, n.customer, %(ledger)s, %(import)s,
    %(file)s, n.row_no, %(at)s
FROM ({named}) AS n (what, named, customer, row_no)
ORDER BY what, named, row_no
ON CONFLICT (unit_id, what, named) DO {conflict}
"""
AGAIN = """UPDATE SET customer = EXCLUDED.customer, ledger = EXCLUDED.ledger,
    import_id = EXCLUDED.import_id, file_name = EXCLUDED.file_name, row = EXCLUDED.row,
    seen_at = EXCLUDED.seen_at, aside_by_id = NULL, aside_at = NULL, aside_why = ''"""


def note_strays(
    cursor: CursorWrapper,
    *,
    unit_id: int,
    ledger: str,
    import_id: UUID,
    file_name: str,
    at: datetime,
    confirmed: bool,
) -> None:
    """Keep what a ledger named and nobody knows; a confirmed one brings back what was put aside."""
    named = NAMED.get(ledger)
    if named is None:
        return
    sql = NOTE.replace("{named}", named).replace("{conflict}", AGAIN if confirmed else "NOTHING")
    cursor.execute(
        sql,
        {"unit": unit_id, "ledger": ledger, "import": import_id, "file": file_name, "at": at},
    )


def forget_strays(import_id: UUID) -> None:
    """A ledger that was given up names nothing."""
    Stray.objects.filter(import_id=import_id).delete()


def strays(user: User) -> ScopedQuerySet:
    """What is not there to this day, of the units in reach."""
    same_unit = {"unit": OuterRef("unit")}
    there = Exists(Contract.objects.filter(**same_unit, number=OuterRef("named")))
    named = Q(credit_code=OuterRef("named")) | Q(name_full=OuterRef("named"))
    former = Q(former_codes__contains=[OuterRef("named")])
    kept = Exists(Dossier.objects.filter(named | former, **same_unit))
    rows: ScopedQuerySet = (
        Stray.objects.visible_to(user)
        .filter(aside_at=None)
        .filter(Q(what=Named.CONTRACT) & ~there | Q(what=Named.CUSTOMER) & ~kept)
    )
    return rows


def may_put_aside(user: User, unit_id: int) -> bool:
    """Whoever imports for the unit (§5.2)."""
    return holds(user, Role.FILLER, Role.STEWARD, unit_id=unit_id)


@transaction.atomic
def put_aside(by: User, row: Stray, *, why: str, at: datetime) -> Stray:
    """A slip of the pen or another unit's: no gap any more. Raises: Denied, Unfit."""
    require(may_put_aside(by, row.unit_id), _("搁置查无编号的"))
    said = text.line(why)
    if not said:
        raise Unfit(_("理由：请写明为什么不用补录，如“编号录错，已更正重报”。"))
    if len(said) > MOST_REASON:
        raise Unfit(
            _("理由最多 %(most)d 字，现有 %(now)d 字。") % {"most": MOST_REASON, "now": len(said)}
        )
    held: Stray = Stray.objects.select_for_update().get(unit=row.unit_id, pk=row.pk)
    if held.aside_at is None:
        held.aside_by, held.aside_at, held.aside_why = by, at, said
        held.save(update_fields=["aside_by", "aside_at", "aside_why"])
        audit.record(by, "stray.put_aside", held, data={"what": held.what})
    return held
