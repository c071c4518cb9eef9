"""Why personnel events cannot be taken: every wrong cell of a file or call at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yihu.dossiers.problems import Refused


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong cell: the row as the sender counts, the field, its Chinese name, what to do."""

    row: int
    field: str
    column: str
    code: str
    message: str

    def plain(self) -> dict[str, Any]:
        """The same for a machine."""
        return {
            "row": self.row,
            "field": self.field,
            "column": self.column,
            "code": self.code,
            "message": self.message,
        }


class Wrong(Refused):
    """Nothing was saved: at least one row is wrong."""

    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("；".join(problem.message for problem in problems[:5]))
        self.problems = list(problems)
