"""A report on its way out: as a PDF to be signed, as a .docx to be worked on (§5.5, 6.4)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.exports.kinds import PDF, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.rules import Level, Purpose
from yihu.kit.pdf import picture, typeset
from yihu.supervision import queries
from yihu.supervision.models import Report
from yihu.supervision.paper import CLAUSE, Sheet, plain, sheet_of
from yihu.supervision.policy import may_read
from yihu.supervision.rules import State

TYPST = Path(__file__).parent / "typst"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _report(by: User, asked: Asked) -> tuple[Report, Mapping[str, Any]]:
    """Raises: Denied, Unreachable; Unanswerable while it is not made."""
    require(may_read(by), _("下载监督报告的"))
    row = queries.one(by, UUID(asked.args["pk"]))
    if row.state != State.READY or row.figures is None:
        raise Unanswerable(_("这份报告还没有生成，请在报告页面查看进度。"), status=409)
    return row, row.figures


def _sheet(row: Report, figures: Mapping[str, Any]) -> Sheet:
    """On paper it is Chinese, whatever language its taker reads."""
    with override("zh-hans"):
        return sheet_of(row, figures)


def _measure(by: User, asked: Asked) -> Size:
    row, figures = _report(by, asked)
    codes = {unit["code"] for unit in figures["head"]["units"]}
    concerned = [unit.pk for unit in queries.units() if unit.code in codes]
    title = f"{row.get_kind_display()} {row.number}"
    return Size(title, _sheet(row, figures).rows, Level.ORDINARY, concerned)


@override("zh-hans")
def as_pdf(row: Report, figures: Mapping[str, Any], work: Work) -> bytes:
    """Set by typst, with the mark of whoever takes it across each page."""
    sheet = sheet_of(row, figures)
    stamp = work.stamp
    return typeset(
        TYPST / "report.typ",
        {
            "mark": stamp.mark, "secrecy": stamp.secrecy, "trace": stamp.foot, "clause": CLAUSE,
            "title": sheet.title, "period": sheet.period, "issuer": sheet.issuer,
            "dated": sheet.dated, "about": [list(pair) for pair in sheet.about],
            "chapters": plain(sheet), "signers": list(sheet.signers), "rests": sheet.rests,
        },
        dated_at=row.made_at,
    )  # fmt: skip


@override("zh-hans")
def as_docx(row: Report, figures: Mapping[str, Any], work: Work) -> bytes:
    """Written by python-docx; its charts are drawn by the same typst."""
    from yihu.supervision.word import document

    assert row.made_at is not None
    return document(
        sheet_of(row, figures), clause=CLAUSE, stamp=work.stamp, dated_at=row.made_at,
        draw=lambda chart: picture(TYPST / "chart.typ", chart),
    )  # fmt: skip


Write = Callable[[Report, Mapping[str, Any], Work], bytes]


def _producing(write: Write, suffix: str, media_type: str) -> Callable[[Work], Made]:
    def produce(work: Work) -> Made:
        row, figures = _report(work.by, work.asked)
        content, rows = write(row, figures, work), _sheet(row, figures).rows
        audit.record(
            work.by, "supervision.printed", row, unit_id=row.unit_id,
            data={"rows": rows, "trace": work.stamp.trace, "kind": suffix},
        )  # fmt: skip
        return Made(content, f"{row.get_kind_display()}-{row.number}.{suffix}", media_type, rows)

    return produce


def contribute_all() -> None:
    """Both forms."""
    for code, label, write, media_type in (
        ("pdf", gettext_lazy("监督报告（PDF）"), as_pdf, PDF),
        ("docx", gettext_lazy("监督报告（可编辑 .docx）"), as_docx, DOCX),
    ):
        contribute(
            Kind(
                f"supervision.{code}", label, _measure, _producing(write, code, media_type),
                work=True, purpose=Purpose.REPORT,
            )
        )  # fmt: skip
