"""Each fact is what it says, of the right files, and never of others (§3b, 5.5, 6.3.1)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests import plant
from tests.care.asked import asked, segment, when
from tests.dossiers.files import TODAY, Desk, desk, moment
from tests.visits.held import planned, written
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.care import queries
from yihu.care.facts import FACTS
from yihu.care.models import Segment
from yihu.care.policy import askable
from yihu.contracts.choices import Source
from yihu.contracts.models import Contract, Offtake
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.risks.actions import Content as RiskContent
from yihu.risks.actions import raise_remark

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3b")]


def value(by: User, fact: str, file: Dossier) -> str:
    """What a segment's list shows of a fact."""
    name = f"看{fact}"
    known = Segment.objects.filter(unit=file.unit, name=name).first()
    made = known or segment(by, file.unit, when(fact, "some"), name=name)
    (member,) = queries.cared(made, [file], TODAY)
    ((_fact, said),) = member.told
    return said


def months(of: Contract, volumes: dict[str, str], **more: Any) -> None:
    for month, actual in volumes.items():
        made = plant.month(of, date.fromisoformat(f"{month}-01"), actual=actual)
        Offtake.objects.filter(unit=made.unit_id, contract=of, month=made.month).update(**more)


def fits(by: User, *given: dict[str, Any], match: str = "all") -> set[str]:
    rows = queries.fitting(by, match, asked(*given), TODAY)
    return set(rows.values_list("name_full", flat=True))


@pytest.fixture
def at() -> Desk:
    return desk()


def test_every_fact_can_be_asked_in_one_statement(at: Desk, django_assert_num_queries: Any) -> None:
    plant.dossier(at.unit)
    segments = []
    for fact in askable(at.reviewer):
        op = {"number": "some", "choice": "out", "choices": "out", "yes": "no"}[fact.type]
        given = [code for code, _label in fact.options[:1]]
        segments.append(("all", asked(when(fact.code, op, *given))))
    assert len(segments) == len(FACTS)
    scope_of(at.reviewer)
    with django_assert_num_queries(1):
        found = queries.counts(at.reviewer, segments, TODAY)
    assert set(found) == {0, 1}


def test_the_first_contract_to_end_that_nothing_follows(at: Desk) -> None:
    file = plant.dossier(at.unit)
    plant.contract(file, ends_on=date(2026, 12, 31))
    plant.contract(file, effective_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    assert value(at.filler, "ends_in", file) == "—"
    plant.contract(file, source=Source.LNG, ends_on=date(2026, 11, 30), acq="500")
    assert value(at.filler, "ends_in", file) == "25"
    assert value(at.filler, "contracts", file) == "2"
    assert value(at.filler, "acq_wan_m3", file) == "1,200"
    assert value(at.filler, "acq_tonne", file) == "500"


def test_an_early_end_counts_and_a_past_one_does_not(at: Desk) -> None:
    file = plant.dossier(at.unit)
    early = plant.contract(file, ends_on=date(2028, 12, 31))
    Contract.objects.filter(pk=early.pk).update(terminated_on=TODAY + timedelta(days=9))
    plant.contract(file, ends_on=date(2026, 11, 4))
    assert value(at.filler, "ends_in", file) == "9"
    assert value(at.filler, "contracts", file) == "1"


def test_growth_compares_three_months_with_the_year_before(at: Desk) -> None:
    file = plant.dossier(at.unit)
    deal = plant.contract(file, effective_on=date(2025, 1, 1))
    before = {f"2025-{month:02d}": "100" for month in range(8, 13)}
    months(deal, {**before, "2026-07": "120", "2026-08": "90", "2026-09": "80", "2026-10": "70"})
    assert value(at.filler, "growth", file) == "-20"
    assert value(at.filler, "falling", file) == "3"
    assert value(at.filler, "volume_wan_m3", file) == "560"  # two of 2025 and four of 2026 …
    assert value(at.filler, "volume_tonne", file) == "—"


def test_a_gap_ends_a_fall(at: Desk) -> None:
    file = plant.dossier(at.unit)
    deal = plant.contract(file, effective_on=date(2025, 1, 1))
    months(deal, {"2026-07": "120", "2026-09": "80", "2026-10": "70"})
    assert value(at.filler, "falling", file) == "1"
    assert value(at.filler, "growth", file) == "—"


def test_tonnes_and_cubic_metres_are_never_added(at: Desk) -> None:
    file = plant.dossier(at.unit)
    months(plant.contract(file), {"2026-10": "100"})
    months(plant.contract(file, source=Source.LNG), {"2026-10": "7"})
    assert value(at.filler, "volume_wan_m3", file) == "100"
    assert value(at.filler, "volume_tonne", file) == "7"
    Dossier.objects.filter(pk=file.pk).update(document={"annual_demand": "200"})
    assert value(at.filler, "share", file) == "—"  # part of its gas is LNG: not reckoned


def test_take_or_pay_is_due_by_days_through_the_last_month(at: Desk) -> None:
    file = plant.dossier(at.unit)
    deal = plant.contract(file, acq="1217")  # 90 %: 3.0008 a day
    months(deal, {f"2026-{month:02d}": "73" for month in range(1, 11)})
    due = Decimal("1217") * Decimal("0.9") * 304 / 365
    expected = round(100 * (1 - Decimal(730) / due), 1)
    assert value(at.filler, "shortfall", file) == f"{expected.normalize():f}" == "20"


def test_share_is_what_the_file_says_or_volume_of_demand(at: Desk) -> None:
    file = plant.dossier(at.unit)
    months(plant.contract(file), {"2026-10": "100"})
    Dossier.objects.filter(pk=file.pk).update(document={"annual_demand": "400.0000"})
    assert value(at.filler, "share", file) == "25"
    Dossier.objects.filter(pk=file.pk).update(
        document={"annual_demand": "400.0000", "share_of_wallet": "62.5"}
    )
    assert value(at.filler, "share", file) == "62.5"


def test_a_rivals_next_end(at: Desk) -> None:
    file = plant.dossier(at.unit)
    Dossier.objects.filter(pk=file.pk).update(
        document={
            "competitors": [{"name": "甲", "until": "2026-10-01"}, {"name": "乙", "until": "不详"}],
            "supply_mix": [{"supplier": "丙", "until": "2026-11-15"}],
        }
    )
    assert value(at.filler, "rival_ends_in", file) == "10"


def test_what_is_owed_is_counted_and_masked(at: Desk) -> None:
    file = plant.dossier(at.unit)
    deal = plant.contract(file)
    months(deal, {"2026-08": "1", "2026-10": "1"}, paid_yuan=0)
    months(deal, {"2026-07": "1"}, paid_yuan=None)  # unknown is not unpaid
    assert value(at.filler, "owed_months", file) == "1"
    assert value(at.filler, "owed_yuan", file) == "31,000"


def test_visits_needs_and_promises(at: Desk) -> None:
    file = plant.dossier(at.unit)
    assert value(at.filler, "unvisited", file) == str((TODAY - file.opened_on).days)
    written(at, file)
    planned(at, file)
    made = segment(at.filler, at.unit, when("unvisited", "le", "9"), when("visits", "ge", "1"),
                   when("needs", "ge", "1"), when("promises", "ge", "1"))  # fmt: skip
    (member,) = queries.cared(made, [file], TODAY)
    assert [said for _fact, said in member.told] == ["2", "1", "1", "1"]
    assert member.next_on == date(2026, 11, 12)


def test_all_of_and_any_of(at: Desk) -> None:
    plant.dossier(at.unit, name="甲", klass=Klass.VIP)
    both = plant.dossier(at.unit, name="乙", klass=Klass.VIP)
    deal = plant.dossier(at.unit, name="丙")
    for file in (both, deal):
        plant.contract(file)
    conditions = when("klass", "in", "vip"), when("contracts", "ge", "1")
    assert fits(at.filler, *conditions) == {"乙"}
    assert fits(at.filler, *conditions, match="any") == {"甲", "乙", "丙"}
    assert fits(at.filler, when("gas_use", "in", "01", "05")) == {"甲", "乙", "丙"}
    assert fits(at.filler, when("gas_use", "out", "01")) == set()
    assert fits(at.filler, when("province", "in", "44"), when("klass", "out", "vip")) == {"丙"}


def test_unknown_fits_no_comparison(at: Desk) -> None:
    plant.dossier(at.unit, name="甲")
    for op in ("ge", "le"):
        assert fits(at.filler, when("growth", op, "0")) == set()
    assert fits(at.filler, when("growth", "none")) == {"甲"}


@pytest.mark.clause("6.3.1")
def test_counts_and_lists_end_where_the_scope_ends(at: Desk) -> None:
    plant.dossier(at.unit, name="本地", region="440100")
    plant.dossier(at.unit, name="外省", region="450100")
    plant.dossier(plant.unit("FJ", region="350000"), name="别家", region="350100")
    given = asked(when("contracts", "le", "0"))
    reader, boss = plant.person(Role.READER, at.unit), plant.person(Role.SUPERVISOR)
    for who, names in (
        (at.filler, {"本地", "外省"}), (reader, {"本地"}), (boss, {"本地", "外省", "别家"}),
    ):  # fmt: skip
        assert queries.counts(who, [("all", given)], TODAY) == [len(names)], who
        rows = queries.fitting(who, "all", given, TODAY)
        assert set(rows.values_list("name_full", flat=True)) == names


@pytest.mark.clause("5.5")
def test_what_is_masked_may_not_be_asked(at: Desk) -> None:
    file = plant.dossier(at.unit)
    Dossier.objects.filter(pk=file.pk).update(
        document={"price_policy": [{"approval": "批〔2026〕1 号", "until": "2027-01-01"}]}
    )
    given = asked(when("price_policy", "yes"))
    boss, reader = plant.person(Role.SUPERVISOR), plant.person(Role.READER, at.unit)
    assert queries.counts(at.filler, [("all", given)], TODAY) == [1]
    for who in (boss, reader):
        assert queries.counts(who, [("all", given)], TODAY) == [None]
        assert not queries.fitting(who, "all", given, TODAY).exists()
        assert {fact.code for fact in FACTS} - {fact.code for fact in askable(who)} >= {
            "price_policy", "owed_yuan",
        }  # fmt: skip


@pytest.mark.clause("6.2.2")
def test_a_reader_may_not_ask_for_risks(at: Desk) -> None:
    file = plant.dossier(at.unit)
    assert at.filler.staff_id is not None
    raise_remark(
        at.filler, file, level=2, next_check_on=TODAY + timedelta(days=30), at=moment(),
        today=TODAY, content=RiskContent(
            kind="c", found_on=TODAY, found_how="对账", facts="货款逾期",
            owner_id=at.filler.staff_id, verified_by="核实人"),
    )  # fmt: skip
    given = asked(when("risk_level", "ge", "2"))
    reader = plant.person(Role.READER, at.unit)
    assert queries.counts(at.filler, [("all", given)], TODAY) == [1]
    assert queries.counts(reader, [("all", given)], TODAY) == [None]


@pytest.mark.clause("5.1")
def test_what_a_customer_is_due_and_got(at: Desk) -> None:
    file = plant.dossier(at.unit, klass=Klass.VIP)
    everyone = when("contracts", "le", "9")
    plan = segment(at.filler, at.unit, everyone)
    one_top = segment(at.filler, at.unit, everyone, name="高层", due_visits=1, due_level="top")
    (member,) = queries.cared(plan, [file], TODAY)
    assert (member.due, member.held, member.by_now, member.lagging) == (2, 0, 1, True)
    written(at, file, level="business")
    (member,) = queries.cared(one_top, [file], TODAY)
    assert (member.due, member.held, member.met, member.lagging) == (1, 1, False, False)
    written(at, file, level="top", held_on=date(2026, 11, 4))
    for made, met in ((plan, True), (one_top, True)):
        (member,) = queries.cared(made, [file], TODAY)
        assert member.met is met
        (line,) = queries.by_province(at.filler, made, TODAY)
        assert (line.label, line.customers, line.held, line.met) == ("广东省", 1, 2, 1)
    lagging = queries.members(at.filler, plan, {"care": "lagging"}, TODAY)
    assert not lagging.exists()
