"""A business licence in, the form filled: read, shown beside the picture, taken over."""

import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFont

from tests import plant
from tests.dossiers.files import complete_dossier, desk, moment
from tests.papers.test_reading import FONT, recognises
from tests.papers.test_views import entered
from yihu.access.rules import Role
from yihu.dossiers.models import Draft
from yihu.papers import actions, jobs
from yihu.papers.choices import Kind, TextState
from yihu.papers.licence import chinese_number, read_licence
from yihu.papers.models import Document
from yihu.papers.reading import read_text

CODE = plant.credit_code(7)
TEXT = f"""营业执照
统一社会信用代码
{CODE}
名 称\t广州试验燃气有限公司\t注册资本\t叁仟伍佰万元整
类型\t有限责任公司(自然人投资或控股)\t成立日期\t2011年08月08日
法定代表人 李明\t营业期限\t2011年08月08日至2031年08月07日
经营范围\t燃气经营；天然气批发\t住所\t广州市黄埔区科学大道1号
登记机关"""
EXPECTED = {
    "credit_code": CODE,
    "name_full": "广州试验燃气有限公司",
    "reg_capital": "3500.00",
    "established_on": "2011-08-08",
    "legal_rep": "李明",
    "term_to": "2031-08-07",
    "business_scope": "燃气经营；天然气批发",
    "reg_addr": "广州市黄埔区科学大道1号",
}


def test_every_field_is_read_from_the_text() -> None:
    assert read_licence(TEXT) == EXPECTED


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("注册资本：人民币3000万元", {"reg_capital": "3000.00"}),
        ("注册资本\t壹亿贰仟万圆整", {"reg_capital": "12000.00"}),
        ("注册资本\t500,000元", {"reg_capital": "50.00"}),
        ("注册资本\t100万美元", {}),
        ("营业期限\t2011年08月08日至长期", {"term_to": "9999-12-31"}),
        ("成立日期\t2024年02月30日", {}),
        ("统一社会信用代码 91440100000000005X", {}),
        ("完全无关的文字", {}),
        ("", {}),
    ],
)
def test_single_lines(line: str, expected: dict[str, str]) -> None:
    assert read_licence(line) == expected


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("叁仟", 3000),
        ("壹拾伍", 15),
        ("十万", 100_000),
        ("贰佰零叁", 203),
        ("", None),
        ("甲", None),
    ],
)
def test_numerals(numeral: str, number: int | None) -> None:
    assert chinese_number(numeral) == number


def licence(code: str) -> bytes:
    """A licence as a scanner gives it."""
    image = Image.new("RGB", (1600, 800), "#fdf8ee")
    draw = ImageDraw.Draw(image)

    def write(x: int, y: int, text: str, size: int = 28) -> None:
        draw.text((x, y), text, font=ImageFont.truetype(str(FONT), size), fill="#222")

    write(640, 60, "营业执照", 80)
    write(120, 200, "统一社会信用代码")
    write(120, 250, code)
    rows = [
        ("名    称", "广州试验燃气有限公司", "注册资本", "叁仟伍佰万元整"),
        ("法定代表人", "李明", "成立日期", "2011年08月08日"),
        ("经营范围", "燃气经营；天然气批发", "住    所", "广州市黄埔区科学大道1号"),
    ]
    for place, (left, one, right, other) in enumerate(rows):
        for x, text in zip((120, 320, 880, 1080), (left, one, right, other), strict=True):
            write(x, 350 + 100 * place, text)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@recognises
def test_a_picture_of_a_licence_is_read() -> None:
    found = read_licence(read_text(licence(CODE), "image/png", 1).text)
    assert found == {code: value for code, value in EXPECTED.items() if code != "term_to"}


# The page ----------------------------------------------------------------------------------------


def at_work(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, Document, Client]:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
    gd = desk()
    dossier = complete_dossier(gd, code=CODE)
    document = actions.upload(
        gd.filler,
        dossier,
        io.BytesIO(TEXT.encode()),
        name="执照.txt",
        kind=Kind.LICENCE,
        at=moment(),
    ).document
    jobs.read(str(document.pk))
    return gd, dossier, document, entered(gd.filler)


@pytest.mark.django_db
def test_what_was_read_stands_beside_what_the_file_says(monkeypatch: pytest.MonkeyPatch) -> None:
    _gd, dossier, document, client = at_work(monkeypatch)
    page = client.get(reverse("papers:licence", args=[document.pk]))
    assert page.status_code == 200
    lines = {line.code: (line.now, line.read, line.differs) for line in page.context["lines"]}
    assert lines["legal_rep"] == ("李明", "李明", False)
    assert lines["reg_capital"] == ("3,000.00 万元", "3500.00", True)
    assert page.context["code_agrees"]
    assert "与档案一致" in page.text
    assert dossier.name_full in page.text


@pytest.mark.django_db
def test_fields_are_taken_over_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    _gd, dossier, document, client = at_work(monkeypatch)
    address = reverse("papers:licence", args=[document.pk])
    answer = client.post(
        address,
        {
            "take": ["reg_capital"],
            "reg_capital": "3500.00",
            "seen-reg_capital": json.dumps("3000.00"),
            "legal_rep": "不取",
        },
    )
    assert answer["Location"] == address
    assert Draft.objects.get().changes == {"reg_capital": "3500.00"}
    clash = client.post(
        address,
        {"take": ["legal_rep"], "legal_rep": "王五", "seen-legal_rep": json.dumps("赵六")},
        follow=True,
    )
    assert "已由他人改" in clash.text
    assert Draft.objects.get().changes == {"reg_capital": "3500.00"}
    assert client.post(address, follow=True).text.count("请先勾选") == 1
    assert client.post(address, {"take": ["credit_code"]}).status_code == 400
    wrong = {"take": ["legal_rep"], "legal_rep": "x", "seen-legal_rep": "{"}
    assert client.post(address, wrong).status_code == 400
    assert dossier.drafts.count() == 1


@pytest.mark.django_db
def test_who_may_and_what_is_not_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    gd, _dossier, document, client = at_work(monkeypatch)
    address = reverse("papers:licence", args=[document.pk])
    assert entered(gd.reviewer).get(address).status_code == 403
    custodian = entered(plant.person(Role.CUSTODIAN, gd.unit))
    assert custodian.post(address, {"take": ["legal_rep"]}).status_code == 403
    Document.objects.filter(pk=document.pk).update(text="", text_state=TextState.WAITING)
    assert "等待识别" in client.get(address).text
