"""One cell → one value, for each kind of column. Pure; a cell that cannot be taken raises Bad.

A reader takes the cell (never blank) and the unit that the header names ("" for none).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from yihu.customers import credit_code
from yihu.intake import rules
from yihu.intake.rules import Bad
from yihu.kit import text
from yihu.kit.sheet import Cell, Fault
from yihu.org import regions

Reader: TypeAlias = Callable[[Cell, str], Any]
Message: TypeAlias = str | Promise

LARGEST_STORED = Decimal(10) ** 12


def _plain_text(cell: Cell) -> str:
    """What a text column sees: numbers without ".0", dates as 2026-10-01."""
    return cell if isinstance(cell, str) else text.shown(cell, limit=1000)


def words(limit: int, *, tidy: Callable[[str], str] = text.line) -> Reader:
    """Free text of at most so many characters."""

    def read(cell: Cell, _unit: str) -> str:
        value = tidy(_plain_text(cell))
        if len(value) > limit:
            raise Bad(
                "invalid_number",
                _("“%(value)s”有 %(actual)d 个字，最多 %(limit)d 个；请缩短。")
                % {"value": text.shown(value, 20), "actual": len(value), "limit": limit},
            )
        return value

    return read


def names(limit: int) -> Reader:
    """Several names in one cell: 甲公司、乙公司."""
    one = words(limit, tidy=text.name)

    def read(cell: Cell, unit: str) -> list[str]:
        whole = text.narrow(_plain_text(cell))
        for mark in ",;/\n":
            whole = whole.replace(mark, "、")
        return [one(part, unit) for part in whole.split("、") if part.strip()]

    return read


def paper_number(limit: int) -> Reader:
    """The number of a paper or a person: full width, spaces and lower case taken away."""
    return words(limit, tidy=text.code)


def phone(cell: Cell, unit: str) -> str:
    """A telephone number; a mobile number loses its dashes."""
    value: str = words(60)(cell, unit)
    digits = text.code(value).replace("-", "").removeprefix("+86")
    return digits if digits.isdecimal() and len(digits) == 11 and digits[0] == "1" else value


def social_credit_code(cell: Cell, _unit: str) -> str:
    """A unified social credit code (GB 32100-2015)."""
    try:
        return credit_code.read(cell)
    except credit_code.BadCreditCode as error:
        raise Bad(
            "invalid_credit_code",
            _("统一社会信用代码“%(value)s”无效：%(why)s")
            % {"value": text.shown(cell), "why": error},
        ) from error


def day(*, last: bool = False) -> Reader:
    """A date; `last`: a bare month means its last day."""

    def read(cell: Cell, _unit: str) -> date:
        try:
            return text.read_date(_no_time(cell), last=last)
        except (ValueError, OverflowError) as error:
            raise Bad(
                "invalid_date",
                _("“%(value)s”不是有效日期；请写成 2026-10-01 的样子。")
                % {"value": text.shown(cell)},
            ) from error

    return read


def month(cell: Cell, year: str) -> date:
    """The first day of a month; `year`: what a bare 10月 belongs to, "" for none."""
    try:
        return text.read_month(_no_time(cell), year=int(year) if year else None)
    except (ValueError, OverflowError) as error:
        raise Bad(
            "invalid_month",
            _("“%(value)s”不是有效月份；请写成 2026-10 的样子。") % {"value": text.shown(cell)},
        ) from error


def _no_time(cell: Cell) -> object:
    if isinstance(cell, time | timedelta):
        raise ValueError("a time of day")
    return cell


def _number(cell: Cell) -> tuple[Decimal, str]:
    if isinstance(cell, date | datetime | time | timedelta | Fault):
        raise _no_number(cell)
    try:
        number, rest = text.read_number(cell)
    except ValueError as error:
        raise _no_number(cell) from error
    if abs(number) >= LARGEST_STORED:
        raise Bad(
            "invalid_number",
            _("“%(value)s”过大，无法保存；请核对单位和数位。") % {"value": text.shown(cell)},
        )
    return number, text.code(rest) if rest else ""


def _no_number(cell: Cell) -> Bad:
    return Bad(
        "invalid_number",
        _("“%(value)s”不是有效数字；请只填数字，单位写在表头或计量单位列。")
        % {"value": text.shown(cell)},
    )


def rounded(number: Decimal, digits: Decimal) -> Decimal:
    """Half up to the digits that are stored."""
    return number.quantize(digits, ROUND_HALF_UP)


def _not_negative(cell: Cell, number: Decimal) -> None:
    if number < 0:
        raise Bad(
            "negative_quantity", _("“%(value)s”为负数；请核对。") % {"value": text.shown(cell)}
        )


def quantity(cell: Cell, unit: str) -> tuple[Decimal, str]:
    """A quantity as written and the unit that the cell or the header names ("" for neither)."""
    number, rest = _number(cell)
    for mark in rules.PER_DAY:
        rest, unit = rest.removesuffix(mark), unit.removesuffix(mark)
    if rest and rest not in rules.QUANTITY_UNIT_OF:
        raise Bad(
            "unknown_quantity_unit",
            _("“%(value)s”的计量单位无法识别；管道气用万立方米，LNG 用吨。")
            % {"value": text.shown(cell)},
        )
    _not_negative(cell, number)
    return number, rest or (unit if unit in rules.QUANTITY_UNIT_OF else "")


def quantity_unit(cell: Cell, _unit: str) -> str:
    """A unit of measure as written, one of `rules.QUANTITY_UNIT_OF`."""
    written = text.code(_plain_text(cell))
    if written not in rules.QUANTITY_UNIT_OF:
        raise Bad(
            "unknown_quantity_unit",
            _("计量单位“%(value)s”无法识别；管道气用万立方米，LNG 用吨。")
            % {"value": text.shown(cell)},
        )
    return written


def price(cell: Cell, unit: str) -> tuple[Decimal, str]:
    """Yuan for a cubic metre or a tonne, and the unit that it names ("" for none)."""
    number, rest = _number(cell)
    if rest and rest not in rules.PRICE_UNIT_OF:
        raise _no_number(cell)
    _not_negative(cell, number)
    fits = rules.PRICE_UNIT_OF.get(rest) or rules.PRICE_UNIT_OF.get(unit) or ""
    return rounded(number, rules.DIGITS_OF_PRICE), fits


def money(base: str, *, negative: bool = True) -> Reader:
    """An amount in `base` (元 or 万元), from whatever the cell or the header names."""
    divisor = rules.MONEY_UNIT_OF[base]

    def read(cell: Cell, unit: str) -> Decimal:
        number, rest = _number(cell)
        if rest and rest not in rules.MONEY_UNIT_OF:
            raise _no_number(cell)
        if not negative:
            _not_negative(cell, number)
        factor = rules.MONEY_UNIT_OF.get(rest or unit, divisor)
        return rounded(number * factor / divisor, rules.DIGITS_OF_MONEY)

    return read


def percentage(cell: Cell, _unit: str) -> Decimal:
    """A share of 0 to 100: 90%, 0.9 and 90 all mean 90. Between 1 and 2 it could be either."""
    number, rest = _number(cell)
    if rest not in {"", "%"}:
        raise _no_number(cell)
    if not rest and 0 <= number <= 1:
        number *= 100
    elif not rest and 1 < number < 2:
        raise Bad(
            "percentage_out_of_range",
            _(
                "“%(value)s”可能是 %(low)s%% 也可能是 %(high)s%%；"
                "请写明百分号，比例应在 0%% 至 100%% 之间。"
            )
            % {
                "value": text.shown(cell),
                "low": text.plain_number(number),
                "high": text.plain_number(number * 100),
            },
        )
    if not 0 <= number <= 100:
        raise Bad(
            "percentage_out_of_range",
            _("比例“%(value)s”应在 0%% 至 100%% 之间；请核对。") % {"value": text.shown(cell)},
        )
    return rounded(number, Decimal("0.0001"))


def score(cell: Cell, _unit: str) -> Decimal:
    """A score of 0 to 100."""
    number, rest = _number(cell)
    if rest not in {"", "分"}:
        raise _no_number(cell)
    if not 0 <= number <= 100:
        raise Bad(
            "score_out_of_range",
            _("得分“%(value)s”应在 0 至 100 之间；请核对。") % {"value": text.shown(cell)},
        )
    return rounded(number, Decimal("0.01"))


def year(cell: Cell, _unit: str) -> int:
    """A year: 2026, 2026年, 2026年度."""
    written = text.code(_plain_text(cell))
    for mark in ("度", "年"):
        written = written.removesuffix(mark)
    if not (written.isdecimal() and len(written) == 4 and 1990 <= int(written) <= text.LATEST):
        raise Bad(
            "invalid_number",
            _("“%(value)s”不是有效年度；请写成 2026 的样子。") % {"value": text.shown(cell)},
        )
    return int(written)


def listed(table: Mapping[str, str], code: str, message: Message) -> Reader:
    """One of a code list, by its names; `message` has a place for `%(value)s`."""

    def read(cell: Cell, _unit: str) -> str:
        value = table.get(text.code(_plain_text(cell)))
        if value is None:
            raise Bad(code, str(message) % {"value": text.shown(cell)})
        return value

    return read


def gas_uses(cell: Cell, _unit: str) -> list[str]:
    """One or several gas uses, in the order of their codes; retail is refused (annex 2.4)."""
    whole = text.code(_plain_text(cell))
    written = [whole] if whole in rules.GAS_USE_OF or whole in rules.RETAIL else _parts(whole)
    found: set[str] = set()
    for part in written:
        if part in rules.RETAIL:
            raise Bad(
                "out_of_scope_retail",
                _(
                    "“%(value)s”属零售客户（车船加注、居民用气），不适用本细则，不建客户档案（附则2.4）。"
                )
                % {"value": text.shown(cell)},
            )
        if part not in rules.GAS_USE_OF:
            raise Bad(
                "unknown_gas_use",
                _("用气类型“%(value)s”不在代码表内；请从模板的下拉列表中选择。")
                % {"value": text.shown(cell)},
            )
        found.add(rules.GAS_USE_OF[part])
    return sorted(found)


def _parts(whole: str) -> list[str]:
    for mark in ",;/+\\":
        whole = whole.replace(mark, "、")
    return [part for part in whole.split("、") if part]


def _unknown_region(cell: Cell) -> Bad:
    return Bad(
        "unknown_region",
        _("“%(value)s”不是现行的省、市名称；请按行政区划填写，如 广东省、佛山市。")
        % {"value": text.shown(cell)},
    )


def province(cell: Cell, _unit: str) -> str:
    """A province's code by its name."""
    found = regions.find(text.narrow(_plain_text(cell)))
    if found is None or found.parent:
        raise _unknown_region(cell)
    return found.code


def region(cell: Cell, _unit: str) -> str:
    """A region's code, by six digits or by name: 440600, 佛山, 广东省佛山市."""
    written = text.code(_plain_text(cell))
    if written.isdecimal():
        if written not in regions.REGIONS and written not in regions.COUNTIES:
            raise _unknown_region(cell)
        return written
    found = regions.find(written)
    if found is None:
        for known in regions.REGIONS.values():
            if known.parent:
                continue
            for name in (known.name, regions.short_name(known)):
                if written.startswith(name):
                    found = found or regions.find(written.removeprefix(name), known.code)
    if found is None:
        raise _unknown_region(cell)
    return without_municipality(found.code)


def city(cell: Cell, within: str) -> str:
    """A city's code by its name within a province's code ("" for any)."""
    found = regions.find(text.narrow(_plain_text(cell)), within)
    if found is None:
        raise _unknown_region(cell)
    return without_municipality(found.code)


def without_municipality(code: str) -> str:
    """上海市 as a city is 上海市 as a province (直辖市)."""
    province_code = code[:2] + "0000"
    return province_code if province_code in regions.MUNICIPALITIES and code[2:] == "0100" else code
