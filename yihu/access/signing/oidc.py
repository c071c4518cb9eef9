"""Signing in with the group's identity provider (OpenID Connect, code flow with PKCE)."""

import logging
from dataclasses import dataclass
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from joserfc.errors import JoseError
from requests import RequestException

log = logging.getLogger(__name__)


class NotProven(Exception):
    """The provider did not say who this is."""


def _client() -> Any:
    given = settings.OIDC
    return OAuth().register(
        name="oidc",
        client_id=given["client"],
        client_secret=given["secret"],
        server_metadata_url=f"{given['issuer'].rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": given["scope"],
            "code_challenge_method": "S256",
            "timeout": 5,
        },
    )


def start(request: HttpRequest) -> HttpResponse:
    """The way to the provider; state, nonce and verifier stay in the session. Raises: NotProven."""
    back = request.build_absolute_uri(reverse("oidc-back"))
    try:
        answer: HttpResponse = _client().authorize_redirect(request, back)
    except (AuthlibBaseError, RequestException, ValueError) as reason:
        log.warning("OIDC: %s", type(reason).__name__)
        raise NotProven from None
    return answer


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for, and in which groups; None where it is not asked for them."""

    number: str
    groups: frozenset[str] | None


def vouched(request: HttpRequest) -> Vouched:
    """The employee number and groups that the provider vouches for. Raises: NotProven."""
    try:
        token = _client().authorize_access_token(request)
        said = token["userinfo"]
        number = said[settings.OIDC["claim"]]
    except (AuthlibBaseError, JoseError, RequestException, KeyError, ValueError) as reason:
        log.warning("OIDC: %s", type(reason).__name__)
        raise NotProven from None
    if not isinstance(number, str) or not number:
        raise NotProven
    return Vouched(number, _groups(said))


def _groups(said: Any) -> frozenset[str] | None:
    """The claim's names; a person of no group may lack the claim."""
    claim = settings.OIDC["groups"]
    if not claim:
        return None
    named = said.get(claim) or []
    names = [named] if isinstance(named, str) else named
    return frozenset(name for name in names if isinstance(name, str))
