"""Every operation of the interface by programs of another unit: not there, and nothing told."""

import json
from typing import Any

import pytest
from django.urls import reverse

from tests import plant
from tests.flows.routes import Registry, owned, owned_by
from tests.interface.calling import Program
from yihu.access.rules import Role
from yihu.access.tokens.rules import Use
from yihu.interface.writing.bodies import Body, Schema
from yihu.interface.writing.urls import DEEDS, LISTINGS, THINGS, name_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.1")]
WORD = "只有广东知道"
OF_ALL = {"listRegulations", "listPeople"}
"""The group's rules are everybody's; people see their own colleagues."""
NOT_PLANTED = {"grants", "loans"}
"""tests/interface and tests/originals get through to these."""
SAMPLES: dict[str, Any] = {
    "date": "2026-11-05", "uuid": "5d6c1d2e-0000-4000-8000-000000000000",
    "integer": 1, "boolean": True, "string": "试一试", "object": {"legal_rep": "张三"},
}  # fmt: skip


def sample(says: Schema) -> Any:
    """A value that the schema takes."""
    if "enum" in says:
        return says["enum"][0]
    kind = says["type"] if isinstance(says["type"], str) else says["type"][0]
    if "content" in says.get("properties", {}):
        return {"name": "试.txt", "content": "6K+V"}
    if "properties" in says:
        return dict.fromkeys(says["required"], "试一试")
    if "minimum" in says:
        return says["minimum"]
    if kind == "array":
        return [sample(says["items"])]
    if "pattern" in says:
        return "1"
    return SAMPLES[says.get("format", kind)]


def body_of(body: Body) -> dict[str, Any]:
    said = body.schema()
    return {name: sample(said["properties"][name]) for name in said["required"]}


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


def test_samples_are_what_the_schemas_say() -> None:
    assert json.dumps([body_of(deed.body) for deed in DEEDS])
