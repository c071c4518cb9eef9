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
            }
            for department, role in (("采购部", "purchasing"), ("生产调度室", "dispatch"))
        ],
    )
    yield (
        "our_team",
        [
            {"role": "filler", "staff": file.filler.name},
            {"role": "reviewer", "staff": file.reviewer.name},
        ],
    )
    yield "coop_summary", f"自 {file.opened_on.year} 年起采购天然气，合作平稳，按月结算。"
    yield "coop_areas", ["trade"]
    if rng.random() < 0.6:
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
