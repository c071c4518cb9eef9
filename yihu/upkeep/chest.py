"""The lock on every copy: age (X25519, ChaCha20-Poly1305 in chunks), and who has the key.

age keeps a file from being read, cut or changed. That it is *ours* it does not say: whoever knows
the public half could make one. So the list of a copy bears a mark that takes the key to make, and
names the digest of everything else in it.
"""

import hashlib
import hmac
import os
from pathlib import Path
from typing import Any, Protocol

import pyrage
from django.conf import settings
from django.utils.translation import gettext as _


class Reads(Protocol):
    """What bytes come from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Writes(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> Any: ...


class NoKey(Exception):
    """There is no key, or it is none; says what to do."""


class Spoilt(Exception):
    """What was locked cannot be opened: cut, changed, or locked with another key."""


class Key:
    """The key of the copies: `AGE-SECRET-KEY-1…`, as the program `age` reads it too."""

    def __init__(self, text: str) -> None:
        """Raises: NoKey."""
        try:
            self._identity = pyrage.x25519.Identity.from_str(text.strip())
        except pyrage.IdentityError:
            raise NoKey(_("备份密钥无法识别：应是一行 AGE-SECRET-KEY-1 开头的文字。")) from None
        self._secret = hashlib.sha256(b"yihu.backup:" + str(self._identity).encode()).digest()

    def lock(self, reader: Reads, writer: Writes) -> None:
        """Encrypt all that comes."""
        pyrage.encrypt_io(reader, writer, [self._identity.to_public()])

    def unlock(self, reader: Reads, writer: Writes) -> None:
        """Decrypt all that comes. Raises: Spoilt, when part of it may have been written."""
        try:
            pyrage.decrypt_io(reader, writer, [self._identity])
        except (pyrage.DecryptError, OSError, ValueError) as why:
            raise Spoilt(str(why)) from why

    def mark(self, content: bytes) -> str:
        """What only the key makes of this content; hexadecimal."""
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest()

    def alias(self, sha256: str) -> str:
        """Under which name a content lies: its own digest would tell who has the same file."""
        return self.mark(sha256.encode())


def key_file() -> Path:
    """Where the key lies; YIHU_BACKUP_KEY_FILE, by default among the secrets."""
    return Path(settings.BACKUP_KEY_FILE)


def key() -> Key:
    """The key of this installation. Raises: NoKey."""
    try:
        return Key(key_file().read_text())
    except OSError as why:
        raise NoKey(
            _(
                "读不到备份密钥 %(path)s（%(why)s）。"
                "请把密钥放到那里，或用 YIHU_BACKUP_KEY_FILE 指明。"
            )
            % {"path": key_file(), "why": why.strerror}
        ) from None


def made_key() -> bool:
    """Make the key unless there is one; whether it was made."""
    path = key_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(f"{pyrage.x25519.Identity.generate()}\n")
        file.flush()
        os.fsync(file.fileno())
    return True


class Counted:
    """A stream that counts and hashes what passes through; without one below, only that."""

    def __init__(self, reader: Reads | None = None, writer: Writes | None = None) -> None:
        self._reader, self._writer, self._hash = reader, writer, hashlib.sha256()
        self.size = 0
        self.problem: OSError | None = None
        """Why what is below took no more: age says only that something went wrong."""

    def read(self, size: int = -1, /) -> bytes:
        assert self._reader is not None
        return self._passed(self._reader.read(size))

    def write(self, data: bytes, /) -> int:
        self._passed(data)
        if self._writer is not None:
            try:
                self._writer.write(data)
            except OSError as why:
                self.problem = why
                raise
        return len(data)

    def flush(self) -> None:
        """What is below is flushed by whoever opened it."""

    def _passed(self, data: bytes) -> bytes:
        self._hash.update(data)
        self.size += len(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()
