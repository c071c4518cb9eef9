"""The one lens through which a file is read, on pages, in versions, on paper and in workbooks.

Two tiers (§5.5). What is above a person's clearance is absent (`access.lens`, for guests). What is
within it but core secret or personal is masked for everybody but the keepers of the unit's files,
until a reveal that says why. A sealed contact is absent for everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yihu.access.lens import Lens
from yihu.disclosure.rules import CONTACTS, Group, group_of, without_sealed
from yihu.dossiers.content import Content
from yihu.dossiers.tables import Row, Table, table
from yihu.guide.rules import Definition, Field


@dataclass(frozen=True, slots=True)
class View:
    """How one person reads one file now. `shown`: group → until when it is revealed."""

    lens: Lens = field(default_factory=Lens)
    masked: frozenset[Group] = frozenset()
    shown: Mapping[Group, datetime] = field(default_factory=dict)
    sealed: tuple[str, ...] = ()
    core: bool = False
    """Whether the file is marked a core secret."""

    @property
    def whole(self) -> bool:
        """Whether the person's clearance covers all of the file."""
        return self.lens.whole

    @property
    def prices(self) -> bool:
        """Whether prices and amounts are told."""
        return Group.PRICES not in self.masked

    @property
    def papers(self) -> bool:
        """Whether papers that are core secrets or personal are told."""
        return Group.PAPERS not in self.masked

    def cleared(self, one: Field) -> bool:
        """Whether the person's clearance covers the field."""
        return self.lens.reads(one.section, one.sensitivity)

    def veiled(self, one: Field) -> bool:
        """Whether the field is within the clearance and masked."""
        return self.cleared(one) and group_of(one.sensitivity) in self.masked

    def shows(self, one: Field) -> bool:
        """Whether the field's value is told."""
        return self.cleared(one) and group_of(one.sensitivity) not in self.masked

    def facts(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts without sealed people; masks are put on by `shows`, field by field."""
        found = dict(facts)
        if CONTACTS in found:
            found[CONTACTS] = without_sealed(found[CONTACTS], self.sealed)
        return found

    def read(self, facts: Mapping[str, Any], *guides: Definition) -> dict[str, Any]:
        """The facts that are told at all. A field is judged by the strictest of the guides; one
        that none of them knows is told only where nothing is masked.
        """
        told = self.facts(facts)
        if not self.masked and self.whole:
            return told
        return {code: value for code, value in told.items() if self._tells(code, guides)}

    def _tells(self, code: str, guides: Iterable[Definition]) -> bool:
        known = [guide.by_code[code] for guide in guides if code in guide.by_code]
        return bool(known) and all(self.shows(one) for one in known)

    def rows(self, code: str, rows: Iterable[Mapping[str, Any]]) -> list[Row]:
        """The rows of a contributed table without masked columns."""
        known = table(code)
        if self.prices and self.papers:
            return [dict(row) for row in rows]
        if known is None:  # what this installation cannot judge it does not tell
            return []
        return [
            {column: value for column, value in row.items() if column not in hidden}
            for row in rows
            for hidden in [self._hidden(known, row)]
        ]

    def _hidden(self, known: Table, row: Mapping[str, Any]) -> frozenset[str]:
        hidden = frozenset() if self.prices else known.core
        if not self.papers and known.secret is not None and known.secret(row, self.core):
            hidden |= known.named
        return hidden

    def content(self, content: Content, *guides: Definition) -> Content:
        """A whole file or version as this person reads it."""
        told = {
            **content,
            "facts": self.read(content["facts"], *guides),
            "tables": {
                code: self.rows(code, rows) for code, rows in content.get("tables", {}).items()
            },
        }
        if "retired" in content:
            told["retired"] = self.retired(content["retired"])
        return told

    def retired(self, retired: Mapping[str, Any]) -> dict[str, Any]:
        """What older guides asked for: their sensitivity is past, so it is told unmasked only."""
        if self.masked or not self.whole:
            return {}
        return {code: line for code, line in retired.items() if code != CONTACTS or not self.sealed}


OPEN = View()
"""Everything, for what no person reads: reckonings of the system itself."""
