"""`yihu import`: its answers and exit codes."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests import plant
from tests.intake.samples import SAMPLES, UNITS, expected, rejected
from tests.intake.test_actions import CUSTOMERS, REGIONS, customer
from tests.kit.test_sheet import workbook
from yihu.dossiers.models import Dossier
from yihu.intake.models import Import
from yihu.org.models import Staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"


def run(*arguments: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error)."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def answer_of(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, out, _err = run(*arguments, "--json")
    return code, json.loads(out)


@pytest.mark.parametrize("unit", UNITS)
def test_the_samples_answer_exactly(unit: str) -> None:
    made = plant.unit(unit, region=REGIONS[unit])
    for number in range(1, 5):
        Staff.objects.create(unit=made, employee_no=f"{unit}{number:04d}", name="甲")
    for name, wanted in expected(unit).items():
        path = str(SAMPLES / unit / name)
        for given, same in ((), "new"), (("--commit",), "new"), ((), "unchanged"):
            code, answer = answer_of(wanted["kind"], path, "--unit", unit, *given)
            assert code == 3
            assert set(answer) == {"kind", "new", "changed", "unchanged", "rejected", "warnings"}
            assert answer["kind"] == wanted["kind"]
            assert answer[same] == wanted["accepted"]
            assert answer["new"] + answer["changed"] + answer["unchanged"] == wanted["accepted"]
            assert rejected(answer["rejected"]) == wanted["rejected"]
            for one in (*answer["rejected"], *answer["warnings"]):
                assert set(one) == {"row", "column", "code", "message"}
                assert one["message"]


def test_a_clean_file_exits_with_nought(tmp_path: Path) -> None:
    plant.unit("GD", region="440000")
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(CUSTOMERS, customer(plant.credit_code(9600))))
    arguments = ("customers", str(path), "--unit", "GD")
    assert answer_of(*arguments) == (
        0, {"kind": "customers", "new": 1, "changed": 0, "unchanged": 0, "rejected": [],
            "warnings": []},
    )  # fmt: skip
    assert not Dossier.objects.exists()
    assert not Import.objects.exists()
    code, out, _err = run(*arguments)
    assert (code, "新增 1" in out, "--commit" in out) == (0, True, True)
    code, out, _err = run(*arguments, "--commit")
    assert (code, out.rstrip().endswith("已写入。")) == (0, True)
    assert Dossier.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90\x00", "unreadable_file"),
        (b"", "unreadable_file"),
        (workbook(["甲", "乙"], [1, 2]), "missing_header"),
        (b"x" * (20 * 1024 * 1024 + 1), "file_too_large"),
        (b"a,b\n" * 200_001, "too_many_rows"),
    ],
)
def test_a_file_that_cannot_be_read_exits_with_two(
    tmp_path: Path, content: bytes, code: str
) -> None:
    plant.unit("GD", region="440000")
    path = tmp_path / ("a.csv" if code == "too_many_rows" else "a.xlsx")
    path.write_bytes(content)
    for given in ((), ("--commit",)):
        exit_code, out, err = run("customers", str(path), "--unit", "GD", "--json", *given)
        assert exit_code == 2
        assert [one["code"] for one in json.loads(out)["rejected"]] == [code]
        assert err.strip() == json.loads(out)["rejected"][0]["message"]
    assert not Import.objects.exists()


def test_a_missing_file_and_an_unknown_unit_say_so(tmp_path: Path) -> None:
    plant.unit("GD", region="440000")
    code, _out, err = run("customers", str(tmp_path / "nichts.xlsx"), "--unit", "GD")
    assert (code, "无法读取文件" in err) == (2, True)
    code, _out, err = run("customers", str(tmp_path), "--unit", "XX")
    assert (code, "没有代码为“XX”的单位" in err) == (2, True)
