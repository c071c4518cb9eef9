"""From frozen facts to a final assessment: figures by hand, objections, what nobody may."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import plant
from tests.assessment.world import (
    TODAY,
    World,
    again,
    computed,
    due,
    line,
    moment,
    opened,
    published,
    scores,
    world,
)
from tests.dossiers.files import approved, complete_dossier, desk
from tests.dossiers.files import moment as of_november
from tests.inspections.world import a_finding, checked
from yihu.access.entering import for_person
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.access.scope import Unreachable
from yihu.assessment import actions, queries, schemes
from yihu.assessment.choices import State, Verdict
from yihu.assessment.models import Assessment, Entry, Line, Objection, Scheme, UnitScore
from yihu.assessment.rules import parse
from yihu.audit.models import Event
from yihu.dossiers.problems import Refused, Unfit
from yihu.duties.models import Duty
from yihu.handover.models import Ending
from yihu.inspections import actions as inspections
from yihu.inspections import rectifying
from yihu.org.models import PersonnelEvent

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.2")]


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_TODAY", TODAY.isoformat())


def entered(w: World, unit: str, kind: str, points: str, on: date = date(2026, 10, 9)) -> Entry:
    return actions.enter(
        w.first, w.units[unit], kind=kind, happened_on=on, points=Decimal(points),
        words="资料外发未审批", basis="集团通报", at=moment(), today=TODAY,
    )  # fmt: skip


def objected(w: World, row: Assessment, unit: str = "FJ", code: str = "timeliness") -> Objection:
    return actions.object_to(
        w.stewards[unit], line(row, code, w.units[unit]), words="两项任务的客户停产，已报备。",
        at=moment(12), today=TODAY,
    )  # fmt: skip


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


# Facts and scores --------------------------------------------------------------------------------


def test_scores_of_three_units_as_worked_out_by_hand() -> None:
    """Timeliness 90, 70, 100 %; no file has a version (0); no self-check (0); 100 for secrecy."""
    w = world()
    entered(w, "ZJ", "breach", "20")
    entered(w, "ZJ", "bonus", "3")
    entered(w, "GD", "bonus", "9")
    entered(w, "GD", "breach", "50", date(2026, 9, 30))  # not of this period
    row = computed(w)
    # weights that count: timeliness 25, completeness 20, selfcheck 5, confidentiality 10
    # GD: 80 of timeliness → (25 × 80 + 10 × 100) / 60 = 50, and 5 of the 9
    # FJ: 30 → (25 × 30 + 1000) / 60 = 29.17
    # ZJ: 100 → (2500 + 10 × 80) / 60 = 55, and 3
    assert scores(row) == {
        "GD": (Decimal("55.00"), 2), "FJ": (Decimal("29.17"), 3), "ZJ": (Decimal("58.00"), 1),
    }  # fmt: skip
    of_fj = line(row, "timeliness", w.units["FJ"])
    assert (of_fj.top, of_fj.bottom, of_fj.value, of_fj.points, of_fj.gives) == (
        7, 10, Decimal("70.0000"), Decimal("30.00"), Decimal("12.50"),
    )  # fmt: skip
    late = Duty.objects.filter(unit=w.units["FJ"], done_at__date__gt=date(2026, 10, 15))
    assert sorted(of_fj.misses) == sorted(late.values_list("pk", flat=True))
    assert queries.behind(of_fj, "hits", start=0, size=5)[1] == 7
    assert len(queries.behind(of_fj, "hits", start=5, size=5)[0]) == 2
    check = line(row, "selfcheck", w.units["GD"])
    assert (check.top, check.bottom, check.misses, check.points) == (0, 1, [], Decimal("0.00"))


def test_frozen_facts_stay_and_give_the_same_until_they_are_taken_anew() -> None:
    w = world()
    row = computed(w)
    before = (
        scores(row),
        list(Line.objects.order_by("unit", "code").values_list("value", "points", "gives", "hits")),
    )
    Duty.objects.filter(unit=w.units["FJ"]).update(done_at=moment())
    entered(w, "FJ", "breach", "30")
    same = again(w, row)
    assert same.frozen_at == row.frozen_at
    assert (scores(row), list(
        Line.objects.order_by("unit", "code").values_list("value", "points", "gives", "hits")
    )) == before  # fmt: skip
    assert again(w, row, anew=True, minute=6).frozen_at == moment(6)
    assert scores(row)["FJ"][0] < before[0]["FJ"][0]


def test_what_is_counted_of_inspections_versions_and_leavers() -> None:
    inspections.load_first_checklist(at=of_november(1))
    gd = desk("GD")
    first, second = plant.person(Role.SUPERVISOR), plant.person(Role.SUPERVISOR)
    file, other = complete_dossier(gd), complete_dossier(gd)
    approved(gd, file)  # the first one says something new in any case
    approved(gd, file)  # 核对无变化 throughout
    inspection = checked(first, second, period_end=date(2026, 10, 31))
    finding = a_finding(first, inspection, file, at=of_november(6))
    rectifying.order(
        first, inspection, gd.unit, due_on=date(2026, 11, 20), text="", at=of_november(6),
        today=date(2026, 11, 6),
    )  # fmt: skip
    for late in (False, True):
        leaver = plant.person(Role.READER, gd.unit).staff
        assert leaver is not None
        PersonnelEvent.objects.create(
            unit=gd.unit, staff=leaver, kind="leave", effective_on=date(2026, 11, 9)
        )
        Ending.objects.create(
            unit=gd.unit, staff=leaver, username="x", status="left", ended={},
            at=of_november(13 if late else 10),
        )  # fmt: skip
    schemes.load_first_scheme()
    w = World({"GD": gd.unit}, {"GD": file}, {}, first, second)
    october, november = [
        actions.open_assessment(first, year=2026, period=code, at=moment(), today=date(2026, 12, 1))
        for code in ("M10", "M11")
    ]
    for row in (october, november):
        again(w, row)

    def told(row: Assessment, code: str) -> tuple[int, int]:
        found = line(row, code, gd.unit)
        return found.top, found.bottom

    assert finding.cause == "late"  # of timeliness, not of accuracy
    assert told(october, "accuracy") == (2, 2)
    assert told(november, "accuracy") == (0, 0)
    assert told(november, "rectification") == (0, 1)
    assert told(october, "rectification") == (0, 0)
    assert line(november, "rectification", gd.unit).misses == [finding.pk]
    assert told(november, "leavers") == (1, 2)
    assert told(october, "leavers") == (0, 0)
    assert told(november, "completeness") == (1, 2)
    assert line(november, "completeness", gd.unit).misses == [other.pk]
    assert told(november, "unchanged") == (1, 2)


# The way to final --------------------------------------------------------------------------------


def test_a_period_is_assessed_once_when_it_is_over_and_by_headquarters() -> None:
    w = world()
    for nobody in (w.stewards["GD"], plant.person(Role.FILLER, w.units["GD"])):
        with pytest.raises(Denied):
            actions.open_assessment(nobody, year=2026, period="M10", at=moment(), today=TODAY)
    for code in ("M11", "Q4", "Y", "M13"):
        with pytest.raises(Unfit):
            opened(w, code)
    row = opened(w)
    with pytest.raises(Refused):
        opened(w)
    with pytest.raises(Refused):
        actions.publish(w.first, row.pk, at=moment(), today=TODAY)
    actions.drop(w.first, row.pk, reason="重来")
    assert opened(w).pk != row.pk


def test_published_a_unit_sees_its_own_lines_and_every_place() -> None:
    w = world()
    row = computed(w)
    gd, fj = w.units["GD"], w.units["FJ"]
    steward = w.stewards["GD"]
    foreign = line(row, "timeliness", fj)
    with for_person(steward.pk):
        assert sql("SELECT count(*) FROM assessment_line") == [(0,)]
        assert sql("SELECT count(*) FROM assessment_unitscore") == [(0,)]
        assert sql("SELECT count(*) FROM assessment_assessment") == [(0,)]
    assert queries.ranking(2026, "M10") == []
    row = actions.publish(w.first, row.pk, at=moment(10), today=TODAY)
    assert row.objections_until == date(2026, 12, 1)  # five working days
    with for_person(steward.pk):
        assert sql("SELECT DISTINCT unit_id FROM assessment_line") == [(gd.pk,)]
        assert [(one.unit.code, one.rank) for one in queries.ranking(2026, "M10")] == [
            ("ZJ", 1), ("GD", 2), ("FJ", 3),
        ]  # fmt: skip
        assert queries.lines(steward, row, fj.pk) == []
        assert len(queries.lines(steward, row, gd.pk)) == 10
        with pytest.raises(Unreachable):
            queries.one_line(steward, foreign.pk)
    told = Event.objects.get(verb="assessment.published")
    assert told.data["units"] == 3


def test_places_are_compared_with_the_period_before() -> None:
    w = world()
    published(w, "M9")
    Duty.objects.filter(unit=w.units["GD"]).update(done_at=None)
    published(w)
    found = {one.unit.code: (one.change, one.climbed) for one in queries.ranking(2026, "M10")}
    # in September nothing fell due: 0 of completeness and self-check, 100 of secrecy: 28.57 each
    assert found == {
        "ZJ": (Decimal("29.76"), 0), "FJ": (Decimal("0.60"), -1), "GD": (Decimal("-11.90"), -2),
    }  # fmt: skip
    periods, trend = queries.trend(Assessment.objects.get(period="M10"))
    assert [one.period for one in periods] == ["M9", "M10"]
    assert len(trend[w.units["GD"].pk]) == 2


def test_a_granted_objection_gives_back_what_it_says_and_places_move() -> None:
    w = world()
    row = published(w)
    made = objected(w, row)
    for who, why in ((w.stewards["GD"], Denied), (w.stewards["FJ"], Denied)):
        with pytest.raises(why):
            actions.decide(who, made, grant=False, reason="否", at=moment(20))
    for wrong in (None, Decimal(0), Decimal("1.5"), Decimal(4)):
        with pytest.raises(Unfit):
            actions.decide(w.first, made, grant=True, reason="属实", by_how_much=wrong, at=moment())
    with pytest.raises(Unfit):
        actions.decide(w.first, made, grant=False, reason=" ", at=moment())
    actions.decide(
        w.first, made, grant=True, reason="两项属实", by_how_much=Decimal(3), at=moment(20)
    )
    found = line(row, "timeliness", w.units["FJ"])
    assert (found.top, found.adjusted, found.value) == (7, Decimal(3), Decimal("100.0000"))
    # (25 × 100 + 1000) / 60 = 58.33, as much as ZJ: both first, GD third
    assert scores(row) == {
        "GD": (Decimal("50.00"), 3), "FJ": (Decimal("58.33"), 1), "ZJ": (Decimal("58.33"), 1),
    }  # fmt: skip
    with pytest.raises(Refused):
        actions.decide(w.second, made, grant=False, reason="再裁", at=moment(21))
    assert Event.objects.get(verb="objection.decided").data["verdict"] == "granted"


def test_nobody_decides_on_an_objection_of_the_unit_they_belong_to() -> None:
    w = world()
    made = objected(w, published(w))
    own = plant.person(Role.SUPERVISOR)
    User.objects.filter(pk=own.pk).update(staff=plant.staff(w.units["FJ"], "兼职监督员"))
    own = User.objects.get(pk=own.pk)
    with pytest.raises(Refused, match="本人所属单位"):
        actions.decide(own, made, grant=False, reason="否", at=moment(20))
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.filter(pk=made.pk).update(
            verdict="refused", reason="否", judge=own, judge_unit=w.units["FJ"], judged_at=moment()
        )


def test_who_may_object_to_what_and_until_when() -> None:
    w = world()
    row = published(w)
    own = line(row, "timeliness", w.units["GD"])
    filler = plant.person(Role.FILLER, w.units["GD"])
    for nobody in (filler, w.stewards["FJ"], w.first):
        with pytest.raises(Denied):
            actions.object_to(nobody, own, words="不服", at=moment(), today=TODAY)
    with pytest.raises(Unfit):
        actions.object_to(w.stewards["GD"], own, words=" \n ", at=moment(), today=TODAY)
    with pytest.raises(Refused, match="申诉期"):
        actions.object_to(
            w.stewards["GD"], own, words="迟了", at=moment(), today=TODAY + timedelta(days=8)
        )
    made = objected(w, row, "GD")
    with pytest.raises(Refused, match="待裁定"):
        objected(w, row, "GD")
    assert actions.withdraw(w.stewards["GD"], made).verdict == Verdict.WITHDRAWN
    assert objected(w, row, "GD").pk != made.pk


def test_final_comes_after_the_days_for_objections_and_their_answers() -> None:
    w = world()
    row = published(w)
    made = objected(w, row)
    with pytest.raises(Refused, match="申诉期"):
        actions.finalise(w.first, row.pk, at=moment(30), today=date(2026, 12, 1))
    with pytest.raises(Refused, match="没有裁定"):
        actions.finalise(w.first, row.pk, at=moment(30), today=date(2026, 12, 2))
    actions.decide(w.second, made, grant=False, reason="报备在到期之后", at=moment(31))
    held = actions.finalise(w.first, row.pk, at=moment(32), today=date(2026, 12, 2))
    assert held.state == State.FINAL
    with pytest.raises(Refused):
        objected(w, row)
    assert len(queries.ranking(2026, "M10")) == 3


SETTLED = [
    "UPDATE assessment_assessment SET state = 'published', final_at = NULL, final_by_id = NULL",
    "UPDATE assessment_assessment SET objections_until = '2027-01-01'",
    "DELETE FROM assessment_assessment",
    "UPDATE assessment_unitscore SET rank = 1",
    "UPDATE assessment_unitscore SET score = 99, base = 99",
    "DELETE FROM assessment_unitscore",
    "INSERT INTO assessment_unitscore (assessment_id, subsidiary_id, score, base, bonus) "
    "SELECT assessment_id, subsidiary_id, 1, 1, 0 FROM assessment_unitscore",
    "UPDATE assessment_line SET points = 100",
    "UPDATE assessment_line SET top = bottom",
    "UPDATE assessment_line SET adjusted = 9",
    "DELETE FROM assessment_line",
    "INSERT INTO assessment_line (unit_id, assessment_id, code, top, bottom, amount, hits, "
    "misses) SELECT unit_id, assessment_id, 'more', 0, 0, 0, '{}', '{}' FROM assessment_line",
    "UPDATE assessment_objection SET verdict = 'withdrawn', reason = '', judge_id = NULL, "
    "judged_at = NULL",
    "DELETE FROM assessment_objection",
    "INSERT INTO assessment_objection (unit_id, assessment_id, line_id, text, by_id, at) "
    "SELECT unit_id, assessment_id, line_id, '补', by_id, at FROM assessment_objection",
]


def test_nothing_of_a_final_assessment_changes_by_any_statement() -> None:
    w = world()
    row = published(w)
    actions.decide(w.first, objected(w, row), grant=False, reason="否", at=moment(20))
    actions.finalise(w.first, row.pk, at=moment(30), today=date(2026, 12, 2))
    before = scores(row)
    for statement in SETTLED:
        refused = pytest.raises(DatabaseError, match="refused")
        with for_person(w.first.pk), refused, transaction.atomic():
            sql(statement)
    assert scores(row) == before


def test_facts_are_never_rewritten_and_published_is_not_taken_back() -> None:
    w = world()
    row = computed(w)
    for statement in (
        "UPDATE assessment_line SET hits = '{}', top = 0",
        "UPDATE assessment_line SET code = 'other'",
    ):
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
            sql(statement)
    actions.publish(w.first, row.pk, at=moment(10), today=TODAY)
    for statement in (
        "UPDATE assessment_assessment SET state = 'computed', published_at = NULL, "
        "published_by_id = NULL, objections_until = NULL",
        "DELETE FROM assessment_line",
        "DELETE FROM assessment_assessment",
    ):
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
            sql(statement)
    with pytest.raises(Refused):
        actions.ask_to_compute(w.first, row.pk, at=moment(11))


# Schemes and entries -----------------------------------------------------------------------------


def new_scheme(w: World, effective_on: date) -> Scheme:
    made = schemes.draft(w.first, at=moment(1))
    schemes.edit(
        w.first, made.number, version=made.version, title=made.title, effective_on=effective_on,
        definition=parse(made.definition), at=moment(2),
    )  # fmt: skip
    return schemes.publish(w.first, made.number, version=2, at=moment(3))


def test_a_superseded_scheme_is_not_used_by_any_way() -> None:
    w = world()
    row = computed(w)
    new = new_scheme(w, date(2026, 10, 1))
    with pytest.raises(Refused, match="被新版取代"):
        actions.publish(w.first, row.pk, at=moment(10), today=TODAY)
    with pytest.raises(IntegrityError, match="not in force"), transaction.atomic():
        Assessment.objects.filter(pk=row.pk).update(
            state="published", published_at=moment(), published_by=w.first, objections_until=TODAY
        )
    assert again(w, row).scheme_id == new.pk
    assert opened(w, "M9").scheme.number == 1
    with pytest.raises(IntegrityError, match="not in force"), transaction.atomic():
        Assessment.objects.filter(period="M9").update(scheme=new)


def test_a_scheme_is_published_whole_and_then_stays() -> None:
    w = world()
    made = schemes.draft(w.first, at=moment(1))
    assert schemes.draft(w.second, at=moment(1)).pk == made.pk
    broken = parse({**made.definition, "indicators": made.definition["indicators"][1:]})
    schemes.edit(
        w.first, 2, version=1, title="新版", effective_on=date(2026, 10, 1), definition=broken,
        at=moment(2),
    )  # fmt: skip
    with pytest.raises(Refused, match="他人保存"):
        schemes.edit(
            w.second, 2, version=1, title="旧", effective_on=date(2026, 10, 1), definition=broken,
            at=moment(2),
        )  # fmt: skip
    with pytest.raises(Unfit, match="权重合计"):
        schemes.publish(w.first, 2, version=2, at=moment(3))
    with pytest.raises(IntegrityError), transaction.atomic():
        Scheme.objects.filter(number=2).update(published_at=moment())
    with pytest.raises(Denied):
        schemes.draft(w.stewards["GD"], at=moment(1))
    schemes.discard(w.first, 2)
    assert Scheme.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Scheme.objects.update(title="改")


def test_other_weights_move_places_and_write_nothing() -> None:
    w = world()
    entered(w, "ZJ", "breach", "90")
    row = computed(w)
    before = scores(row)
    # ZJ: (2500 + 10 × 10) / 60 = 43.33, behind GD
    assert before["ZJ"] == (Decimal("43.33"), 2)
    scheme = parse(row.scheme.definition)
    assert [one.climbed for one in queries.what_if(row, scheme)] == [0, 0, 0]
    weights = {"confidentiality": Decimal(0), "timeliness": Decimal(35)}
    other = replace(
        scheme,
        indicators=tuple(
            replace(one, weight=weights.get(one.code, one.weight)) for one in scheme.indicators
        ),
    )
    found = queries.what_if(row, other)
    assert [(one.unit.code, one.then_rank, one.climbed) for one in found] == [
        ("ZJ", 1, 1), ("GD", 2, -1), ("FJ", 3, 0),
    ]  # fmt: skip
    assert scores(row) == before


def test_points_are_entered_by_headquarters_with_a_basis_and_withdrawn_with_a_reason() -> None:
    w = world()
    with pytest.raises(Denied):
        actions.enter(
            w.stewards["GD"], w.units["GD"], kind="bonus", happened_on=TODAY, points=Decimal(1),
            words="好", basis="自评", at=moment(), today=TODAY,
        )  # fmt: skip
    for points in ("0", "101", "1.234"):
        with pytest.raises(Unfit):
            entered(w, "GD", "bonus", points)
    with pytest.raises(Unfit):
        entered(w, "GD", "bonus", "1", TODAY + timedelta(days=1))
    row = entered(w, "GD", "bonus", "2")
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(pk=row.pk).update(points=5)
    with pytest.raises(Unfit):
        actions.withdraw_entry(w.first, row, reason="", at=moment(1))
    actions.withdraw_entry(w.first, row, reason="重复", at=moment(1))
    with pytest.raises(Refused):
        actions.withdraw_entry(w.first, row, reason="再撤", at=moment(1))
    assert line(computed(w), "bonus", w.units["GD"]).amount == 0


def test_facts_are_frozen_by_as_many_statements_for_three_units_as_for_one(
    django_assert_max_num_queries: Any,
) -> None:
    w = world()
    row = opened(w)
    actions.ask_to_compute(w.first, row.pk, at=moment(5))
    with django_assert_max_num_queries(35):
        actions.compute(row.pk, at=moment(5))
    assert UnitScore.objects.count() == 3
    due(w.files["GD"], 10, late=True)
