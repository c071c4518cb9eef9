"""A file that lies on the disk whole or not at all."""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp

PART = ".part-"


def put(path: Path, chunks: Iterable[bytes]) -> None:
    """Written, safe on disk and under its name before this returns; nothing is left of a part.

    Readable by the service alone. Raises: OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number, name = mkstemp(dir=path.parent, prefix=PART)
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep(folder: Path, *, before: datetime) -> int:
    """Take away parts that nobody has written to since: who wrote them was killed. How many."""
    gone = 0
    for part in folder.rglob(f"{PART}*"):
        with suppress(FileNotFoundError):  # its writer was only slow, and has just named it
            if part.stat().st_mtime < before.timestamp():
                part.unlink()
                gone += 1
    return gone
