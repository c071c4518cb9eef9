"""The plans of §6.4.1, how a sample is drawn so that anybody can draw it again, and who is told of
a late order.

**The draw.** Files are drawn unit by unit. A file of weight *w* has *w* tickets; ticket *k* is
the SHA-256 (64 hex digits) of the UTF-8 text `seed:dossier:k`, the dossier's key in lower case
with its hyphens. The file's lot is its smallest ticket. Of each unit the files with the smallest
lots are drawn, as many as `quota` says. No random library is needed to draw it again: any program
that knows SHA-256 and can sort gives the same files from the seed and the printed population. A
file of weight 3 is three times as likely to be drawn first as one of weight 1.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.inspections.choices import Kind, Method
from yihu.kit.calendar import Span, spans

HEAVY_MOST = 4
"""The heaviest that a file can weigh: 1, +1 not seen for long, +2 many bare 核对无变化."""
UNSEEN_DAYS = 365
"""Not inspected by people for so long is long."""
LATEST = 4
"""So many of the latest versions tell whether 核对无变化 is the habit …"""
BARE_PERCENT = 75
"""… and from this share of all conclusions on it is."""
REPEATED_DAYS = 400
"""The same thing found again on the same file within so many days is a repetition."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One of the standing plans of §6.4.1, as a new inspection takes it over.

    `klasses`: the classes whose files are checked as a whole, () for all; `offtake`: volume and
    price of every other file as well. `method`, `amount` and `minimum` say how many files of each
    unit people look at.
    """

    kind: Kind
    says: object
    months: int
    klasses: tuple[Klass, ...]
    offtake: bool
    method: Method
    amount: int
    minimum: int


PLANS = (
    Plan(
        Kind.MONTHLY,
        _("战略客户档案全部检查；所有客户的提气量、价由规则全部检查"),
        1,
        (Klass.STRATEGIC,),
        True,
        Method.ALL,
        100,
        0,
    ),
    Plan(
        Kind.QUARTERLY,
        _("VIP 客户档案：规则全部检查，人工按比例抽查"),
        3,
        (Klass.VIP,),
        False,
        Method.SHARE,
        10,
        2,
    ),
    Plan(
        Kind.YEARLY,
        _("全部客户档案：规则统查，人工按比例抽查"),
        12,
        (),
        True,
        Method.SHARE,
        5,
        3,
    ),
)
PLAN = {plan.kind: plan for plan in PLANS}


def period_of(kind: Kind, today: date) -> Span:
    """The last whole month, quarter or year before the day."""
    months = PLAN[kind].months
    first = date(today.year - 2, 1, 1)
    return [span for span in spans(months, first, today) if span.end < today][-1]


# The draw ----------------------------------------------------------------------------------------


def quota(population: int, method: str, amount: int, minimum: int) -> int:
    """How many files of a unit people look at: a share is rounded up, never below the minimum,
    and never more than there are.
    """
    wanted = {
        Method.ALL: population,
        Method.SHARE: -(-population * amount // 100),
        Method.NUMBER: amount,
    }[Method(method)]
    return min(population, max(wanted, minimum))


def lot(seed: str, dossier: UUID | str, weight: int = 1) -> str:
    """The smallest of the file's tickets, as 64 hex digits."""
    return min(
        hashlib.sha256(f"{seed}:{dossier}:{ticket}".encode()).hexdigest()
        for ticket in range(1, weight + 1)
    )


def draw(
    seed: str,
    population: Mapping[str, Iterable[tuple[UUID | str, int]]],
    *,
    method: str,
    amount: int,
    minimum: int,
) -> dict[str, list[str]]:
    """The sample: by unit, the drawn dossiers in the order of their lots.

    `population`: by unit, each dossier with its weight; its order does not matter.
    """
    drawn = {}
    for unit, files in population.items():
        lots = sorted((lot(seed, key, weight), str(key)) for key, weight in files)
        drawn[unit] = [key for _lot, key in lots[: quota(len(lots), method, amount, minimum)]]
    return drawn


def digest(lines: Iterable[str]) -> str:
    """SHA-256 over the sorted lines, each ended by a newline: what is printed of a population."""
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()


# Late orders -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """From so many days after its due date an order is told of to that role."""

    number: int
    days: int
    role: Role


ESCALATION: Sequence[Step] = (  # §6.4: own figures, to be fixed by the group
    Step(1, 1, Role.STEWARD),
    Step(2, 6, Role.SUPERVISOR),
)


def due_before(step: Step, today: date) -> date:
    """The last due date that has reached the step by today."""
    return today - timedelta(days=step.days)
