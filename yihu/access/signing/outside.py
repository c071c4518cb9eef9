"""Who outside the house vouches for a person: the group's identity provider and its directory.

Their libraries are loaded where one is asked; most installations have neither.
"""

from django.conf import settings


def has_provider() -> bool:
    """Whether one may sign in with an identity provider (`oidc`)."""
    return bool(settings.OIDC["issuer"])


def proves(number: str, password: str) -> bool:
    """Whether the directory, if there is one, knows this person by this password (`ldap`)."""
    if not settings.LDAP["url"]:
        return False
    from yihu.access.signing import ldap

    return ldap.proves(number, password)


def groups_of(number: str) -> frozenset[str] | None:
    """The person's groups in the directory; None where nobody was asked or nothing answered."""
    if not settings.LDAP["url"] or not settings.LDAP["groups"]:
        return None
    from yihu.access.signing import ldap

    return ldap.groups_of(number)
