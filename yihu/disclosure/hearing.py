"""What this slice hears of others."""

from yihu.audit.models import Event
from yihu.disclosure.queries import sealed_in_unit
from yihu.disclosure.rules import CONTACTS, without_sealed
from yihu.dossiers.models import Dossier


def keep_sealed(event: Event) -> None:
    """After an import of customers: sealed people that the ledger wrote again are taken out."""
    if event.unit_id is None:
        return
    sealed = sealed_in_unit(event.unit_id)
    rows = list(Dossier.objects.select_for_update().filter(unit=event.unit_id, pk__in=sealed))
    changed = []
    for row in rows:
        was = row.document.get(CONTACTS)
        now = without_sealed(was, sealed[row.pk])
        if now != was:
            row.document = {**row.document, CONTACTS: now}
            changed.append(row)
    Dossier.objects.bulk_update(changed, ["document"], batch_size=500)
