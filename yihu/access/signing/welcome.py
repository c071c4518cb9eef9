"""What slices above do when somebody is proven at the door, before they are let in.

The directory's groups give roles there. `said`: the names of the groups that the directory or the
provider told with the proof; None where nobody was asked.
"""

from collections.abc import Callable, Collection
from datetime import datetime

Welcome = Callable[[str, Collection[str] | None, bool, datetime], None]
_welcomes: list[Welcome] = []


def contribute(function: Welcome) -> None:
    """`function(number, said, opens, at)`; `opens`: whether an account may be made for them."""
    _welcomes.append(function)


def welcome(number: str, said: Collection[str] | None, *, opens: bool, at: datetime) -> None:
    """Let everyone know that the person of this number was proven."""
    for function in _welcomes:
        function(number, said, opens, at)
