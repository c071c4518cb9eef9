"""The editions of the rule document, each a module of data; the newest stands first.

A new edition is a new module beside `e2024_1` and a line in `contribute`'s call below. A clause
that keeps its number keeps its figure, its months and its tests.
"""

from collections.abc import Sequence

from yihu.clauses.editions.e2024_1 import EDITION as E2024_1
from yihu.clauses.rules import Edition

_editions: dict[str, Edition] = {}


def contribute(edition: Edition) -> None:
    """Make an edition known; again replaces it."""
    _editions[edition.code] = edition


def editions() -> Sequence[Edition]:
    """All of them, the newest first."""
    return [_editions[code] for code in sorted(_editions, reverse=True)]


def edition(code: str) -> Edition:
    """Raises: KeyError for one that is not there."""
    return _editions[code]


contribute(E2024_1)
