"""A file that lies on the disk whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile


def put(path: Path, chunks: Iterable[bytes]) -> None:
    """Written, safe on disk and under its name before this returns; nothing is left of a part.

    Readable by the service alone. Raises: OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False)  # noqa: SIM115
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
