"""The hash of a password, kept and read at the door only (`for_door`)."""

from typing import cast
from uuid import uuid4

from django.db import connection

from yihu.access.models import Password, User
from yihu.kit.scoped.base import DatabaseWrapper

KEEP = """
INSERT INTO access_password (user_id, encoded) VALUES (%s, %s)
ON CONFLICT (user_id) DO UPDATE SET encoded = EXCLUDED.encoded
"""


def encoded_of(user: User | None) -> str:
    """The hash of the person's password; "" for nobody's. The same query whoever it is."""
    rows = Password.objects.filter(user=user.pk if user is not None else 0)
    return rows.values_list("encoded", flat=True).first() or ""


def keep(user: User, encoded: str) -> None:
    """Keep the hash, which stands in no statement, and end what hung on the one before."""
    cast(DatabaseWrapper, connection).bound(KEEP, [user.pk, encoded])
    user.stamp, user.password_usable = uuid4(), True
    user.save(update_fields=["stamp", "password_usable"])
