"""From a scheme to classes decided: each step by who may, in its order, and the law behind it."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import plant
from tests.ratings.rated import (
    CUT_OFF,
    TODAY,
    Head,
    again,
    buyer,
    computed,
    final,
    head,
    moment,
    score,
)  # fmt: skip
from yihu.access.entering import for_person
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.contracts.choices import Source
from yihu.contracts.models import Contract, Offtake
from yihu.customers.models import CustomerClass
from yihu.customers.rules import Klass
from yihu.dossiers.models import ClassChange, Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.models import Duty
from yihu.guide.actions import load_first_edition
from yihu.ratings import actions, rules, schemes
from yihu.ratings.indicators import sources
from yihu.ratings.models import (
    RatingJudgement,
    RatingProposal,
    RatingResult,
    RatingRound,
    RatingScheme,
    RatingScore,
    RoundState,
    Verdict,
)  # fmt: skip
from yihu.ratings.rules import parse

pytestmark = pytest.mark.django_db


def details(file: Dossier, rating: RatingRound) -> dict[str, Any]:
    return {code: line["input"] for code, line in score(rating, file).details.items()}


# What a score is made of -------------------------------------------------------------------------


@pytest.mark.clause("6.1.3")
def test_a_score_is_computed_from_the_files_own_data_down_to_its_figures() -> None:
    hq, gd = head(), plant.unit("GD")
    file = buyer(gd, taken="100", paid="0.9", price="3")
    buyer(gd, taken="100", price="3.3")
    Offtake.objects.filter(contract__dossier=file, month__lt=date(2025, 11, 1)).update(
        actual=Decimal(80)
    )
    found = score(computed(hq), file)
    lines = found.details
    assert {code: line["input"] for code, line in lines.items()} == {
        "volume": "1200.0000",
        "growth": "25.0000",
        "completion": "100.0000",
        "punctuality": "90.0000",
        "years": "3.8303",
        "price_level": "95.2381",
        "strategic_value": None,
        "cooperation": None,
    }
    assert {code: line["points"] for code, line in lines.items() if line["points"]} == {
        "volume": "46.00",
        "growth": "100.00",
        "completion": "100.00",
        "punctuality": "70.00",
        "years": "80.00",
        "price_level": "58.10",
    }
    assert lines["volume"]["evidence"] == {"months": 12, "pipeline": 1200.0}
    assert lines["growth"]["evidence"] == {"taken": 1200.0, "before": 960.0}
    assert lines["punctuality"]["evidence"] == {"paid": 29_700_000.0, "billed": 33_000_000.0}
    assert found.score == Decimal("72.95")
    assert (found.grade, found.klass) == ("B", Klass.GENERAL)


def test_the_sql_gives_what_the_rules_give() -> None:
    """Every line of every file: points, score, grade and class, by both ways of reckoning."""
    hq, gd = head(), plant.unit("GD")
    scheme = parse(hq.scheme.definition)
    rng = random.Random(7)
    for place in range(14):
        buyer(
            gd,
            taken=str(rng.randint(1, 3000)),
            paid=rng.choice((None, "0", "0.731", "0.9333", "1.2")),
            price=f"{rng.randint(20, 40) / 10}",
            months=rng.choice((0, 1, 5, 13, 24)),
            since=date(2026, 10, 1) - timedelta(days=rng.randint(0, 3000)),
            source=rng.choice(tuple(Source)),
            klass=rng.choice(tuple(Klass)),
            code=plant.credit_code(900_000 + place),
        )
    rating = actions.open_round(hq.maker, year=2026, cut_off_on=CUT_OFF, at=moment(), today=TODAY)
    for file in Dossier.objects.order_by("number")[::2]:
        actions.judge(
            hq.maker, rating.pk, file, code="strategic_value",
            points=Decimal(rng.randint(0, 10000)) / 100, at=moment(1),
        )  # fmt: skip
    again(hq, rating)
    assert RatingScore.objects.filter(round=rating).count() == 14
    for row in RatingScore.objects.filter(round=rating):
        parts = []
        for line in scheme.indicators:
            said = row.details[line.code]
            value = None if said["input"] is None else Decimal(said["input"])
            points = rules.points(line, value)
            assert (None if said["points"] is None else Decimal(said["points"])) == points
            parts.append((line.weight, points))
        assert row.score == row.joined == rules.score(parts)
        assert row.grade == rules.grade(scheme.bands, row.score)
        judged = row.details["strategic_value"]["points"]
        assert row.klass == rules.propose(
            scheme,
            value=row.joined,
            internal=row.klass_now == Klass.INTERNAL,
            strategic_value=None if judged is None else Decimal(judged),
            now=row.klass_now,
        )


@pytest.mark.parametrize("code", sorted(sources()))
def test_every_source_reads_a_file_with_data_and_one_without(code: str) -> None:
    hq, gd = head(), plant.unit("GD")
    full, bare = buyer(gd), plant.dossier(gd)
    scheme = parse(hq.scheme.definition)
    source = sources()[code]
    steps = ((Decimal(0), Decimal(0)), (Decimal(10**6), Decimal(100)))
    if source.better == rules.Better.LOWER:
        steps = ((Decimal(0), Decimal(100)), (Decimal(10**6), Decimal(0)))
    line = replace(scheme.indicators[0], code="volume", source=code, steps=steps, missing="skip")
    made = schemes.draft(hq.maker, at=moment())
    schemes.edit(
        hq.maker, made.number, version=made.version, title="一项", effective_year=2026,
        definition=replace(scheme, indicators=(line, *scheme.indicators[1:])), at=moment(),
    )  # fmt: skip
    schemes.publish(hq.maker, made.number, version=made.version + 1, at=moment())
    rating = computed(hq)
    said = score(rating, full).details["volume"]
    assert said["input"] is not None
    assert set(said["evidence"]) <= set(source.evidence)
    nothing = score(rating, bare).details["volume"]
    assert (nothing["input"] is None) or set(nothing["evidence"]) <= set(source.evidence)


def test_lng_counts_by_the_stated_factor() -> None:
    hq, gd = head(), plant.unit("GD")
    file = buyer(gd, taken="1000", price="4800", source=Source.LNG)
    found = score(computed(hq), file).details["volume"]
    assert (found["input"], found["evidence"]) == ("1680.0000", {"months": 12, "lng": 12000.0})


def test_what_was_paid_beyond_a_bill_pays_no_other_and_the_last_month_is_not_due() -> None:
    hq, gd = head(), plant.unit("GD")
    file = buyer(gd, months=3, paid="0")
    months = Offtake.objects.filter(contract__dossier=file)
    months.filter(month=date(2026, 9, 1)).update(paid_yuan=Decimal(99_000_000))
    assert details(file, computed(hq))["punctuality"] == "50.0000"


def test_the_files_of_one_customer_make_one_proposal() -> None:
    hq = head()
    code = plant.credit_code(4711)
    large = buyer(plant.unit("GD"), taken="900", code=code)
    small = buyer(plant.unit("FJ", region="350000"), taken="100", paid="0.5", code=code)
    rating = computed(hq)
    one, two = score(rating, large), score(rating, small)
    assert one.score != two.score
    joined = (one.score * 900 + two.score * 100) / 1000
    assert one.joined == two.joined == rules.rounded(joined)
    assert one.klass == two.klass


@pytest.mark.clause("6.1.3")
def test_two_runs_are_equal_to_the_last_digit_whatever_the_order_of_rows() -> None:
    hq, gd = head(), plant.unit("GD")
    for place in range(6):
        buyer(gd, taken=str(100 + place * 37), paid=f"0.{9 - place}")
    rating = computed(hq)
    columns = ("dossier_id", "score", "grade", "joined", "klass", "figures")

    def rows() -> list[Any]:
        found = RatingScore.objects.filter(round=rating).order_by("dossier_id")
        return list(found.values_list(*columns))

    first = rows()
    with connection.cursor() as cursor:  # rewritten, the rows lie in another order
        cursor.execute("UPDATE contracts_offtake SET note = '再存' WHERE actual > 150")
        cursor.execute("UPDATE contracts_contract SET note = '再存' WHERE id < gen_random_uuid()")
    again(hq, rating, 9)
    assert rows() == first


def test_a_score_keeps_its_key_as_long_as_its_round() -> None:
    hq, gd = head(), plant.unit("GD")
    file = buyer(gd)
    rating, trial = computed(hq), computed(hq, 2027)
    key = score(rating, file).pk
    again(hq, rating, 9)
    assert score(rating, file).pk == key != score(trial, file).pk


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO ratings_ratingscore (unit_id, round_id, dossier_id, customer_id, score, grade,"
        " joined, klass, details) SELECT unit_id, gen_random_uuid(), dossier_id, customer_id, 1,"
        " 'C', 1, 'general', '[]' FROM ratings_ratingscore",
        "UPDATE ratings_ratingscore SET round_id = gen_random_uuid()",
        "DELETE FROM ratings_ratinground",
        "UPDATE ratings_ratinground SET id = gen_random_uuid()",
    ],
)
def test_no_score_is_without_its_round(change: str) -> None:
    hq = head()
    buyer(plant.unit("GD"))
    computed(hq)
    with (
        pytest.raises(IntegrityError, match="rating round"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{change}; SET CONSTRAINTS ALL IMMEDIATE")


# Judges ------------------------------------------------------------------------------------------


@pytest.mark.clause("6.1.3")
def test_judges_enter_what_is_theirs_and_a_score_waits_for_it() -> None:
    hq, gd, fj = head(), plant.unit("GD"), plant.unit("FJ", region="350000")
    file = buyer(gd)
    rating = computed(hq)
    before = score(rating, file).score
    steward, other = plant.person(Role.STEWARD, gd), plant.person(Role.STEWARD, fj)
    given = {"points": Decimal("80"), "at": moment(6)}
    for person, code in ((other, "cooperation"), (steward, "strategic_value"),
                         (hq.maker, "cooperation")):  # fmt: skip
        with pytest.raises(Denied):
            actions.judge(person, rating.pk, file, code=code, **given)
    with for_person(steward.pk):
        actions.judge(steward, rating.pk, file, code="cooperation", **given)
    with pytest.raises(Unfit, match="0 至 100"):
        actions.judge(
            hq.maker, rating.pk, file, code="strategic_value", points=Decimal(101), at=moment(6)
        )
    with pytest.raises(Refused, match="又有 1 项评分"):
        actions.hand_in(hq.maker, rating.pk, at=moment(7))
    again(hq, rating, 8)
    found = score(rating, file)
    assert found.details["cooperation"]["points"] == "80.00"
    assert found.details["cooperation"]["evidence"]["by"] == steward.name
    assert found.score != before
    with for_person(steward.pk):
        actions.judge(steward, rating.pk, file, code="cooperation", points=None, at=moment(9))
    again(hq, rating, 10)
    assert score(rating, file).score == before
    events = Event.objects.filter(verb="rating.judged", dossier_id=file.pk)
    assert events.count() == 2


# Review and end ----------------------------------------------------------------------------------


@pytest.mark.clause("6.1.3")
def test_a_second_person_reviews_before_a_round_is_final() -> None:
    hq = head()
    buyer(plant.unit("GD"))
    rating = computed(hq)
    with pytest.raises(Refused, match="不能定稿"):
        actions.finalise(hq.maker, rating.pk, at=moment(9), today=TODAY)
    actions.hand_in(hq.maker, rating.pk, at=moment(10))
    with pytest.raises(Refused, match="另一名"):
        actions.review(hq.maker, rating.pk, accept=True, at=moment(11))
    with pytest.raises(Unfit, match="退回的原因"):
        actions.review(hq.checker, rating.pk, accept=False, at=moment(11))
    back = actions.review(hq.checker, rating.pk, accept=False, reason="价格口径", at=moment(11))
    assert (back.state, back.returned_why) == (RoundState.COMPUTED, "价格口径")
    done = final(hq, back)
    assert (done.state, done.reviewed_by) == (RoundState.FINAL, hq.checker)
    rounds = RatingRound.objects.filter(pk=_other_year(hq).pk)
    with pytest.raises(IntegrityError, match="rating_round_two_people"), transaction.atomic():
        rounds.update(handed_by=hq.maker, reviewed_by=hq.maker)


def _other_year(hq: Head) -> RatingRound:
    return actions.open_round(hq.maker, year=2027, cut_off_on=CUT_OFF, at=moment(), today=TODAY)


@pytest.mark.clause("6.2.1c")
def test_final_results_reach_the_files_and_nothing_of_them_changes_again() -> None:
    hq, gd = head(), plant.unit("GD")
    file = buyer(gd, taken="900")
    RatingResult.objects.create(
        unit=gd, dossier=file, year=2026, score=50, grade="B", state="provisional"
    )
    rating = final(hq, computed(hq))
    row = score(rating, file)
    result = RatingResult.objects.get(dossier=file)
    assert (result.score, result.grade, result.klass, result.state, result.round_id) == (
        row.score, row.grade, row.klass, "final", rating.pk,
    )  # fmt: skip
    assert list(
        Event.objects.filter(verb__in=["rating.final", "rating_round.final"])
        .order_by("verb").values_list("verb", "unit_id", "dossier_id")
    ) == [("rating.final", gd.pk, file.pk), ("rating_round.final", None, None)]  # fmt: skip
    for change in (
        lambda: RatingScore.objects.filter(pk=row.pk).update(score=1),
        lambda: RatingScore.objects.filter(pk=row.pk).delete(),
        lambda: RatingResult.objects.filter(pk=result.pk).update(score=1),
        lambda: RatingRound.objects.filter(pk=rating.pk).update(state="computed"),
        lambda: RatingScore.objects.create(
            unit=gd, round=rating, dossier=plant.dossier(gd), customer=file.customer,
            score=1, grade="C", joined=1, klass="general", figures=[],
        ),
        lambda: RatingJudgement.objects.create(
            unit=gd, round=rating, dossier=file, code="cooperation", points=1, by=hq.maker,
            at=moment(),
        ),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="final rating round"), transaction.atomic():
            change()
    with pytest.raises(Refused, match="已定稿"):
        actions.judge(
            hq.maker, rating.pk, file, code="strategic_value", points=Decimal(1), at=moment(30)
        )
    with pytest.raises(Refused, match="已定稿"):
        actions.drop(hq.maker, rating.pk, reason="再来")


@pytest.mark.clause("6.1.3")
@pytest.mark.clause("6.2.1")
def test_headquarters_decides_the_proposed_classes_with_history_and_duties_follow() -> None:
    hq, gd = head(), plant.unit("GD", live_from=date(2026, 10, 1))
    load_first_edition()
    load_first_policy()
    code = plant.credit_code(815)
    up = buyer(gd, taken="900", code=code)
    also = buyer(plant.unit("FJ", region="350000"), taken="900", code=code)
    kept = buyer(gd, taken="800")
    same = buyer(gd, taken="1", paid="0.5")
    refresh(TODAY)
    rating = final(hq, computed(hq))
    assert {row.customer_id: (row.klass_now, row.klass) for row in rating.proposals.all()} == {
        up.customer_id: ("general", "vip"), kept.customer_id: ("general", "vip"),
    }  # fmt: skip
    wanted = list(
        RatingProposal.objects.filter(customer=up.customer_id).values_list("pk", flat=True)
    )
    assert Dossier.objects.get(pk=up.pk).klass == Klass.GENERAL
    done = actions.decide(hq.maker, rating.pk, wanted, accept=True, at=moment(30), today=TODAY)
    assert done == 1
    for file in (up, also):
        file.refresh_from_db()
        assert (file.klass, file.klass_from) == (Klass.VIP, TODAY)
        change = ClassChange.objects.get(dossier=file)
        assert (change.klass, change.source) == ("vip", "rating")
        assert change.basis == "2026 年度评级，方案第 1 版"
        assert Event.objects.filter(verb="class.decided", dossier_id=file.pk).count() == 1
    history = CustomerClass.objects.get(customer=up.customer_id)
    assert (history.klass, history.effective_on, history.source) == ("vip", TODAY, "rating")
    assert Duty.objects.filter(dossier=up, kind="review", dropped_at=None, klass="vip").exists()
    with pytest.raises(Unfit, match="理由"):
        actions.decide(hq.maker, rating.pk, None, accept=False, at=moment(31), today=TODAY)
    actions.decide(
        hq.maker, rating.pk, None, accept=False, reason="合同将到期", at=moment(31), today=TODAY
    )
    kept.refresh_from_db()
    same.refresh_from_db()
    assert (kept.klass, same.klass) == (Klass.GENERAL, Klass.GENERAL)
    assert rating.proposals.get(customer=kept.customer_id).verdict == Verdict.KEPT
    with pytest.raises(Refused, match="都已认定"):
        actions.decide(hq.maker, rating.pk, None, accept=True, at=moment(32), today=TODAY)


def test_classes_wait_for_a_final_round() -> None:
    hq = head()
    buyer(plant.unit("GD"), taken="900")
    rating = computed(hq)
    with pytest.raises(Refused, match="定稿之后"):
        actions.decide(hq.maker, rating.pk, None, accept=True, at=moment(9), today=TODAY)


def test_last_years_result_stands_beside_the_new_one() -> None:
    hq, gd = head(), plant.unit("GD")
    file, fresh = buyer(gd), buyer(gd)
    for year, points, state in ((2024, 40, "final"), (2025, 55, "final"), (2026, 99, "final")):
        RatingResult.objects.create(
            unit=gd, dossier=file, year=year, score=points, grade="B", state=state
        )
    rating = computed(hq)
    row = score(rating, file)
    assert (row.score_before, row.grade_before) == (Decimal(55), "B")
    assert row.rise == row.score - 55
    assert (score(rating, fresh).score_before, score(rating, fresh).grade_before) == (None, "")


def test_one_round_a_year_and_a_dropped_one_makes_room() -> None:
    hq = head()
    file = buyer(plant.unit("GD"))
    rating = computed(hq)
    with pytest.raises(Refused, match="已有一轮"):
        _year(hq)
    with pytest.raises(Unfit, match="作废的原因"):
        actions.drop(hq.maker, rating.pk, reason=" ")
    actions.drop(hq.maker, rating.pk, reason="截止日选错")
    assert not RatingScore.objects.filter(dossier=file).exists()
    assert _year(hq).state == RoundState.OPEN
    with pytest.raises(Unfit, match="不能晚于今天"):
        actions.open_round(
            hq.maker, year=2030, cut_off_on=date(2026, 11, 6), at=moment(), today=TODAY
        )


def _year(hq: Head) -> RatingRound:
    return actions.open_round(hq.maker, year=2026, cut_off_on=CUT_OFF, at=moment(), today=TODAY)


def test_what_broke_can_be_asked_for_again() -> None:
    hq = head()
    buyer(plant.unit("GD"))
    rating = _year(hq)
    actions.ask_to_compute(hq.maker, rating.pk, at=moment(1))
    actions.give_up(rating.pk)
    rating.refresh_from_db()
    assert rating.state == RoundState.OPEN
    assert actions.compute(rating.pk, at=moment(2)) is None
    assert again(hq, rating).files == 1


def test_only_headquarters_rates() -> None:
    hq, gd = head(), plant.unit("GD")
    steward = plant.person(Role.STEWARD, gd)
    rating = computed(hq)
    for act in (
        lambda: actions.open_round(
            steward, year=2026, cut_off_on=CUT_OFF, at=moment(), today=TODAY
        ),
        lambda: actions.ask_to_compute(steward, rating.pk, at=moment()),
        lambda: actions.hand_in(steward, rating.pk, at=moment()),
        lambda: actions.review(steward, rating.pk, accept=True, at=moment()),
        lambda: actions.finalise(steward, rating.pk, at=moment(), today=TODAY),
        lambda: actions.drop(steward, rating.pk, reason="不"),
        lambda: actions.decide(steward, rating.pk, None, accept=True, at=moment(), today=TODAY),
        lambda: schemes.draft(steward, at=moment()),
    ):
        with pytest.raises(Denied):
            act()


# Schemes -----------------------------------------------------------------------------------------


def _changed(hq: Head, *, effective_year: int = 2026, **first: Any) -> RatingScheme:
    """A saved draft whose first line differs."""
    made = schemes.draft(hq.maker, at=moment())
    scheme = parse(made.definition)
    line = replace(scheme.indicators[0], **first)
    return schemes.edit(
        hq.maker, made.number, version=made.version, title="客户评级方案",
        effective_year=effective_year,
        definition=replace(scheme, indicators=(line, *scheme.indicators[1:])), at=moment(1),
    )  # fmt: skip


@pytest.mark.clause("6.1.3")
def test_a_published_scheme_never_changes_and_the_next_takes_its_place() -> None:
    hq = head()
    with pytest.raises(DatabaseError, match="published edition"), transaction.atomic():
        RatingScheme.objects.filter(number=1).update(title="改")
    draft = _changed(hq, name="年用气量")
    assert schemes.draft(hq.checker, at=moment()).pk == draft.pk
    with pytest.raises(Refused, match="他人保存过"):
        schemes.publish(hq.maker, 2, version=draft.version - 1, at=moment(2))
    done = schemes.publish(hq.maker, 2, version=draft.version, at=moment(2))
    assert (done.number, done.published_by) == (2, hq.maker)
    with pytest.raises(Refused, match="已发布"):
        schemes.discard(hq.maker, 2)
    assert computed(hq).scheme_id == done.pk


def test_a_scheme_that_is_not_whole_is_neither_published_nor_tried() -> None:
    hq = head()
    draft = _changed(hq, weight=Decimal(21))
    for act in (
        lambda: schemes.publish(hq.maker, 2, version=draft.version, at=moment(2)),
        lambda: schemes.try_out(hq.maker, 2, cut_off_on=CUT_OFF, at=moment(2)),
    ):
        with pytest.raises(Unfit, match="权重合计应为 100，现为 101"):
            act()
    with pytest.raises(IntegrityError, match="rating_scheme_weights"), transaction.atomic():
        RatingScheme.objects.filter(number=2).update(published_at=moment())
    holed = {**hq.scheme.definition, "bands": [{"grade": "A", "least": "50"},
                                               {"grade": "B", "least": "10"}]}  # fmt: skip
    with pytest.raises(IntegrityError, match="rating_scheme_bands"), transaction.atomic():
        RatingScheme.objects.filter(number=2).update(definition=holed, published_at=moment())
    early = _changed(hq, effective_year=2025, weight=Decimal(20))
    with pytest.raises(Unfit, match="不能早于上一版"):
        schemes.publish(hq.maker, 2, version=early.version, at=moment(2))


@pytest.mark.clause("6.1.3")
def test_no_rating_by_a_superseded_scheme() -> None:
    hq = head()
    buyer(plant.unit("GD"))
    rating = computed(hq)
    draft = _changed(hq, name="年用气量")
    schemes.publish(hq.maker, 2, version=draft.version, at=moment(2))
    for act in (
        lambda: actions.ask_to_compute(hq.maker, rating.pk, at=moment(3)),
        lambda: actions.hand_in(hq.maker, rating.pk, at=moment(3)),
    ):
        with pytest.raises(Refused, match="第 1 版方案已被新版取代"):
            act()
    with pytest.raises(IntegrityError, match="not in force"), transaction.atomic():
        RatingRound.objects.filter(pk=rating.pk).update(files=7)
    with pytest.raises(IntegrityError, match="not in force"), transaction.atomic():
        RatingRound.objects.create(
            kind="real", year=2028, scheme=hq.scheme, scheme_version=1, cut_off_on=CUT_OFF,
            opened_at=moment(),
        )  # fmt: skip
    actions.drop(hq.maker, rating.pk, reason="方案已换")
    assert computed(hq).scheme.number == 2


@pytest.mark.clause("6.1.3")
def test_a_trial_stands_beside_the_scheme_in_force_and_leaves_no_trace_in_the_files() -> None:
    hq, gd = head(), plant.unit("GD")
    file = buyer(gd, taken="100")
    draft = _changed(hq, steps=((Decimal(0), Decimal(0)), (Decimal(1200), Decimal(100))))
    made = schemes.try_out(hq.maker, 2, cut_off_on=CUT_OFF, at=moment(2))
    found = actions.compute(made.pk, at=moment(3))
    assert found is not None
    assert found.beside is not None
    new, old = score(found, file), score(found.beside, file)
    assert (old.details["volume"]["points"], new.details["volume"]["points"]) == (
        "46.00", "100.00",
    )  # fmt: skip
    assert (new.score_before, new.grade_before) == (old.score, old.grade)
    assert new.score > old.score
    assert not RatingResult.objects.exists()
    with pytest.raises(Refused, match="只供比较"):
        actions.hand_in(hq.maker, found.pk, at=moment(4))
    later = schemes.try_out(hq.maker, 2, cut_off_on=CUT_OFF, at=moment(6))
    assert set(RatingRound.objects.values_list("pk", flat=True)) == {later.pk, later.beside_id}
    schemes.discard(hq.maker, draft.number)
    assert not RatingRound.objects.exists()


@pytest.mark.clause("6.3.1")
def test_a_unit_reads_its_own_scores_once_they_are_final() -> None:
    hq, gd = head(), plant.unit("GD")
    mine = buyer(gd)
    buyer(plant.unit("FJ", region="350000"))
    filler = plant.person(Role.FILLER, gd)

    def seen() -> list[Any]:
        with for_person(filler.pk), connection.cursor() as cursor:
            cursor.execute("SELECT dossier_id FROM ratings_ratingscore")
            return [key for (key,) in cursor.fetchall()]

    rating = computed(hq)
    assert seen() == []
    assert RatingScore.objects.count() == 2
    final(hq, rating)
    assert seen() == [mine.pk]


def test_a_closed_file_is_not_rated() -> None:
    hq, gd = head(), plant.unit("GD")
    buyer(gd)
    closed = buyer(gd)
    Dossier.objects.filter(pk=closed.pk).update(state="closed")
    assert computed(hq).files == 1
    assert Contract.objects.filter(dossier=closed).exists()
