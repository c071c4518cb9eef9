"""A long proof that is told to end tells what it has counted until then."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def patient() -> Iterator[Callable[[], bool]]:
    """Inside, SIGTERM is heard and not obeyed: ask between two steps whether to go on."""
    told: list[int] = []

    def hear(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    before = signal.signal(signal.SIGTERM, hear)
    try:
        yield lambda: not told
    finally:
        signal.signal(signal.SIGTERM, before)
