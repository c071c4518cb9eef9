"""A checklist is drafted, published, superseded; plans name their edition (§4.1c, 6.4.1)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.dossiers.files import moment
from tests.handover.leaving import staff_of
from tests.inspections.world import TODAY, a_finding, checked, planned, subject_of, vip, world
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.dossiers.problems import Refused, Unfit
from yihu.handover import actions as handing
from yihu.inspections import checklists, inspecting, queries
from yihu.inspections.checklist import FIRST, Item, changes, conforming, items_of
from yihu.inspections.choices import Verdict
from yihu.inspections.inspecting import Seen
from yihu.inspections.models import Checklist
from yihu.kit.scoped import acting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.1")]

NEW = Item("", "", "密级与知悉范围相符", "密级标志、知悉范围", "5.5", 3, 8)


@pytest.fixture(autouse=True)
def _on_the_fifth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")


def saved(
    by: User, items: list[Item], *, on: date = TODAY, reason: str = "增加保密一项"
) -> Checklist:
    draft = checklists.begin_draft(by, today=TODAY)
    return checklists.save_draft(by, draft, effective_on=on, reason=reason, items=items)


@pytest.mark.clause("4.1c")
def test_a_plan_names_the_edition_of_its_cut_off_or_another_that_it_chose() -> None:
    w = world()
    with pytest.raises(Denied):
        checklists.begin_draft(w.steward, today=TODAY)
    draft = saved(w.first, [*FIRST[1:], NEW])
    assert checklists.begin_draft(w.second, today=TODAY).pk == draft.pk
    assert planned(w.first).checklist.number == 1
    published = checklists.publish(w.first, draft, at=moment(5), today=TODAY)
    assert [item.code for item in items_of(published.items)][-1] == "item-1"
    assert planned(w.first).checklist.number == 2
    assert planned(w.first, cutoff_on=date(2026, 11, 4)).checklist.number == 1
    assert planned(w.first, checklist=1).checklist.number == 1
    with pytest.raises(Unfit, match="第 3 版"):
        planned(w.first, checklist=3)
    with pytest.raises(DatabaseError), transaction.atomic():
        Checklist.objects.filter(number=2).update(reason="改写")
    with pytest.raises(Refused, match="已经发布"):
        checklists.discard_draft(w.first, draft)


def test_a_code_stays_and_is_never_used_twice() -> None:
    w = world()
    first = saved(w.first, [*FIRST, NEW])
    checklists.publish(w.first, first, at=moment(5), today=TODAY)
    again = saved(w.first, [replace(FIRST[0], weight=9), replace(NEW, label="另一项")])
    assert [item.code for item in items_of(again.items)] == ["identity", "item-2"]
    for items in ([replace(NEW, code="invented")], [FIRST[0], replace(FIRST[1], code="identity")]):
        with pytest.raises(Unfit, match="对不上"):
            saved(w.first, items)
    checklists.discard_draft(w.first, again)
    assert queries.checklist_draft() is None


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([replace(NEW, label=" ")], "检查项 1：请写明查什么"),
        ([FIRST[0], replace(NEW, clause="六")], r"检查项 2. 密级与知悉范围相符：条款"),
        ([replace(NEW, weight=0)], "权重"),
        ([replace(NEW, section="e")], "所属部分"),
        ([replace(NEW, severity=4)], "严重程度"),
        ([replace(NEW, look="长" * 81)], "有 81 字"),
        ([NEW, NEW], "出现了两次"),
    ],
)
def test_a_draft_says_which_item_is_wrong(items: list[Item], told: str) -> None:
    w = world()
    with pytest.raises(Unfit, match=told):
        saved(w.first, items)


def test_publishing_wants_a_reason_a_difference_and_a_day_to_come() -> None:
    w = world()
    for items, on, reason, told in (
        (FIRST, TODAY, "", "修订说明"),
        ([], TODAY, "全部重写", "至少要有一个"),
        (FIRST, TODAY, "没有改", "没有差别"),
        ([NEW], date(2026, 11, 4), "增加保密一项", "不能早于今天"),
        ([NEW], date(2024, 1, 1), "增加保密一项", "应晚于"),
    ):
        draft = saved(w.first, list(items), on=on, reason=reason)
        with pytest.raises(Refused, match=told):
            checklists.publish(w.first, draft, at=moment(5), today=TODAY)


def test_what_differs_and_what_conforms_by_hand() -> None:
    moved = replace(FIRST[0], weight=9)
    found = changes(FIRST[:3], [moved, FIRST[2], NEW])
    assert [(c.before, c.after) for c in found] == [
        (FIRST[0], moved), (None, NEW), (FIRST[1], None),
    ]  # fmt: skip
    marks = [("a", "ok", 2), ("a", "serious", 1), ("b", "na", 7), ("b", "minor", 1)]
    assert conforming(marks, {"a": 3}) == (6, 3 * 3 + 5)


def test_the_share_that_conforms_stands_with_its_unit() -> None:
    w = world()
    file = vip(w.gd)
    row = checked(w.first)
    subject = inspecting.claim(w.first, subject_of(row, file), at=moment(5))
    for place, code in enumerate(queries.items_of(row)):
        said = Verdict.OK if place % 4 else Verdict.NOT_APPLICABLE
        inspecting.mark(w.first, subject, item=code, verdict=said, at=moment(5))
    [line] = queries.unit_lines(w.first, row, TODAY)
    assert (line.good, line.weighed, line.conforms) == (0, 0, "")
    inspecting.done(w.first, subject, at=moment(5))
    [line] = queries.unit_lines(w.first, row, TODAY)
    assert (line.good, line.weighed, line.conforms) == (45, 45, "100.0")


# Pages -------------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form_of(items: list[Item], **more: str) -> dict[str, Any]:
    """What the editor sends: the lines in reverse places, an empty one, the first taken out."""
    lines = {
        f"form-{at}-{name}": value
        for at, item in enumerate(items)
        for name, value in {**item.stored(), "ORDER": len(items) - at}.items()
    }
    lines |= {f"form-{len(items)}-severity": 2, f"form-{len(items)}-weight": 5}
    return {
        "form-TOTAL_FORMS": len(items) + 1, "form-INITIAL_FORMS": 0,
        "effective_on": "2026-11-05", "reason": "调整权重", "form-0-DELETE": "on", **lines, **more,
    }  # fmt: skip


def test_the_editor_saves_orders_removes_and_publishes() -> None:
    w = world()
    client, here = signed_in(w.first), reverse("inspections:checklist-draft")
    with acting(None):
        assert client.get(here).status_code == 302
        assert client.post(reverse("inspections:checklist-begin")).headers["Location"] == here
        answer = client.post(here, form_of([*FIRST[:2], replace(FIRST[2], weight=99)]))
        assert (answer.status_code, "至多为 20" in answer.content.decode()) == (422, True)
        client.post(here, form_of([*FIRST[:3], NEW]))
        text = client.get(here).content.decode()
        page = signed_in(w.steward).get(reverse("inspections:checks")).content.decode()
        assert (FIRST[1].label in page, NEW.label in page) == (True, False)
        client.post(reverse("inspections:checklist-publish"))
        page = signed_in(w.steward).get(reverse("inspections:checks") + "?edition=2")
    draft = Checklist.objects.get(number=2)
    assert [item.code for item in items_of(draft.items)] == ["item-1", "demand", "contacts"]
    assert (text.count("新增</span>"), text.count("删去</span>")) == (1, 10)
    assert draft.published_by == w.first
    assert NEW.label in page.content.decode()
    with acting(None):
        refused = signed_in(w.steward).post(reverse("inspections:checklist-begin"))
        english = client.get(
            reverse("inspections:checks"), headers={"Accept-Language": "en"}
        ).content.decode()
    assert refused.status_code == 403
    assert "Adjusted" not in english
    assert "Usually taken for" in english


def test_a_finding_hangs_on_a_contract_of_the_file() -> None:
    w = world()
    file, other = vip(w.gd), vip(w.gd)
    contract = plant.contract(file)
    row = checked(w.first)
    subject = inspecting.claim(w.first, subject_of(row, file), at=moment(5))
    client, seen = signed_in(w.first), {"severity": "2", "cause": "mismatch", "text": "单价不符。"}
    with acting(None):
        page = client.get(reverse("inspections:file", args=[subject.pk])).content.decode()
        assert f'value="contract:{contract.number}"' in page
        client.post(
            reverse("inspections:find", args=[subject.pk]),
            {"place": f"contract:{contract.number}", **seen},
        )
    found = row.findings.get()
    assert (found.place_kind, found.place_label) == ("contract", contract.number)
    foreign = plant.contract(other)
    with pytest.raises(Unfit, match="所选合同"):
        inspecting.find(
            w.first, subject,
            Seen("contract", "单价不符。", 2, "mismatch", "6.4.1", foreign.number, "合同"),
            at=moment(5),
        )  # fmt: skip


@pytest.mark.clause("6.3.4")
def test_files_in_hand_go_to_the_successor_but_not_to_whose_hands_were_on_them() -> None:
    w = world()
    file, second = vip(w.gd), plant.person(Role.STEWARD, w.gd.unit)
    witness = plant.person(Role.REVIEWER, w.gd.unit)
    row = checked(w.steward, kind="self")
    a_finding(w.steward, row, file, at=moment(5))
    made = handing.open_handover(w.first, staff_of(w.steward), at=moment(5))
    assert [(line.kind, line.title) for line in made.lines.all()] == [
        ("inspected", f"{row.number} {file.name_full}（{file.number}）")
    ]
    handing.assign(w.first, made, kind="inspected", successor=staff_of(second))
    handing.name_witness(w.first, made, witness=staff_of(witness))
    fresh = handing.freeze(w.first, made, at=moment(5))
    for person in (w.steward, second, witness):
        handing.sign(person, fresh, digest=fresh.digest, at=moment(5))
    taken = subject_of(row, file)
    assert (taken.claimed_by, taken.state) == (second, "claimed")
    inspecting.mark(second, taken, item="visit", verdict=Verdict.OK, at=moment(5))
