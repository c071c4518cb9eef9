"""What a data indicator is made of: one SELECT over files, and how it is read to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps


@dataclass(frozen=True, slots=True)
class Source:
    """`sql` selects (dossier_id, input, evidence); a file without a row has no data.

    It reads `rating_file` (unit_id, dossier_id), the files that are rated, and where it is about
    months `rating_taken`, a row a file with their sales of the last 24 months
    (`sql/gather.sql`; `months`: how many of the last 12 have data). Parameters: cut_off_on, since
    (first day of the year that ends with the cut-off), lng (万立方米 per tonne). `evidence` labels
    the keys of the JSON in `evidence`, the figures from which the input came. `needs`: models
    without which it cannot be read.
    """

    code: str
    name: Any
    measure: Any
    better: str
    says: Any
    sql: str
    evidence: Mapping[str, Any]
    clause: str
    needs: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether this installation has the tables that it reads."""
        known = {model._meta.label_lower for model in apps.get_models()}
        return known.issuperset(self.needs)
