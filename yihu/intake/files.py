"""Uploaded files, kept by the hash of their content under YIHU_HOME/uploads/imports."""

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings


def digest_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _path(sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "imports" / sha256[:2] / sha256


def keep(content: bytes) -> str:
    """Store the bytes, safe on disk before this returns; gives their SHA-256."""
    sha256 = digest_of(content)
    path = _path(sha256)
    if path.exists() and path.stat().st_size == len(content):
        return sha256
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        part.write(content)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return sha256


def load(sha256: str) -> bytes:
    """The bytes again. Raises: FileNotFoundError; ValueError where they have changed."""
    content = _path(sha256).read_bytes()
    if digest_of(content) != sha256:
        raise ValueError(f"upload {sha256} has changed on disk")
    return content
