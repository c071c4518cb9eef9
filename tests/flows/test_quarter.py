"""A quarter of supervision, each number by hand: plan → draw → checks → findings → order → replies
→ closed → scores → objection → final → report (§6.4.1, 6.4.2, 4.1c, 4.3b). Three units: four,
three and one VIP file.
"""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests import plant
from tests.assessment.world import due, line, scores
from tests.dossiers.files import Desk, approved, complete_dossier, desk, moment
from tests.inspections.world import SEED, subject_of, vip
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.assessment import actions as assessment
from yihu.assessment.schemes import load_first_scheme
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.duties.actions import load_first_policy
from yihu.duties.models import Duty
from yihu.inspections import actions, checking, inspecting, queries, rectifying
from yihu.inspections.actions import Content
from yihu.inspections.choices import FindingState, Kind, State, Verdict
from yihu.inspections.inspecting import Seen
from yihu.inspections.models import Finding, Inspection, Result, Share, Tally
from yihu.inspections.rules import digest
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit
from yihu.supervision import actions as supervision
from yihu.supervision.rules import Kind as ReportKind

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.1"), pytest.mark.clause("6.4.2")]
TODAY = date(2026, 11, 6)
NEW_YEAR = date(2027, 1, 6)
FILES = {"GD": 4, "FJ": 3, "ZJ": 1}


def ticket(dossier: Dossier) -> str:
    """As anybody would reckon it again, with nothing of Yihu."""
    return hashlib.sha256(f"{SEED}:{dossier.pk}:1".encode()).hexdigest()


@pytest.mark.clause("4.1c")
@pytest.mark.clause("4.3b")
def test_a_quarter_from_plan_to_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", "2026-11-06")
    load_first_policy()
    actions.load_first_checklist(at=moment(1))
    desks: dict[str, Desk] = {code: desk(code) for code in FILES}
    files = {
        code: [vip(desks[code], region=plant_region(code)) for _ in range(number)]
        for code, number in FILES.items()
    }
    for at in desks.values():
        plant.dossier(at.unit, klass=Klass.GENERAL)  # not in scope
    # two contracts without an original in GD, one in FJ; a file in ZJ without a filler
    for file in (files["GD"][0], files["GD"][1], files["FJ"][0]):
        plant.contract(file)
    Dossier.objects.filter(pk=files["ZJ"][0].pk).update(filler=None)
    first, second = plant.person(Role.SUPERVISOR), plant.person(Role.SUPERVISOR)

    # plan: VIP of the third quarter, half of each unit's, one at least
    inspection = actions.plan(
        first,
        Content(
            Kind.QUARTERLY, "三季度 VIP 抽查", date(2026, 7, 1), date(2026, 9, 30), TODAY, TODAY,
            date(2026, 12, 5), "share", 50, 1, klasses=[Klass.VIP], inspectors=[first, second],
        ),
        at=moment(6), today=TODAY,
    )  # fmt: skip
    assert inspection.number == "检2026-001"

    # draw: 4 → 2, 3 → 2 (1.5 rounded up), 1 → 1; the smallest SHA-256 of "seed:key:1" first
    actions.begin(first, inspection, seed=SEED, at=moment(6, 9), today=TODAY)
    checking.run(inspection.pk, at=moment(6, 10))
    inspection = queries.one(first, inspection.pk)
    wanted = {"GD": 2, "FJ": 2, "ZJ": 1}
    by_hand = {
        code: {file.pk for file in sorted(rows, key=ticket)[: wanted[code]]}
        for code, rows in files.items()
    }
    drawn = {
        code: set(
            inspection.subjects.filter(unit__code=code, drawn=True).values_list(
                "dossier", flat=True
            )
        )
        for code in FILES
    }
    assert drawn == by_hand
    assert (inspection.population, inspection.drawn) == (8, 5)
    assert sorted(Share.objects.values_list("unit__code", "checked", "population", "drawn")) == [
        ("FJ", 3, 3, 2),
        ("GD", 4, 4, 2),
        ("ZJ", 1, 1, 1),
    ]
    lines = [f"{code} {file.pk} 1" for code, rows in files.items() for file in rows]
    assert inspection.population_sha256 == digest(lines)
    assert inspection.draw_sha256 == digest(
        f"{code} {key}" for code, keys in by_hand.items() for key in keys
    )
    assert queries.redrawn(inspection)

    # checks: all eight are asked for their code, three for originals, eight for a filler
    figures = {
        line.check.code: (line.applied, line.failed)
        for line in queries.check_lines(first, inspection)
    }
    assert {code: figures[code] for code in ("credit_code", "original", "filler")} == {
        "credit_code": (8, 0), "original": (3, 3), "filler": (8, 1),
    }  # fmt: skip
    assert figures["two_people"] == (8, 8)  # nobody has approved any of them
    assert figures["amount"] == (0, 0)  # no month of the quarter is there
    assert Tally.objects.filter(check_code="original").count() == 2

    # findings: the originals of GD and FJ, the filler of ZJ; by hand one of GD's drawn files
    for code in ("original", "filler"):
        keys = queries.open_results(first, inspection, code, None)
        assert inspecting.accept(first, inspection, keys, at=moment(6, 11)) == len(keys)
    dismissed = queries.open_results(first, inspection, "two_people", None)
    assert (
        inspecting.dismiss(second, inspection, dismissed, reason="夹具未审核", at=moment(6, 11))
        == 8
    )
    seen = _inspect_all(first, second, inspection, desks["GD"])
    assert seen == 5
    assert sorted(Finding.objects.values_list("unit__code", "check_code", "severity")) == [
        ("FJ", "original", 2), ("GD", "", 2), ("GD", "original", 2), ("GD", "original", 2),
        ("ZJ", "filler", 3),
    ]  # fmt: skip
    assert {row.cause: row.found for row in queries.by_cause(queries.findings(first))} == {
        "paper": 3, "late": 1, "people": 1,
    }  # fmt: skip

    # orders: three units, each hears of its own and has a duty a finding by the day
    steward = {code: plant.person(Role.STEWARD, at.unit) for code, at in desks.items()}
    assert queries.findings(steward["GD"]).count() == 0  # nothing was sent yet
    orders = {
        code: rectifying.order(
            first, inspection, at.unit, due_on=date(2026, 11, 20), text="", at=moment(6, 15),
            today=TODAY,
        )
        for code, at in desks.items()
    }  # fmt: skip
    assert [orders[code].number for code in FILES] == [
        "整改GD2026-001", "整改FJ2026-001", "整改ZJ2026-001",
    ]  # fmt: skip
    assert {code: queries.findings(steward[code]).count() for code in FILES} == {
        "GD": 3, "FJ": 1, "ZJ": 1,
    }  # fmt: skip
    duties = Duty.objects.filter(kind="rectification")
    assert sorted(duties.values_list("unit__code", "due_on", "done_at")) == [
        ("FJ", date(2026, 11, 20), None), ("GD", date(2026, 11, 20), None),
        ("GD", date(2026, 11, 20), None), ("GD", date(2026, 11, 20), None),
        ("ZJ", date(2026, 11, 20), None),
    ]  # fmt: skip

    # replies: GD all three, one sent back and answered again; FJ one; ZJ none
    for code in ("GD", "FJ"):
        for finding in orders[code].findings.all():
            rectifying.reply(
                steward[code], finding, text="已补登原件。", root="rules", at=moment(10)
            )
    back, *good = orders["GD"].findings.order_by("serial")
    rectifying.verify(
        second, back, judgement="returned", note="请附扫描件。", at=moment(11),
        today=date(2026, 11, 11),
    )  # fmt: skip
    for finding in [*good, *orders["FJ"].findings.all()]:
        rectifying.verify(
            second, finding, judgement="accepted", note="", at=moment(25),
            today=date(2026, 11, 25),
        )  # fmt: skip
    states = queries.by_root(queries.findings(first))
    assert states == [("制度要求不清", 3)]
    rectifying.reply(steward["GD"], back, text="已附扫描件。", root="care", at=moment(12))
    rectifying.verify(
        first, back, judgement="accepted", note="", at=moment(25), today=date(2026, 11, 25)
    )

    # closed: judged on the 25th, put right when the accepted reply came, so in time
    done = sorted(duties.exclude(done_at=None).values_list("unit__code", "done_at"))
    assert done == [
        ("FJ", moment(10)), ("GD", moment(10)), ("GD", moment(10)), ("GD", moment(12)),
    ]  # fmt: skip
    assert [
        (line.unit.code, line.found, line.serious, line.closed, line.overdue)
        for line in queries.unit_lines(first, inspection, date(2026, 11, 25))
    ] == [("FJ", 1, 0, 1, 0), ("GD", 3, 0, 3, 0), ("ZJ", 1, 1, 0, 1)]
    assert rectifying.escalate(date(2026, 11, 25)) == 1  # ZJ, the day after by five: its steward
    assert rectifying.escalate(date(2026, 11, 25)) == 0
    assert rectifying.escalate(date(2026, 11, 26)) == 1  # and from the sixth headquarters
    orders["ZJ"].refresh_from_db()
    assert orders["ZJ"].escalated == 2

    finished = actions.finish(first, inspection, conclusion="总体良好。", at=moment(25))
    assert finished.state == State.FINISHED
    assert not Result.objects.filter(state="open", check_code__in=["original", "filler"]).exists()
    assert Finding.objects.filter(state=FindingState.CLOSED).count() == 4

    # scores: duties of October, five new general files with a version in GD and six in FJ
    for code, (many, late) in {"GD": (33, 1), "FJ": (35, 5), "ZJ": (38, 0)}.items():
        for number in range(many):
            due(files[code][-1], number, late=number < late)
    for code, more in {"GD": 5, "FJ": 6}.items():
        for _ in range(more):
            approved(desks[code], complete_dossier(desks[code]), at_time=moment(26))
    load_first_scheme()
    row = assessment.open_assessment(first, year=2026, period="Q4", at=new_year(6), today=NEW_YEAR)
    assessment.ask_to_compute(first, row.pk, at=new_year(6, 10))
    row = assessment.compute(row.pk, at=new_year(6, 10)) or row
    # weights 25 timeliness, 20 completeness, 10 rectification, 5 self-check, 10 secrecy, and where
    # there are versions 5 for what they say; the planner owes a review of every older file, and a
    # month of every contract, which nobody did: 7 in GD, 5 in FJ, 2 in ZJ
    # GD: 32 of 40 → 60, 5 of 10 files → 0, 3 of 3 → 100, none, 100, 5 of 5 → 100
    # FJ: 30 of 40 → 45, 6 of 10 → 20, 1 of 1 → 100, none, 100, 6 of 6 → 100
    # ZJ: 38 of 40 → 90, 0 of 2, 0 of 1, none, 100
    assert scores(row) == {
        "GD": (Decimal("53.33"), 2),  # (1500 + 0 + 1000 + 0 + 1000 + 500) / 75
        "FJ": (Decimal("53.67"), 1),  # (1125 + 400 + 1000 + 0 + 1000 + 500) / 75
        "ZJ": (Decimal("46.43"), 3),  # (2250 + 0 + 0 + 0 + 1000) / 70
    }

    # objection: ZJ's one rectification was held up by headquarters; it counts as done
    assessment.publish(first, row.pk, at=new_year(7), today=date(2027, 1, 7))
    made = assessment.object_to(
        steward["ZJ"], line(row, "rectification", desks["ZJ"].unit), words="整改通知迟到三周。",
        at=new_year(8), today=date(2027, 1, 8),
    )  # fmt: skip
    assessment.decide(
        second, made, grant=True, reason="属实", by_how_much=Decimal(1), at=new_year(11)
    )
    judged = {
        "GD": (Decimal("53.33"), 3),
        "FJ": (Decimal("53.67"), 2),
        "ZJ": (Decimal("60.71"), 1),  # (2250 + 0 + 1000 + 0 + 1000) / 70
    }
    assert scores(row) == judged

    # final: five working days for objections are over
    final = assessment.finalise(first, row.pk, at=new_year(20), today=date(2027, 1, 20))
    assert final.state == "final"

    # report: of the quarter that was inspected, and of the one that was assessed
    OrgUnit.objects.update(live_from=date(2026, 7, 1))  # planted, they begin in October
    third = report(first, date(2026, 7, 1))
    [draw] = third["draws"]
    assert (draw["number"], draw["seed"], draw["population"], draw["drawn"]) == (
        inspection.number, SEED, 8, 5,
    )  # fmt: skip
    assert {code: of["found"] for code, of in third["findings"]["units"].items()} == {
        "GD": 3, "FJ": 1, "ZJ": 1,
    }  # fmt: skip
    ranked = report(first, date(2026, 10, 1))["ranking"]
    assert {of["unit"]: (Decimal(of["score"]), of["rank"]) for of in ranked} == judged


def new_year(day: int, hour: int = 9) -> datetime:
    """A moment of January 2027, when the fourth quarter is assessed."""
    return datetime(2027, 1, day, hour, tzinfo=SHANGHAI)


def report(by: User, start: date) -> Any:
    """The figures of the quarterly report, made on the 20th."""
    asked = supervision.ask(
        by, ReportKind.QUARTERLY, start, None, at=new_year(20), today=date(2027, 1, 20)
    )
    figures = supervision.make(by, asked.pk, at=new_year(20)).figures
    assert figures is not None
    return figures


def plant_region(code: str) -> str:
    """All three fixtures sell in Guangdong, as `plant.unit` has it."""
    return {"GD": "440100", "FJ": "440300", "ZJ": "440600"}[code]


def _inspect_all(first: User, second: User, inspection: Inspection, gd: Desk) -> int:
    """The two take turns; the first of GD's files has a contact who left. Returns how many."""
    at, seen, found = moment(6, 13), 0, False
    while True:
        by = (first, second)[seen % 2]
        subject = inspecting.claim_next(by, inspection, at=at)
        if subject is None:
            return seen
        seen += 1
        problem = subject.unit_id == gd.unit.pk and not found
        for code in queries.items_of(inspection):
            bad = problem and code == "contacts"
            verdict = Verdict.NORMAL if bad else Verdict.OK
            inspecting.mark(by, subject, item=code, verdict=verdict, at=at)
        if problem:
            found = True
            inspecting.find(
                by, subject_of(inspection, subject.dossier),
                Seen("field", "联系人已离职。", 2, "late", "5.1", "contacts", "客户联系人",
                     item="contacts"),
                at=at,
            )  # fmt: skip
        inspecting.done(by, subject, at=at)
