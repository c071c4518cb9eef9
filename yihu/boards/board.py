"""A board put together: tiles, bars and charts, each with its table and the list behind it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.boards import queries
from yihu.boards.choices import Supply
from yihu.boards.measures import TONNE, WAN_M3, YUAN
from yihu.boards.models import FileFact
from yihu.boards.policy import tells
from yihu.boards.rules import AGES, band_label, change, province_of, said, share
from yihu.contracts.choices import Source
from yihu.customers.rules import GasUse, Klass
from yihu.kit.shading import ChinaMap, Shade

Chosen = Mapping[str, Any]
DIMENSIONS = ("unit", "klass", "province", "gas_use", "supply")
KEPT = (*DIMENSIONS, "year")


def address(name: str, chosen: Chosen, **more: Any) -> str:
    """The page under the board's own filters and these."""
    given = {key: chosen[key] for key in KEPT if chosen.get(key)} | more
    return f"{reverse(name)}?{urlencode({k: v for k, v in given.items() if v not in ('', None)})}"


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its two parts and the list behind it. `value` None: not told."""

    label: str
    value: str | None
    measure: str
    note: str
    url: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a ranked table: its name, where a click on it drills, figures, a bar."""

    label: str
    url: str
    cells: Sequence[str | None]
    width: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """A dimension: heads of its columns, its bars, the largest first.

    `map`: where they are places.
    """

    code: str
    title: str
    heads: Sequence[str]
    bars: Sequence[Bar]
    map: ChinaMap | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the table that says the same; `total` is what the list behind adds up to."""

    code: str
    title: str
    unit: str
    url: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[Decimal | None]]]
    total: str | None
    note: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """What the script draws."""
        return {
            "labels": list(self.labels), "unit": self.unit,
            "series": [
                {"name": name, "values": [None if v is None else str(v) for v in values]}
                for name, values in self.series
            ],
        }  # fmt: skip

    @property
    def table(self) -> list[tuple[str, list[str]]]:
        """A line a label, a column a series."""
        return [
            (label, ["—" if s[1][place] is None else said(s[1][place] or Decimal(0))
                     for s in self.series])
            for place, label in enumerate(self.labels)
        ]  # fmt: skip


def tiles(user: User, whole: Mapping[str, Any], chosen: Chosen) -> list[Tile]:
    """The seven figures at the head, all of one query."""

    def part(label: str, top: str, bottom: str, measure: str, unit: str) -> Tile:
        found = share(whole[top], whole[bottom])
        value = None if found is None else f"{found}%"
        note = f"{whole[top]:,} / {whole[bottom]:,} {unit}"
        url = address("boards:files", chosen, measure=measure)
        return Tile(label, value or "—", "", note, url, found is not None and found < 80)

    def count(label: str, value: int, measure: str, unit: str, note: str) -> Tile:
        url = address("boards:files", chosen, measure=measure)
        return Tile(label, f"{value:,}", unit, note, url, value > 0)

    owed = sum((whole[code] for code, _label in AGES), Decimal(0))
    told = said(owed) if tells(user, whole["owing"]) else None
    return [
        part(_("建档覆盖率"), "covered", "signed", "signed", _("签有合同的客户")),
        part(_("本月及时率"), "on_time", "fallen", "fallen", _("项到期任务")),
        part(_("填报完整率"), "filled", "required", "required", _("项应填栏目")),
        count(_("未解除的风险"), whole["risks"], "risks", _("条"),
              _("涉及 %(n)s 户") % {"n": f"{whole['risky']:,}"}),
        count(_("逾期的跟进事项"), whole["late"], "late", _("项"), _("访谈后承诺的事")),
        count(_("照付不议欠提"), whole["short"], "short", _("户"), _("按进度欠提 10% 以上")),
        Tile(_("未付清的应收"), told, str(YUAN), _("涉及 %(n)s 户") % {"n": f"{whole['owing']:,}"},
             address("boards:files", chosen, measure="owed"), False),
    ]  # fmt: skip


def rankings(user: User, chosen: Chosen, names: Mapping[str, str]) -> list[Ranking]:
    """By unit, province, class, gas use, gas; a click narrows the board, the last lists files."""
    labels: dict[str, Callable[[Any], str]] = {
        "unit": lambda code: names.get(str(code), ""),
        "province": province_of,
        "klass": lambda code: str(dict(Klass.choices).get(code, "")),
        "gas_use": lambda code: str(dict(GasUse.choices).get(code, "")),
        "supply": lambda code: str(dict(Supply.choices).get(code, _("没有销售合同"))),
    }
    titles = {
        "unit": _("按单位"), "province": _("按省份"), "klass": _("按客户分类"),
        "gas_use": _("按主要用气类型"), "supply": _("按气源"),
    }  # fmt: skip
    against = _("比前年") if queries.past(chosen) else _("比上年同期")
    heads = [
        _("档案（份）"), _("管道气（万立方米）"), against, _("LNG（吨）"), against,
        _("结算金额（元）"),
    ]  # fmt: skip
    found = []
    for code, title in titles.items():
        if code == "unit" and len(names) < 2:
            continue
        rows = queries.stock(user, chosen, code)
        rows.sort(key=lambda row: (-row["files"], str(row[code])))
        most = max((row["files"] for row in rows), default=1) or 1
        bars = []
        shades = []
        for row in rows:
            value = row[code]
            there = value if value not in ("", None) else "none"
            narrowed = {**chosen, code: there}
            last = all(narrowed.get(one) for one in DIMENSIONS if one != "unit" or len(names) > 1)
            bars.append(Bar(
                labels[code](value) or _("未填"),
                address("boards:files" if last else "boards:home", narrowed),
                _cells(user, row), row["files"] * 100 // most,
            ))  # fmt: skip
            if code == "province":
                shades.append(Shade(value or "", bars[-1].label, row["files"], bars[-1].url))
        drawn = ChinaMap("provinces", title, _("档案"), _("份"), shades)
        found.append(Ranking(code, title, heads, bars, drawn if shades else None))
    return found


def _cells(user: User, row: Mapping[str, Any]) -> list[str | None]:
    return [
        f"{row['files']:,}", said(row["wan_m3"]), _rise(row["wan_m3"], row["wan_m3_before"]),
        said(row["tonne"]), _rise(row["tonne"], row["tonne_before"]),
        said(row["amount_yuan"]) if tells(user, row["paying"]) else None,
    ]  # fmt: skip


def _rise(now: Decimal, before: Decimal) -> str:
    found = change(now, before)
    return "—" if found is None else f"{found:+}%"


def charts(user: User, whole: Mapping[str, Any], chosen: Chosen, today: date) -> list[Chart]:
    """Volumes and revenue month by month beside last year, price bands, receivables by age."""
    flow = queries.months(user, chosen, today)
    year = today.year - queries.past(chosen)
    labels = [f"{month:02d}" for month in range(1, 13)]
    found = []
    for source, unit, measure, title in (
        (Source.PIPELINE, WAN_M3, "wan_m3", _("管道气提气量，按月")),
        (Source.LNG, TONNE, "tonne", _("LNG 提气量，按月")),
    ):
        rows = [row for row in flow if row["source"] == source]
        if rows:
            found.append(_yearly(
                measure, title, str(unit), labels, rows, "volume", year, said(whole[measure]),
                address("boards:files", chosen, measure=measure),
            ))  # fmt: skip
    if flow and tells(user, whole["paying"]) and _all_told(user, flow):
        found.append(_yearly(
            "amount", _("结算金额，按月"), str(YUAN), labels, flow, "amount", year,
            said(whole["amount_yuan"]), address("boards:files", chosen, measure="amount"),
        ))  # fmt: skip
    for source, unit, measure, title in (
        (Source.PIPELINE, WAN_M3, "wan_m3", _("管道气价格带（元/立方米）")),
        (Source.LNG, TONNE, "tonne", _("LNG 价格带（元/吨）")),
    ):
        rows = [row for row in queries.bands(user, chosen, today) if row["source"] == source]
        if rows and tells(user, whole["paying"]):
            found.append(Chart(
                f"band-{measure}", title, str(unit),
                address("boards:files", chosen, measure=measure),
                [band_label(source, row["band"]) for row in rows],
                [(_("提气量"), [row["volume"] for row in rows])], said(whole[measure]),
            ))  # fmt: skip
    if whole["owing"] and tells(user, whole["owing"]):
        found.append(Chart(
            "ages", _("应收账龄"), str(YUAN), address("boards:files", chosen, measure="owed"),
            [str(label) for _code, label in AGES],
            [(_("未付清"), [whole[code] for code, _label in AGES])],
            said(sum((whole[code] for code, _label in AGES), Decimal(0))),
            _("自月末起算；未填回款的月份不计。"),
        ))  # fmt: skip
    return found


def _all_told(user: User, flow: Iterable[Mapping[str, Any]]) -> bool:
    return all(tells(user, row["files"]) for row in flow if row["amount"])


def _yearly(
    code: str, title: str, unit: str, labels: Sequence[str], rows: Iterable[Mapping[str, Any]],
    what: str, year: int, total: str, url: str,
) -> Chart:  # fmt: skip
    sums: dict[tuple[int, int], Decimal] = {}
    for row in rows:
        key = row["month"].year, row["month"].month
        sums[key] = sums.get(key, Decimal(0)) + row[what]
    series = [
        (str(of), [sums.get((of, month)) for month in range(1, 13)]) for of in (year - 1, year)
    ]
    return Chart(code, title, unit, url, labels, series, total)


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer whose volume moved most against the same months of last year."""

    fact: FileFact
    now: str
    before: str
    rise: str


def movers(user: User, chosen: Chosen) -> list[tuple[str, str, str, list[Mover]]]:
    """Title, unit, list, customers; a unit of measure that nobody takes is left out."""
    found = []
    for field_, unit, now, before, up, down in (
        ("wan_m3_rise", WAN_M3, "wan_m3", "wan_m3_before", "rise", "fall"),
        ("tonne_rise", TONNE, "tonne", "tonne_before", "rise_lng", "fall_lng"),
    ):
        for falls, measure in ((False, up), (True, down)):
            rows = queries.movers(user, chosen, field_, down=falls)
            if rows:
                title = _("减少最多") if falls else _("增加最多")
                lines = [
                    Mover(row, *(said(getattr(row, queries.column(name, chosen)))
                                 for name in (now, before, field_)))
                    for row in rows
                ]  # fmt: skip
                url = address("boards:files", chosen, measure=measure)
                found.append((title, str(unit), url, lines))
    return found
