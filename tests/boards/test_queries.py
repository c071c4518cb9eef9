"""Boards against hand-computed figures, against the lists behind them, and within scope."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Model

from tests import plant
from tests.audit.recorded import record
from tests.boards.world import NOW, TODAY, World, world
from yihu.access.entering import for_person
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.boards import queries
from yihu.boards.actions import reckon, refresh, waiting
from yihu.boards.measures import LAST_YEAR, MEASURES, measure_of
from yihu.boards.models import FileFact, Flow, Stock, Touched
from yihu.boards.policy import tells
from yihu.contracts.choices import Source
from yihu.contracts.models import Offtake
from yihu.dossiers.models import Dossier

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.1")]
OF_STOCK = {
    "files": "files", "signed": "signed", "covered": "covered", "fallen": "fallen",
    "on_time": "on_time", "required": "required", "filled": "filled", "risks": "risks",
    "late": "late", "short": "short", "wan_m3": "wan_m3", "tonne": "tonne",
    "amount": "amount_yuan", "owed_30": "owed_30", "owed_60": "owed_60", "owed_90": "owed_90",
    "owed_more": "owed_more",
}  # fmt: skip


@pytest.fixture
def at() -> World:
    return world()


@pytest.fixture
def boss() -> User:
    return plant.person(Role.SUPERVISOR)


@pytest.mark.clause("6.1.2")
def test_the_sums_are_what_a_hand_adds_up(at: World, boss: User) -> None:
    (whole,) = queries.stock(boss, {})
    assert {name: whole[name] for name in (
        "files", "signed", "covered", "wan_m3", "wan_m3_before", "tonne", "tonne_before",
        "amount_yuan", "amount_before", "owed_30", "owed_60", "owing",
    )} == {
        "files": 5, "signed": 4, "covered": 0, "wan_m3": Decimal(250),
        "wan_m3_before": Decimal(160), "tonne": Decimal(50), "tonne_before": 0,
        "amount_yuan": Decimal(100 + 120) * 31_000 + 50 * 4_800 + 30 * 28_000,
        "amount_before": Decimal(160) * 31_000, "owed_30": Decimal(2_720_000), "owed_60": 0,
        "owing": 1,
    }  # fmt: skip
    units = {row["unit"]: row for row in queries.stock(boss, {}, "unit")}
    assert (units[at.gd.pk]["wan_m3"], units[at.fj.pk]["wan_m3"]) == (220, 30)
    assert (units[at.fj.pk]["files"], units[at.zj.pk]["signed"]) == (2, 0)
    klasses = {row["klass"]: row["files"] for row in queries.stock(boss, {}, "klass")}
    assert klasses == {"general": 4, "vip": 1}
    provinces = {row["province"]: row["files"] for row in queries.stock(boss, {}, "province")}
    assert provinces == {"44": 2, "35": 2, "33": 1}


def test_months_and_bands_keep_units_of_measure_apart(at: World, boss: User) -> None:
    flow = {
        (f"{row['month']:%Y-%m}", row["source"]): row["volume"]
        for row in queries.months(boss, {}, TODAY)
    }
    assert flow == {
        ("2025-09", "pipeline"): 80, ("2025-10", "pipeline"): 80, ("2026-08", "pipeline"): 30,
        ("2026-09", "pipeline"): 100, ("2026-10", "pipeline"): 120, ("2026-10", "lng"): 50,
    }  # fmt: skip
    bands = {(row["source"], row["band"]): row["volume"] for row in queries.bands(boss, {}, TODAY)}
    assert bands == {("pipeline", 1): 30, ("pipeline", 2): 220, ("lng", 2): 50}


@pytest.mark.parametrize("code", MEASURES)
def test_every_figure_equals_the_list_behind_it(code: str, at: World, boss: User) -> None:
    """Count and sum, for the group and for each unit, class and province."""
    measure = MEASURES[code]
    narrowings = [{}, {"unit": str(at.gd.pk)}, {"unit": str(at.fj.pk), "klass": "general"},
                  {"province": "44", "klass": "vip"}, {"gas_use": "01"}]  # fmt: skip
    seen = 0
    for chosen in narrowings:
        rows = queries.files(boss, measure, chosen)
        (whole,) = queries.stock(boss, chosen)
        listed = queries.total(rows, measure.field) if measure.field else rows.count()
        if code == "short":
            listed = rows.count()
        seen += rows.count()
        if code == "owed":
            assert rows.count() == whole["owing"]
            assert listed == sum(whole[f"owed_{age}"] for age in ("30", "60", "90", "more"))
        elif code in OF_STOCK:
            assert listed == whole[OF_STOCK[code]], (code, chosen)
        elif code == "overdue":
            assert listed == 0
        elif code == "uncovered":
            assert listed == whole["signed"] - whole["covered"]
        else:  # movers: what rises less what falls is the difference of both years
            assert code in {"rise", "fall", "rise_lng", "fall_lng"}
            field = "tonne" if code.endswith("lng") else "wan_m3"
            both = [MEASURES["rise_lng"], MEASURES["fall_lng"]] if field == "tonne" else [
                MEASURES["rise"], MEASURES["fall"]]  # fmt: skip
            moved = sum(queries.total(queries.files(boss, m, chosen), m.field) for m in both)
            assert moved == whole[field] - whole[f"{field}_before"]
    assert seen or code in {
        "covered", "fallen", "on_time", "overdue", "required", "filled", "risks", "late", "owed_60",
        "owed_90", "owed_more", "fall", "fall_lng", "short",
    }  # fmt: skip


@pytest.mark.clause("6.3.1")
def test_a_unit_sees_itself_only(at: World) -> None:
    steward, reader = plant.person(Role.STEWARD, at.fj), plant.person(Role.READER, at.fj)
    with for_person(steward.pk):
        (whole,) = queries.stock(steward, {})
        assert (whole["files"], whole["wan_m3"], whole["amount_yuan"]) == (2, 30, 840_000)
        assert {row.unit_id for row in queries.files(steward, MEASURES["files"], {})} == {at.fj.pk}
        assert queries.stock(steward, {"unit": str(at.gd.pk)})[0]["files"] == 0
        assert {row["source"] for row in queries.months(steward, {}, TODAY)} == {"pipeline"}
    with for_person(reader.pk):
        assert queries.stock(reader, {})[0]["files"] == 0


@pytest.mark.clause("5.5")
def test_money_of_fewer_than_three_is_told_to_their_keepers_only(at: World, boss: User) -> None:
    steward = plant.person(Role.STEWARD, at.gd)
    assert [tells(boss, n) for n in (0, 1, 2, 3)] == [True, False, False, True]
    with for_person(steward.pk):
        assert tells(steward, 1)


def test_what_was_touched_is_said_and_reckoned_within_the_minute(at: World, boss: User) -> None:
    later = NOW + timedelta(minutes=5)
    assert queries.fresh(boss, at=later, today=TODAY) == queries.Fresh(later, False)
    assert waiting(TODAY) == []
    made = plant.dossier(at.gd)
    event = record(None, "dossier.opened", made, dossier_id=made.pk)
    assert list(Touched.objects.values_list("unit", "at")) == [(at.gd.pk, event.at)]
    assert waiting(TODAY) == [at.gd.pk]
    late = event.at + timedelta(hours=1)
    assert queries.fresh(boss, at=late, today=TODAY) == queries.Fresh(event.at, True)
    assert refresh(today=TODAY, at=late) == 1
    assert queries.stock(boss, {})[0]["files"] == 6
    assert queries.fresh(boss, at=late, today=TODAY) == queries.Fresh(late, False)
    tomorrow = TODAY + timedelta(days=1)
    assert len(waiting(tomorrow)) == 3  # the sweep: what is overdue hangs on the day
    assert queries.fresh(boss, at=late, today=tomorrow).at == NOW


@pytest.mark.parametrize("role", [Role.FILLER, Role.READER])
def test_whoever_changes_something_marks_the_unit_in_their_own_scope(role: Role, at: World) -> None:
    user = plant.person(role, at.gd)
    with for_person(user.pk):
        audit.record(user, "workbook.imported", at.a, dossier_id=at.a.pk)
    assert list(Touched.objects.values_list("unit", flat=True)) == [at.gd.pk]


# Year and gas ------------------------------------------------------------------------------------


def test_last_year_is_a_whole_year_beside_the_one_before(at: World, boss: User) -> None:
    pipe = plant.contract(at.b, effective_on=date(2024, 1, 1))
    for month, actual in (((2024, 3), "7"), ((2025, 3), "11"), ((2025, 12), "13")):
        plant.month(pipe, date(*month, 1), actual=actual)
    refresh(today=TODAY, at=NOW)  # nothing heard of it
    assert queries.stock(boss, {"year": "2025"})[0]["wan_m3"] == 160
    reckon([at.gd.pk], today=TODAY, at=NOW)
    (last,) = queries.stock(boss, {"year": "2025"})
    assert {name: last[name] for name in ("wan_m3", "wan_m3_before", "amount_yuan", "paying")} == {
        "wan_m3": 80 + 80 + 11 + 13, "wan_m3_before": 7, "amount_yuan": 184 * 31_000, "paying": 2,
    }  # fmt: skip
    (now,) = queries.stock(boss, {})
    assert (now["wan_m3"], now["wan_m3_before"]) == (250, 160 + 11)
    months = queries.months(boss, {"year": "2025"}, TODAY)
    assert {f"{row['month']:%Y-%m}": row["volume"] for row in months} == {
        "2024-03": 7, "2025-03": 11, "2025-09": 80, "2025-10": 80, "2025-12": 13,
    }  # fmt: skip
    bands = queries.bands(boss, {"year": "2025"}, TODAY)
    assert sum(row["volume"] for row in bands) == 184
    risen = queries.movers(boss, {"year": "2025"}, "wan_m3_rise", down=False)
    assert [row.dossier_id for row in risen] == [at.a.pk, at.b.pk]
    for code, measure in LAST_YEAR.items():
        rows = queries.files(boss, measure_of(code, past=True), {"year": "2025"})
        if code in OF_STOCK:
            assert queries.total(rows, measure.field) == last[OF_STOCK[code]], code


def test_customers_are_told_apart_by_their_gas(at: World, boss: User) -> None:
    plant.contract(at.c, source=Source.LNG)
    reckon([at.fj.pk], today=TODAY, at=NOW)
    supplies = {row["supply"]: row["files"] for row in queries.stock(boss, {}, "supply")}
    assert supplies == {"pipeline": 2, "lng": 1, "both": 1, "": 1}
    (lng,) = queries.stock(boss, {"supply": "lng"})
    assert (lng["wan_m3"], lng["tonne"]) == (0, 50)
    flow = queries.months(boss, {"supply": "both"}, TODAY)
    assert [(row["source"], row["volume"]) for row in flow] == [("pipeline", 30)]
    assert queries.stock(boss, {"supply": "none"})[0]["files"] == 1


# One file after the other ------------------------------------------------------------------------


def _rows(model: type[Model]) -> list[dict[str, object]]:
    rows = model._default_manager.order_by().values()
    return sorted(({k: v for k, v in row.items() if k != "id"} for row in rows), key=str)


def test_touched_files_give_the_figures_that_all_files_give(at: World) -> None:
    """Moved to another group, volumes changed, closed, opened: the same rows to the last digit."""
    Dossier.objects.filter(pk=at.a.pk).update(klass="vip", region_code="440300")
    Offtake.objects.filter(contract__dossier=at.b.pk).update(actual=70, price_yuan=5_100)
    Dossier.objects.filter(pk=at.d.pk).update(state="closed")
    made = plant.dossier(at.gd, klass="vip", region="440300")
    plant.month(plant.contract(made), date(2026, 5, 1), actual="9")
    for file in (at.a, at.b, at.d, made):
        audit.record(None, "dossier.opened", file, dossier_id=file.pk)
    quiet = plant.dossier(at.gd, klass="internal")
    assert refresh(today=TODAY, at=NOW) == 2
    assert not FileFact.objects.filter(dossier=quiet).exists(), "the whole unit was reckoned"
    audit.record(None, "dossier.opened", quiet, dossier_id=quiet.pk)
    assert refresh(today=TODAY, at=NOW) == 1
    kept = {model: _rows(model) for model in (FileFact, Stock, Flow)}
    reckon([at.gd.pk, at.fj.pk, at.zj.pk], today=TODAY, at=NOW)
    for model, rows in kept.items():
        assert rows == _rows(model)


def test_what_may_be_any_file_reckons_the_unit(at: World, boss: User) -> None:
    plant.dossier(at.gd)
    audit.record(None, "contracts.imported", "contracts.contract", unit_id=at.gd.pk)
    assert list(Touched.objects.values_list("file", flat=True)) == [None]
    refresh(today=TODAY, at=NOW)
    assert (queries.stock(boss, {})[0]["files"], Touched.objects.count()) == (6, 0)
