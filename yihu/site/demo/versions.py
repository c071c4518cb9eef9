"""Approved versions of the demo group's dossiers, one a review period, chained by hash."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from yihu.customers.rules import Klass
from yihu.dossiers.content import compose, plain, sealed
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import Mark, chain_hash
from yihu.duties.choices import DutyKind
from yihu.duties.rules import Slot
from yihu.guide.models import Edition
from yihu.guide.rules import Definition
from yihu.kit.clock import SHANGHAI
from yihu.site.demo.customers import File, random_id

PROMPT = 0.9
DONE_BY_NOW = {Klass.STRATEGIC: 0.55, Klass.VIP: 0.4, Klass.INTERNAL: 0.45, Klass.GENERAL: 0.45}


@dataclass(frozen=True, slots=True)
class Version:
    """A row of `dossiers_fileversion`."""

    id: UUID
    file: File
    number: int
    content: dict[str, Any]
    sha256: str
    previous_sha256: str
    approved_at: datetime


def versions(
    rng: random.Random,
    files: list[File],
    slots: list[Slot],
    edition: Edition,
    definition: Definition,
    *,
    happened: Mapping[UUID, Sequence[date]],
    first: date,
    today: date,
) -> Iterator[Version]:
    """For each file and review period of its class, the version that was approved in it.

    `happened`: by file, the days of signings and ratings; most people update soon after one.
    """
    by_class: dict[str, list[Slot]] = {}
    for slot in slots:
        if slot.kind == DutyKind.REVIEW:
            by_class.setdefault(slot.klass, []).append(slot)
    rows = Dossier.objects.select_related("unit", "filler", "reviewer").in_bulk()
    now = compose(list(rows.values()), edition, definition)
    for file in files:
        previous = ""
        moments = sorted(
            _moments(rng, file, by_class, happened.get(file.id, ()), first=first, today=today)
        )
        for number, moment in enumerate(moments, start=1):
            content = sealed(
                _as_it_stood(now[file.id], file, moment, first=number == 1),
                filled_by=file.filler.name,
                approved_by=file.reviewer.name,
                at=moment,
            )
            digest = chain_hash(content, previous)
            yield Version(random_id(rng), file, number, content, digest, previous, moment)
            previous = digest


FIRST_LACKS = ("coop_areas", "alt_fuel", "tax_grade", "class_basis")
"""What the demo units had not yet found out when a file was first approved."""


def _as_it_stood(
    content: dict[str, Any], file: File, moment: datetime, *, first: bool
) -> dict[str, Any]:
    """Of today's content what was there at that moment."""
    day = moment.date().isoformat()
    facts = dict(content["facts"], cust_class=klass_on(file, moment.date()).value)
    if first:
        facts = {code: value for code, value in facts.items() if code not in FIRST_LACKS}
        facts["contacts"] = facts["contacts"][:1]
    tables = content["tables"]
    return {
        **content,
        "dossier": {**content["dossier"], "klass": facts["cust_class"]},
        "facts": facts,
        "sections": {
            section: {
                "mark": Mark.CHANGED if first or section == "performance" else Mark.UNCHANGED,
                "basis": "" if first else "与客户经理核对，资料与上一版一致",
                "by": file.filler.name,
                "at": plain(moment),
            }
            for section in ("basic", "cooperation", "performance", "interviews")
        },
        "tables": {
            **tables,
            "classes": [row for row in tables["classes"] if row["effective_on"] <= day],
            "contracts": [row for row in tables["contracts"] if row["signed_on"] <= day],
            "offtake": [row for row in tables["offtake"] if row["month"] < day[:7]],
            "ratings": [row for row in tables["ratings"] if row["rated_on"] <= day],
        },
    }


def klass_on(file: File, day: date) -> Klass:
    """The class that the file had on the day."""
    return [klass for since, klass, _ in file.classes if since <= day or since == file.opened_on][
        -1
    ]


def _moments(
    rng: random.Random,
    file: File,
    by_class: dict[str, list[Slot]],
    happened: Sequence[date],
    *,
    first: date,
    today: date,
) -> Iterator[datetime]:
    overdue = file.filler.employee_no == "GX0012"
    late_share = 0.25 if file.unit.code == "BJ" else 0.03
    for klass, slots in by_class.items():
        for slot in slots:
            if (
                slot.end < max(first, file.opened_on)
                or klass_on(file, min(slot.end, today)) != klass
            ):
                continue
            begins = max(slot.start, file.opened_on)
            running = slot.end >= today
            if running and (rng.random() > DONE_BY_NOW[Klass(klass)] or overdue):
                continue
            if overdue and slot.end > today - timedelta(days=120):
                continue
            latest = min(slot.due_on, today - timedelta(days=1))
            day = begins + timedelta(days=rng.randint(0, max(0, (latest - begins).days)))
            soon = [on for on in happened if begins <= on and on + timedelta(days=1) <= latest]
            if soon and rng.random() < PROMPT:
                day = min(latest, soon[-1] + timedelta(days=rng.randint(1, 6)))
            if not running and rng.random() < late_share:
                day = slot.due_on + timedelta(days=rng.randint(1, 12))
            if day < today:
                yield datetime(
                    day.year, day.month, day.day, rng.randint(9, 17), rng.randint(0, 59),
                    tzinfo=SHANGHAI,
                )  # fmt: skip
