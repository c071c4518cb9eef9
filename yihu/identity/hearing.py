"""The deeds after which statements are compared again, in the transaction of the deed."""

from yihu.access.entering import for_group
from yihu.audit.models import Event
from yihu.identity.actions import compare_customers, fulfil_offers
from yihu.identity.queries import customers_of_dossier, customers_written


def on_approved(event: Event) -> None:
    """A version says it: its offers are fulfilled, its customer's statements compared."""
    if event.dossier_id is not None:
        with for_group():  # what other units state is headquarters' to compare
            fulfil_offers(event.dossier_id, at=event.at)
            compare_customers(customers_of_dossier(event.dossier_id), at=event.at)


def on_imported(event: Event) -> None:
    """A ledger of a unit: the customers whose files it wrote, be they few of many."""
    if event.unit_id is not None:
        with for_group():
            compare_customers(customers_written(event.unit_id), at=event.at)
