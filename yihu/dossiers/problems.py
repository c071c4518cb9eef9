"""Why an act on a file was refused: sentences for the person, details for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yihu.guide.rules import Problem


class Refused(Exception):
    """Nothing was changed; the message says in Chinese why, and the way out."""

    status = 409


class Unfit(Refused):
    """What was sent cannot be stored at all."""

    status = 422


class Incomplete(Refused):
    """The file cannot be submitted yet: `problems` by field, sections that nobody answered for."""

    status = 422

    def __init__(self, message: str, problems: Sequence[Problem], sections: Sequence[str]) -> None:
        super().__init__(message)
        self.problems = list(problems)
        self.sections = list(sections)


class Lapsed(Refused):
    """What was looked at is no longer what is there."""

    status = 412


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody else changed meanwhile: `seen` by the writer, `theirs` now, `mine`."""

    code: str
    label: str
    seen: Any
    theirs: Any
    mine: Any
    by: str
    at: str
