"""Every operation of the interface by programs of another unit: not there, and nothing told."""

import json

import pytest
from django.test import RequestFactory
from django.urls import reverse

from tests import plant
from tests.flows.calls import body_of
from tests.flows.routes import Registry, owned, owned_by
from tests.interface.calling import Program
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.interface.writing.deeds import Deed
from yihu.interface.writing.urls import DEEDS, LISTINGS, THINGS, name_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.1")]
WORD = "只有广东知道"
OF_ALL = {"listRegulations", "listPeople"}
"""The group's rules are everybody's; people see their own colleagues."""
NOT_PLANTED = {"grants", "loans"}
"""tests/interface and tests/originals get through to these."""


@pytest.fixture
def rows() -> Registry:
    return owned(plant.unit("GD"), WORD)


@pytest.mark.parametrize("role", [Role.FILLER, Role.STEWARD, Role.ITC])
def test_nobody_elsewhere_does_or_reads_anything(role: Role, rows: Registry) -> None:
    program = Program(plant.person(role, plant.unit("FJ", region="350000")), *Use)
    wrong = []
    for thing in THINGS:
        path = _path(f"{name_of(thing.path)}{'-one' if thing.path.endswith('>') else ''}", rows)
        answer = program.get(path)
        if answer.status_code not in {403, 404} or WORD in answer.content.decode():
            wrong.append((thing.name, answer.status_code))
    for known in LISTINGS:
        answer = program.get(known.path)
        if answer.status_code not in {200, 403} or WORD in answer.content.decode():
            wrong.append((known.name, answer.status_code))
        if answer.status_code == 200 and known.name not in OF_ALL and answer.json()["items"]:
            wrong.append((known.name, len(answer.json()["items"])))
    for deed in DEEDS:
        if deed.thing is None:
            continue
        answer = program.do(
            _path(name_of(deed.path), rows), body_of(deed.body), method=deed.method,
            key=f"key-{deed.name}", match="*",
        )  # fmt: skip
        if answer.status_code not in {403, 404} or WORD in answer.content.decode():
            wrong.append((deed.name, answer.status_code))
    assert wrong == []


def test_the_unit_s_own_get_past_the_door(rows: Registry) -> None:
    """The control: the same calls by those whose rows they are."""
    unit = plant.unit("GD")
    people = [
        *(plant.person(role, unit) for role in (Role.FILLER, Role.REVIEWER, Role.STEWARD)),
        plant.person(Role.SUPERVISOR),
    ]
    programs = [Program(person, *Use) for person in people]
    for known in LISTINGS:
        told = [
            answer.json()["items"]
            for program in programs
            if (answer := program.get(known.path)).status_code == 200
        ]
        assert told, known.name
        if known.path not in NOT_PLANTED:
            assert any(told), known.name
    shut = []
    for deed in DEEDS:
        if deed.thing is None or deed.path.split("/")[0] in NOT_PLANTED:
            continue
        said = {"method": deed.method, "key": f"key-{deed.name}", "match": "*"}
        path, body = _path(name_of(deed.path), rows), body_of(deed.body)
        if not any(
            program.do(path, body, **said).status_code in {200, 409, 412, 422}
            for program in programs
        ):
            shut.append(deed.name)
    assert shut == []


def _path(name: str, rows: Registry) -> str:
    full = f"do:{name}"
    return reverse(full, kwargs=owned_by(full, rows)).removeprefix("/api/v1/")


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_a_sample_is_read_as_it_was_sent(deed: Deed) -> None:
    sent = body_of(deed.body)
    request = RequestFactory().post("/", json.dumps(sent), content_type="application/json")
    assert deed.body.read(request) == sent
