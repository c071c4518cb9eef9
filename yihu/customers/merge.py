"""The class of customers as headquarters decides it, set by set (annex 2.5 to 2.8)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.backends.utils import CursorWrapper

CLASSES = """
WITH decided AS (
    SELECT * FROM unnest(%(customers)s::uuid[], %(classes)s::text[]) AS d (customer_id, klass)
), told AS (
    INSERT INTO customers_customerclass (customer_id, klass, effective_on, source, basis)
    SELECT customer_id, klass, %(today)s, %(source)s, %(basis)s FROM decided
    ON CONFLICT (customer_id, effective_on) DO UPDATE SET
        klass = EXCLUDED.klass, source = EXCLUDED.source, basis = EXCLUDED.basis
)
UPDATE customers_customer c SET klass = decided.klass
FROM decided WHERE c.id = decided.customer_id AND c.klass <> decided.klass
"""


def set_classes(
    cursor: CursorWrapper,
    *,
    customers: Sequence[UUID],
    classes: Sequence[str],
    source: str,
    basis: str,
    today: date,
) -> None:
    """Set the group's class of each customer from today on, with its history."""
    cursor.execute(
        CLASSES,
        {
            "customers": list(customers),
            "classes": list(classes),
            "source": source,
            "basis": basis,
            "today": today,
        },
    )
