"""What events bring: once each, by the right clause, done by the right deed (§6.2.1a-e)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests import plant
from tests.duties.closed import closed, reopened
from tests.duties.test_actions import approved, at, came
from yihu.dossiers.models import Dossier
from yihu.duties.actions import EVERYTHING, load_first_policy, refresh, settle
from yihu.duties.choices import DropReason, DutyKind
from yihu.duties.models import Duty, Occasion
from yihu.duties.recomputing import Standing, recompute
from yihu.duties.sources import SOURCES, Source
from yihu.guide.actions import load_first_edition
from yihu.kit.clock import SHANGHAI
from yihu.ratings.models import RatingResult

pytestmark = pytest.mark.django_db
NOV = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _policy() -> None:
    load_first_edition()
    load_first_policy()


def signed(of: Dossier, on: date) -> None:
    """A contract signed and entered on the day."""
    made = plant.contract(of, effective_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    type(made).objects.filter(pk=made.pk).update(signed_on=on, entered_at=at(on))


def changed(of: Dossier, on: date) -> None:
    """A material fact that changed on the day."""
    Occasion.objects.create(
        unit_id=of.unit_id,
        dossier=of,
        kind="basic_change",
        codes=["legal_rep"],
        happened_at=at(on),
    )


def events(of: Dossier) -> list[tuple[str, str, str, bool]]:
    """(kind, happened, due, whether done) of the file's event duties that stand."""
    rows = Duty.objects.filter(dossier=of, dropped_at=None).exclude(source="")
    return [
        (y.kind, str(y.period_start), str(y.due_on), y.done_at is not None)
        for y in rows.order_by("period_start", "kind")
    ]


@pytest.mark.clause("6.2.1a")
def test_a_signing_before_the_first_version_asks_for_the_file_in_ten_working_days() -> None:
    of = plant.dossier(plant.unit())
    signed(of, date(2026, 10, 12))
    refresh(NOV)
    assert events(of) == [("new_customer", "2026-10-12", "2026-10-26", False)]
    approved(of, at(date(2026, 10, 20)))
    refresh(NOV)
    assert events(of) == [("new_customer", "2026-10-12", "2026-10-26", True)]


@pytest.mark.clause("6.2.1b")
def test_a_signing_on_a_known_customer_asks_for_a_later_version_and_is_never_both() -> None:
    of = plant.dossier(plant.unit())
    approved(of, at(date(2026, 10, 9)))
    signed(of, date(2026, 10, 12))
    refresh(NOV)
    assert events(of) == [("new_contract", "2026-10-12", "2026-10-19", False)]
    approved(of, at(date(2026, 10, 12), 11))  # before the contract was entered at noon
    refresh(NOV)
    assert events(of)[0][3] is False
    approved(of, at(date(2026, 10, 13)))
    refresh(NOV)
    assert events(of) == [("new_contract", "2026-10-12", "2026-10-19", True)]


@pytest.mark.clause("6.2.1c")
def test_a_final_result_asks_for_an_update_and_a_provisional_one_does_not() -> None:
    of = plant.dossier(plant.unit())
    row = RatingResult.objects.create(
        unit_id=of.unit_id, dossier=of, year=2026, score=80, state="provisional"
    )
    day = date(2026, 11, 2)
    RatingResult.objects.filter(pk=row.pk).update(entered_at=at(day), rated_on=day)
    refresh(NOV)
    assert events(of) == []
    RatingResult.objects.filter(pk=row.pk).update(state="final")
    refresh(NOV)
    assert events(of) == [("rating", "2026-11-02", "2026-11-09", False)]


@pytest.mark.clause("6.2.1e")
def test_a_material_fact_that_changes_by_any_path_is_an_occasion_but_an_approval_is_not() -> None:
    of = plant.dossier(plant.unit())
    rows = Dossier.objects.filter(pk=of.pk)
    rows.update(document={"legal_rep": "王一", "office_addr": "东路 1 号"})  # filled in at last
    rows.update(document={"legal_rep": "王一", "office_addr": "西路 2 号"})  # not material
    assert not Occasion.objects.exists()
    rows.update(document={"legal_rep": "李二", "office_addr": "西路 2 号"})
    rows.update(name_full="广州改名燃气有限公司")
    rows.update(document={"legal_rep": "赵三"}, version_number=1)  # as an approval writes it
    assert [row.codes for row in Occasion.objects.order_by("codes")] == [
        ["legal_rep"],
        ["name_full"],
    ]
    Occasion.objects.update(happened_at=at(date(2026, 11, 2)))
    refresh(NOV)
    assert events(of) == [("basic_change", "2026-11-02", "2026-11-09", False)] * 2
    approved(of, at(date(2026, 11, 10)))
    settle(NOV, unit_id=of.unit_id, dossier_id=of.pk)
    assert events(of) == [("basic_change", "2026-11-02", "2026-11-09", True)] * 2
    assert {y.basis for y in Duty.objects.filter(kind="basic_change")} == {"version"}


@pytest.mark.clause("6.2.1a")
def test_what_happened_before_the_unit_was_live_is_not_owed() -> None:
    of = plant.dossier(plant.unit(live_from=date(2026, 11, 1)))
    signed(of, date(2026, 10, 30))
    signed(of, date(2026, 11, 2))
    refresh(NOV)
    assert [day for _, day, _, _ in events(of)] == ["2026-11-02"]


def test_a_withdrawn_occasion_takes_its_duty_along_and_brings_it_back() -> None:
    of = plant.dossier(plant.unit())
    signed(of, date(2026, 10, 12))
    refresh(NOV)
    row = of.contracts.get()
    type(row).objects.filter(pk=row.pk).update(dossier=plant.dossier(of.unit))
    refresh(NOV)
    assert events(of) == []
    assert Duty.objects.get(dossier=of, kind="new_customer").dropped_why == DropReason.WITHDRAWN
    type(row).objects.filter(pk=row.pk).update(dossier=of)
    refresh(NOV)
    assert events(of) == [("new_customer", "2026-10-12", "2026-10-26", False)]


@pytest.mark.clause("6.1.2")
def test_a_closed_file_leaves_what_fell_due_and_drops_the_rest() -> None:
    of = plant.dossier(plant.unit())
    for on in (date(2026, 10, 12), date(2026, 11, 20)):
        changed(of, on)
    refresh(NOV)
    assert len(events(of)) == 2
    gone = closed(of, NOV)
    refresh(NOV)
    assert events(of) == [("basic_change", "2026-10-12", "2026-10-19", False)]
    assert Duty.objects.get(dossier=of, source="basic_change", dropped_at__isnull=False)
    reopened(gone, at(date(2026, 11, 25)))
    refresh(date(2026, 11, 25))  # before the day: owed again
    assert [due for _, _, due, _ in events(of)] == ["2026-10-19", "2026-11-27"]


def test_what_fell_due_while_a_file_was_closed_is_not_owed_once_it_is_open_again() -> None:
    of = plant.dossier(plant.unit())
    changed(of, date(2026, 11, 2))
    gone = closed(of, date(2026, 11, 3))
    refresh(date(2026, 11, 3))
    assert events(of) == []
    changed(of, date(2026, 11, 10))
    reopened(gone, at(NOV))
    refresh(NOV)
    assert events(of) == []
    assert (recompute(NOV).unlike, recompute(NOV).astray) == ([], [])


def test_what_was_done_before_the_file_was_closed_stays_done() -> None:
    of = plant.dossier(plant.unit())
    changed(of, date(2026, 11, 2))
    approved(of, at(date(2026, 11, 3)))
    refresh(date(2026, 11, 3))
    done = [("basic_change", "2026-11-02", "2026-11-09", True)]
    assert events(of) == done
    gone = closed(of, at(date(2026, 11, 4)))
    refresh(date(2026, 11, 4))
    reopened(gone, at(NOV))
    refresh(NOV)
    assert events(of) == done
    assert (recompute(NOV).unlike, recompute(NOV).astray) == ([], [])


def test_what_was_waived_before_the_file_was_closed_stays_waived() -> None:
    of = plant.dossier(plant.unit())
    changed(of, date(2026, 11, 2))
    refresh(date(2026, 11, 3))
    Duty.objects.filter(dossier=of, kind="basic_change").update(waived_at=at(date(2026, 11, 3)))
    gone = closed(of, at(date(2026, 11, 4)))
    refresh(date(2026, 11, 4))
    reopened(gone, at(NOV))
    refresh(NOV)
    assert events(of) == [("basic_change", "2026-11-02", "2026-11-09", False)]
    assert (recompute(NOV).unlike, recompute(NOV).astray) == ([], [])


@pytest.mark.clause("6.2.1d")
def test_a_new_source_is_one_select_and_a_follow_up_is_due_twice() -> None:
    of = plant.dossier(plant.unit())
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE followup (id uuid DEFAULT gen_random_uuid(), unit_id bigint,"
            " dossier_id uuid, agreed_on date, due_on date, resulted_at timestamptz)"
        )
        cursor.execute(
            "INSERT INTO followup (unit_id, dossier_id, agreed_on, due_on) VALUES (%s, %s, %s, %s)",
            [of.unit_id, of.pk, date(2026, 10, 12), date(2026, 11, 16)],
        )
    more = (
        *SOURCES,
        Source(
            "visit_followup",
            DutyKind.VISIT,
            "SELECT unit_id, dossier_id, id AS subject_id, agreed_on AS happened_on, due_on,"
            " NULL::timestamptz AS counts_from, resulted_at AS done_at FROM followup",
        ),
        Source(
            "visit_result",
            DutyKind.VISIT,
            "SELECT unit_id, dossier_id, id AS subject_id,"
            " (resulted_at AT TIME ZONE 'Asia/Shanghai')::date AS happened_on,"
            " NULL::date AS due_on, resulted_at AS counts_from, NULL::timestamptz AS done_at"
            " FROM followup WHERE resulted_at IS NOT NULL",
        ),
    )
    refresh(date(2026, 11, 2), touched=replace(EVERYTHING, sources=more))
    assert events(of) == [("visit", "2026-10-12", "2026-11-16", False)]
    with connection.cursor() as cursor:  # put off, then done late
        cursor.execute("UPDATE followup SET due_on = %s", [date(2026, 11, 18)])
        refresh(date(2026, 11, 2), touched=replace(EVERYTHING, sources=more))
        cursor.execute("UPDATE followup SET resulted_at = %s", [at(date(2026, 11, 19))])
    for _ in range(2):
        refresh(NOV, touched=replace(EVERYTHING, sources=more))
        assert events(of) == [
            ("visit", "2026-10-12", "2026-11-18", True),
            ("visit", "2026-11-19", "2026-11-26", False),
        ]
    assert Duty.objects.get(source="visit_followup").basis == "result"
    approved(of, at(date(2026, 11, 20)))
    refresh(NOV, touched=replace(EVERYTHING, sources=more))
    assert events(of)[1][3] is True


@pytest.mark.parametrize(
    ("moment", "start"),
    [
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=SHANGHAI), "2026-10-31"),
        (datetime(2026, 11, 1, 0, 0, tzinfo=SHANGHAI), "2026-11-01"),
    ],
)
def test_the_day_of_an_event_is_shanghai_s(moment: datetime, start: str) -> None:
    of = plant.dossier(plant.unit())
    Occasion.objects.create(
        unit_id=of.unit_id,
        dossier=of,
        kind="basic_change",
        codes=["legal_rep"],
        happened_at=moment,
    )
    refresh(NOV)
    assert [day for _, day, _, _ in events(of)] == [start]


@pytest.mark.clause("6.4.2")
def test_the_figures_are_what_the_facts_give_and_a_doctored_one_is_found() -> None:
    of = plant.dossier(plant.unit())
    came(of, date(2026, 10, 1))
    plant.contract(of)
    signed(of, date(2026, 10, 12))
    approved(of, at(date(2026, 10, 20)))
    refresh(NOV)
    found = recompute(NOV)
    standing = Duty.objects.filter(dropped_at=None)
    assert (found.planned, found.unlike, found.astray) == (standing.count(), [], [])
    late = Duty.objects.get(kind="new_customer")
    Duty.objects.filter(pk=late.pk).update(done_at=late.done_at + timedelta(days=30))
    found = recompute(NOV)
    assert [(u.kind, u.state, u.shown, u.told) for u in found.unlike] == [
        ("new_customer", "late", 1, 0),
        ("new_customer", "on_time", 0, 1),
    ]
    (row,) = found.astray
    assert (row.unit, row.dossier, row.kind) == (of.unit.code, of.number, "new_customer")
    assert (row.shown, row.told) == (
        Standing(late.due_on, "late", 24, late.klass),
        Standing(late.due_on, "on_time", 0, late.klass),
    )
    assert Duty.objects.filter(pk=late.pk).exists()


@pytest.mark.clause("6.4.2")
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("review", {"klass": "vip"}),  # shown under another class
        ("review", {"done_at": at(date(2026, 12, 20))}),
        ("offtake", {"due_on": date(2026, 11, 20)}),  # the same month, the same count
        ("offtake", {"done_at": at(date(2026, 11, 12))}),
    ],
)
def test_a_row_that_was_tampered_with_is_named_also_where_no_sum_changes(
    kind: str, change: dict[str, object]
) -> None:
    of = plant.dossier(plant.unit())
    came(of, date(2026, 10, 1))
    plant.contract(of)
    refresh(NOV)
    assert recompute(NOV).astray == []
    row = Duty.objects.filter(kind=kind).order_by("period_start")[0]
    Duty.objects.filter(pk=row.pk).update(**change)
    (named,) = recompute(NOV).astray
    assert (named.dossier, named.kind, named.period_start) == (of.number, kind, row.period_start)
    Duty.objects.filter(pk=row.pk).delete()
    (named,) = recompute(NOV).astray
    assert named.shown is None
    assert named.told is not None
    with pytest.raises(CommandError, match="1 项任务"):
        call_command("duties", "recompute", as_of=NOV)
