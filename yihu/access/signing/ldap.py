"""The group's directory as a second opinion on a password, and whose groups it knows."""

import logging
import ssl
from typing import Any

from django.conf import settings
from ldap3 import SIMPLE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import parse_dn

SECONDS = 5
log = logging.getLogger(__name__)


def _connection(server: Server, name: str, password: str, starttls: bool) -> Connection:
    """A connection that is not bound yet, encrypted already where the settings say so."""
    connection = Connection(
        server,
        user=name,
        password=password,
        authentication=SIMPLE,
        receive_timeout=SECONDS,
        read_only=True,
        auto_referrals=False,
    )
    if starttls:
        connection.open()
        connection.start_tls()
    return connection


def _server() -> Server:
    given = settings.LDAP
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=given["ca"] or None)
    return Server(given["url"], tls=tls, connect_timeout=SECONDS)


def _starttls() -> bool:
    return bool(settings.LDAP["starttls"]) and not settings.LDAP["url"].startswith("ldaps:")


def _entries(number: str, attributes: list[str]) -> list[Any]:
    """Those whom the directory knows by this number, two at most. Raises: LDAPException, OSError"""
    given = settings.LDAP
    bound = _connection(_server(), given["bind_dn"], given["bind_password"], _starttls())
    with bound as looking:
        looking.search(
            given["base"],
            f"({given['attribute']}={escape_filter_chars(number)})",
            attributes=attributes,
            size_limit=2,
        )
        return [row for row in looking.response or [] if row["type"] == "searchResEntry"]


def groups_of(number: str) -> frozenset[str] | None:
    """The groups of exactly one person of this number, each by its full and its own name.

    None where nothing was answered: then nothing is known of any group.
    """
    attribute = settings.LDAP["groups"]
    try:
        found = _entries(number, [attribute])
    except (LDAPException, OSError) as reason:
        log.warning("LDAP: %s", type(reason).__name__)
        return None
    if len(found) != 1:
        return None
    names = found[0]["attributes"].get(attribute) or []
    told = [names] if isinstance(names, str) else names
    return frozenset(name for one in told for name in (one, _own_name(one)))


def _own_name(dn: str) -> str:
    """`cn=fillers,ou=groups,dc=group` → `fillers`; what is no such name stays as it is."""
    try:
        return str(parse_dn(dn)[0][1])
    except (LDAPException, IndexError):
        return dn


def proves(number: str, password: str) -> bool:
    """Whether the directory knows exactly one person of this number by this password.

    A directory that does not answer knows nobody; the reason is in the log, without the number.
    """
    if not password:  # an empty one binds as nobody, and succeeds
        return False
    try:
        found = _entries(number, [])
        if len(found) != 1:
            return False
        person = _connection(_server(), found[0]["dn"], password, _starttls())
        try:
            return bool(person.bind())
        finally:
            person.unbind()
    except (LDAPException, OSError) as reason:
        log.warning("LDAP: %s", type(reason).__name__)
        return False
