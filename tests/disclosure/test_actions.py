"""Setting a mark, sealing a contact, undoing both by two people (§5.5, PIPL)."""

import html
import json
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.desk.test_dossier_page import queries_of
from tests.disclosure.test_lens import FILE_PAGES, entered, told, walk
from tests.dossiers.files import TODAY, Desk, approved, complete_dossier, desk, moment, submitted
from tests.exports.taking import take
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.audit.models import Event
from yihu.customers.rules import Klass
from yihu.disclosure import actions
from yihu.disclosure.models import Marking, Reveal, Seal
from yihu.disclosure.rules import Group, Purpose
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import highest_mark
from yihu.dossiers.rules import Secrecy
from yihu.kit import clock

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.5")]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-08")


def mark(by: User, file: Dossier, **more: Any) -> Marking:
    wish: dict[str, Any] = {
        "secrecy": Secrecy.CORE, "until": None, "circle": "本单位市场部", "reason": "含价格策略",
        "at": clock.now(), **more,
    }  # fmt: skip
    made = actions.set_mark(by, file, **wish)
    file.refresh_from_db()
    return made


@pytest.mark.parametrize(
    ("klass", "document", "said"),
    [
        (Klass.GENERAL, {}, "普通商密★3年"),
        (Klass.INTERNAL, {"legal_rep": "李明"}, "普通商密★3年"),
        (Klass.VIP, {}, "核心商密★长期"),
        (Klass.STRATEGIC, {}, "核心商密★长期"),
        (Klass.GENERAL, {"price_policy": [{"approval": "1"}]}, "核心商密★长期"),
    ],
)
def test_before_a_steward_says_so_class_and_content_decide(
    klass: Klass, document: dict[str, Any], said: str
) -> None:
    file = plant.dossier(plant.unit(), klass=klass)
    file.document = document
    assert str(file.mark) == said
    assert file.mark.circle == "本单位档案管理及获准查询人员"


def test_raising_holds_at_once_and_lowering_waits_for_a_second_person() -> None:
    gd = plant.unit("GD")
    first, second = plant.person(Role.STEWARD, gd), plant.person(Role.REVIEWER, gd)
    file = plant.dossier(gd)
    assert mark(first, file).state == "in_force"
    assert str(file.mark) == "核心商密★长期"
    lower = mark(first, file, secrecy=Secrecy.ORDINARY, until=date(2031, 1, 5), reason="已公开")
    assert (lower.state, str(file.mark)) == ("proposed", "核心商密★长期")
    with pytest.raises(Refused, match="第二人"):
        actions.decide_mark(first, lower, agrees=True, at=clock.now())
    with pytest.raises(Refused, match="待第二人决定"):
        mark(first, file)
    actions.decide_mark(second, lower, agrees=True, at=clock.now())
    file.refresh_from_db()
    assert str(file.mark) == "普通商密★5年"
    verbs = list(Event.objects.filter(verb__startswith="mark.").values_list("verb", flat=True))
    assert verbs == ["mark.set", "mark.proposed", "mark.set"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Marking.objects.filter(pk=lower.pk).update(decided_by=first)


def test_only_the_units_steward_sets_a_mark() -> None:
    gd = plant.unit("GD")
    file = plant.dossier(gd)
    for role in (Role.FILLER, Role.REVIEWER, Role.READER, Role.CUSTODIAN):
        with pytest.raises(Denied):
            mark(plant.person(role, gd), file)
    with pytest.raises(Denied):
        mark(plant.person(Role.SUPERVISOR), file)


def test_a_list_bears_the_strictest_mark_among_its_rows() -> None:
    gd = plant.unit("GD")
    steward = plant.person(Role.STEWARD, gd)
    plain, long, core = plant.dossier(gd), plant.dossier(gd), plant.dossier(gd)
    mark(steward, long, secrecy=Secrecy.ORDINARY, until=None)
    mark(steward, core, until=date(2036, 1, 5))
    rows = Dossier.objects.all()
    assert str(highest_mark(rows.filter(pk=plain.pk))) == "普通商密★3年"
    assert str(highest_mark(rows.filter(pk__in=[plain.pk, long.pk]))) == "普通商密★长期"
    assert str(highest_mark(rows)) == "核心商密★10年"
    assert highest_mark(rows.none()) is None
    answer = take(entered(plant.person(Role.FILLER, gd)), "desk:dossiers-csv")
    assert "密级：核心商密★10年" in answer.content.decode()


def test_every_page_of_a_file_bears_its_mark_and_circle() -> None:
    at = desk()
    file = complete_dossier(at)
    mark(plant.person(Role.STEWARD, at.unit), file, circle="试验知悉圈")
    approved(at, file)
    approved(at, file, at_time=moment(6), legal_rep="李小同")
    pages = walk(at.filler, file, FILE_PAGES | {"desk:versions", "desk:fill", "intake:whole",
                                                "letters:new"})  # fmt: skip
    assert len(pages) == 11
    for name, text in pages.items():
        assert name.endswith(" 200")
        assert "核心商密★长期" in text, name
        assert "试验知悉圈" in text, name


# Contacts ----------------------------------------------------------------------------------------


def seal(by: User, file: Dossier, name: str = "王芳") -> Seal:
    made = actions.seal_contact(
        by, file, name=name, requested_on=TODAY, reason="本人来电要求", at=clock.now()
    )
    file.refresh_from_db()
    return made


@pytest.fixture
def at() -> Desk:
    return desk()


def versions(at: Desk) -> Dossier:
    file = complete_dossier(at)
    approved(at, file)
    approved(at, file, at_time=moment(6), legal_rep="李小同")
    return file


def test_a_sealed_contact_is_nowhere_for_anybody_and_stays_stored(at: Desk) -> None:
    file = versions(at)
    steward = plant.person(Role.STEWARD, at.unit)
    words = ("王芳", "13800000001")
    assert "reports:version 200" in told(walk(at.filler, file, FILE_PAGES), words)
    made = seal(steward, file)
    for user in (at.filler, at.reviewer, steward, plant.person(Role.SUPERVISOR)):
        assert told(walk(user, file, FILE_PAGES | {"desk:fill"}), words) == []
    assert "已封存" in walk(at.filler, file, FILE_PAGES)["desk:version 200"]
    assert made.kept == [{"place": 0, "row": {"name": "王芳", "post": "经理",
                          "role": ["purchasing"], "mobile": "13800000001"}}]  # fmt: skip
    assert file.versions.get(number=1).content["facts"]["contacts"][0]["name"] == "王芳"
    log = json.dumps(list(Event.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert "王芳" not in log
    third = approved(at, file, at_time=moment(7), legal_rep="赵六")
    assert third.content["facts"]["contacts"] == [{"name": "已封存"}]


def test_unsealing_takes_two_people_and_brings_the_row_back(at: Desk) -> None:
    file = versions(at)
    before = file.document["contacts"]
    steward, second = plant.person(Role.STEWARD, at.unit), plant.person(Role.STEWARD, at.unit)
    made = seal(steward, file)
    with pytest.raises(Refused, match="没有待同意的解封"):
        actions.unseal(second, made, at=clock.now())
    actions.ask_unseal(steward, made, reason="本人撤回请求", at=clock.now())
    with pytest.raises(Refused, match="第二人"):
        actions.unseal(steward, made, at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Seal.objects.filter(pk=made.pk).update(lifted_by=steward, lifted_at=clock.now())
    actions.unseal(second, made, at=clock.now())
    file.refresh_from_db()
    assert file.document["contacts"] == before
    assert "13800000001" in walk(at.filler, file, FILE_PAGES)["desk:version 200"]


def test_a_draft_is_sealed_with_the_file_and_a_submitted_one_stands_in_the_way(at: Desk) -> None:
    file = complete_dossier(at)
    rows = [*file.document["contacts"], {"name": "赵六", "mobile": "13900000009"}]
    waiting = submitted(at, file, at_time=moment(), contacts=rows)
    steward = plant.person(Role.STEWARD, at.unit)
    with pytest.raises(Refused, match="先审核或撤回"):
        seal(steward, file)
    Draft.objects.filter(pk=waiting.draft_id).update(state="open")
    seal(steward, file)
    assert Draft.objects.get().changes["contacts"] == [{"name": "已封存"}, rows[1]]


def test_a_ledger_that_names_the_person_again_does_not_bring_them_back(at: Desk) -> None:
    file = complete_dossier(at)
    seal(plant.person(Role.STEWARD, at.unit), file)
    file.document["contacts"] = [{"name": "王 芳", "mobile": "13800000001"}]
    file.save(update_fields=["document"])
    with transaction.atomic():
        audit.record(at.filler, "customers.imported", "imports", unit_id=at.unit.pk)
    file.refresh_from_db()
    assert file.document["contacts"] == [{"name": "已封存"}]


def test_the_pages_go_the_whole_way(at: Desk) -> None:
    file = complete_dossier(at)
    steward, second = plant.person(Role.STEWARD, at.unit), plant.person(Role.STEWARD, at.unit)
    page = reverse("disclosure:seal", args=[file.pk])
    wish = {"name": "王芳", "requested_on": "2026-11-09", "reason": "本人来电"}
    refused = entered(steward).post(page, wish)
    assert refused.status_code == 422
    assert "请求日期不能晚于今天" in refused.content.decode()
    assert entered(steward).post(page, wish | {"requested_on": "2026-11-08"}).status_code == 302
    row = Seal.objects.get()
    register = reverse("disclosure:seals")
    assert "王某" in entered(steward).get(register).content.decode()
    lift, agree = (reverse("disclosure:seal-act", args=[row.pk, act]) for act in ("lift", "agree"))
    entered(steward).post(lift, {"reason": ""})
    assert Seal.objects.get().lift_at is None
    entered(steward).post(lift, {"reason": "本人撤回"})
    assert "同意解封" in entered(second).get(register).content.decode()
    entered(second).post(agree)
    assert Seal.objects.get().lifted_by == second
    form = {"secrecy": "core", "period": "long", "circle": "市场部", "reason": "含价格"}
    marks = reverse("disclosure:mark", args=[file.pk])
    assert entered(steward).post(marks, form).status_code == 302
    assert entered(steward).post(marks, form | {"period": "5"}).status_code == 302
    assert "待第二人决定的降密" in entered(second).get(marks).content.decode()
    act = reverse("disclosure:mark-act", args=[Marking.objects.latest("proposed_at").pk, "agree"])
    entered(second).post(act)
    assert "核心商密★5年" in html.unescape(entered(second).get(marks).content.decode())


@pytest.mark.parametrize("rows", [1, 3])
def test_the_registers_ask_the_same_for_one_row_and_three(at: Desk, rows: int) -> None:
    steward = plant.person(Role.STEWARD, at.unit)
    for _row in range(rows):
        file = complete_dossier(at)
        seal(steward, file)
        reader = plant.person(Role.READER, at.unit)
        actions.reveal(
            reader, file, group=Group.PRICES, purpose=Purpose.RISK, note="", at=clock.now()
        )
    assert Reveal.objects.count() == rows
    client = Client()
    client.force_login(steward)
    counted = [queries_of(client, reverse(f"disclosure:{name}")) for name in ("register", "seals")]
    assert counted == [5, 4]
