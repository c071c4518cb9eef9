"""People of the demo group who leave: one has handed everything over, one is about to (§6.3.4)."""

from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.handover import actions, queries
from yihu.handover.kinds import kinds
from yihu.handover.models import Handover
from yihu.handover.personnel import enter
from yihu.org.models import Staff


def hand_over(*, today: date, now: datetime) -> None:
    """In Guangdong a filler retired and all is done; in Fujian one leaves in ten days."""
    gone = _leaves("GD", "retire", today - timedelta(days=2), today=today, now=now)
    done = _frozen("GD", gone, at=now)
    for name in ("GD0011", "GD0002", "RM0001"):
        done = actions.sign(_user(name), done, digest=done.digest, at=now)
    going = _leaves("FJ", "leave", today + timedelta(days=10), today=today, now=now)
    waiting = _frozen("FJ", going, at=now)
    actions.sign(_user("FJ0011"), waiting, digest=waiting.digest, at=now)


def _user(number: str) -> User:
    return User.objects.get(username=number)


def _leaves(code: str, kind: str, day: date, *, today: date, now: datetime) -> Staff:
    row = {"employee_no": f"{code}0012", "kind": kind, "effective_on": day}
    enter(_user(f"{code}0005"), [(1, row)], today=today, at=now)
    return Staff.objects.get(unit__code=code, employee_no=f"{code}0012")


def _frozen(code: str, leaver: Staff, *, at: datetime) -> Handover:
    steward = _user(f"{code}0005")
    heir, witness = _user(f"{code}0011").staff, _user(f"{code}0002").staff
    assert heir is not None
    assert witness is not None
    made = actions.open_handover(steward, leaver, at=at)
    there = {line.kind for line in queries.lines_of(made)}
    for kind in kinds():
        if kind.roles and kind.code in there:
            actions.assign(steward, made, kind=kind.code, successor=heir)
    actions.name_witness(steward, made, witness=witness)
    return actions.freeze(steward, made, at=at)
