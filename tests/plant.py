"""Small true rows for tests: a unit, a person, a dossier, a contract, a month."""

from datetime import date
from decimal import Decimal
from itertools import count

from django.contrib.auth.hashers import make_password

from yihu.access.actions import open_account
from yihu.access.models import User
from yihu.access.rules import UNIT_ROLES, Role
from yihu.contracts.choices import UNIT_OF, Source
from yihu.contracts.models import Contract, Offtake
from yihu.customers.models import Customer
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.dossiers.text import pinyin_of, search_text
from yihu.org.models import OrgUnit, Staff, UnitRegion
from yihu.org.rules import UnitKind

PASSWORD = "Yihu-测试-2026"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_numbers = count(1)


def credit_code(serial: int, area: str = "440100") -> str:
    """A valid code of GB 32100-2015 whose organisation part is the serial."""
    body = f"91{area}{serial:09d}"
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


def unit(
    code: str = "GD", *, region: str = "440000", live_from: date = date(2026, 10, 1)
) -> OrgUnit:
    """A subsidiary that sells in one province."""
    made, new = OrgUnit.objects.get_or_create(
        code=code,
        defaults={
            "name": f"{code}销售分公司",
            "short_name": code,
            "kind": UnitKind.SUBSIDIARY,
            "live_from": live_from,
        },
    )
    if new:
        UnitRegion.objects.create(unit=made, region_code=region)
    return made


def staff(at: OrgUnit, name: str = "演示填报员") -> Staff:
    """Somebody whom the unit employs."""
    return Staff.objects.create(unit=at, employee_no=f"{at.code}{next(_numbers):04d}", name=name)


def person(role: Role, at: OrgUnit | None = None) -> User:
    """An account with one role; of a unit's staff where a unit is named."""
    number = next(_numbers)
    return open_account(
        None,
        staff(at) if at is not None else None,
        username=f"{role}{number}",
        name=f"{role.label}{number}",
        password_hash=make_password(PASSWORD),
        roles=[(role, at if role in UNIT_ROLES else None)],
        since=date(2026, 1, 1),
    )


def dossier(
    at: OrgUnit,
    *,
    name: str = "",
    code: str = "",
    klass: Klass = Klass.GENERAL,
    region: str = "440100",
    filler: Staff | None = None,
) -> Dossier:
    """An open file; its customer is known or becomes so."""
    number = next(_numbers)
    code = code or credit_code(number)
    name = name or f"广州试验{number}号燃气有限公司"
    customer, _ = Customer.objects.get_or_create(credit_code=code, defaults={"name": name})
    pinyin, initials = pinyin_of(name)
    file_number = f"{at.code}-2026-{number:05d}"
    made = Dossier.objects.create(
        unit=at,
        customer=customer,
        credit_code=code,
        number=file_number,
        name_full=name,
        pinyin=pinyin,
        initials=initials,
        search_text=search_text(
            name_full=name,
            credit_code=code,
            number=file_number,
            pinyin=pinyin,
            initials=initials,
        ),
        klass=klass,
        region_code=region,
        gas_uses=["01"],
        opened_on=date(2026, 1, 5),
        filler=filler,
    )
    made.refresh_from_db()
    return made


def contract(
    of: Dossier,
    *,
    source: Source = Source.PIPELINE,
    effective_on: date = date(2026, 1, 1),
    ends_on: date = date(2026, 12, 31),
    acq: str = "1200",
) -> Contract:
    """A contract in force; 90 % take-or-pay."""
    made = Contract.objects.create(
        unit_id=of.unit_id,
        dossier=of,
        number=f"HT-{next(_numbers):05d}",
        title=f"{of.name_full}天然气购销合同",
        source=source,
        signed_on=date(2025, 11, 1),
        effective_on=effective_on,
        ends_on=ends_on,
        quantity_unit=UNIT_OF[source],
        acq=Decimal(acq),
        mdq=Decimal("4"),
        take_or_pay_percent=Decimal("90"),
        price_yuan=Decimal("3.1") if source == Source.PIPELINE else Decimal("4800"),
    )
    made.refresh_from_db()
    return made


def month(of: Contract, on: date, *, actual: str = "100", price: str = "3.1") -> Offtake:
    """A month's volume and price of a contract."""
    quantity, price_yuan = Decimal(actual), Decimal(price)
    factor = 10_000 if of.source == Source.PIPELINE else 1
    return Offtake.objects.create(
        unit_id=of.unit_id,
        contract=of,
        month=on,
        quantity_unit=of.quantity_unit,
        planned=Decimal("100"),
        actual=quantity,
        price_yuan=price_yuan,
        amount_yuan=quantity * factor * price_yuan,
    )
