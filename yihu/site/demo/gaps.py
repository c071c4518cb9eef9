"""What the demo units have not got round to: gaps of every kind (§5.2, 6.1.2)."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from yihu.access.models import RoleAssignment
from yihu.access.rules import Role
from yihu.intake import actions as intake
from yihu.org.models import OrgUnit

UNAPPROVED = 137
"""One in so many files has its contracts and was never approved."""
LEFT = """
UPDATE dossiers_dossier d SET {change}
FROM (SELECT id FROM dossiers_dossier
    WHERE state <> 'closed' AND version_number > 0 AND klass = 'general'
    ORDER BY md5(number || '{word}'), id LIMIT {most}) AS chosen
WHERE chosen.id = d.id
"""
UNKNOWN_CONTRACTS = (
    ("合同编号", "客户名称", "气源类型", "生效日期", "终止日期", "ACQ", "计量单位"),
    ("{code}-TRQ-2026-981", "{place}鑫源热力有限公司", "管道气", "2026-07-01", "2028-06-30", "860",
     "万立方米"),
    ("{code}-TRQ-2026-982", "{place}港区冷链物流有限公司", "LNG", "2026-09-01", "2027-08-31",
     "3200", "吨"),
)  # fmt: skip
UNKNOWN_MONTHS = (
    ("月份", "合同编号", "客户名称", "实际提气量", "计量单位", "结算单价"),
    ("2026-10", "{code}-TRQ-2025-990", "{place}联丰玻璃有限公司", "71.2", "万立方米", "3.12"),
    ("2026-10", "{code}-TRQ-2026-0l7", "{place}恒泰新材料有限公司", "38.6", "万立方米", "3.05"),
    ("2026-10", "{code}-TRQ-2026-981", "{place}鑫源热力有限公司", "66.0", "万立方米", "3.20"),
)
PLACES = {"GD": "广州", "FJ": "福州", "ZJ": "宁波"}


def leave_gaps(*, now: datetime) -> None:
    """Files without a filler and without a class; ledgers that name what nobody knows."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT.format(change="filler_id = NULL", word="无人", most=11))
        cursor.execute(LEFT.format(change="klass = ''", word="未分类", most=7))
    for code, place in PLACES.items():
        unit = OrgUnit.objects.get(code=code)
        filler = RoleAssignment.objects.filter(role=Role.FILLER, unit=unit).order_by("user")[0].user
        for kind, name, rows in (
            ("contracts", "下半年新签合同.csv", UNKNOWN_CONTRACTS),
            ("offtake", "10月提气量补报.csv", UNKNOWN_MONTHS),
        ):
            content = _csv(rows, code=code, place=place)
            made = intake.upload(filler, unit, kind=kind, name=name, content=content, at=now)
            intake.preview(made.pk, content=content)


def _csv(rows: Sequence[Sequence[str]], **said: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([cell.format(**said) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
