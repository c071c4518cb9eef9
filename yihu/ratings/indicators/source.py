"""What a data indicator is made of: one SELECT over files, and how it is read to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps


@dataclass(frozen=True, slots=True)
class OfMonths:
    """What is read off the months: SQL over the file's own row of `rating_taken`.

    That row holds its sales of the last 24 months (`sql/gather.sql`; `months`: how many of the last
    12 have data). A file for which `given` does not hold has no data. `evidence`: by its key.
    """

    given: str
    input: str
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Read `of_months`, or by `sql`, which selects (dossier_id, input, and a column for each key of
    `evidence`); a file without a row has no data.

    `sql` may read `rating_file` (unit_id, dossier_id), the files that are rated; what it says of
    other files is left aside. Parameters: cut_off_on, since (first day of the year that ends with
    the cut-off), lng (万立方米 per tonne). `evidence` labels the figures from which the input came.
    `needs`: models without which it cannot be read.
    """

    code: str
    name: Any
    measure: Any
    better: str
    says: Any
    evidence: Mapping[str, Any]
    clause: str
    sql: str = ""
    of_months: OfMonths | None = None
    needs: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether this installation has the tables that it reads."""
        known = {model._meta.label_lower for model in apps.get_models()}
        return known.issuperset(self.needs)
