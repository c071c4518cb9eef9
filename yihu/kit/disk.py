"""A file that lies on the disk whole or not at all."""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

PART = ".part-"


def put(path: Path, chunks: Iterable[bytes]) -> None:
    """Written, safe on disk and under its name before this returns; nothing is left of a part.

    Readable by the service alone. Raises: OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = NamedTemporaryFile(dir=path.parent, prefix=PART, delete=False)  # noqa: SIM115
    try:
        with part:
            for chunk in chunks:
                part.write(chunk)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(path)
    except BaseException:
        Path(part.name).unlink(missing_ok=True)
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
