"""Where the content lies: under its SHA-256, in a folder or in an S3 bucket, stored once."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from yihu.kit.disk import put
from yihu.kit.disk import sweep as sweep_folder

CHUNK = 1024 * 1024


class Folder(FileSystemStorage):
    """Files safe on disk before `save` returns, whole or not at all; the same name is the same.

    Readable by the service alone.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_overwrite=True, **options)

    def _save(self, name: str, content: "File[bytes]") -> str:
        put(Path(self.path(name)), content.chunks(CHUNK))
        return name


def shelf() -> Storage:
    """The storage of documents, as the settings name it."""
    return storages["papers"]


def place_of(sha256: str) -> str:
    """The name of the content in the storage."""
    return f"papers/{sha256[:2]}/{sha256}"


def digest_of(file: "BinaryIO | File[bytes]") -> tuple[str, int]:
    """SHA-256 in hex and the length in bytes; the file stands at its start again."""
    file.seek(0)
    found, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        found.update(chunk)
        size += len(chunk)
    file.seek(0)
    return found.hexdigest(), size


def keep(file: BinaryIO, sha256: str, size: int) -> None:
    """Store the content unless it lies there in full length. Raises: OSError."""
    name = place_of(sha256)
    if shelf().exists(name) and shelf().size(name) == size:
        return
    file.seek(0)
    shelf().save(name, File(file))
    file.seek(0)


def open_blob(sha256: str) -> "File[bytes]":
    """The content, to be read. Raises: FileNotFoundError."""
    return shelf().open(place_of(sha256), "rb")


def read_blob(sha256: str) -> bytes:
    """All of the content. Raises: FileNotFoundError."""
    with open_blob(sha256) as file:
        return bytes(file.read())


def sweep(of: Storage, *, before: datetime) -> int:
    """Take away what was begun before then and never ended, for its writer was killed; how many.

    In a folder parts of files, in a bucket uploads in parts, which cost room and nobody lists.
    """
    if isinstance(of, Folder):
        return sweep_folder(Path(of.location), before=before)
    uploads: Any = of
    stale = [one for one in uploads.bucket.multipart_uploads.all() if one.initiated < before]
    for one in stale:
        one.abort()
    return len(stale)
