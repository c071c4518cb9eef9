"""What the database keeps sealed: its key lies among the secrets, not in the dump."""

import base64
import hashlib
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def _fernet() -> "Fernet":
    from cryptography.fernet import Fernet

    key = hashlib.sha256(b"yihu.signing.seal\n" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def seal(text: str) -> str:
    """Encrypt for the database."""
    return _fernet().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt. Raises: cryptography.fernet.InvalidToken with another installation's key."""
    return _fernet().decrypt(sealed.encode()).decode()
