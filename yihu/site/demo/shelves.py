"""Originals of the demo group: a room with cabinets and boxes, papers in them, some lent."""

import random
from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.contracts.models import Contract
from yihu.originals.actions import add_place, register
from yihu.originals.lending import ask, decide, hand_out
from yihu.originals.models import Place
from yihu.originals.rules import Carrier, Kind, Retention

UNITS = ("GD", "FJ")
CABINETS = ("A柜", "B柜")
BOXES = ("01", "02", "03")
MOST = 36
PURPOSES = ("与客户对账", "续签合同核对条款", "审计调阅")


def shelve(rng: random.Random, *, today: date, now: datetime) -> int:
    """Registers the paper of contracts; lends a few, one of them long ago. Returns how many."""
    made = 0
    for code in UNITS:
        keeper = User.objects.get(username=f"{code}0004")
        steward = User.objects.get(username=f"{code}0005")
        filler = User.objects.get(username=f"{code}0001")
        boxes = _boxes(keeper)
        contracts = (
            Contract.objects.filter(unit__code=code)
            .select_related("dossier__unit")
            .order_by("number")[:MOST]
        )
        papers = [
            register(
                keeper,
                contract.dossier,
                place=rng.choice(boxes),
                at=now - timedelta(days=60 - place),
                today=today,
                title=contract.title or f"{contract.signed_on:%Y} 年天然气购销合同",
                kind=Kind.CONTRACT,
                carrier=Carrier.PAPER,
                pages=rng.randrange(12, 60),
                copies=2,
                year=contract.signed_on.year,
                retention=rng.choice([Retention.THIRTY, Retention.UNDECIDED]),
                secrecy=contract.dossier.secrecy,
                contract_number=contract.number,
                document=None,
                note="",
            )
            for place, contract in enumerate(contracts)
        ]
        made += len(papers)
        for paper, days, purpose in zip(papers, (30, 5, 1), PURPOSES, strict=False):
            asked = now - timedelta(days=days)
            due = (asked + timedelta(days=14)).date()
            loan = ask(filler, paper, purpose=purpose, due_on=due, at=asked, today=asked.date())
            if days > 1:
                decide(steward, loan, approve=True, note="", at=asked, today=asked.date())
                hand_out(keeper, loan, at=asked)
    return made


def _boxes(keeper: User) -> list[Place]:
    assert keeper.staff is not None
    unit = keeper.staff.unit_id
    room = add_place(keeper, unit, parent=None, kind="room", code="档案室", label="三楼东侧")
    return [
        add_place(keeper, unit, parent=cabinet, kind="box", code=box)
        for name in CABINETS
        for cabinet in [add_place(keeper, unit, parent=room, kind="cabinet", code=name)]
        for box in BOXES
    ]
