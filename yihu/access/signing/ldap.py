"""The group's directory as a second opinion on a password; it opens no account, gives no role."""

import logging
import ssl
from typing import Any

from django.conf import settings
from ldap3 import SIMPLE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

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


def proves(number: str, password: str) -> bool:
    """Whether the directory knows exactly one person of this number by this password.

    A directory that does not answer knows nobody; the reason is in the log, without the number.
    """
    given: dict[str, Any] = settings.LDAP
    if not given["url"] or not password:  # an empty password binds as nobody, and succeeds
        return False
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=given["ca"] or None)
    starttls = given["starttls"] and not given["url"].startswith("ldaps:")
    try:
        server = Server(given["url"], tls=tls, connect_timeout=SECONDS)
        with _connection(server, given["bind_dn"], given["bind_password"], starttls) as looking:
            looking.search(
                given["base"],
                f"({given['attribute']}={escape_filter_chars(number)})",
                attributes=[],
                size_limit=2,
            )
            names = [row["dn"] for row in looking.response or [] if row["type"] == "searchResEntry"]
        if len(names) != 1:
            return False
        person = _connection(server, names[0], password, starttls)
        try:
            return bool(person.bind())
        finally:
            person.unbind()
    except (LDAPException, OSError) as reason:
        log.warning("LDAP: %s", type(reason).__name__)
        return False
