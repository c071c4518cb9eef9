"""C26: nobody stands on two of the three sides: ITC, auditor, and whoever works on customers.

Tried for every pair of roles of two sides: by the verb that opens accounts, by those of the pages
(asked, agreed where two are needed, opened by ITC), by raw SQL as the role of the web (insert, and
one role changed into another), and by two transactions at once that each add one. Control: a second
role of the same side is taken, by the verb and by the pages'.
"""

from collections import Counter
from itertools import product
from threading import Barrier, Thread
from typing import Any

from django.db import DatabaseError, connection, connections, transaction
from django.urls import get_resolver

from tests import plant
from tests.flows.routes import routes
from yihu.access.actions import open_account
from yihu.access.entering import for_group
from yihu.access.models import RoleAssignment, User
from yihu.access.roles.actions import Lapsed, Unfit, agree, ask, open_
from yihu.access.rules import UNIT_ROLES, Role, side_of
from yihu.kit.clock import now, today
from yihu.org.models import OrgUnit

FIGURE, TRIALS, SEED = "C26", 20, 26
"""A trial is a pair of transactions at once for every pair of roles."""
INSERT = "INSERT INTO access_roleassignment (user_id, role, unit_id, since) VALUES (%s, %s, %s, %s)"
CHANGE = "UPDATE access_roleassignment SET role = %s, unit_id = %s WHERE user_id = %s AND role = %s"
PAIRS = [(a, b) for a, b in product(Role, Role) if side_of(a) < side_of(b)]
BOTH_OF_TWO = """
SELECT count(*) FROM (
    SELECT user_id FROM access_roleassignment
    GROUP BY user_id HAVING count(DISTINCT CASE WHEN role IN ('itc', 'auditor')
        THEN role ELSE 'business' END) > 1) AS found
"""


def place_of(role: Role, unit: OrgUnit) -> int | None:
    """Where a role is held."""
    return unit.pk if role in UNIT_ROLES else None


def done(sql: str, *values: Any) -> bool:
    """Whether the statement, in a transaction of its own, was let through."""
    try:
        with for_group(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.rowcount > 0
    except DatabaseError:
        return False


def opened(number: int, unit: OrgUnit, *roles: Role) -> bool:
    """Whether an account with these roles came to be."""
    try:
        open_account(
            None,
            plant.staff(unit),
            username=f"two{number}",
            name="两员",
            password_hash="!",
            roles=[(role, unit if role in UNIT_ROLES else None) for role in roles],
            since=today(),
        )
    except DatabaseError:
        return False
    return True


def wanted(user: User, role: Role, hands: dict[Role, list[User]]) -> bool:
    """Whether the person came to hold the role by the verbs that stand behind the pages."""
    assert user.staff is not None
    asker = hands[Role.STEWARD if role in UNIT_ROLES else Role.SUPERVISOR][0]
    try:
        row = ask(asker, user.staff, role, reason="两员", at=now(), today=today())
        if role not in UNIT_ROLES:
            agree(hands[Role.SUPERVISOR][1], row, at=now())
        open_(hands[Role.ITC][0], row, at=now(), today=today())
    except (Unfit, Lapsed, DatabaseError):
        return False
    return True


def at_once(unit: OrgUnit, first: Role, second: Role, number: int) -> int:
    """How many of two roles, each given in a transaction of its own at the same moment, stand."""
    user = User.objects.create(username=f"once{number}", name="同时")
    gate, stood = Barrier(2), []

    def give(role: Role) -> None:
        gate.wait()
        stood.append(done(INSERT, user.pk, role.value, place_of(role, unit), today()))
        connections.close_all()

    threads = [Thread(target=give, args=[role]) for role in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(stood)


def run(trials: int, seed: int) -> dict[str, Any]:
    """Every pair by every way; how often somebody came to stand on two sides."""
    unit = plant.unit("GD")
    tried: Counter[str] = Counter()
    through: Counter[str] = Counter()
    once: Counter[int] = Counter()
    hands = {
        Role.STEWARD: [plant.person(Role.STEWARD, unit)],
        Role.SUPERVISOR: [plant.person(Role.SUPERVISOR) for _n in range(2)],
        Role.ITC: [plant.person(Role.ITC)],
    }
    for number, (first, second) in enumerate(PAIRS):
        tried["verb"] += 1
        through["verb"] += opened(number, unit, first, second)
        user = plant.person(first, unit)
        tried["asked and opened"] += 1
        through["asked and opened"] += wanted(user, second, hands)
        tried["raw insert"] += 1
        through["raw insert"] += done(
            INSERT, user.pk, second.value, place_of(second, unit), today()
        )
        same = next(role for role in Role if side_of(role) == side_of(second) and role != first)
        both = User.objects.create(username=f"both{number}", name="改任")
        RoleAssignment.objects.create(
            user=both, role=same, unit_id=place_of(same, unit), since=today()
        )
        other = next((r for r in UNIT_ROLES if side_of(r) == side_of(same) and r != same), None)
        if other is not None:
            RoleAssignment.objects.create(user=both, role=other, unit=unit, since=today())
            tried["raw change"] += 1
            through["raw change"] += done(
                CHANGE, first.value, place_of(first, unit), both.pk, other.value
            )
        for n in range(trials):
            tried["at once"] += 1
            once[at_once(unit, first, second, number * trials + n)] += 1
    with connection.cursor() as cursor:
        cursor.execute(BOTH_OF_TWO)
        ((standing,),) = cursor.fetchall()
    control = opened(10_000, unit, Role.FILLER, Role.REVIEWER)
    control = control and wanted(plant.person(Role.FILLER, unit), Role.SUPERVISOR, hands)
    giving = [name for name, _pattern in routes(get_resolver()) if "role" in name]
    return {
        "pairs": len(PAIRS),
        "trials": tried.total(),
        "tried": dict(tried),
        "let_through": {way: number for way, number in through.items() if number},
        "stood_of_two_at_once": {str(stood): number for stood, number in once.items()},
        "pages_that_give_roles": giving,
        "control_two_roles_of_one_side": control,
        "found": standing,
        "held": standing == 0
        and not through.total()
        and set(once) <= {0, 1}
        and once[1] > 0
        and control,
    }
