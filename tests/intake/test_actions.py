"""Upload, look, confirm: what is written, and what is not."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests import plant
from tests.intake.samples import UNITS, content, expected, rejected
from tests.kit.test_sheet import workbook
from tests.ratings.rated import buyer, computed, final, head
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.contracts.models import Contract, Offtake
from yihu.customers.models import Customer
from yihu.dossiers.models import ClassChange, Dossier
from yihu.intake import actions, files
from yihu.intake.choices import ImportState
from yihu.intake.models import Import
from yihu.intake.queries import Preview
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit, PersonnelEvent, Staff
from yihu.ratings.models import RatingResult

TODAY = date(2026, 11, 5)
NOW = datetime(2026, 11, 5, 9, 30, tzinfo=SHANGHAI)
REGIONS = {"GD": "440000", "FJ": "350000"}
CUSTOMERS = ["客户名称", "统一社会信用代码", "客户类别", "省份", "用气类型"]
MONTHS = ["月份", "合同编号", "实际提气量", "计量单位", "结算单价", "结算金额"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def gd() -> OrgUnit:
    return plant.unit("GD", region="440000")


@pytest.fixture
def filler(gd: OrgUnit) -> User:
    return plant.person(Role.FILLER, gd)


def bring(
    unit: OrgUnit, kind: str, *rows: list[object], by: User | None = None, name: str = "台账.xlsx"
) -> Import:
    """Upload and look."""
    row = actions.upload(by, unit, kind=kind, name=name, content=workbook(*rows), at=NOW)
    return actions.preview(row.pk)


def commit(row: Import, by: User | None = None, digest: str = "") -> Import:
    return actions.confirm(by, row, digest=digest or row.digest, today=TODAY, at=NOW)


def counts(row: Import) -> tuple[int, int, int, int]:
    return tuple(row.counts[name] for name in ("new", "changed", "unchanged", "rejected"))  # type: ignore[return-value]


def codes(row: Import, which: str = "rejected") -> list[tuple[int, str]]:
    return [(one["row"], one["code"]) for one in row.problems[which]]


# --- the samples ------------------------------------------------------------------------------


def answers(seen: Preview, answer: dict[str, Any]) -> bool:
    first = {problem.row: problem.as_dict() for problem in reversed(seen.rejected)}
    return (
        seen.accepted == answer["accepted"]
        and rejected([first[row] for row in sorted(first)]) == answer["rejected"]
    )


@pytest.mark.clause("6.2.1")
def test_the_samples_answer_exactly_and_twice_changes_nothing() -> None:
    for code in UNITS:
        unit = plant.unit(code, region=REGIONS[code])
        for number in range(1, 5):
            Staff.objects.create(unit=unit, employee_no=f"{code}{number:04d}", name="甲")
    for again in (False, True):
        for code in UNITS:
            unit = OrgUnit.objects.get(code=code)
            for name, answer in expected(code).items():
                given = {"kind": answer["kind"], "name": name, "content": content(code, name)}
                before = actions.preview_only(unit, **given)
                assert answers(before, answer)
                wanted = (0, answer["accepted"]) if again else (answer["accepted"], 0)
                assert (before.new, before.unchanged) == wanted
                assert answers(actions.import_now(unit, **given, today=TODAY, at=NOW), answer)
                after = actions.preview_only(unit, **given)
                assert (after.new, after.changed, after.unchanged) == (0, 0, answer["accepted"])
    for code in UNITS:
        answers_of_unit = list(expected(code).values())
        volumes = {
            label: float(sum(Offtake.objects.filter(unit__code=code, quantity_unit=unit)
                             .values_list("actual", flat=True)))
            for label, unit in (("万立方米", "wan_m3"), ("吨", "t"))
        }  # fmt: skip
        assert volumes == answers_of_unit[2]["volume_total"]
        without = Dossier.objects.filter(unit__code=code, contracts__isnull=True).count()
        assert without == answers_of_unit[1]["customers_without_contract"]


def test_a_preview_leaves_nothing_behind(gd: OrgUnit) -> None:
    name, answer = next(iter(expected("GD").items()))
    actions.preview_only(gd, kind=answer["kind"], name=name, content=content("GD", name))
    assert not Dossier.objects.exists()
    assert not Customer.objects.exists()
    assert not Import.objects.exists()
    assert not Event.objects.filter(verb__startswith="import").exists()


# --- customers --------------------------------------------------------------------------------


def customer(code: str, name: str = "广州凯能陶瓷有限公司", klass: str = "一般") -> list[object]:
    return [name, code, klass, "广东", "工业"]


def test_a_new_customer_gets_a_file_with_its_keepers(gd: OrgUnit, filler: User) -> None:
    reviewer = plant.person(Role.REVIEWER, gd)
    code = plant.credit_code(9001)
    row = bring(
        gd,
        "customers",
        [*CUSTOMERS, "法定代表人", "注册资本（万元）", "联系人", "联系电话", "建档日期", "曾用名"],
        [*customer(code, klass="VIP"), "黄伟", "1.2亿元", "黄伟", "135-4502-9884", "2024年3月15日",
         "凯能一厂、凯能二厂"],
        by=filler,
    )  # fmt: skip
    assert counts(commit(row, filler)) == (1, 0, 0, 0)
    made = Dossier.objects.get(unit=gd, credit_code=code)
    assert (made.number, made.name_full, made.klass, made.region_code, made.gas_uses) == (
        "GD-2024-00001", "广州凯能陶瓷有限公司", "vip", "440000", ["02"],
    )  # fmt: skip
    assert (made.opened_on, made.klass_from) == (date(2024, 3, 15), date(2024, 3, 15))
    assert made.former_names == ["凯能一厂", "凯能二厂"]
    assert (made.pinyin, made.initials) == ("guangzhoukainengtaociyouxiangongsi", "gzkntcyxgs")
    assert "凯能二厂" in made.search_text
    assert made.document == {
        "legal_rep": "黄伟",
        "reg_capital": "12000.00",
        "contacts": [{"name": "黄伟", "mobile": "13545029884"}],
    }
    assert (made.filler_id, made.reviewer_id) == (filler.staff_id, reviewer.staff_id)
    change = ClassChange.objects.get(dossier=made)
    assert (change.klass, change.effective_on, change.source) == (
        "vip",
        date(2024, 3, 15),
        "ledger",
    )
    assert Customer.objects.get(credit_code=code).klass == ""


def test_a_changed_customer_keeps_what_the_ledger_does_not_say(gd: OrgUnit, filler: User) -> None:
    file = plant.dossier(gd, name="广州凯能陶瓷有限公司")
    file.document = {
        "coop_summary": "十年老客户",
        "contacts": [{"name": "黄伟", "mobile": "1", "post": "经理"}, {"name": "第二人"}],
    }
    file.save(update_fields=["document"])
    headers = [*CUSTOMERS, "联系人", "联系电话", "法定代表人"]
    line = [
        *customer(file.credit_code, "广州凯能新材料有限公司", "战略"),
        "黄伟",
        "13545029884",
        None,
    ]
    row = bring(gd, "customers", headers, line, by=filler)
    assert counts(row) == (0, 1, 0, 0)
    assert row.preview["changed"][0]["changes"] == {
        "name_full": ["广州凯能陶瓷有限公司", "广州凯能新材料有限公司"],
        "klass": ["general", "strategic"],
        "region_code": ["440100", "440000"],
        "gas_uses": ["{01}", "{02}"],
        "phone": ["1", "13545029884"],
    }
    commit(row, filler)
    file.refresh_from_db()
    assert file.document == {
        "coop_summary": "十年老客户",
        "contacts": [
            {"name": "黄伟", "mobile": "13545029884", "post": "经理"}, {"name": "第二人"},
        ],
    }  # fmt: skip
    assert (file.klass, file.klass_from, file.initials) == ("strategic", TODAY, "gzknxclyxgs")
    assert file.search_text.startswith("广州凯能新材料有限公司")
    assert counts(bring(gd, "customers", headers, line, by=filler)) == (0, 0, 1, 0)


def test_numbers_go_on_where_they_stood(gd: OrgUnit) -> None:
    Dossier.objects.filter(pk=plant.dossier(gd).pk).update(number="GD-2026-00041")
    codes_ = [plant.credit_code(9100 + n) for n in range(3)]
    commit(bring(gd, "customers", CUSTOMERS, *[customer(c, f"广州第{c}家") for c in codes_]))
    assert sorted(Dossier.objects.values_list("number", flat=True)) == [
        "GD-2026-00041", "GD-2026-00042", "GD-2026-00043", "GD-2026-00044",
    ]  # fmt: skip


def test_a_customer_of_another_unit_answers_exactly_as_a_new_one(gd: OrgUnit) -> None:
    there = plant.dossier(plant.unit("FJ", region="350000"))
    known = bring(gd, "customers", CUSTOMERS, customer(there.credit_code))
    unknown = bring(gd, "customers", CUSTOMERS, customer(plant.credit_code(9002)))
    assert (known.counts, known.problems) == (unknown.counts, unknown.problems)
    commit(known)
    there.refresh_from_db()
    assert there.name_full != "广州凯能陶瓷有限公司"
    assert Customer.objects.filter(credit_code=there.credit_code).count() == 1
    assert Dossier.objects.filter(credit_code=there.credit_code).count() == 2


@pytest.mark.clause("6.1.3")
def test_a_rating_decides_the_class_and_the_ledger_gives_way(gd: OrgUnit) -> None:
    code = plant.credit_code(9003)
    ledger = ("customers", CUSTOMERS, customer(code, klass="一般"))
    commit(bring(gd, *ledger))
    headers = ["统一社会信用代码", "评级年度", "得分", "信用等级", "客户类别", "评级日期"]
    rated = bring(gd, "ratings", headers, [code, 2026, 91, "AAA", "战略客户", "2026-11-01"])
    commit(rated)
    file = Dossier.objects.get(credit_code=code)
    assert (file.klass, file.klass_from) == ("strategic", TODAY)
    result = RatingResult.objects.get(dossier=file)
    assert (result.score, result.grade, result.state) == (Decimal(91), "AAA", "final")
    again = bring(gd, *ledger)
    assert counts(again) == (0, 0, 1, 0)
    assert again.preview["left_classes"] == 1
    commit(bring(gd, "ratings", headers, [code, 2025, 50, "C", "一般", "2025-11-01"]))
    file.refresh_from_db()
    assert file.klass == "strategic"
    assert list(
        ClassChange.objects.filter(dossier=file)
        .order_by("entered_at")
        .values_list("klass", "source")
    ) == [("general", "ledger"), ("strategic", "rating")]


@pytest.mark.clause("6.1.3")
def test_a_list_cannot_amend_a_year_that_headquarters_made_final(gd: OrgUnit) -> None:
    hq = head()
    file = buyer(gd)
    final(hq, computed(hq))
    made = RatingResult.objects.get(dossier=file)
    headers = ["统一社会信用代码", "评级年度", "得分", "信用等级"]
    refused = bring(gd, "ratings", headers, [file.credit_code, 2026, 99, "AAA"])
    assert [problem["code"] for problem in refused.problems["rejected"]] == ["rated_by_round"]
    same = bring(gd, "ratings", headers, [file.credit_code, 2026, str(made.score), made.grade])
    assert counts(same) == (0, 0, 1, 0)
    commit(refused)
    made.refresh_from_db()
    assert (made.score != 99, made.state) == (True, "final")


# --- contracts and months ---------------------------------------------------------------------

CONTRACT = [
    "合同编号",
    "客户名称",
    "统一社会信用代码",
    "气源类型",
    "生效日期",
    "终止日期",
    "ACQ",
    "计量单位",
]


def test_a_contract_finds_its_file_by_code_or_by_name(gd: OrgUnit) -> None:
    file = plant.dossier(gd, name="广州凯能陶瓷有限公司")
    twins = [plant.dossier(gd, name="同名公司") for _ in range(2)]
    term = ["管道气", "2026-01-01", "2026-12-31", 1200, "万方"]
    row = bring(
        gd, "contracts", CONTRACT,
        ["H1", None, file.credit_code, *term],
        ["H2", "广州凯能陶瓷有限公司", None, *term],
        ["H3", "同名公司", None, *term],
        ["H4", "同名公司", twins[0].credit_code, *term],
        ["H1", None, file.credit_code, *term],
    )  # fmt: skip
    assert codes(row) == [(4, "unknown_customer"), (6, "duplicate_in_file")]
    commit(row)
    assert list(Contract.objects.order_by("number").values_list("number", "dossier_id")) == [
        ("H1", file.pk), ("H2", file.pk), ("H4", twins[0].pk),
    ]  # fmt: skip


def test_a_rejected_row_does_not_make_the_next_a_duplicate(gd: OrgUnit) -> None:
    file = plant.dossier(gd)
    row = bring(
        gd, "contracts", CONTRACT,
        ["H1", None, file.credit_code, "管道气", "2026-01-01", "2025-12-31", 1200, "万方"],
        ["H1", None, file.credit_code, "管道气", "2026-01-01", "2026-12-31", 1200, "万方"],
    )  # fmt: skip
    assert codes(row) == [(2, "end_before_start")]
    assert counts(row) == (1, 0, 0, 1)


def test_every_problem_of_a_row_is_kept_the_first_of_them_first(gd: OrgUnit) -> None:
    row = bring(
        gd, "contracts", CONTRACT,
        ["H1", None, plant.credit_code(9004), "电", "2026-01-01", "2025-12-31", 1200, "万方"],
    )  # fmt: skip
    assert codes(row) == [(2, "unknown_source"), (2, "end_before_start"), (2, "unknown_customer")]
    assert row.counts["rejected"] == 1


def test_months_are_held_to_their_contract(gd: OrgUnit) -> None:
    contract = plant.contract(plant.dossier(gd))
    row = bring(
        gd, "offtake", [*MONTHS, "统一社会信用代码"],
        ["2026-10", contract.number, 100, "万方", 3.1, 3_100_000, None],
        ["2026-10", contract.number, 100, "万方", 3.1, 3_100_000, None],
        ["2027-01", contract.number, 100, "万方", 3.1, 3_100_000, None],
        ["2026-09", contract.number, 100, "吨", 3.1, 3_100_000, None],
        ["2026-09", "没有", 100, "万方", 3.1, 3_100_000, None],
        ["2026-08", contract.number, 100, "万方", 3.1, 3_100_000, plant.credit_code(9005)],
        ["2026-01", contract.number.lower(), 100, "万方", 3.1, 3_200_000, None],
        ["2026-02", contract.number, 100, "万方", 5, 5_000_000, None],
    )  # fmt: skip
    assert codes(row) == [
        (3, "duplicate_in_file"), (4, "outside_contract_term"), (5, "unit_mismatch"),
        (6, "unknown_contract"), (7, "unknown_contract"),
    ]  # fmt: skip
    assert codes(row, "warnings") == [
        (2, "price_jump"), (8, "amount_mismatch"), (9, "price_jump"),
    ]  # fmt: skip
    assert row.counts["months"] == ["2026-01", "2026-02", "2026-10"]
    commit(row)
    assert Offtake.objects.count() == 3
    event = Event.objects.get(verb="offtake.imported")
    assert event.data["months"] == ["2026-01", "2026-02", "2026-10"]
    assert event.unit_id == gd.pk


@pytest.mark.clause("6.2.1")
def test_months_of_one_file_are_its_deed_those_of_several_their_units(gd: OrgUnit) -> None:
    one, other = (plant.contract(plant.dossier(gd)) for _ in range(2))
    both = [[month, one.number, 100, "万方", 3.1, None] for month in ("2026-09", "2026-10")]
    commit(bring(gd, "offtake", MONTHS, *both))
    each = [["2026-10", row.number, 90, "万方", 3.1, None] for row in (one, other)]
    commit(bring(gd, "offtake", MONTHS, *each))
    said = Event.objects.filter(verb="offtake.imported").order_by("id")
    assert list(said.values_list("dossier_id", flat=True)) == [one.dossier_id, None]


def test_the_last_price_may_be_in_the_database(gd: OrgUnit) -> None:
    contract = plant.contract(plant.dossier(gd))
    plant.month(contract, date(2026, 9, 1), price="2.0")
    row = bring(gd, "offtake", MONTHS, ["2026-10", contract.number, 100, "万方", 3.1, None])
    assert codes(row, "warnings") == [(2, "price_jump")]
    assert "2026-09" in row.problems["warnings"][0]["message"]


def test_a_blank_cell_leaves_what_is_there(gd: OrgUnit) -> None:
    contract = plant.contract(plant.dossier(gd))
    plant.month(contract, date(2026, 10, 1))
    row = bring(gd, "offtake", MONTHS, ["2026-10", contract.number, 100, "万方", 3.1, None])
    assert counts(row) == (0, 0, 1, 0)


def test_outside_the_regions_and_nearly_the_same_name_are_warned_of(gd: OrgUnit) -> None:
    plant.dossier(gd, name="广州凯能陶瓷股份有限公司")
    row = bring(
        gd, "customers", CUSTOMERS,
        customer(plant.credit_code(9006)),
        ["北京某某化工有限公司", plant.credit_code(9007), "一般", "北京", "化工"],
    )  # fmt: skip
    assert codes(row, "warnings") == [(2, "similar_name"), (3, "out_of_region")]
    assert counts(row) == (2, 0, 0, 0)


# --- personnel --------------------------------------------------------------------------------


@pytest.mark.clause("6.3.4")
def test_a_personnel_event_takes_effect_on_its_day(gd: OrgUnit) -> None:
    going, staying = plant.person(Role.FILLER, gd), plant.person(Role.READER, gd)
    assert going.staff is not None
    assert staying.staff is not None
    row = bring(
        gd, "personnel", ["工号", "姓名", "变动类型", "生效日期"],
        [going.staff.employee_no, None, "退休", "2026-11-05"],
        [staying.staff.employee_no, None, "调离", "2026-11-06"],
        ["NEW1", "新人", "入职", "2026-11-01"],
        ["NEW2", "外人", "离职", "2026-11-01"],
    )  # fmt: skip
    assert codes(row) == [(5, "unknown_employee")]
    commit(row)
    for user in (going, staying):
        user.refresh_from_db()
        user.staff.refresh_from_db()  # type: ignore[union-attr]
    assert (going.staff.status, going.is_active) == ("retired", False)
    assert (staying.staff.status, staying.is_active) == ("active", True)
    assert Staff.objects.get(unit=gd, employee_no="NEW1").name == "新人"
    assert PersonnelEvent.objects.filter(applied_at__isnull=True).count() == 1


# --- who, when, and once ----------------------------------------------------------------------


@pytest.mark.clause("5.2")
def test_only_the_units_own_filler_and_steward_import(gd: OrgUnit) -> None:
    fj = plant.unit("FJ", region="350000")
    row = bring(gd, "customers", CUSTOMERS, customer(plant.credit_code(9008)))
    allowed = [plant.person(Role.FILLER, gd), plant.person(Role.STEWARD, gd)]
    refused = [
        plant.person(Role.READER, gd), plant.person(Role.REVIEWER, gd),
        plant.person(Role.FILLER, fj), plant.person(Role.SUPERVISOR),
    ]  # fmt: skip
    for user in refused:
        with pytest.raises(Denied):
            actions.upload(user, gd, kind="customers", name="a.xlsx", content=b"x", at=NOW)
        with pytest.raises(Denied):
            commit(row, user)
    for user in allowed:
        actions.upload(user, gd, kind="customers", name="a.xlsx", content=b"x", at=NOW)
    assert commit(row, allowed[1]).state == ImportState.COMMITTED


def test_confirming_twice_is_once(gd: OrgUnit, filler: User) -> None:
    row = bring(gd, "customers", CUSTOMERS, customer(plant.credit_code(9009)), by=filler)
    first, second = commit(row, filler), commit(row, filler)
    assert first.committed_at == second.committed_at
    assert Event.objects.filter(verb="customers.imported").count() == 1


def test_where_the_data_moved_nothing_is_written(gd: OrgUnit, filler: User) -> None:
    code = plant.credit_code(9010)
    mine = bring(gd, "customers", CUSTOMERS, customer(code), by=filler)
    commit(bring(gd, "customers", CUSTOMERS, customer(code, "广州凯能二号公司")))
    seen = mine.digest
    moved = commit(mine, filler, digest=seen)
    assert (moved.state, moved.preview["moved"]) == (ImportState.PREVIEWED, True)
    assert counts(moved) == (0, 1, 0, 0)
    assert Dossier.objects.get(credit_code=code).name_full == "广州凯能二号公司"
    assert commit(moved, filler).state == ImportState.COMMITTED
    assert Dossier.objects.get(credit_code=code).name_full == "广州凯能陶瓷有限公司"


def test_a_refused_file_is_remembered_with_its_reason(gd: OrgUnit, filler: User) -> None:
    row = actions.upload(filler, gd, kind="customers", name="a.xlsx", content=b"MZ\x90", at=NOW)
    row = actions.preview(row.pk)
    assert (row.state, row.counts) == (ImportState.REFUSED, {"code": "unreadable_file"})
    assert "可执行程序" in row.refusal
    with pytest.raises(actions.NotReady):
        commit(row, filler)


def test_a_discarded_import_cannot_be_confirmed(gd: OrgUnit, filler: User) -> None:
    row = bring(gd, "customers", CUSTOMERS, customer(plant.credit_code(9011)), by=filler)
    assert actions.discard(filler, row).state == ImportState.DISCARDED
    with pytest.raises(actions.NotReady):
        commit(row, filler)
    assert not Dossier.objects.exists()


def test_files_are_kept_by_content_and_checked_when_read(uploads: Path) -> None:
    sha256 = files.keep(b"abc")
    assert files.keep(b"abc") == sha256
    (stored,) = [path for path in uploads.rglob("*") if path.is_file()]
    stored.write_bytes(b"abd")
    with pytest.raises(ValueError, match="changed"):
        files.load(sha256)


def test_a_failed_commit_writes_nothing(gd: OrgUnit, filler: User) -> None:
    row = bring(gd, "customers", CUSTOMERS, customer(plant.credit_code(9012)), by=filler)
    (stored,) = Path(actions.files._path(row.sha256)).parent.iterdir()
    stored.write_bytes(b"broken")
    with pytest.raises(ValueError, match="changed"):
        commit(row, filler)
    actions.fail(row.pk)
    row.refresh_from_db()
    assert row.state == ImportState.PREVIEWED  # only what a job left behind is marked
    assert not Dossier.objects.exists()
