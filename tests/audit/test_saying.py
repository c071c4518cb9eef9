"""The log never holds a value of a file: what is recorded is known word for word (SECURITY B1)."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from tests import plant
from tests.flows.routes import owned
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.audit.models import Event
from yihu.audit.saying import PLAIN, RULES, SPOKEN, Unsayable, sayable
from yihu.dossiers.actions import discard_draft, save_fields
from yihu.dossiers.models import Draft
from yihu.guide.actions import load_first_edition
from yihu.kit.clock import now, today

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]
ROOT = Path(__file__).resolve().parents[2] / "yihu"
KNOWN = PLAIN | SPOKEN | {"before"} | frozenset().union(*RULES.values())


def keys() -> list[tuple[str, str]]:
    """Every key written out in a call that records something, with where."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
            if name not in {"record", "Line", "_record", "_tell"}:
                continue
            told = [one.value for one in call.keywords if one.arg in ("data", "before")]
            told += call.args[3:4]
            for said in told:
                if isinstance(said, ast.Dict):
                    for key in said.keys:
                        if isinstance(key, ast.Constant) and isinstance(key.value, str):
                            found.append((f"{path.relative_to(ROOT)}:{call.lineno}", key.value))
    return found


def test_every_key_that_is_recorded_is_declared() -> None:
    found = keys()
    assert len(found) > 200
    assert [f"{where} {key}" for where, key in found if key not in KNOWN] == []


def test_nothing_that_is_nobodys_word_is_plain_and_spoken_at_once() -> None:
    assert PLAIN.isdisjoint(SPOKEN)


@pytest.mark.parametrize("key", ["value", "name", "title", "changes", "credit_code", "contacts"])
def test_an_undeclared_key_refuses_the_act(key: str) -> None:
    with pytest.raises(Unsayable):
        audit.record(None, "draft.discarded", "dossiers.draft", data={key: "广州燃气"})


def hidden(_text: str) -> str:
    return "▒" * 3


def test_where_people_work_it_is_veiled_and_their_act_stands() -> None:
    told = sayable("draft.discarded", {"contacts": ["广州燃气"]}, hidden, strict=False)
    assert told == {"contacts": "▒▒▒"}


def said(value: Any) -> Any:
    return sayable("draft.discarded", {"fields": value}, hidden, strict=True)["fields"]


@pytest.mark.parametrize(
    "value",
    [
        "广州燃气",
        "13800138000",
        "91440101MA59ABCD0K",
        "3.1072",
        "王 芳",
        "+8613800138000",
    ],
)
def test_values_under_a_plain_key_are_veiled(value: str) -> None:
    assert said(value) == "▒▒▒"
    assert said([value]) == ["▒▒▒"]
    assert said({"a": {"b": value}}) == {"a": {"b": "▒▒▒"}}


@pytest.mark.parametrize(
    "value",
    [
        "legal_rep",
        "440100",
        "7K3Q-9XMA-2B4D",
        "2026-11-25T08:00:00+08:00",
        "0" * 64,
        12,
        None,
        True,
    ],
)
def test_codes_counts_and_days_stay(value: Any) -> None:
    assert said(value) == value


def test_a_draft_given_up_leaves_codes_and_no_values() -> None:
    load_first_edition()
    unit = plant.unit("GD")
    filler = plant.person(Role.FILLER, unit)
    file = plant.dossier(unit, filler=filler.staff)
    values = {"legal_rep": "钱多多", "business_scope": "只有广东知道的经营范围"}
    saved = save_fields(
        filler, file, values=values, seen=dict.fromkeys(values), at=now(), today=today()
    )
    assert saved.values
    discard_draft(filler, file, at=now())
    told = Event.objects.get(verb="draft.discarded").data
    assert told == {"fields": ["business_scope", "legal_rep"]}
    assert Draft.objects.get().changes["legal_rep"] == "钱多多"


def test_no_verb_of_the_planted_world_holds_a_word_of_a_file() -> None:
    """Every action that plants the world of the route tests: none of its words is in the log
    but where an actor's own reason stands."""
    word = "只有广东知道"
    owned(plant.unit("GD"), word)
    events = list(Event.objects.all())
    assert len({event.verb for event in events}) >= 12

    def held(data: Any) -> str:
        plain = {key: one for key, one in data.items() if key not in SPOKEN}
        return json.dumps(plain, ensure_ascii=False)

    assert [event.verb for event in events if word in held(event.data)] == []
    assert [event.verb for event in events if word in event.subject_id] == []
