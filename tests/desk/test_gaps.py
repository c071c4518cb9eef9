"""Gaps: what should be there and is not, each kind by one definition (§5.2, 5.4, 6.1.2)."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.exports.taking import PURPOSE
from tests.intake.test_actions import bring, commit
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.contracts.models import Contract, Stray
from yihu.desk.gaps.choices import Gap
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import State
from yihu.intake import actions as intake
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import EmploymentStatus

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 5)
MONTH = ["月份", "合同编号", "实际提气量", "计量单位", "结算单价"]
CONTRACT = ["合同编号", "客户名称", "气源类型", "生效日期", "终止日期", "ACQ", "计量单位"]


@pytest.fixture(autouse=True)
def _today(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


@pytest.fixture
def gd() -> OrgUnit:
    return plant.unit("GD")


def filed(at: OrgUnit, name: str, *, filler: Staff | None = None, **more: Any) -> Dossier:
    """A file with an approved version and a contract in force: no gap, but for its filler."""
    made = plant.dossier(at, name=name, filler=filler or plant.staff(at))
    plant.contract(made)
    Dossier.objects.filter(pk=made.pk).update(**{"version_number": 1, **more})
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found(client: Client, gap: Gap, query: str = "") -> list[str]:
    """The titles of the list, whose count agrees with its tab and its unit's figure."""
    answer = client.get(f"{reverse('desk:gaps')}?kind={gap}{query}")
    assert answer.status_code == 200, answer.content.decode()[:800]
    titles = [line.title for line in answer.context["lines"]]
    assert answer.context["count"] == len(titles)
    if not query:
        (tab,) = [tab for tab in answer.context["tabs"] if tab["current"]]
        assert tab["number"] == len(titles)
    return titles


@pytest.mark.clause("6.1.2")
def test_each_kind_holds_what_it_means_and_nothing_else(gd: OrgUnit) -> None:
    gone = plant.staff(gd, "离岗")
    Staff.objects.filter(pk=gone.pk).update(status=EmploymentStatus.LEFT)
    filed(gd, "齐全一户有限公司")
    filed(gd, "未审核有限公司", version_number=0)
    filed(gd, "无人管有限公司", filler_id=None)
    filed(gd, "离岗人有限公司", filler=gone)
    filed(gd, "未分类有限公司", klass="")
    ended = filed(gd, "到期有限公司")
    Contract.objects.filter(dossier=ended).update(ends_on=date(2026, 11, 4))
    stopped = filed(gd, "提前终止有限公司")
    Contract.objects.filter(dossier=stopped).update(terminated_on=date(2026, 10, 31))
    last_day = filed(gd, "今天到期有限公司")
    Contract.objects.filter(dossier=last_day).update(ends_on=TODAY)
    renewed = filed(gd, "续签有限公司")
    Contract.objects.filter(dossier=renewed).update(ends_on=date(2026, 9, 30))
    plant.contract(renewed, effective_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    filed(gd, "没有合同有限公司").contracts.all().delete()
    for change in ({"version_number": 0}, {"filler_id": None}, {"klass": ""}):
        filed(gd, "已关闭有限公司", state=State.CLOSED, **change)
    steward = signed_in(plant.person(Role.STEWARD, gd))
    assert found(steward, Gap.NO_FILE) == ["未审核有限公司"]
    assert sorted(found(steward, Gap.NO_FILLER)) == ["无人管有限公司", "离岗人有限公司"]
    assert found(steward, Gap.NO_CLASS) == ["未分类有限公司"]
    assert found(steward, Gap.ENDED) == ["提前终止有限公司", "到期有限公司"]  # by last day
    assert found(steward, Gap.ENDED, "&sort=-since") == ["到期有限公司", "提前终止有限公司"]
    assert found(steward, Gap.STRAY) == []
    assert found(steward, Gap.NO_FILLER, "&filler=none") == ["无人管有限公司"]
    assert found(steward, Gap.ENDED, "&q=提前") == ["提前终止有限公司"]
    assert found(steward, Gap.NO_CLASS, "&klass=vip") == []
    home = steward.get("/").context["gaps"]
    assert home == {
        "no_file": 1, "no_filler": 2, "no_class": 1, "stray": 0, "ended": 2, "no_contract": 1,
    }  # fmt: skip
    page = steward.get(f"{reverse('desk:gaps')}?kind=ended").content.decode()
    assert "2026-11-04" in page
    assert "§6.1.2" in page


def ledger(unit: OrgUnit, kind: str, headers: list[str], *rows: Sequence[object]) -> Any:
    return bring(unit, kind, headers, *map(list, rows))


@pytest.mark.clause("5.4")
def test_what_a_ledger_named_and_nobody_knows_is_a_gap_until_it_is_there(gd: OrgUnit) -> None:
    known = filed(gd, "广州凯能陶瓷有限公司")
    steward = signed_in(plant.person(Role.STEWARD, gd))
    first = ledger(
        gd, "offtake", MONTH,
        ["2026-10", "HT-查无-1", 5, "万立方米", 3.1], ["2026-09", "HT-查无-1", 5, "万立方米", 3.1],
        ["2026-10", known.contracts.get().number, 5, "万立方米", 3.1],
    )  # fmt: skip
    ledger(
        gd, "contracts", CONTRACT,
        ["HT-查无-2", "佛山无档案有限公司", "管道气", "2026-01-01", "2026-12-31", 9, "万立方米"],
    )  # fmt: skip
    ledger(gd, "ratings", ["客户名称", "评级年度", "得分"], ["中山无档案有限公司", 2026, 80])
    rows = Stray.objects.order_by("what", "named").values_list("what", "named", "row", "ledger")
    assert list(rows) == [
        ("contract", "HT-查无-1", 2, "offtake"),
        ("contract", "HT-查无-2", 2, "contracts"),
        ("customer", "中山无档案有限公司", 2, "ratings"),
    ]
    assert len(found(steward, Gap.STRAY)) == 3
    assert found(steward, Gap.STRAY, "&q=佛山") == ["佛山无档案有限公司"]
    commit(first)
    plant.dossier(gd, name="中山无档案有限公司")
    contract = plant.contract(known)
    Contract.objects.filter(pk=contract.pk).update(number="HT-查无-1")
    assert found(steward, Gap.STRAY) == ["佛山无档案有限公司"]


@pytest.mark.clause("5.4")
def test_a_given_up_ledger_names_nothing_and_a_slip_is_put_aside_for_a_reason(
    gd: OrgUnit,
) -> None:
    filler = plant.person(Role.FILLER, gd)
    client = signed_in(filler)
    good = filed(gd, "广州凯能陶瓷有限公司").contracts.get().number
    wrong = ledger(gd, "offtake", MONTH, ["2026-10", "HT-错-1", 5, "万立方米", 3.1])
    assert found(client, Gap.STRAY) == ["HT-错-1"]
    intake.discard(filler, wrong)
    assert found(client, Gap.STRAY) == []
    rows = (["2026-10", "HT-错-2", 5, "万立方米", 3.1], ["2026-10", good, 5, "万立方米", 3.1])
    commit(ledger(gd, "offtake", MONTH, *rows))
    stray = Stray.objects.get()
    url = reverse("desk:gap-aside", args=[stray.pk])
    client.post(url, {"why": " "})
    assert found(client, Gap.STRAY) == ["HT-错-2"]
    for other in (plant.person(Role.REVIEWER, gd), plant.person(Role.SUPERVISOR)):
        assert signed_in(other).post(url, {"why": "录错"}).status_code == 403
    client.post(url, {"why": "编号录错，已更正重报"})
    stray.refresh_from_db()
    assert (stray.aside_by, stray.aside_why) == (filler, "编号录错，已更正重报")
    assert Event.objects.filter(verb="stray.put_aside").count() == 1
    assert found(client, Gap.STRAY) == []
    later = (["2026-09", "HT-错-2", 5, "万立方米", 3.1], ["2026-09", good, 5, "万立方米", 3.1])
    commit(ledger(gd, "offtake", MONTH, *later))
    assert found(client, Gap.STRAY) == ["HT-错-2"]  # said again, it is a gap again


@pytest.mark.clause("5.2")
def test_the_steward_appoints_who_keeps_a_file_that_nobody_keeps(gd: OrgUnit) -> None:
    file = filed(gd, "无人管有限公司", filler_id=None)
    steward, filler = plant.person(Role.STEWARD, gd), plant.person(Role.FILLER, gd)
    reader = plant.person(Role.READER, gd)
    client, url = signed_in(steward), reverse("desk:gap-appoint", args=[file.pk])
    page = client.get(f"{reverse('desk:gaps')}?kind=no_filler")
    assert [line.fillers for line in page.context["lines"]] == [[filler.staff]]
    assert signed_in(filler).post(url, {"filler": filler.staff_id}).status_code == 403
    for nobody in (
        "",
        "x",
        str(reader.staff_id),
        str(plant.person(Role.FILLER, plant.unit("FJ", region="350000")).staff_id),
    ):
        client.post(url, {"filler": nobody})
        file.refresh_from_db()
        assert file.filler is None
    Dossier.objects.filter(pk=file.pk).update(reviewer=filler.staff)
    client.post(url, {"filler": filler.staff_id})
    file.refresh_from_db()
    assert file.filler is None  # nobody checks what they fill in themselves
    Dossier.objects.filter(pk=file.pk).update(reviewer=None)
    client.post(url, {"filler": filler.staff_id})
    file.refresh_from_db()
    assert file.filler == filler.staff
    assert found(client, Gap.NO_FILLER) == []
    assert Event.objects.get(verb="filler.appointed").dossier_id == file.pk


@pytest.mark.clause("6.3.1")
def test_units_are_counted_apart_and_see_only_themselves(gd: OrgUnit) -> None:
    fj = plant.unit("FJ", region="350000")
    filed(gd, "广东未审核有限公司", version_number=0)
    filed(fj, "福建未审核有限公司", version_number=0, region_code="350100")
    filed(fj, "福建未分类有限公司", klass="", region_code="350100")
    ledger(fj, "offtake", MONTH, ["2026-10", "HT-福建-1", 5, "万立方米", 3.1])
    boss, steward = plant.person(Role.SUPERVISOR), plant.person(Role.STEWARD, gd)
    client = signed_in(boss)
    answer = client.get(reverse("desk:gaps"))
    counted = {
        line.unit.code: {gap.value: number for gap, number, _url in line.cells if number}
        for line in answer.context["units"]
    }
    assert counted == {"GD": {"no_file": 1}, "FJ": {"no_file": 1, "no_class": 1, "stray": 1}}
    for line in answer.context["units"]:
        for _gap, number, url in line.cells:
            assert client.get(url).context["count"] == number
    own = signed_in(steward)
    assert found(own, Gap.NO_FILE) == ["广东未审核有限公司"]
    assert found(own, Gap.STRAY) == []
    assert own.get(f"{reverse('desk:gaps')}?unit={fj.pk}").status_code == 400
    for role in (Role.READER, Role.ITC, Role.AUDITOR):
        assert signed_in(plant.person(role, gd)).get(reverse("desk:gaps")).status_code == 403
    for query in ("kind=other", "sort=colour", "kind=stray&klass=vip"):
        assert client.get(f"{reverse('desk:gaps')}?{query}").status_code == 400


@pytest.mark.clause("6.1.2")
@pytest.mark.parametrize("gap", Gap)
def test_a_list_costs_the_same_for_one_and_three_and_leaves_as_a_workbook(
    gap: Gap, gd: OrgUnit
) -> None:
    steward = plant.person(Role.STEWARD, gd)
    client = signed_in(steward)
    url = f"{reverse('desk:gaps')}?kind={gap}"

    def add(number: int) -> None:
        match gap:
            case Gap.STRAY:
                row = ["2026-10", f"HT-查无-{number}", 5, "万立方米", 3.1]
                ledger(gd, "offtake", MONTH, row)
            case Gap.ENDED:
                Contract.objects.filter(dossier=filed(gd, f"{number}号有限公司")).update(
                    ends_on=date(2026, 10, 1)
                )
            case _:
                change = {"no_file": {"version_number": 0}, "no_class": {"klass": ""}}
                filed(gd, f"{number}号有限公司", **change.get(gap, {"filler_id": None}))

    costs = []
    for more in ((1,), (2, 3)):
        for number in more:
            add(number)
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).context["count"] == more[-1]
        costs.append(len(captured))
    assert costs[0] == costs[1]
    answer = client.post(f"{reverse('desk:gaps-xlsx')}?kind={gap}&sort=name", PURPOSE)
    assert answer.status_code == 200, answer.content.decode()[:600]
    lines = list(openpyxl.load_workbook(BytesIO(answer.content)).active.values)
    assert [line[0] for line in lines[1:4]] == [gap.label] * 3
    assert Event.objects.filter(verb="gaps.exported").count() == 1
