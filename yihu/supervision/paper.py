"""A report as both forms say it: title block, chapters with numbered tables and charts, the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from yihu.supervision.chapters import chapters
from yihu.supervision.chapters.telling import Chapter, period_of
from yihu.supervision.models import Report
from yihu.supervision.rules import Kind

CLAUSE = "依据《客户档案管理细则》（RPSM-01-16-02）§6.4.1、6.4.2"
OFFICE = "资源与市场部"
"""Who supervises, by §6.4.1."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper besides its marks; plain words throughout."""

    title: str
    period: str
    issuer: str
    dated: str
    about: Sequence[tuple[str, str]]
    chapters: Sequence[tuple[str, Chapter]]
    signers: Sequence[str]
    rests: str

    @property
    def rows(self) -> int:
        """How many lines its tables have."""
        return sum(len(table.rows) for _number, one in self.chapters for table in one.tables)


def sheet_of(report: Report, figures: Mapping[str, Any]) -> Sheet:
    """The same figures give the same words, whoever takes it and whenever."""
    head = figures["head"]
    issuer = head["unit"] or f"{head['group']}{OFFICE}"
    made = localtime(report.made_at).date() if report.made_at else date.min
    by = report.asked_by.name if report.asked_by is not None else _("按计划自动编制")
    return Sheet(
        title=str(Kind(report.kind).label),
        period=_("（%(period)s）") % {"period": period_of(figures)},
        issuer=issuer,
        dated=_("%(year)d 年 %(month)d 月 %(day)d 日")
        % {"year": made.year, "month": made.month, "day": made.day},
        about=[
            (_("编号"), report.number),
            (_("版次"), _("第 %(n)d 版") % {"n": report.version}),
            (_("统计期间"), _("%(start)s–%(end)s")
             % {"start": report.period_start, "end": report.period_end}),
            (_("数据截至"), head["as_of"]),
            (_("编制单位"), issuer),
            (_("编制"), by),
        ],
        chapters=chapters(figures),
        signers=[_("编制"), _("审核"), _("签发")],
        rests=_(
            "本报告由冻结的统计数据生成，数据摘要（SHA-256）：%(digest)s。同一编号的报告内容不变，"
            "重新统计另编新版。"
        )
        % {"digest": report.sha256},
    )  # fmt: skip


def plain(sheet: Sheet) -> list[dict[str, Any]]:
    """The chapters as plain values, tables and charts numbered through."""
    found: list[dict[str, Any]] = []
    tables = charts = 0
    for number, chapter in sheet.chapters:
        one: dict[str, Any] = {
            "code": chapter.code, "title": f"{number}{chapter.title}", "says": list(chapter.says),
            "notes": list(chapter.notes), "tables": [], "charts": [],
        }  # fmt: skip
        for table in chapter.tables:
            tables += 1
            one["tables"].append({
                "number": tables, "title": table.title, "total": table.total,
                "heads": [
                    {"text": text, "numeric": numeric, "weight": weight}
                    for text, numeric, weight in table.heads
                ],
                "rows": [list(row) for row in table.rows],
                "cells": [
                    [
                        {"text": text, "numeric": head[1]}
                        for text, head in zip(row, table.heads, strict=True)
                    ]
                    for row in table.rows
                ],
            })  # fmt: skip
        for chart in chapter.charts:
            charts += 1
            one["charts"].append({
                "number": charts, "title": chart.title, "legend": chart.legend,
                "drawn": chart.drawn(), "picture": chart.picture,
            })  # fmt: skip
        found.append(one)
    return found
