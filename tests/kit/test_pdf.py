"""Pages set by typst: Chinese stands in the text layer, data is never markup."""

from pathlib import Path

import pypdfium2
import pytest
import typst

from yihu.kit import pdf


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template beside the house's own paper, in a house of its own."""
    (tmp_path / "kit").symlink_to(pdf.HOUSE / "kit")
    monkeypatch.setattr(pdf, "HOUSE", tmp_path)
    page = tmp_path / "page.typ"
    page.write_text(
        '#import "/kit/typst/paper.typ": paper, data, facts\n'
        '#show: paper.with(title: "客户档案", clause: "§6.1.1", mark: data.mark)\n'
        "= #data.title\n#facts(data.facts)\n"
        "#for _ in range(data.pages - 1) { pagebreak(); [续页] }\n",
        encoding="utf-8",
    )
    return page


def _data(**changed: object) -> dict[str, object]:
    facts = [["客户名称", "临海燃气"], ["合同量", "1,234.50 万立方米"]]
    return {"title": "临海燃气", "mark": "张三 2026-11-24", "facts": facts, "pages": 1} | changed


def _text(document: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(document)]


def test_chinese_can_be_read_out_of_the_page(template: Path) -> None:
    (page,) = _text(pdf.typeset(template, _data()))
    for said in (
        "客户档案",
        "临海燃气",
        "1,234.50 万立方米",
        "张三 2026-11-24",
        "第 1 页，共 1 页",
    ):
        assert said in page


def test_a_long_document_numbers_its_pages(template: Path) -> None:
    pages = _text(pdf.typeset(template, _data(pages=3)))
    assert ["第 2 页，共 3 页" in page for page in pages] == [False, True, False]


@pytest.mark.parametrize("name", ['#panic("x")', "*粗*_斜_", '"引号"', "𠮷田燃气", "<b>html</b>"])
def test_data_is_never_markup(template: Path, name: str) -> None:
    (page,) = _text(pdf.typeset(template, _data(title=name)))
    assert name in page


def test_a_template_that_is_wrong_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "HOUSE", tmp_path)
    (tmp_path / "bad.typ").write_text("#nothing", encoding="utf-8")
    with pytest.raises(typst.TypstError):
        pdf.typeset(tmp_path / "bad.typ", {})
