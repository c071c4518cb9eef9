"""Segments keep every version; suggestions say why and stay decided; months stand (§1, 3b)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests import plant
from tests.care.asked import asked, segment, when
from tests.dossiers.files import TODAY, Desk, desk, moment
from tests.visits.held import written
from yihu.access.entering import for_group
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.care import actions, queries
from yihu.care.actions import Content
from yihu.care.models import Segment, SegmentMonth, SegmentVersion, Suggestion
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Lapsed, Refused, Unfit
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3b")]
RUNNING = when("contracts", "ge", "1")


@pytest.fixture
def at() -> Desk:
    return desk()


def group() -> OrgUnit:
    made, _new = OrgUnit.objects.get_or_create(
        code="HQ", defaults={"name": "集团", "short_name": "集团", "kind": UnitKind.GROUP}
    )
    return made


def change(by: Any, of: Segment, *, seen: int = 1, **more: Any) -> Segment:
    content = {"name": of.name, "match": "all", "conditions": asked(RUNNING), **more}
    return actions.change(
        by, of, content=Content(**content), seen=seen, reason="调整口径", at=moment()
    )


def test_a_change_is_the_next_version_and_the_first_stays(at: Desk) -> None:
    made = segment(at.filler, at.unit, RUNNING)
    changed = change(at.reviewer, made, name="履行中", due_visits=3)
    assert (changed.version, changed.name, changed.due_visits) == (2, "履行中", 3)
    rows = SegmentVersion.objects.filter(segment=made).order_by("number")
    assert [(row.number, row.content["name"], row.reason) for row in rows] == [
        (1, "试验客群", ""), (2, "履行中", "调整口径"),
    ]  # fmt: skip
    events = Event.objects.filter(verb__startswith="segment.").order_by("id")
    assert [(event.verb, event.data["facts"]) for event in events] == [
        ("segment.made", ["contracts"]), ("segment.changed", ["contracts"]),
    ]  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(reason="改写")


def test_of_two_who_change_the_second_is_told(at: Desk) -> None:
    made = segment(at.filler, at.unit, RUNNING)
    change(at.reviewer, made, due_visits=3)
    with pytest.raises(Lapsed):
        change(at.filler, made, due_visits=4)
    with pytest.raises(Unfit):
        change(at.filler, made, seen=2, due_visits=3)
    assert Segment.objects.get(pk=made.pk).due_visits == 3


def test_names_are_one_a_unit_until_retired(at: Desk) -> None:
    made = segment(at.filler, at.unit, RUNNING)
    with pytest.raises(Refused):
        segment(at.filler, at.unit, RUNNING)
    other = desk("FJ")
    assert segment(other.filler, other.unit, RUNNING).name == made.name
    actions.retire(at.filler, made, at=moment())
    with pytest.raises(Refused):
        change(at.filler, made, due_visits=4)
    assert segment(at.filler, at.unit, RUNNING).pk != made.pk


def test_who_makes_segments(at: Desk) -> None:
    boss, reader = plant.person(Role.SUPERVISOR), plant.person(Role.READER, at.unit)
    of_group = segment(boss, group(), RUNNING)
    assert of_group.of_group
    for who, unit in ((reader, at.unit), (at.filler, group()), (boss, at.unit)):
        with pytest.raises(Denied):
            segment(who, unit, RUNNING, name="不该有")
    with pytest.raises(Denied):
        change(at.filler, of_group, due_visits=9)
    with pytest.raises(Denied):  # asks what is masked for headquarters
        segment(boss, group(), when("owed_yuan", "ge", "1"), name="欠款")
    assert list(queries.segments(at.filler, {})) == [of_group]


def test_the_first_segments_are_data_and_loaded_once() -> None:
    assert actions.load_default_segments(at=moment()) == 0  # no group yet
    group()
    assert actions.load_default_segments(at=moment()) == 10
    assert actions.load_default_segments(at=moment()) == 0
    with for_group():
        assert Segment.objects.filter(of_group=True).count() == 10


def whom(rule: str) -> list[str]:
    rows = Suggestion.objects.filter(rule=rule, state="open").order_by("dossier__name_full")
    return list(rows.values_list("dossier__name_full", flat=True))


def test_a_contract_that_ends_is_suggested_once_and_goes_when_followed(at: Desk) -> None:
    file = plant.dossier(at.unit, name="甲")
    first = plant.contract(file)
    plant.contract(plant.dossier(at.unit, name="乙"), ends_on=date(2029, 12, 31))
    with for_group():
        assert actions.propose(today=TODAY)["ending"] == 1
        assert actions.propose(today=TODAY)["ending"] == 0
    assert whom("ending") == ["甲"]
    row = Suggestion.objects.get(rule="ending")
    assert queries.RULES[0].says % row.figures == (
        f"合同 {first.number} 于 2026-12-31 到期，还有 56 天，尚无接续合同。"
    )
    plant.contract(file, effective_on=date(2027, 1, 1), ends_on=date(2028, 12, 31))
    with for_group():
        actions.propose(today=TODAY)
    assert whom("ending") == []
    assert Suggestion.objects.get(rule="ending").state == "gone"


def test_each_rule_finds_its_customer_with_figures_for_its_sentence(at: Desk) -> None:
    deal = plant.contract(plant.dossier(at.unit, name="降"), effective_on=date(2025, 1, 1))
    for month in (8, 9, 10):
        plant.month(deal, date(2025, month, 1), actual="100")
    for month, actual in ((7, "90"), (8, "80"), (9, "70"), (10, "60")):
        plant.month(deal, date(2026, month, 1), actual=actual)
    rival = plant.dossier(at.unit, name="争")
    Dossier.objects.filter(pk=rival.pk).update(
        document={"share_of_wallet": "35.00",
                  "competitors": [{"name": "国际贸易商", "until": "2027-01-31"}]}
    )  # fmt: skip
    written(at, plant.dossier(at.unit, name="求"), held_on=date(2026, 10, 5))
    plant.dossier(at.unit, name="访", klass=Klass.VIP)
    with for_group():
        actions.propose(today=TODAY)
    said = {
        row.rule: (row.dossier.name_full, queries.RULES[place].says % row.figures)
        for place, rule in enumerate(queries.RULES)
        for row in Suggestion.objects.filter(rule=rule.code).select_related("dossier")
    }
    assert said["falling"] == (
        "降", "提气量已连续 3 个月下降（至 2026-10），比上年同期低 30%。"
    )  # fmt: skip
    assert said["rival"] == (
        "争", "供应占比 35%，竞争对手“国际贸易商”的合同于 2027-01-31 到期。"
    )  # fmt: skip
    assert said["need"] == (
        "求", "2026-10-05 听取的“采暖季增供”等候答复已 31 天，未答复的共 1 项。"
    )  # fmt: skip
    assert said["unvisited"] == ("访", "上次访谈：—，已 304 天。")
    assert said["shortfall"][0] == "降"


def test_what_was_dismissed_comes_again_only_with_other_facts(at: Desk) -> None:
    file = plant.dossier(at.unit)
    plant.contract(file)
    with for_group():
        actions.propose(today=TODAY)
    row = Suggestion.objects.get(rule="ending")
    with pytest.raises(Unfit):
        actions.dismiss(at.filler, row, reason=" ", at=moment())
    with pytest.raises(Denied):
        actions.dismiss(at.reviewer, row, reason="不必", at=moment())
    actions.dismiss(at.filler, row, reason="客户停产", at=moment())
    with pytest.raises(Refused):
        actions.take_up(at.filler, row, at=moment())
    with for_group():
        assert actions.propose(today=TODAY + timedelta(days=1))["ending"] == 0
    assert whom("ending") == []
    plant.contract(file, ends_on=date(2026, 12, 1))
    with for_group():
        assert actions.propose(today=TODAY)["ending"] == 1


def test_a_month_is_reckoned_by_unit_and_a_past_one_stands(at: Desk) -> None:
    other = desk("FJ")
    first, second = plant.dossier(at.unit, klass=Klass.VIP), plant.dossier(at.unit)
    plant.contract(first)
    plant.dossier(other.unit)
    boss = plant.person(Role.SUPERVISOR)
    made = segment(boss, group(), RUNNING)
    own = segment(at.filler, at.unit, RUNNING)
    with for_group():
        actions.reckon_month(today=TODAY)
    rows = SegmentMonth.objects.filter(month=date(2026, 11, 1))
    assert sorted(
        rows.values_list("segment__of_group", "unit__code", "customers", "due", "held", "met")
    ) == [(False, "GD", 1, 2, 0, 0), (True, "FJ", 0, 0, 0, 0), (True, "GD", 1, 2, 0, 0)]
    plant.contract(second)
    with for_group():
        actions.reckon_month(today=TODAY + timedelta(days=30))
    trend = queries.trends(boss, [made.pk, own.pk])
    assert [(p.month.month, p.customers) for p in trend[made.pk]] == [(11, 1), (12, 2)]
    assert made.pk in queries.trends(at.filler, [made.pk])
    assert [p.customers for p in queries.trends(other.filler, [made.pk])[made.pk]] == [0, 0]


@pytest.mark.clause("6.3.1")
def test_a_month_cannot_hang_on_another_units_segment(at: Desk) -> None:
    own = segment(at.filler, at.unit, RUNNING)
    other = desk("FJ")
    with pytest.raises(DatabaseError), transaction.atomic():
        SegmentMonth.objects.create(
            unit=other.unit, segment=own, month=date(2026, 11, 1), version=1, customers=1, due=0,
            held=0, met=0,
        )  # fmt: skip
