"""The demo group's customers, their dossiers, classes and ratings."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from yihu.customers.rules import Klass
from yihu.org.models import OrgUnit, Staff
from yihu.org.regions import REGIONS, short_name
from yihu.site.demo.names import BRANDS, SUFFIX, credit_code, mobile, person_name

CUSTOMERS = 2000
SHARED = 60
"""How many of them a second unit sells to as well."""
SHARE = {
    "GD": 260, "JS": 220, "ZJ": 220, "SD": 200, "FJ": 180, "HE": 170,
    "SH": 150, "TJ": 140, "LN": 140, "BJ": 130, "GX": 120, "HI": 70,
}  # fmt: skip
USES = (("01", 30), ("02", 35), ("03", 9), ("04", 8), ("05", 12), ("06", 6))
CLASSES = ((Klass.STRATEGIC, 4), (Klass.VIP, 14), (Klass.INTERNAL, 3), (Klass.GENERAL, 79))
CAPITALS = (500, 1000, 3000, 5000, 12000, 50000)
COMPLETE = 0.86
"""The share of files in which nothing that the guide requires is missing."""
SUPPLIERS = ("省管网公司", "国际贸易商", "邻省 LNG 工厂", "城市门站")


@dataclass(slots=True)
class Legal:
    """A legal entity: the golden record."""

    id: UUID
    credit_code: str
    name: str
    region_code: str
    use: str
    klass: Klass


@dataclass(slots=True)
class File:
    """A dossier at one unit, with the history of its class, oldest first."""

    id: UUID
    unit: OrgUnit
    legal: Legal
    number: str
    klass: Klass
    classes: list[tuple[date, Klass, str]]
    opened_on: date
    filler: Staff
    reviewer: Staff
    document: dict[str, Any] = field(default_factory=dict)


def random_id(rng: random.Random) -> UUID:
    """A version 4 UUID from the seeded source."""
    return UUID(int=rng.getrandbits(128), version=4)


def legal_entities(rng: random.Random) -> dict[str, list[Legal]]:
    """2,000 entities by the unit that sells to them first; names and codes are unique."""
    names: set[str] = set()
    codes: set[str] = set()
    found: dict[str, list[Legal]] = {}
    units = {unit.code: unit for unit in OrgUnit.objects.prefetch_related("regions")}
    for code, count in SHARE.items():
        province = units[code].regions.all()[0].region_code
        cities = [r for r in REGIONS.values() if r.parent == province and r.code.endswith("00")]
        places = cities or [REGIONS[province]]
        mine: list[Legal] = []
        while len(mine) < count:
            place = rng.choice(places)
            use = rng.choices([u for u, _ in USES], [w for _, w in USES])[0]
            name = short_name(place) + rng.choice(BRANDS) + rng.choice(SUFFIX[use])
            credit = credit_code(rng, place.code)
            if name in names or credit in codes:
                continue
            names.add(name)
            codes.add(credit)
            klass = rng.choices([k for k, _ in CLASSES], [w for _, w in CLASSES])[0]
            mine.append(Legal(random_id(rng), credit, name, place.code, use, klass))
        found[code] = mine
    return found


def files(
    rng: random.Random,
    legal: dict[str, list[Legal]],
    fillers: dict[str, list[Staff]],
    *,
    today: date,
) -> list[File]:
    """A dossier for each entity at its unit, and for some at a second one."""
    units = {unit.code: unit for unit in OrgUnit.objects.all()}
    reviewers = {
        staff.unit.code: staff
        for staff in Staff.objects.filter(employee_no__endswith="0002").select_related("unit")
    }
    pairs = [(code, entity) for code, mine in legal.items() for entity in mine]
    for code, entity in rng.sample(pairs, SHARED):
        pairs.append((rng.choice([other for other in SHARE if other != code]), entity))
    serial: dict[tuple[str, int], int] = {}
    made: list[File] = []
    for code, entity in pairs:
        opened = today - timedelta(days=rng.randint(400, 1500))
        serial[code, opened.year] = serial.get((code, opened.year), 0) + 1
        before = entity.klass
        classes = [(opened, before, "ledger")]
        changed = today.replace(month=4, day=20) - timedelta(days=365 * (today.month < 5))
        if rng.random() < 0.08 and opened < changed:
            before = rng.choice([k for k in (Klass.GENERAL, Klass.VIP) if k != entity.klass])
            classes = [(opened, before, "ledger"), (changed, entity.klass, "rating")]
        file = File(
            id=random_id(rng),
            unit=units[code],
            legal=entity,
            number=f"{code}-{opened.year}-{serial[code, opened.year]:04d}",
            klass=entity.klass,
            classes=classes,
            opened_on=opened,
            filler=rng.choices(fillers[code], [5, 3, 2])[0],
            reviewer=reviewers[code],
        )
        file.document = dict(document(rng, file, today=today))
        made.append(file)
    return made


def document(rng: random.Random, file: File, *, today: date) -> Iterator[tuple[str, Any]]:
    """The guide's fields as a unit fills them: mostly, but not all."""
    entity = file.legal
    capital = rng.choice(CAPITALS)
    boss = person_name(rng)
    place = REGIONS[entity.region_code]
    yield "entity_type", "legal_person"
    yield "ownership", rng.choice(("central_soe", "local_soe", "private", "private", "listed"))
    yield "reg_capital", f"{capital}.00"
    yield "paid_in", f"{capital * rng.choice((50, 80, 100)) // 100}.00"
    yield "capital_currency", "CNY"
    yield "legal_rep", boss
    yield "established_on", str(file.opened_on - timedelta(days=rng.randint(800, 6000)))
    yield "term_to", str(today + timedelta(days=rng.randint(1500, 9000)))
    yield "reg_status", "existing"
    yield "reg_addr", f"{place.name}高新区创业路 {rng.randint(1, 399)} 号"
    yield "office_addr", f"{place.name}高新区创业路 {rng.randint(1, 399)} 号"
    yield "admin_code", entity.region_code
    yield "scope_check", True
    yield "supply_form", ["lng_truck"] if entity.use == "05" else ["pipeline"]
    yield "admitted_on", str(file.opened_on - timedelta(days=20))
    yield "admission_no", f"准入〔{file.opened_on.year}〕{rng.randint(1, 400)} 号"
    yield "first_deal_on", str(file.opened_on)
    demand = rng.choice((600, 1200, 3600, 12000, 36000))
    yield "annual_demand", f"{demand}.0000"
    yield (
        "demand_12m",
        [{"month": str(month), "volume": f"{demand / 12:.4f}"} for month in range(1, 13)],
    )
    yield (
        "contacts",
        [
            {
                "name": person_name(rng),
                "department": department,
                "post": "经理",
                "role": [role],
                "mobile": mobile(rng),
                "source": source,
                "basis": "consent",
                "notified_on": str(file.opened_on),
            }
            for department, role, source in (
                ("采购部", "purchasing", "customer"),
                ("生产调度室", "dispatch", "dealings"),
            )
        ],
    )
    yield (
        "our_team",
        [
            {"role": "filler", "staff": file.filler.name},
            {"role": "reviewer", "staff": file.reviewer.name},
        ],
    )
    since = f"{file.opened_on.year} 年 {file.opened_on.month} 月"
    yield (
        "coop_summary",
        f"{entity.name}自 {since}起采购天然气，年需求约 {demand:,} 万立方米，按月结算，合作平稳。",
    )
    yield "coop_areas", ["trade"]
    if rng.random() < COMPLETE:
        yield from _the_rest(rng, file, demand, today=today)
    if rng.random() < 0.5:
        yield "tax_grade", rng.choice(("A", "A", "B", "M"))
        yield "alt_fuel", [rng.choice(("coal", "lpg", "fuel_oil"))]
    if entity.klass == Klass.STRATEGIC:
        yield (
            "strategic_value",
            [{"trade": "5", "chain": "4", "policy": "3", "basis": "年用气量与产业链协同"}],
        )
    if entity.klass == Klass.VIP:
        yield "vip_reason", ["stable", "volume"]
    if entity.klass in {Klass.STRATEGIC, Klass.VIP}:
        own = rng.randint(45, 90)
        yield (
            "supply_mix",
            [
                {"supplier": "本单位", "source": "海气", "percent": str(own)},
                {"supplier": rng.choice(SUPPLIERS), "source": "外购", "percent": str(100 - own)},
            ],
        )


def _the_rest(
    rng: random.Random, file: File, demand: int, *, today: date
) -> Iterator[tuple[str, Any]]:
    """What a careful filler adds: registers, facilities, years, checks."""
    entity = file.legal
    place = REGIONS[entity.region_code].name
    serial = int(file.number.rpartition("-")[2])
    yield (
        "class_basis",
        {"name": f"资源市场〔{file.opened_on.year}〕{serial % 90 + 1} 号 客户分类认定批复.pdf"},
    )
    later = str(today + timedelta(days=rng.randint(60, 2000)))
    yield "industry_code", {"01": "45", "03": "44"}.get(entity.use, "26")
    yield (
        "invoice_info",
        [
            {
                "tax_no": entity.credit_code,
                "bank": "演示银行营业部",
                "account": f"6222{rng.randint(0, 10**12):013d}",
                "taxpayer": "general",
            }
        ],
    )
    yield (
        "compliance_check",
        [
            {
                "checked_on": str(today - timedelta(days=rng.randint(20, 300))),
                "result": "passed",
                "dishonesty": "0",
                "lawsuits": str(rng.choice((*[0] * 18, 1, 2))),
                "penalties": "0",
                "checker": person_name(rng),
            }
        ],
    )
    yield "history", list(_years(rng, demand, today=today))
    yield from _by_use(rng, file, demand, place, later)
    if entity.klass == Klass.INTERNAL:
        yield "internal_kind", rng.choice(("group_sales", "cnooc_other"))
    if entity.klass in {Klass.STRATEGIC, Klass.VIP}:
        yield from _for_key_customers(rng, demand, today=today)
        yield from _rivals(file, demand, today=today)
    if entity.klass == Klass.STRATEGIC:
        signed = today - timedelta(days=rng.randint(200, 900))
        yield (
            "framework",
            [
                {
                    "number": f"ZL-{signed.year}-{rng.randint(1, 60):03d}",
                    "title": f"{entity.name}战略合作框架协议",
                    "signed_on": str(signed),
                    "ends_on": str(signed + timedelta(days=1826)),
                    "state": "in_force",
                }
            ],
        )
        yield (
            "joint_events",
            [
                {
                    "on": str(today - timedelta(days=rng.randint(30, 400))),
                    "matter": "联合争取省级储气调峰项目立项",
                    "roles": "我方提供资源，对方落实场地",
                    "result": "已列入省年度计划",
                }
            ],
        )


def _years(rng: random.Random, demand: int, *, today: date) -> Iterator[dict[str, str]]:
    for year in range(today.year - 3, today.year):
        share = rng.randint(820, 1040)
        volume = demand * share / 1000
        price = rng.randint(26000, 36000) / 10000
        yield {
            "year": str(year),
            "contract_volume": f"{demand}.0000",
            "volume": f"{volume:.4f}",
            "execution": f"{share / 10:.2f}",
            "price": f"{price:.4f}",
            "revenue": f"{volume * price:.2f}",
        }


def _by_use(
    rng: random.Random, file: File, demand: int, place: str, later: str
) -> Iterator[tuple[str, Any]]:
    use = file.legal.use
    licence = f"{file.legal.region_code}{rng.randint(1000, 9999)}"
    if use in {"01", "05"}:
        yield "gas_licence", [{"number": f"燃证{licence}", "category": "经营", "valid_to": later}]
    if use == "05":
        yield "hazchem_licence", [{"number": f"危化经{licence}", "valid_to": later}]
        yield (
            "lng_facility",
            [{"tank_volume": "100.00", "tanks": str(rng.randint(1, 4)), "bays": "2"}],
        )
    else:
        yield (
            "intake",
            [
                {
                    "station": f"{place}门站",
                    "pipeline": "省级干线",
                    "pressure": rng.choice(("1.600", "2.500", "4.000")),
                    "bore": rng.choice(("200", "300", "500")),
                    "metering": "ultrasonic",
                }
            ],
        )
    if use == "01":
        yield "franchise", [{"area": place, "grantor": f"{place}人民政府", "valid_to": later}]
        homes = demand * rng.randint(8, 14)
        yield "downstream", [{"households": str(homes), "businesses": str(homes // 90)}]
    elif use == "03":
        yield "power_licence", f"1041{licence}"
        yield "power_licence_to", later
        yield (
            "downstream",
            [
                {
                    "turbine": "9F 级联合循环",
                    "capacity_mw": rng.choice(("460.00", "920.00")),
                    "hours": str(rng.randint(1800, 3600)),
                    "feed_in_price": "0.5650",
                }
            ],
        )
    elif use in {"02", "04"}:
        product = rng.choice(("日用玻璃", "建筑陶瓷", "甲醇", "铝型材", "食品"))
        tonnes = f"{rng.randint(2, 60) * 1000}.00"
        yield "downstream", [{"product": product, "capacity_t": tonnes}]


RIVALS = ("国际贸易商", "省管网公司", "邻省 LNG 工厂", "民营接收站")


def _rivals(file: File, demand: int, *, today: date) -> Iterator[tuple[str, Any]]:
    """Who else supplies the customer, and until when; by chance of its own, so that what comes
    after it in the demo stays as it was.
    """
    rng = random.Random(file.id.int)
    if rng.random() < 0.6:
        yield (
            "competitors",
            [
                {
                    "name": rng.choice(RIVALS),
                    "volume": f"{demand * rng.randint(10, 45) / 100:.4f}",
                    "price_gap": f"{rng.randint(-12, 8) / 100:.4f}",
                    "until": str(today + timedelta(days=rng.randint(20, 700))),
                    "source": "客户访谈",
                    "known_on": str(today - timedelta(days=rng.randint(10, 200))),
                }
            ],
        )
    if rng.random() < 0.3:
        yield (
            "price_policy",
            [
                {
                    "approval": f"气电市〔{today.year}〕{rng.randint(1, 90)} 号",
                    "content": "增量用气阶梯气价",
                    "discount": f"0.{rng.randint(2, 9):02d}00",
                    "since": f"{today.year}-01-01",
                    "until": f"{today.year}-12-31",
                }
            ],
        )


def _for_key_customers(
    rng: random.Random, demand: int, *, today: date
) -> Iterator[tuple[str, Any]]:
    own = rng.randint(51, 80)
    yield (
        "shareholders",
        [
            {"name": "地方能源投资集团有限公司", "percent": f"{own}.00", "cnooc_related": False},
            {"name": "员工持股平台", "percent": f"{100 - own}.00", "cnooc_related": False},
        ],
    )
    growth = [demand * (100 + rng.randint(1, 6) * step) / 100 for step in (1, 2, 3)]
    yield (
        "demand_forecast",
        [
            {"year": str(today.year + step), "volume": f"{volume:.4f}", "basis": "客户年度计划"}
            for step, volume in enumerate(growth, 1)
        ],
    )
    revenue = demand * rng.randint(4, 9)
    yield (
        "finance",
        [
            {
                "year": str(today.year - back),
                "revenue": f"{revenue * (100 - 4 * back) / 100:.2f}",
                "net_profit": f"{revenue * rng.randint(20, 70) / 1000:.2f}",
                "assets": f"{revenue * 2}.00",
                "debt_ratio": f"{rng.randint(38, 72)}.00",
                "audited": True,
            }
            for back in (2, 1)
        ],
    )
    yield (
        "gross_profit",
        [
            {
                "year": str(today.year - 1),
                "profit": f"{demand * rng.randint(8, 25) / 100:.2f}",
                "unit_profit": f"0.{rng.randint(8, 25):02d}00",
            }
        ],
    )
    yield (
        "next_plan",
        [
            {
                "volume": f"{growth[0]:.4f}",
                "new_areas": "储气与绿电协同",
                "actions": "一季度完成年度量价商务谈判",
                "owner": person_name(rng),
            }
        ],
    )
