"""The filling guide as data: its fields, what may stand in them, and how they are said (§6.1.4).

A document is a JSON object by field code. Texts, code and dates are strings (2026-10-31,
2026-10, 08:00), numbers are strings without exponent or separators ("50000.00"), several codes
or texts a list, yes and no a JSON boolean, a table a list of objects by column code.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from django.utils.translation import gettext as _

from yihu.org.regions import COUNTIES, REGIONS, name_of

REGION_LIST = "gbt2260"
OPEN_END = "9999-12-31"
PLAIN_NUMBER = re.compile(r"-?\d{1,18}(\.\d+)?")
CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
LONGEST_LABEL = 60
LONGEST_PATTERN = 200
MOST_DIGITS = 8
MATCHED = 500
"""Characters: what is longer than this is no value for a pattern, and is not matched."""
_EXPLOSIVE = re.compile(r"\((?:[^()\\]|\\.)*[*+}|](?:[^()\\]|\\.)*\)(?:[*+]|\{\d*,)")
"""A repeated group with a repeat or a choice inside: what takes for ever on the wrong text."""


class FieldType(StrEnum):
    TEXT = "text"
    TEXTS = "texts"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    MONTH = "month"
    NUMBER = "number"
    BOOL = "bool"
    REF = "ref"
    FILE = "file"
    TABLE = "table"


class Required(StrEnum):
    ALWAYS = "always"
    WHEN = "when"
    IF_ANY = "if_any"
    OPTIONAL = "optional"
    SYSTEM = "system"


class BrokenGuide(ValueError):
    """A definition that cannot be a guide: `field` the culprit's code, `why` a Chinese sentence."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class When:
    """True when the other field's value is one of `any_of`, or is none of `none_of`."""

    field: str
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SumMax:
    """The column's numbers add up to `max` at most."""

    column: str
    max: Decimal


@dataclass(frozen=True, slots=True)
class SumNear:
    """The column's numbers add up to the other field's, give or take `percent`."""

    column: str
    field: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Cell:
    """What a value must be: shared by fields and the columns of tables.

    `unit` and `digits` belong to numbers; `choices` are code → label, `code_list` the list's
    name; `not_before` and its like name another field (or "today").
    """

    code: str
    label: str
    type: FieldType
    unit: str = ""
    digits: int = 0
    code_list: str = ""
    choices: Mapping[str, str] | None = None
    refers: str = ""
    personal: bool = False
    needed: bool = False
    gas_uses: tuple[str, ...] = ()
    min: Decimal | None = None
    max: Decimal | None = None
    pattern: str = ""
    min_length: int = 0
    max_length: int = 0
    expected: str = ""
    default: str = ""
    same_as: str = ""
    not_before: str = ""
    not_after: str = ""
    not_less: str = ""
    not_more: str = ""
    warn_days: int = 0

    @property
    def heading(self) -> str:
        """The label with its unit, as it heads a column: 出资（万元）."""
        return f"{self.label}（{self.unit}）" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Field(Cell):
    """One field of a section. `stored` and `column` say where its value lives ("": document)."""

    section: str = ""
    group: str = ""
    required: Required = Required.OPTIONAL
    classes: tuple[str, ...] = ()
    when: When | None = None
    sensitivity: int = 1
    maintainer: str = "U"
    help: str = ""
    long: bool = False
    material: bool = False
    stored: str = ""
    column: str = ""
    rows_min: int = 0
    sum_max: SumMax | None = None
    sum_near: SumNear | None = None
    columns: tuple[Cell, ...] = ()

    @property
    def in_document(self) -> bool:
        """Whether the value is a key of the document, not a row of another table."""
        return not self.stored

    @property
    def counted(self) -> bool:
        """Whether the filler answers for it here; rows of other tables count for themselves."""
        return self.stored in ("", "dossiers") and self.required != Required.SYSTEM


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    letter: str
    label: str
    fields: tuple[Field, ...]

    def groups(self) -> Iterator[tuple[str, list[Field]]]:
        """The headings of the section with their fields, in the guide's order."""
        grouped: dict[str, list[Field]] = {}
        for field in self.fields:
            grouped.setdefault(field.group, []).append(field)
        yield from grouped.items()


@dataclass(frozen=True, slots=True)
class Definition:
    """An edition's content, parsed."""

    sections: tuple[Section, ...]
    by_code: Mapping[str, Field]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.by_code.values())

    def __getitem__(self, code: str) -> Field:
        return self.by_code[code]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value; `row` counts from 1 in tables, 0 stands for the field."""

    field: str
    code: str
    message: str
    row: int = 0
    column: str = ""


@dataclass(frozen=True, slots=True)
class Completeness:
    """已填 `filled` / 应填 `required`, and the required fields that lack a value."""

    filled: int
    required: int
    missing: tuple[Field, ...]

    @property
    def percent(self) -> int:
        """Whole percent, rounded down, so that 100 means complete."""
        return 100 if not self.required else self.filled * 100 // self.required

    def __add__(self, other: Self) -> "Completeness":
        return Completeness(
            self.filled + other.filled,
            self.required + other.required,
            (*self.missing, *other.missing),
        )


# Reading a definition


CELL_KEYS = {field.name for field in fields(Cell)} - {"code_list"}
FIELD_KEYS = {field.name for field in fields(Field)} - {"code_list", "section"}
DECIMALS = ("min", "max")
TUPLES = ("gas_uses", "classes")


def parse(definition: Mapping[str, Any]) -> Definition:
    """Read `{"lists": …, "sections": […]}` as the data file and `Edition.definition` hold it.

    Raises: BrokenGuide, with the code of the first field that cannot be.
    """
    lists = lists_of(definition)
    sections = []
    by_code: dict[str, Field] = {}
    for given in definition.get("sections", ()):
        for name in ("code", "letter", "label", "fields"):
            if name not in given:
                text = _("这一部分缺少 %(name)s。")
                raise BrokenGuide(str(given.get("code", "?")), text % {"name": name})
        parsed = tuple(_parse_field(raw, given["code"], lists) for raw in given["fields"])
        for field in parsed:
            if field.code in by_code:
                raise BrokenGuide(field.code, _("编码重复：另有一栏已用这个编码。"))
            by_code[field.code] = field
        sections.append(Section(given["code"], given["letter"], given["label"], parsed))
    if not by_code:
        raise BrokenGuide("sections", _("填报指南里一栏也没有。"))
    for field in by_code.values():
        _check_references(field, by_code)
    return Definition(tuple(sections), by_code)


def lists_of(definition: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The code lists by name, code → label in their order; given as objects or as pairs.

    Raises: BrokenGuide.
    """
    try:
        return {name: dict(codes) for name, codes in definition.get("lists", {}).items()}
    except (TypeError, ValueError) as error:
        raise BrokenGuide("lists", _unreadable(error)) from error


def _parse_field(
    raw: Mapping[str, Any], section: str, lists: Mapping[str, Mapping[str, str]]
) -> Field:
    code = str(raw.get("code", "?"))
    values = _cell_values(raw, FIELD_KEYS, lists)
    try:
        values["required"] = Required(raw.get("required", "optional"))
        if "when" in raw:
            given = raw["when"]
            values["when"] = When(
                given["field"], tuple(given.get("any_of", ())), tuple(given.get("none_of", ()))
            )
        if "sum_max" in raw:
            values["sum_max"] = SumMax(raw["sum_max"]["column"], Decimal(raw["sum_max"]["max"]))
        if "sum_near" in raw:
            near = raw["sum_near"]
            values["sum_near"] = SumNear(near["column"], near["field"], Decimal(near["percent"]))
    except (ArithmeticError, KeyError, TypeError, ValueError) as error:
        raise BrokenGuide(code, _unreadable(error)) from error
    values["columns"] = tuple(
        _parse_column(code, column, lists) for column in raw.get("columns", ())
    )
    field = Field(section=section, **values)
    if field.sensitivity not in range(1, 5):
        raise BrokenGuide(code, _("密级只能是 1 到 4。"))
    if (field.type == FieldType.TABLE) != bool(field.columns):
        raise BrokenGuide(code, _("类型为“表格”的栏目至少要有一列，其他类型不能有列。"))
    if field.required == Required.WHEN and not (field.classes or field.gas_uses or field.when):
        raise BrokenGuide(code, _("按条件必填的栏目，要写明客户分类、用气类型或其他栏目的取值。"))
    names = [column.code for column in field.columns]
    for name in names:
        if names.count(name) > 1:
            raise BrokenGuide(code, _("列编码“%(name)s”重复。") % {"name": name})
    for rule in (field.sum_max, field.sum_near):
        if rule is not None and rule.column not in names:
            text = _("合计校验所指的列“%(name)s”不存在。")
            raise BrokenGuide(code, text % {"name": rule.column})
    for name, known in (("klass", field.classes), ("gas_use", field.gas_uses)):
        for unknown in set(known) - set(lists[name]) if name in lists else ():
            text = _("填写条件里的代码“%(code)s”不在代码表里。")
            raise BrokenGuide(code, text % {"code": unknown})
    return field


def _unreadable(error: Exception) -> str:
    text = _("有一项设置读不懂（%(what)s），请检查数字、日期和写法规则。")
    return text % {"what": str(error)[:80] or type(error).__name__}


def _parse_column(
    code: str, raw: Mapping[str, Any], lists: Mapping[str, Mapping[str, str]]
) -> Cell:
    column = Cell(**_cell_values(raw, CELL_KEYS, lists, within=code))
    if column.type == FieldType.TABLE:
        raise BrokenGuide(f"{code}.{column.code}", _("表格的列不能又是表格。"))
    return column


def _cell_values(
    raw: Mapping[str, Any],
    keys: set[str],
    lists: Mapping[str, Mapping[str, str]],
    within: str = "",
) -> dict[str, Any]:
    code = f"{within}.{raw.get('code', '?')}" if within else str(raw.get("code", "?"))
    unknown = raw.keys() - keys
    if unknown:
        text = _("有不认识的设置：%(names)s。")
        raise BrokenGuide(code, text % {"names": "、".join(sorted(unknown))})
    if not raw.get("code") or not raw.get("label"):
        raise BrokenGuide(code, _("编码和名称都要填。"))
    if not CODE.fullmatch(str(raw["code"])):
        raise BrokenGuide(code, _("编码只能用小写字母、数字和下划线，以字母开头，最多 60 个。"))
    if len(str(raw["label"])) > LONGEST_LABEL:
        raise BrokenGuide(code, _("名称最多 %(most)d 字。") % {"most": LONGEST_LABEL})
    values = dict(raw)
    try:
        values["type"] = FieldType(raw.get("type", "text"))
        for name in DECIMALS:
            if name in raw:
                values[name] = Decimal(raw[name])
        for name in TUPLES:
            if name in raw:
                values[name] = tuple(raw[name])
        re.compile(raw.get("pattern", ""))
    except re.error as error:
        text = _("写法规则不是有效的正则表达式：%(why)s。")
        raise BrokenGuide(code, text % {"why": error}) from error
    except (ArithmeticError, TypeError, ValueError) as error:
        raise BrokenGuide(code, _unreadable(error)) from error
    _check_limits(code, values)
    if values["type"] in (FieldType.CHOICE, FieldType.CHOICES):
        name = raw.get("choices", "")
        if name != REGION_LIST and name not in lists:
            text = _("没有名为“%(name)s”的代码表，请先选定代码表。")
            raise BrokenGuide(code, text % {"name": name})
        values["code_list"] = name
        values["choices"] = lists.get(name)
    elif "choices" in raw:
        raise BrokenGuide(code, _("只有单选、多选的栏目才有代码表。"))
    return values


def _check_limits(code: str, values: Mapping[str, Any]) -> None:
    digits = values.get("digits", 0)
    if not isinstance(digits, int) or not 0 <= digits <= MOST_DIGITS:
        raise BrokenGuide(code, _("小数位应是 0 到 %(most)d。") % {"most": MOST_DIGITS})
    pattern = values.get("pattern", "")
    if len(pattern) > LONGEST_PATTERN:
        raise BrokenGuide(code, _("写法规则最多 %(most)d 个字符。") % {"most": LONGEST_PATTERN})
    if _EXPLOSIVE.search(pattern):
        text = _("写法规则里，可重复的一组之内不能再有重复或“|”，否则检查会极慢；请改写。")
        raise BrokenGuide(code, text)
    for low, high in (("min", "max"), ("min_length", "max_length")):
        if values.get(low) and values.get(high) and values[low] > values[high]:
            raise BrokenGuide(code, _("下限大于上限，请检查。"))


def _check_references(field: Field, by_code: Mapping[str, Field]) -> None:
    wanted = [
        other
        for cell in (field, *field.columns)
        for other in (
            cell.not_before,
            cell.not_after,
            cell.not_less,
            cell.not_more,
            cell.same_as,
        )
    ]
    if field.when is not None:
        wanted.append(field.when.field)
    if field.sum_near is not None:
        wanted.append(field.sum_near.field)
    for code in wanted:
        if code and code != "today" and code not in by_code:
            text = _("校验或条件所指的栏目“%(code)s”不存在，请先改掉再试。")
            raise BrokenGuide(field.code, text % {"code": code})
    if field.when is not None:
        other = by_code[field.when.field]
        yes_no = {"true": "", "false": ""}
        offered = yes_no if other.type == FieldType.BOOL else other.choices
        tokens = (*field.when.any_of, *field.when.none_of)
        if not tokens:
            raise BrokenGuide(field.code, _("条件栏目的取值没有写，请填“条件取值”或“条件排除”。"))
        for token in tokens:
            if offered is not None and token not in offered:
                text = _("条件里的“%(token)s”不是“%(label)s”的代码。")
                raise BrokenGuide(field.code, text % {"token": token, "label": other.label})


# Reading a file by it


def facts_of(definition: Definition, document: Mapping[str, Any], record: object) -> dict[str, Any]:
    """The document with the fields that are columns of the dossier's row (`record`) itself."""
    facts = dict(document)
    for field in definition:
        if field.stored == "dossiers" and field.column:
            facts[field.code] = _plain(getattr(record, field.column))
    return facts


def _plain(value: object) -> Any:
    if value is None or isinstance(value, str | bool | list):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def is_empty(value: Any) -> bool:
    """Whether nothing is filled in: None, blank text, no rows, or rows with nothing in them."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping):
        return all(is_empty(part) for part in value.values())
    if isinstance(value, list):
        return all(is_empty(part) for part in value)
    return value is None


def applies(field: Field, facts: Mapping[str, Any], klass: str, gas_uses: Iterable[str]) -> bool:
    """Whether the field is required of this file: by class, gas use, or another field."""
    if field.required != Required.WHEN:
        return field.required == Required.ALWAYS
    if field.classes and klass in field.classes:
        return True
    if field.gas_uses and set(field.gas_uses) & set(gas_uses):
        return True
    if field.when is None:
        return False
    tokens = _tokens(facts.get(field.when.field))
    if field.when.any_of:
        return bool(tokens & set(field.when.any_of))
    return not tokens & set(field.when.none_of)


def _tokens(value: Any) -> set[str]:
    if isinstance(value, bool):
        return {"true" if value else "false"}
    if isinstance(value, list):
        return {part for part in value if isinstance(part, str)}
    return {value} if isinstance(value, str) and value else set()


def completeness(
    facts: Mapping[str, Any],
    section_fields: Iterable[Field],
    klass: str,
    gas_uses: Sequence[str],
) -> Completeness:
    """How far the required among these fields are filled (§5.4)."""
    wanted = [
        field
        for field in section_fields
        if field.counted and applies(field, facts, klass, gas_uses)
    ]
    missing = tuple(field for field in wanted if is_empty(facts.get(field.code)))
    return Completeness(len(wanted) - len(missing), len(wanted), missing)


# Checking


def validate(
    facts: Mapping[str, Any],
    definition: Definition,
    klass: str,
    gas_uses: Sequence[str],
    today: date,
) -> list[Problem]:
    """Everything wrong with the file, in the guide's order; missing required fields included."""
    problems: list[Problem] = []
    for field in definition:
        if not field.counted:
            continue
        value = facts.get(field.code)
        if is_empty(value):
            if applies(field, facts, klass, gas_uses):
                problems.append(Problem(field.code, "missing_value", _missing(field)))
            continue
        problems += _problems_of(field, value, facts, today)
    known = definition.by_code
    for code in facts.keys() - known.keys():
        text = _("填报指南里没有“%(code)s”这一项。") % {"code": code}
        problems.append(Problem(code, "unknown_field", text))
    return problems


def _problems_of(
    field: Field, value: Any, facts: Mapping[str, Any], today: date
) -> Iterator[Problem]:
    if field.type != FieldType.TABLE:
        for code, message in check(field, value, facts, today):
            yield Problem(field.code, code, message)
        return
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        text = _("“%(label)s”应是一张表。") % {"label": field.label}
        yield Problem(field.code, "wrong_type", text)
        return
    columns = {column.code: column for column in field.columns}
    for number, row in enumerate(value, 1):
        for code in row.keys() - columns.keys():
            text = _("“%(label)s”没有“%(code)s”这一列。") % {"label": field.label, "code": code}
            yield Problem(field.code, "unknown_field", text, number, code)
        for column in field.columns:
            inside = row.get(column.code)
            if is_empty(inside):
                if column.needed:
                    yield Problem(
                        field.code, "missing_value", _missing(column), number, column.code
                    )
                continue
            for code, message in check(column, inside, facts, today):
                yield Problem(field.code, code, message, number, column.code)
    if len(value) < field.rows_min:
        text = _("“%(label)s”至少填 %(rows)d 行。") % {"label": field.label, "rows": field.rows_min}
        yield Problem(field.code, "too_few_rows", text)
    yield from _check_sums(field, value, facts)


def _check_sums(
    field: Field, rows: list[Mapping[str, Any]], facts: Mapping[str, Any]
) -> Iterator[Problem]:
    if field.sum_max is not None:
        total = _sum(rows, field.sum_max.column)
        if total > field.sum_max.max:
            text = _("“%(label)s”合计 %(total)s，超过 %(max)s。") % {
                "label": field.label,
                "total": total,
                "max": field.sum_max.max,
            }
            yield Problem(field.code, "sum_over", text, column=field.sum_max.column)
    if field.sum_near is not None:
        whole = as_number(facts.get(field.sum_near.field))
        if whole is not None:
            total = _sum(rows, field.sum_near.column)
            if abs(total - whole) * 100 > whole * field.sum_near.percent:
                text = _("“%(label)s”合计 %(total)s，与 %(whole)s 相差超过 %(percent)s%%。") % {
                    "label": field.label,
                    "total": total,
                    "whole": whole,
                    "percent": field.sum_near.percent,
                }
                yield Problem(field.code, "sum_mismatch", text, column=field.sum_near.column)


def _sum(rows: list[Mapping[str, Any]], column: str) -> Decimal:
    numbers = (as_number(row.get(column)) for row in rows)
    return sum((number for number in numbers if number is not None), Decimal(0))


def as_number(value: Any) -> Decimal | None:
    """The number that a stored text holds; None for anything else."""
    if isinstance(value, str) and PLAIN_NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def as_text(number: Decimal) -> str:
    """How a number is stored: no exponent, no separators, its decimals kept: 50000.00."""
    return f"{number:f}"


def _missing(cell: Cell) -> str:
    return _("“%(label)s”必填。") % {"label": cell.label}


def check(
    cell: Cell, value: Any, facts: Mapping[str, Any], today: date
) -> Iterator[tuple[str, str]]:
    """(code, sentence) for all that is wrong with a value that is not empty."""
    found = list(CHECKS[cell.type](cell, value))
    if not found:
        found = list(_check_against(cell, value, facts, today))
    yield from found


def _check_text(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    label = cell.label
    if not isinstance(value, str):
        yield "wrong_type", _("“%(label)s”应是文字。") % {"label": label}
        return
    if cell.max_length and len(value) > cell.max_length:
        text = _("“%(label)s”最多 %(length)d 字，现有 %(now)d 字。")
        yield "too_long", text % {"label": label, "length": cell.max_length, "now": len(value)}
    if len(value) < cell.min_length:
        text = _("“%(label)s”至少 %(length)d 字，现有 %(now)d 字。")
        yield "too_short", text % {"label": label, "length": cell.min_length, "now": len(value)}
    if cell.pattern and (len(value) > MATCHED or not re.fullmatch(cell.pattern, value)):
        text = _("“%(label)s”的写法不对：%(value)s。")
        yield "bad_pattern", text % {"label": label, "value": value[:40]}


def _check_texts(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield "wrong_type", _("“%(label)s”应是若干条文字。") % {"label": cell.label}
        return
    for part in value:
        yield from _check_text(cell, part)


def _check_choice(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, str) or not _knows(cell, value):
        text = _("“%(label)s”没有“%(value)s”这个选项。")
        yield "unknown_code", text % {"label": cell.label, "value": str(value)[:40]}


def _check_choices(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield "wrong_type", _("“%(label)s”应是若干个选项。") % {"label": cell.label}
        return
    for part in value:
        yield from _check_choice(cell, part)


def _knows(cell: Cell, code: str) -> bool:
    if cell.code_list == REGION_LIST:
        return code in REGIONS or code in COUNTIES
    return cell.choices is not None and code in cell.choices


def _check_number(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    number = as_number(value)
    if number is None:
        yield "invalid_number", _("“%(label)s”应是数字。") % {"label": cell.label}
        return
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > cell.digits:
        text = _("“%(label)s”最多 %(digits)d 位小数。")
        yield "too_many_digits", text % {"label": cell.label, "digits": cell.digits}
    if cell.min is not None and number < cell.min:
        text = _("“%(label)s”不能小于 %(limit)s。")
        yield "out_of_range", text % {"label": cell.label, "limit": cell.min}
    if cell.max is not None and number > cell.max:
        text = _("“%(label)s”不能大于 %(limit)s。")
        yield "out_of_range", text % {"label": cell.label, "limit": cell.max}


def _check_date(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    if _date(value) is None:
        text = _("“%(label)s”不是日期，请写成 2026-10-31 的样子。")
        yield "invalid_date", text % {"label": cell.label}


def _date(value: Any) -> date | None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _check_datetime(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        text = _("“%(label)s”不是时间，请写成 2026-10-31 09:30 的样子。")
        yield "invalid_date", text % {"label": cell.label}


def _check_time(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    try:
        time.fromisoformat(value)
    except (TypeError, ValueError):
        text = _("“%(label)s”不是时刻，请写成 08:00 的样子。")
        yield "invalid_date", text % {"label": cell.label}


def _check_month(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, str) or _date(f"{value}-01") is None:
        text = _("“%(label)s”不是月份，请写成 2026-10 的样子。")
        yield "invalid_month", text % {"label": cell.label}


def _check_bool(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, bool):
        yield "wrong_type", _("“%(label)s”应是“是”或“否”。") % {"label": cell.label}


def _check_file(cell: Cell, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        yield "wrong_type", _("“%(label)s”应是附件。") % {"label": cell.label}


CHECKS = {
    FieldType.TEXT: _check_text,
    FieldType.TEXTS: _check_texts,
    FieldType.CHOICE: _check_choice,
    FieldType.CHOICES: _check_choices,
    FieldType.DATE: _check_date,
    FieldType.DATETIME: _check_datetime,
    FieldType.TIME: _check_time,
    FieldType.MONTH: _check_month,
    FieldType.NUMBER: _check_number,
    FieldType.BOOL: _check_bool,
    FieldType.REF: _check_text,
    FieldType.FILE: _check_file,
}


def _check_against(
    cell: Cell, value: Any, facts: Mapping[str, Any], today: date
) -> Iterator[tuple[str, str]]:
    """Against the other fields and today. ISO dates compare as texts."""
    if cell.type in (FieldType.DATE, FieldType.DATETIME):
        earliest = _bound(cell.not_before, facts, today)
        latest = _bound(cell.not_after, facts, today)
        if earliest and value[:10] < earliest:
            text = _("“%(label)s”不能早于 %(other)s。")
            yield "date_order", text % {"label": cell.label, "other": earliest}
        if latest and value[:10] > latest:
            text = _("“%(label)s”不能晚于 %(other)s。")
            yield "date_order", text % {"label": cell.label, "other": latest}
    if cell.type == FieldType.NUMBER:
        number = Decimal(value)
        less, more = as_number(facts.get(cell.not_less)), as_number(facts.get(cell.not_more))
        if less is not None and number < less:
            text = _("“%(label)s”不能小于 %(limit)s。")
            yield "out_of_range", text % {"label": cell.label, "limit": less}
        if more is not None and number > more:
            text = _("“%(label)s”不能大于 %(limit)s。")
            yield "out_of_range", text % {"label": cell.label, "limit": more}
    if cell.same_as and not is_empty(facts.get(cell.same_as)) and value != facts[cell.same_as]:
        text = _("“%(label)s”应与 %(other)s 一致。")
        yield "not_same", text % {"label": cell.label, "other": facts[cell.same_as]}
    if cell.expected and cell.expected not in _tokens(value):
        shown = display_plain(cell, cell.expected)
        text = _("“%(label)s”不是“%(expected)s”，请核实。")
        yield "unexpected", text % {"label": cell.label, "expected": shown}


def _bound(other: str, facts: Mapping[str, Any], today: date) -> str:
    """The day that another field (or "today") stands for, as ISO text; "" for none."""
    value = today.isoformat() if other == "today" else facts.get(other)
    return value[:10] if isinstance(value, str) else ""


# Showing


def display(cell: Cell, value: Any) -> str:
    """The value as a clerk reads it, with its unit: 50,000.00 万元; "" for nothing."""
    if is_empty(value):
        return ""
    if cell.type == FieldType.TABLE and isinstance(value, list):
        return _("%(rows)d 条") % {"rows": len(value)}
    shown = display_plain(cell, value)
    return f"{shown} {cell.unit}" if cell.unit else shown


def display_plain(cell: Cell, value: Any) -> str:
    """The value without its unit, for columns whose heading says it."""
    if is_empty(value):
        return ""
    if isinstance(value, list):
        return "、".join(display_plain(cell, part) for part in value)
    if cell.type in (FieldType.CHOICE, FieldType.CHOICES):
        if cell.code_list == REGION_LIST:
            return name_of(str(value))
        return (cell.choices or {}).get(str(value), str(value))
    if cell.type == FieldType.BOOL:
        return _("是") if value in (True, "true") else _("否")
    if cell.type == FieldType.NUMBER:
        number = as_number(value)
        if number is None:
            return str(value)
        return f"{number:,f}" if cell.unit else f"{number:f}"
    if cell.type == FieldType.DATE and value == OPEN_END:
        return _("长期")
    if cell.type == FieldType.DATETIME:
        return str(value)[:16].replace("T", " ")
    if isinstance(value, Mapping):
        return str(value.get("name", ""))
    return str(value)


def display_rows(field: Field, value: Any) -> list[list[str]]:
    """A table's rows as texts, one cell a column of the field."""
    rows = value if isinstance(value, list) else []
    return [
        [display_plain(column, row.get(column.code)) for column in field.columns]
        for row in rows
        if isinstance(row, Mapping)
    ]
