"""The group's identities, each against a server of its own process: OpenID Connect and LDAP."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import Client
from pytest_django.fixtures import Settings

from tests import plant
from tests.access.door import code_now, knock, with_factor
from tests.directory.mapping import mapped
from tests.installation import ROOT
from yihu.access.models import Password, RoleAssignment, User
from yihu.access.roles.queries import held_on
from yihu.access.rules import Role
from yihu.access.signing import outside
from yihu.audit.models import Event
from yihu.directory.granting import settle
from yihu.directory.models import Mapping
from yihu.kit.clock import now, today
from yihu.org.models import Staff

pytestmark = pytest.mark.django_db


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def person(username: str) -> User:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    User.objects.filter(pk=user.pk).update(username=username, password_usable=False)
    Password.objects.filter(user=user).delete()
    return User.objects.get(pk=user.pk)


# OpenID Connect ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider that knows OI0001, OI0404 and OI0003, and their groups."""
    port = free_port()
    groups = {"OI0001": ["readers", "auditors"], "OI0404": ["readers"], "OI0003": []}
    claims = [
        json.dumps({"sub": f"s-{n}", "preferred_username": n, "groups": told})
        for n, told in groups.items()
    ]
    process = subprocess.Popen(
        [
            *(sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)),
            *(part for claim in claims for part in ("--user-claims", claim)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _n in range(200):
            try:
                requests.get(f"{address}/.well-known/openid-configuration", timeout=1)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def provider(issuer: str, settings: Settings) -> str:
    settings.OIDC = {**settings.OIDC, "issuer": issuer, "client": "yihu", "secret": "s"}
    return issuer


def back_from(client: Client, subject: str, follow: str = "") -> str:
    """Through the provider as this person; the address that it sends back to."""
    away = client.get("/sign-in/oidc/", {"next": follow})
    assert "code_challenge_method=S256" in away["Location"]
    answer = requests.post(
        away["Location"], data={"sub": subject}, allow_redirects=False, timeout=5
    )
    place = urlsplit(answer.headers["Location"])
    return f"{place.path}?{place.query}"


def test_whom_the_provider_vouches_for_comes_in_to_the_account_of_that_number(
    provider: str,
) -> None:
    user = person("OI0001")
    client = Client()
    assert "统一身份认证" in client.get("/sign-in/").content.decode()
    answer = client.get(back_from(client, "s-OI0001", "/dossiers/"))
    assert answer["Location"] == "/dossiers/"
    assert client.get("/dossiers/").status_code == 200
    event = Event.objects.get(verb="signed_in")
    assert (event.actor_id, event.data["means"]) == (user.pk, "oidc")


def test_the_second_factor_is_still_asked(provider: str) -> None:
    key, _codes = with_factor(person("OI0001"))
    client = Client()
    assert client.get(back_from(client, "s-OI0001"))["Location"] == "/sign-in/code/"
    assert client.post("/sign-in/code/", {"code": code_now(key)})["Location"] == "/"


@pytest.mark.clause("6.3.4")
def test_no_account_is_made_and_a_closed_one_stays_closed(provider: str) -> None:
    user = person("OI0001")
    User.objects.filter(pk=user.pk).update(is_active=False)
    before = User.objects.count(), RoleAssignment.objects.count()
    for subject in ("s-OI0404", "s-OI0001"):
        client = Client()
        assert client.get(back_from(client, subject))["Location"] == "/sign-in/"
        assert "没有可用的一户账号" in client.get("/sign-in/").content.decode()
        assert client.get("/")["Location"].startswith("/sign-in/")
    assert (User.objects.count(), RoleAssignment.objects.count()) == before


def test_an_answer_for_another_browser_is_worth_nothing(provider: str) -> None:
    person("OI0001")
    first, second = Client(), Client()
    stolen = back_from(first, "s-OI0001")
    assert second.get(stolen)["Location"] == "/sign-in/"
    assert second.get("/")["Location"].startswith("/sign-in/")
    assert first.get(stolen)["Location"] == "/"
    assert Client().get(stolen)["Location"] == "/sign-in/"


def test_a_provider_that_does_not_answer(settings: Settings) -> None:
    settings.OIDC = {**settings.OIDC, "issuer": f"http://127.0.0.1:{free_port()}"}
    client = Client()
    assert client.get("/sign-in/oidc/")["Location"] == "/sign-in/"
    assert "没有应答" in client.get("/sign-in/").content.decode()


# LDAP --------------------------------------------------------------------------------------------


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today, here = datetime.now(UTC), x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([here]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of a directory, plain and encrypted, and its certificate."""
    cert, key = certificate(tmp_path_factory.mktemp("ldap"))
    plain, tls = free_port(), free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.access.directory"),
            *(str(plain), str(tls), str(cert), str(key)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield {
        "plain": f"ldap://127.0.0.1:{plain}",
        "tls": f"ldaps://127.0.0.1:{tls}",
        "ca": str(cert),
    }
    process.terminate()
    process.wait()
    process.stdout.close()


@pytest.fixture
def ldap_settings(directory: dict[str, str], settings: Settings) -> Settings:
    settings.LDAP = {
        "url": directory["tls"],
        "bind_dn": "cn=yihu,dc=group",
        "bind_password": "looking-only",
        "base": "dc=group",
        "attribute": "employeeNumber",
        "groups": "",
        "starttls": True,
        "ca": directory["ca"],
    }
    return settings


def test_the_directory_proves_an_account_of_ours(ldap_settings: Settings) -> None:
    person("LD0001")
    assert knock(Client(), "LD0001", "wrong").status_code == 200
    client = Client()
    assert knock(client, "LD0001", "directory-password").status_code == 302
    assert client.get("/").status_code == 200
    assert client.post("/me/confirm/", {"password": "directory-password"}).status_code == 302


@pytest.mark.parametrize(
    ("number", "password", "proven"),
    [
        ("LD0001", "directory-password", True),
        ("LD0001", "wrong", False),
        ("LD0001", "", False),
        ("LD0002", "directory-password", False),
        ("LD0*", "directory-password", False),
        ("LD0404", "directory-password", False),
        (")(cn=*", "directory-password", False),
    ],
)
def test_exactly_one_person_by_exactly_the_password(
    ldap_settings: Settings, number: str, password: str, proven: bool
) -> None:
    assert outside.proves(number, password) is proven


@pytest.mark.parametrize(
    ("changed", "proven"),
    [
        ({}, True),
        ({"ca": ""}, False),
        ({"bind_password": "wrong"}, False),
        ({"url": "plain", "starttls": False}, True),
        ({"url": "plain", "starttls": True}, False),
        ({"url": "ldap://127.0.0.1:1"}, False),
        ({"url": ""}, False),
    ],
)
def test_only_over_a_line_that_the_settings_trust(
    ldap_settings: Settings,
    directory: dict[str, str],
    changed: dict[str, object],
    proven: bool,
) -> None:
    given = {**ldap_settings.LDAP, **changed}
    ldap_settings.LDAP = {**given, "url": directory.get(given["url"], given["url"])}
    assert outside.proves("LD0001", "directory-password") is proven


@pytest.mark.clause("6.3.4")
def test_the_directory_opens_no_account_and_no_closed_one(ldap_settings: Settings) -> None:
    assert knock(Client(), "LD0001", "directory-password").status_code == 200
    assert not User.objects.filter(username="LD0001").exists()
    User.objects.filter(pk=person("LD0001").pk).update(is_active=False)
    assert knock(Client(), "LD0001", "directory-password").status_code == 200
    assert not Event.objects.filter(verb="signed_in").exists()


# Roles by groups ---------------------------------------------------------------------------------


def held(number: str) -> list[tuple[str, str]]:
    """Roles that the account of this number holds today, and the group that gave each."""
    rows = held_on(today()).filter(user__username=number).order_by("role")
    return list(rows.values_list("role", "directory_group"))


def employed(number: str) -> Staff:
    return Staff.objects.create(unit=plant.unit("GD"), employee_no=number, name="张三")


def fillers() -> Mapping:
    return mapped("yihu-fillers", Role.FILLER, plant.unit("GD"))


@pytest.mark.clause("6.3.2")
def test_a_group_of_the_directory_opens_an_account_with_its_role(ldap_settings: Settings) -> None:
    ldap_settings.LDAP = {**ldap_settings.LDAP, "groups": "memberOf"}
    employed("LD0001")
    employed("LD0003")
    assert knock(Client(), "LD0001", "directory-password").status_code == 200
    fillers()
    client = Client()
    assert knock(client, "LD0001", "directory-password").status_code == 302
    assert held("LD0001") == [("filler", "yihu-fillers")]
    assert client.get("/dossiers/").status_code == 200
    assert knock(Client(), "LD0003", "directory-password").status_code == 200  # of no group
    assert not User.objects.filter(username="LD0003").exists()
    assert knock(Client(), "LD0001", "wrong").status_code == 200


@pytest.mark.clause("6.3.4")
def test_who_left_the_group_loses_the_role_at_the_next_sign_in(ldap_settings: Settings) -> None:
    ldap_settings.LDAP = {**ldap_settings.LDAP, "groups": "memberOf"}
    user, other = person("LD0001"), person("LD0003")
    readers = mapped("readers", Role.READER, plant.unit("GD"))
    for one in (user, other):
        RoleAssignment.objects.create(
            user=one,
            role=Role.READER,
            unit=readers.unit,
            since=today(),
            directory_group="readers",
        )
    before = [("filler", ""), ("reader", "readers")]
    assert held("LD0001") == held("LD0003") == before
    ldap_settings.LDAP = {**ldap_settings.LDAP, "url": "ldap://127.0.0.1:1"}
    settle("LD0001", outside.groups_of("LD0001"), at=now())  # nobody answered: nothing is known
    assert held("LD0001") == before
    ldap_settings.LDAP = {**ldap_settings.LDAP, "url": ""}
    settle("LD0003", outside.groups_of("LD0003"), at=now())
    assert held("LD0003") == before


@pytest.mark.clause("6.3.4")
def test_the_next_sign_in_ends_what_a_left_group_gave(ldap_settings: Settings) -> None:
    ldap_settings.LDAP = {**ldap_settings.LDAP, "groups": "memberOf"}
    user = person("LD0003")
    place = mapped("Yihu-Fillers", Role.READER, plant.unit("GD")).unit
    RoleAssignment.objects.create(
        user=user, role=Role.READER, unit=place, since=today(), directory_group="Yihu-Fillers"
    )
    assert knock(Client(), "LD0003", "directory-password").status_code == 302
    assert held("LD0003") == [("filler", "")]


@pytest.mark.clause("6.3.2")
def test_the_provider_s_groups_never_join_two_sides(provider: str, settings: Settings) -> None:
    settings.OIDC = {**settings.OIDC, "groups": "groups", "scope": "openid profile"}
    person("OI0001")
    employed("OI0404")
    mapped("auditors", Role.AUDITOR, None)
    mapped("readers", Role.READER, plant.unit("GD"))
    mapped("readers", Role.FILLER, plant.unit("FJ", region="350000"))
    client = Client()
    assert client.get(back_from(client, "s-OI0001"))["Location"] == "/"
    assert held("OI0001") == [("filler", ""), ("reader", "readers")]
    refused = Event.objects.filter(verb="directory_role.refused")
    assert {row.data["role"] for row in refused} == {"auditor"}
    client = Client()
    assert client.get(back_from(client, "s-OI0404"))["Location"] == "/"
    assert held("OI0404") == [("reader", "readers")]
