"""Uploaded files, kept by the hash of their content under YIHU_HOME/uploads/imports."""

import hashlib
from pathlib import Path

from django.conf import settings

from yihu.kit.disk import put


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
    put(path, [content])
    return sha256


def load(sha256: str) -> bytes:
    """The bytes again. Raises: FileNotFoundError; ValueError where they have changed."""
    content = _path(sha256).read_bytes()
    if digest_of(content) != sha256:
        raise ValueError(f"upload {sha256} has changed on disk")
    return content
