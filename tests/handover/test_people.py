"""People by page and by workbook: whole or not at all, and nothing twice (§6.3.4)."""

import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from tests import plant
from tests.exports.taking import take
from tests.handover.leaving import NOW, TODAY, counts, frozen, house, leaves, signed, staff_of
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.exports.rules import Level, Stamp
from yihu.handover import certificate, personnel
from yihu.handover.problems import Wrong
from yihu.kit.sheet import new_workbook
from yihu.org.actions import apply_personnel_events
from yihu.org.models import PersonnelEvent, Staff

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.4")]
HEAD = ["工号", "姓名", "变动类型", "生效日期", "转入单位", "转入岗位", "单位"]


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def at_home(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def workbook(*rows: list[Any]) -> SimpleUploadedFile:
    book = Workbook()
    for row in (HEAD, *rows):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    return SimpleUploadedFile("人事.xlsx", out.getvalue())


def _enter(by: User, **row: object) -> personnel.Taken:
    return personnel.enter(by, [(1, row)], today=TODAY, at=NOW)


def _codes(by: User, **row: object) -> list[str]:
    with pytest.raises(Wrong) as why:
        _enter(by, **row)
    return [problem.code for problem in why.value.problems]


def test_a_workbook_is_previewed_then_taken_once() -> None:
    gd = plant.unit("GD")
    one, two = plant.staff(gd, "张三"), plant.staff(gd, "李四")
    client = at_home(plant.person(Role.STEWARD, gd))
    rows = [
        [one.employee_no, "张三", "退休", date(2026, 11, 21), "", "", ""],
        [two.employee_no, "李四", "离职", "2026-12-01", "", "", "GD"],
        ["GD9999", "王五", "入职", "2026-11-20", "", "", ""],
    ]
    answer = client.post(reverse("handover:upload"), {"file": workbook(*rows)})
    assert answer.status_code == 200
    assert "将登记 3 项变动" in answer.content.decode()
    assert PersonnelEvent.objects.count() == 0
    payload = answer.context["payload"]
    for _again in range(2):
        client.post(reverse("handover:upload-confirm"), {"payload": payload})
    assert PersonnelEvent.objects.count() == 3
    status = dict(Staff.objects.values_list("name", "status"))
    assert (status["张三"], status["李四"], status["王五"]) == ("retired", "active", "active")
    again = client.post(reverse("handover:upload"), {"file": workbook(*rows)})
    assert "3 项变动早已登记" in again.content.decode()


def test_every_problem_at_once_and_nothing_saved() -> None:
    gd = plant.unit("GD")
    plant.unit("FJ", region="350000")
    good = plant.staff(gd, "张三")
    client = at_home(plant.person(Role.STEWARD, gd))
    rows = [
        [good.employee_no, "张三", "退休", "2026-11-21", "", "", ""],
        ["NO1", "无名", "离职", "2026-11-21", "", "", ""],
        [good.employee_no, "李四", "升职", "明天", "", "", ""],
        ["", "", "离职", "", "", "", "福州"],
        [good.employee_no, "张三", "调离", "2026-11-21", "GD", "", ""],
        [good.employee_no, "张三", "离职", "2026-11-21", "", "", "FJ"],
    ]
    answer = client.post(reverse("handover:upload"), {"file": workbook(*rows)})
    assert answer.status_code == 422
    found = [(one.row, one.code) for one in answer.context["problems"]]
    assert found == [
        (3, "unknown_employee"),
        (4, "unknown_kind"),
        (4, "invalid_date"),
        (5, "unknown_unit"),
        (5, "missing_value"),
        (5, "missing_value"),
        (6, "same_unit"),
        (7, "foreign_unit"),
    ]
    assert "payload" not in answer.context
    assert PersonnelEvent.objects.count() == 0


def test_a_file_without_the_head_is_refused_with_the_way_out() -> None:
    client = at_home(plant.person(Role.STEWARD, plant.unit("GD")))
    out = BytesIO()
    book = new_workbook(out)
    book.add_worksheet().write_string(0, 0, "随便")
    book.close()
    file = SimpleUploadedFile("x.xlsx", out.getvalue())
    answer = client.post(reverse("handover:upload"), {"file": file})
    assert answer.status_code == 422
    assert "请下载模板" in answer.content.decode()


def test_the_template_has_the_head_that_is_read() -> None:
    client = at_home(plant.person(Role.STEWARD, plant.unit("GD")))
    sheet = load_workbook(BytesIO(client.get(reverse("handover:template")).content)).worksheets[0]
    heads = {cell.value for cell in sheet[1]}
    assert set(HEAD) <= heads


def test_a_preview_belongs_to_whoever_made_it() -> None:
    gd = plant.unit("GD")
    one = plant.staff(gd, "张三")
    row = [one.employee_no, "张三", "退休", "2026-11-21", "", "", ""]
    mine = at_home(plant.person(Role.STEWARD, gd))
    payload = mine.post(reverse("handover:upload"), {"file": workbook(row)}).context["payload"]
    other = at_home(plant.person(Role.STEWARD, gd))
    assert other.post(reverse("handover:upload-confirm"), {"payload": payload}).status_code == 400
    assert (
        mine.post(reverse("handover:upload-confirm"), {"payload": payload[:-2]}).status_code == 302
    )
    assert PersonnelEvent.objects.count() == 0


def test_an_event_by_hand_takes_effect_on_its_day_and_can_be_cancelled_before() -> None:
    at = house()
    client = at_home(at.steward)
    address = reverse("handover:event", args=[at.leaver.staff_id])
    client.post(address, {"kind": "leave", "effective_on": "2026-12-01"})
    ahead = PersonnelEvent.objects.get()
    assert (ahead.applied_at, ahead.entered_by) == (None, at.steward.name)
    page = client.get(reverse("handover:person", args=[at.leaver.staff_id])).content.decode()
    assert "待生效" in page
    assert "3 项须交接" in page
    client.post(reverse("handover:event-cancel", args=[ahead.pk]), {"reason": "本人收回辞呈"})
    assert apply_personnel_events(today=date(2026, 12, 1), now=NOW) == 0
    client.post(address, {"kind": "leave", "effective_on": "2026-11-20"})
    assert not User.objects.get(pk=at.leaver.pk).is_active
    done = PersonnelEvent.objects.get(cancelled_at=None)
    answer = client.post(
        reverse("handover:event-cancel", args=[done.pk]), {"reason": "错"}, follow=True
    )
    assert "已经生效，不能取消" in answer.content.decode()


def test_what_does_not_go_together_is_refused() -> None:
    gd = plant.unit("GD")
    steward = plant.person(Role.STEWARD, gd)
    one = plant.staff(gd, "张三")
    base = {"employee_no": one.employee_no, "effective_on": "2026-12-01"}
    assert _codes(steward, **base, kind="入职") == ["already_here"]
    assert _codes(steward, **base, kind="调离") == ["missing_value"]
    assert _codes(steward, **base, kind="退休", name="李四") == ["name_differs"]
    assert _codes(steward, **base, kind="退休", other_unit="GD") == ["not_wanted"]
    assert _codes(steward, **{**base, "effective_on": "2029-01-01"}, kind="退休") == [
        "date_out_of_range"
    ]
    own = staff_of(steward).employee_no
    assert _codes(steward, **{**base, "employee_no": own}, kind="退休") == ["own_event"]
    assert _enter(steward, **base, kind="退休") == personnel.Taken(1, 0, 0)
    assert _enter(steward, **base, kind="退休") == personnel.Taken(0, 1, 0)
    assert _codes(steward, **{**base, "effective_on": "2026-12-02"}, kind="退休") == ["event_ahead"]


def test_who_keeps_whom() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    here, there = plant.staff(gd, "张三"), plant.staff(fj, "李四")
    row = {"kind": "离职", "effective_on": "2026-12-01"}
    steward = plant.person(Role.STEWARD, gd)
    assert _codes(steward, **row, unit="FJ", employee_no=there.employee_no) == ["foreign_unit"]
    with pytest.raises(Denied):
        _enter(plant.person(Role.FILLER, gd), **row, employee_no=here.employee_no)
    itc = plant.person(Role.ITC)
    assert _enter(itc, **row, unit="FJ", employee_no=there.employee_no).new == 1
    supervisor = plant.person(Role.SUPERVISOR)
    assert _enter(supervisor, **row, unit="GD", employee_no=here.employee_no).new == 1


def test_itc_sees_people_and_nothing_of_customers() -> None:
    at = house()
    Dossier.objects.update(name_full="绝密客户有限公司")
    leaves(at.leaver)
    client = at_home(plant.person(Role.ITC))
    page = client.get(reverse("handover:person", args=[at.leaver.staff_id]))
    assert page.status_code == 200
    assert staff_of(at.leaver).name in page.content.decode()
    assert "绝密客户" not in page.content.decode()
    assert "名下的工作" not in page.content.decode()
    assert client.get(reverse("handover:orphans")).status_code == 403


@pytest.mark.parametrize("role", [Role.FILLER, Role.REVIEWER, Role.CUSTODIAN, Role.READER])
def test_others_do_not_see_the_list(role: Role) -> None:
    client = at_home(plant.person(role, plant.unit("GD")))
    for name in ("people", "export", "join", "upload", "template"):
        assert client.get(reverse(f"handover:{name}")).status_code == 403, name


def test_the_list_costs_the_same_for_many() -> None:
    gd = plant.unit("GD")
    client = at_home(plant.person(Role.STEWARD, gd))
    client.get(reverse("handover:people"))

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("handover:people")).status_code == 200
        return len(caught)

    leaves(plant.person(Role.FILLER, gd), date(2027, 1, 1))
    first = cost()
    for _ in range(3):
        leaves(plant.person(Role.FILLER, gd), date(2027, 1, 1))
    assert cost() == first


def test_the_list_is_filtered_and_exported() -> None:
    gd = plant.unit("GD")
    plant.staff(gd, "张三")
    Staff.objects.filter(pk=plant.staff(gd, "李四").pk).update(status="left")
    client = at_home(plant.person(Role.STEWARD, gd))
    page = client.get(reverse("handover:people"), {"status": "left"}).content.decode()
    assert ("李四" in page, "张三" in page) == (True, False)
    assert client.get(reverse("handover:people"), {"status": "gone"}).status_code == 400
    file = take(client, "handover:export", query={"status": "left"})
    cells = list(load_workbook(BytesIO(file.content)).active.iter_rows(values_only=True))
    assert cells[1][1] == "李四"
    line = Event.objects.get(verb="people.exported")
    assert line.data == {"rows": 1, "trace": file["X-Yihu-Trace"]}


def test_the_pages_of_a_hand_over_lead_to_its_end() -> None:
    at = house()
    leaves(at.leaver)
    apply_personnel_events(today=TODAY, now=NOW)
    steward = at_home(at.steward)
    assert "1 名离岗人员名下还有工作" in steward.get("/").content.decode()
    person = reverse("handover:person", args=[at.leaver.staff_id])
    refused = steward.get(reverse("handover:certificate", args=[at.leaver.staff_id]))
    assert "还有 3 项未交接" in refused.content.decode()
    begun = steward.post(reverse("handover:begin", args=[at.leaver.staff_id]))
    page = begun["Location"]
    steward.post(f"{page}assign/", {"kind": "filled", "staff": at.heir.staff_id})
    steward.post(f"{page}assign/", {"kind": "kept", "staff": at.keeper.staff_id})
    steward.post(f"{page}witness/", {"staff": at.witness.staff_id})
    steward.post(f"{page}freeze/")
    for user in (at.heir, at.keeper, at.witness, at.supervisor):
        client = at_home(user)
        assert "等您确认" in client.get("/").content.decode()
        body = client.get(page).content.decode()
        digest = re.search(r'name="digest" value="([0-9a-f]{64})"', body)
        assert digest
        client.post(f"{page}sign/", {"digest": digest[1]})
    assert counts(at.leaver) == {}
    assert "离岗未交接" not in steward.get("/").content.decode()
    assert "打印注销凭证" in steward.get(person).content.decode()


def test_the_certificate_says_what_ended_and_who_signed() -> None:
    at = house()
    leaves(at.leaver)
    apply_personnel_events(today=TODAY, now=NOW)
    signed(frozen(at), at.heir, at.keeper, at.witness, at.supervisor)
    gone = Staff.objects.get(pk=at.leaver.staff_id)
    stamp = Stamp(at.steward.name, "GD0005", NOW, Level.PERSONAL, "7K3Q-9XMA-2B4D")
    printed = certificate.issue(at.steward, gone, stamp=stamp)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(printed.content)).pages)
    plain = re.sub(r"\s", "", text)
    for said in (
        "注销凭证", gone.name, gone.employee_no, "离职", "2026-11-21", "账号1、角色1",
        staff_of(at.heir).name, "本人确认", f"{at.supervisor.name}代为确认",
        stamp.trace, "监交人",
    ):  # fmt: skip
        assert said.replace(" ", "") in plain, said
    assert Event.objects.get(verb="handover.printed").data["trace"] == stamp.trace
