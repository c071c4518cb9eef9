"""Originals on paper and in a workbook: plain data for the templates; pure but for `counted`."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from yihu.exports.rules import Stamp
from yihu.kit.sheet import new_workbook
from yihu.originals.models import Original, Place, Stocktake, StocktakeLine, Transfer

MOST_ROWS = 5000
HEADS = ("编号", "题名", "客户", "种类", "合同编号", "年度", "载体", "页数", "份数", "保管期限",
         "密级", "存放位置", "保管人", "状态")  # fmt: skip
WIDTHS = (14, 34, 30, 10, 18, 7, 9, 7, 7, 10, 10, 20, 10, 8)
FIGURES = frozenset({"年度", "页数", "份数"})


def cells_of(row: Original) -> list[str | int]:
    """One original as the catalogue says it."""
    return [
        row.barcode, row.title, row.dossier.name_full, row.get_kind_display(),
        row.contract_number, row.year, row.get_carrier_display(), row.pages, row.copies,
        row.get_retention_display(), row.get_secrecy_display(), row.shelf, row.custodian.name,
        row.get_state_display(),
    ]  # fmt: skip


def workbook(rows: Iterable[Original], stamp: Stamp) -> tuple[bytes, int]:
    """The catalogue as .xlsx, and how many; the last line says who took it and when (§5.5)."""
    target = BytesIO()
    book = new_workbook(target)
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "border": 1})
    sheet = book.add_worksheet(_("原件目录"))
    for place, (head, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, head, bold)
    number = 0
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(cells_of(row)):
            if isinstance(value, int):
                sheet.write_number(number, place, value)
            else:
                sheet.write_string(number, place, value)
    sheet.write_string(number + 1, 0, stamp.line(number))
    sheet.set_header(stamp.header())
    sheet.freeze_panes(1, 2)
    book.close()
    return target.getvalue(), number


def catalogue(rows: Sequence[Original], stamp: Stamp) -> dict[str, Any]:
    """Data of `catalogue.typ`."""
    heads = ("编号", "题名", "客户", "种类", "年度", "页数", "保管期限", "存放位置", "状态")
    at = [HEADS.index(head) for head in heads]
    lines = [[str(cells_of(row)[place]) for place in at] for row in rows]
    pages = sum(row.pages * row.copies for row in rows)
    return {
        "title": "原件目录",
        "heads": heads,
        "rows": lines,
        "said": f"共 {len(rows):,} 件，{pages:,} 页",
        **_stamped(stamp),
        "signs": ["编制人", "审核人", "日期"],
        "facts": [],
    }


def transfer_list(done: Transfer, rows: Sequence[Original], stamp: Stamp) -> dict[str, Any]:
    """Data of `catalogue.typ` for 移交清单."""
    data = catalogue(rows, stamp)
    return data | {
        "title": f"原件移交清单 {done.number}",
        "facts": [
            ["移交单位", done.unit.name],
            ["接收单位", done.receiver],
            ["移交人", done.handed_by.name],
            ["接收人", done.received_by],
            ["监交人", done.witness],
            ["移交日期", f"{done.handed_on:%Y-%m-%d}"],
            ["移交依据", done.basis],
            ["件数", f"{len(rows):,}"],
        ],
        "signs": ["移交人", "接收人", "监交人"],
    }


def count_sheet(taken: Stocktake, lines: Sequence[StocktakeLine], stamp: Stamp) -> dict[str, Any]:
    """Data of `catalogue.typ` for 盘点清单, with its draw so that anyone can draw it again."""
    sample = f"{taken.sample:,}" if taken.sample is not None else "全部"
    return {
        "title": f"原件盘点清单 {taken.title}",
        "heads": ["序号", "编号", "题名", "应在位置", "结果", "所见位置", "说明"],
        "rows": [
            [
                str(one.number), one.barcode, one.title, one.shelf,
                "" if one.result == "pending" else str(one.get_result_display()),
                one.seen_shelf, one.note,
            ]
            for one in lines
        ],
        "said": f"范围内 {taken.eligible:,} 件，抽 {sample}，种子 {taken.seed}",
        **_stamped(stamp),
        "signs": ["盘点人", "监盘人", "日期"],
        "facts": [],
    }  # fmt: skip


def _stamped(stamp: Stamp) -> dict[str, str]:
    """Who took it and under which mark and code, for the sheet's frame."""
    return {
        "mark": stamp.mark,
        "secrecy": stamp.secrecy,
        "trace": stamp.foot,
    }


def spine(place: Place, rows: Sequence[Original], stamp: Stamp) -> dict[str, Any]:
    """Data of `label.typ`."""
    years = sorted({row.year for row in rows})
    span = f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0]) if years else ""
    return {
        "unit": place.unit.name,
        "taken": f"{stamp.known_to} {stamp.mark}",
        "path": place.path,
        "kind": str(place.get_kind_display()),
        "label": place.label,
        "barcode": place.barcode,
        "years": span,
        "rows": [[row.barcode, row.title] for row in rows],
        "qr": qr_of(place.barcode),
    }


def qr_of(code: str) -> str:
    """The QR code of a barcode as SVG."""
    import segno

    target = BytesIO()
    segno.make(code, error="m").save(
        target, kind="svg", scale=4, border=1, xmldecl=False, omitsize=True
    )
    return target.getvalue().decode()


def counted(rows: Sequence[Place]) -> list[tuple[Place, int, int]]:
    """Each place with its depth and how many originals lie right there."""
    counts = dict(
        Original.objects.filter(place__in=rows)
        .order_by()
        .values_list("place")
        .annotate(number=Count("pk"))
    )
    return [(row, row.path.count("-"), counts.get(row.pk, 0)) for row in rows]
