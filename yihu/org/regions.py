"""Administrative divisions of GB/T 2260 as they stand today, from python-stdnum's table.

Provinces, prefecture-level cities, and what stands directly below a province: the districts
of the four municipalities (直辖市) and counties that a province runs itself (省直辖).
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files

PROVINCE_LINE = re.compile(r'(\d\d) province="(.+)"')
CODE_LINE = re.compile(r'  (\d{4}) county="(.+)"')
PERIOD = re.compile(r"\[(\d*)-(\d*)\](.+)")
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})
HEADINGS = frozenset({"市辖区", "县", "市", "林区"})
SHORT_PROVINCES = {
    "内蒙古自治区": "内蒙古",
    "广西壮族自治区": "广西",
    "西藏自治区": "西藏",
    "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆",
    "香港特别行政区": "香港",
    "澳门特别行政区": "澳门",
}
PREFECTURE = re.compile(
    r"(?:(?:蒙古族?|藏族|羌族|回族|彝族|苗族|壮族|白族|傣族|侗族|布依族|土家族|朝鲜族|哈尼族"
    r"|景颇族|傈僳族|黎族|哈萨克|柯尔克孜)+自治[州县]|地区|盟|市|县)$"
)


@dataclass(frozen=True, slots=True)
class Region:
    """`code`: six digits; `parent`: the province's code, "" for a province itself."""

    code: str
    name: str
    parent: str


def _standing_today(entry: str) -> str:
    """The name without an end year: "[1994-1995]荆沙市,[1996-]荆州市" → 荆州市; or ""."""
    for part in entry.split(","):
        match = PERIOD.fullmatch(part)
        if match is None:
            return part
        if not match[2]:
            return match[3]
    return ""


def _read() -> tuple[dict[str, Region], dict[str, Region]]:
    regions: dict[str, Region] = {}
    counties: dict[str, Region] = {}
    stem = ""
    for line in files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8").splitlines():
        if match := PROVINCE_LINE.fullmatch(line):
            stem = match[1]
            continue
        match = CODE_LINE.fullmatch(line)
        if match is None:
            continue
        code, name, province = stem + match[1], _standing_today(match[2]), stem + "0000"
        if not name:
            continue
        if code == province:
            regions[code] = Region(code, name, "")
        elif province in MUNICIPALITIES and code.endswith("0100"):
            regions[code] = Region(code, regions[province].name, province)
        elif name in HEADINGS or "直辖" in name:
            continue
        elif code.endswith("00") or province in MUNICIPALITIES or code[2:4] == "90":
            regions[code] = Region(code, name, province)
        else:
            counties[code] = Region(code, name, code[:4] + "00")
    regions.pop("429001", None)  # 随州市 became 421300; the table gives the old code no end
    return regions, counties


REGIONS, COUNTIES = _read()
"""`REGIONS`: provinces and what stands directly below them; `COUNTIES`: one level further."""


def short_name(region: Region) -> str:
    """广东省 → 广东, 佛山市 → 佛山, 延边朝鲜族自治州 → 延边; districts and counties stay."""
    if not region.parent:
        return SHORT_PROVINCES.get(region.name) or region.name.removesuffix("省").removesuffix("市")
    if not region.code.endswith("00") and region.code[2:4] != "90":
        return region.name
    return PREFECTURE.sub("", region.name) or region.name


def _index() -> dict[tuple[str, str], list[str]]:
    """(province or "", name) → codes. Districts are found only within their municipality."""
    index: dict[tuple[str, str], list[str]] = defaultdict(list)
    for region in REGIONS.values():
        for name in {region.name, short_name(region)}:
            index[region.parent, name].append(region.code)
            own_name = region.parent and region.name != REGIONS[region.parent].name
            if own_name and (region.parent not in MUNICIPALITIES):
                index["", name].append(region.code)
    return dict(index)


_BY_NAME = _index()


def find(name: str, within: str = "") -> Region | None:
    """The region of that name, with or without its suffix: 广东, 广东省, 佛山, 佛山市.

    `within`: a province's code narrows to what stands below it (or to that province itself).
    Without it a province goes before a city of the same short name (吉林, 海南). A name
    that several bear finds nothing.
    """
    wanted = "".join(name.split())
    codes = _BY_NAME.get((within, wanted), [])
    if not within and len(codes) > 1:
        codes = [code for code in codes if not REGIONS[code].parent] or codes
    if within and not codes and wanted in {REGIONS[within].name, short_name(REGIONS[within])}:
        return REGIONS[within]
    return REGIONS[codes[0]] if len(codes) == 1 else None


def province_of(code: str) -> Region | None:
    """The province that a six-digit code lies in; None for no known code."""
    return REGIONS.get(code[:2] + "0000")


def name_of(code: str) -> str:
    """440600 → 广东省佛山市, 440605 → 广东省佛山市南海区, 310000 → 上海市; unknown: the code."""
    province = province_of(code)
    region = REGIONS.get(code) or COUNTIES.get(code)
    if region is None or province is None:
        return code
    if region.code == province.code or region.name == province.name:
        return province.name
    between = REGIONS.get(region.parent)
    if between is not None and between.code != province.code:
        return province.name + between.name + region.name
    return province.name + region.name
