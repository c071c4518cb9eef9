"""A small group with an inspection in it: two units, their people, files, two inspectors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests import plant
from tests.dossiers.files import Desk, complete_dossier, desk, moment
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.inspections import actions, checking, inspecting, queries
from yihu.inspections.actions import Content
from yihu.inspections.choices import Verdict
from yihu.inspections.inspecting import Seen
from yihu.inspections.models import Finding, Inspection, Subject

TODAY = date(2026, 11, 5)
SEED = "种子-2026"


@dataclass(frozen=True)
class World:
    """GD with its people, and the group's two supervisors."""

    gd: Desk
    steward: User
    first: User
    second: User


def world(code: str = "GD") -> World:
    gd = desk(code)
    actions.load_first_checklist(at=moment(1))
    return World(
        gd,
        plant.person(Role.STEWARD, gd.unit),
        plant.person(Role.SUPERVISOR),
        plant.person(Role.SUPERVISOR),
    )


def content(by: Iterable[User], **more: Any) -> Content:
    """October, as of 5 November, everything looked at by people."""
    values: dict[str, Any] = {
        "kind": "special", "name": "十月专项检查", "period_start": date(2026, 10, 1),
        "period_end": date(2026, 10, 31), "cutoff_on": TODAY, "begins_on": TODAY,
        "ends_on": date(2026, 12, 1), "method": "all", "amount": 100, "minimum": 0,
        "offtake": True, "inspectors": list(by),
    }  # fmt: skip
    return Content(**{**values, **more})


def planned(by: User, *others: User, **more: Any) -> Inspection:
    return actions.plan(by, content([by, *others], **more), at=moment(5), today=TODAY)


def checked(by: User, *others: User, seed: str = SEED, **more: Any) -> Inspection:
    """Planned, drawn and checked."""
    row = planned(by, *others, **more)
    actions.begin(by, row, seed=seed, at=moment(5, 10), today=TODAY)
    checking.run(row.pk, at=moment(5, 11))
    return queries.one(by, row.pk)


def subject_of(row: Inspection, dossier: Dossier) -> Subject:
    found: Subject = Subject.objects.select_related("inspection").get(
        inspection=row, dossier=dossier
    )
    return found


def a_finding(by: User, row: Inspection, dossier: Dossier, *, at: datetime) -> Finding:
    """One finding on the file, by an inspector who has it in hand."""
    subject = inspecting.claim(by, subject_of(row, dossier), at=at)
    inspecting.mark(by, subject, item="contacts", verdict=Verdict.NORMAL, at=at)
    seen = Seen(
        "field", "联系人已离职，档案未改。", 2, "late", "5.1", "contacts", "客户联系人",
        evidence="六月来函", item="contacts",
    )  # fmt: skip
    return inspecting.find(by, subject, seen, at=at)


def vip(at: Desk, **more: Any) -> Dossier:
    return complete_dossier(at, klass=Klass.VIP, **more)
