"""The HR system's folder: each content once, its result beside it, wrong cells named (§6.3.4)."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import plant
from yihu.access.rules import Role
from yihu.handover.folder import RESULT
from yihu.handover.jobs import look_into_folder
from yihu.handover.models import Dropped
from yihu.kit.clock import now, today
from yihu.org.models import PersonnelEvent, Staff

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.4")]
HEAD = "单位,工号,姓名,变动类型,生效日期\n"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.HR_FOLDER = str(tmp_path)
    return tmp_path


def drop(folder: Path, name: str, rows: str, *, encoding: str = "utf-8", age: int = 60) -> Path:
    path = folder / name
    path.write_bytes((HEAD + rows).encode(encoding))
    then = now().timestamp() - age
    os.utime(path, (then, then))
    return path


def said(path: Path) -> str:
    return path.with_name(path.name + RESULT).read_text("utf-8-sig").strip()


def test_a_leaver_of_the_file_is_closed_and_the_content_is_taken_once(folder: Path) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    assert user.staff is not None
    row = f"GD,{user.staff.employee_no},{user.staff.name},离职,{today()}\n"
    path = drop(folder, "离职.csv", row, encoding="gb18030")
    look_into_folder(0)
    user.refresh_from_db()
    assert not user.is_active
    assert said(path) == "已处理：新登记 1 条，原已登记 0 条，当即生效 1 人。"
    again = drop(folder, "另一个名字.csv", row, encoding="gb18030")
    path.with_name(path.name + RESULT).unlink()  # and a result that was lost comes back
    look_into_folder(0)
    assert said(path) == said(again) == "已处理：新登记 1 条，原已登记 0 条，当即生效 1 人。"
    assert (Dropped.objects.count(), PersonnelEvent.objects.count()) == (1, 1)


def test_a_wrong_cell_is_named_and_nothing_of_the_file_is_taken(folder: Path) -> None:
    staff = plant.staff(plant.unit("GD"))
    good = f"GD,{staff.employee_no},{staff.name},离职,2027-01-01\n"
    path = drop(folder, "a.csv", good + f"GD,{staff.employee_no},{staff.name},离职,2027-02-30\n")
    other = drop(folder, "b.csv", good.replace("2027-01-01", "2027-03-01"))
    look_into_folder(0)
    first, *rest = said(path).splitlines()
    assert first == "有 1 处不符，全部未保存；请改正后以新文件放入。"
    assert rest[0].startswith("第 3 行 生效日期：“2027-02-30”不是有效日期")
    assert said(other).startswith("已处理：新登记 1 条")
    assert [e.effective_on for e in PersonnelEvent.objects.all()] == [date(2027, 3, 1)]


def test_what_is_no_list_of_events_says_so(folder: Path) -> None:
    path = folder / "c.csv"
    path.write_text("甲,乙\n1,2\n")
    os.utime(path, (0, 0))
    empty = folder / "d.xlsx"
    empty.write_bytes(b"")
    os.utime(empty, (0, 0))
    look_into_folder(0)
    assert "没有找到表头" in said(path)
    assert said(empty).startswith("全部未保存：")
    assert not PersonnelEvent.objects.exists()


def test_what_is_still_on_its_way_links_and_other_files_are_left_alone(folder: Path) -> None:
    staff: Staff = plant.staff(plant.unit("GD"))
    row = f"GD,{staff.employee_no},{staff.name},离职,2027-01-01\n"
    drop(folder, "new.csv", row, age=0)
    drop(folder, "other.txt", row)
    outside = drop(folder, "outside.dat", row)
    (folder / "link.csv").symlink_to(outside)
    look_into_folder(0)
    assert not Dropped.objects.exists()
