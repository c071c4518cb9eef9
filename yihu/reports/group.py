"""One customer over all units as what its print says: plain values, figures as text."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from yihu.dossiers.content import Content
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import State
from yihu.dossiers.tables import table
from yihu.guide.rules import Definition, FieldType, display
from yihu.reports.parts import DASH, Data, klass_label, laid_out, series_of

Stated = Sequence[tuple[str, Content]]
"""(unit, content) of each file, in the group's order of units."""
UNITS_A_TABLE = 4
CONTRACT_COLUMNS = (
    "number",
    "direction",
    "effective_on",
    "ends_on",
    "terminated_on",
    "acq",
    "quantity_unit",
    "price_yuan",
)


def units(files: Sequence[Dossier]) -> Data:
    """Who keeps a file on the customer."""
    columns = [
        (_("单位"), False),
        (_("档案编号"), False),
        (_("客户分类"), False),
        (_("状态"), False),
        (_("填报人"), False),
        (_("版本"), True),
        (_("建档日期"), False),
    ]
    rows = [
        [
            file.unit.short_name,
            file.number,
            klass_label(file.klass),
            str(State(file.state).label),
            file.filler.name if file.filler is not None else "",
            str(file.version_number or ""),
            f"{file.opened_on:%Y-%m-%d}",
        ]
        for file in files
    ]
    return laid_out("", columns, rows)


def risks(files: Sequence[Dossier]) -> str:
    """The highest level of remarks on risks that stand, how many, and at which units; "" of none.

    The files carry their marks for who prints (`dossiers.marks.put`); no remark's words (§6.2.2).
    """
    marked = [(file.unit.short_name, file.risk) for file in files if file.risk is not None]
    if not marked:
        return ""
    highest = max((mark for _unit, mark in marked), key=lambda mark: mark.level)
    said = _("%(level)s，未解除 %(number)d 条（%(units)s）")
    each = [
        _("%(unit)s：%(level)s %(number)d 条")
        % {"unit": unit, "level": mark.label, "number": mark.number}
        for unit, mark in marked
    ]
    return said % {
        "level": highest.label,
        "number": sum(mark.number for _unit, mark in marked),
        "units": "、".join(each),
    }


def series(stated: Stated, through: date) -> list[Data]:
    """Two years of all units together; two units may call a contract by the same number."""
    contracts: list[dict[str, Any]] = []
    months: list[dict[str, Any]] = []
    for unit, content in stated:
        for row in content["tables"].get("contracts", []):
            contracts.append({**row, "number": f"{unit} {row['number']}"})
        for row in content["tables"].get("offtake", []):
            months.append({**row, "contract": f"{unit} {row['contract']}"})
    return series_of(contracts, months, through)


def contracts(stated: Stated) -> list[Data]:
    """Each unit's contracts."""
    known = table("contracts")
    assert known is not None
    labels = dict(known.columns)
    columns = [(str(labels[code]), code in known.figures) for code in CONTRACT_COLUMNS]
    found = []
    for unit, content in stated:
        rows = content["tables"].get("contracts", [])
        if rows:
            lines = [[known.say(code, row.get(code)) for code in CONTRACT_COLUMNS] for row in rows]
            found.append({"unit": unit, "table": laid_out("", columns, lines)})
    return found


def compared(definition: Definition, stated: Stated) -> list[Data]:
    """The plain fields of all sections that some unit states, differing ones first."""
    rows = []
    for field in definition:
        if field.type == FieldType.TABLE or field.code in {"file_no", "unit_id", "uscc", "name_py"}:
            continue
        texts = [display(field, content["facts"].get(field.code)) for _unit, content in stated]
        said = {text for text in texts if text}
        if said:
            rows.append((field.label, texts, len(said) > 1))
    rows.sort(key=lambda row: not row[2])
    found = []
    for first in range(0, len(stated) if rows else 0, UNITS_A_TABLE):
        shown = stated[first : first + UNITS_A_TABLE]
        columns = [(_("栏目"), False), *((unit, False) for unit, _content in shown)]
        lines = [
            [
                f"≠ {label}" if differs else label,
                *(text or DASH for text in texts[first : first + UNITS_A_TABLE]),
            ]
            for label, texts, differs in rows
        ]
        found.append(laid_out("", columns, lines))
    return found
