"""Each automatic check says what is wrong and lets be what is right (§6.4.1, 5.1–5.4)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

import pytest
from django.db import connection

from tests import plant
from tests.desk.duties import duty
from tests.dossiers.files import approved, complete_dossier, moment
from tests.inspections.world import TODAY, World, checked, planned, subject_of, vip, world
from tests.originals.shelf import ORIGINAL
from yihu.access.rules import Role
from yihu.contracts.models import Contract, Offtake
from yihu.customers.rules import Klass
from yihu.dossiers.models import ClassChange, Dossier
from yihu.guide.queries import definition_in_force
from yihu.guide.rules import completeness, facts_of
from yihu.inspections import actions, checking
from yihu.inspections.checks import CHECK, CHECKS
from yihu.inspections.models import Result, Tally
from yihu.inspections.saying import SENTENCES, say
from yihu.letters.actions import Content as LetterContent
from yihu.letters.actions import register as register_letter
from yihu.originals.actions import add_place, register
from yihu.ratings.models import RatingResult
from yihu.risks.models import Remark
from yihu.visits.models import Followup, Visit

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.1")]
Plant = Callable[[World, Dossier], object]
_numbers = count(1)


def _bad_code(w: World, file: Dossier) -> None:
    Dossier.objects.filter(pk=file.pk).update(credit_code=file.credit_code[:-1] + "I")


def _document(**values: Any) -> Plant:
    def change(w: World, file: Dossier) -> None:
        file.document = {**file.document, **values}
        file.save(update_fields=["document"])

    return change


def _region(code: str) -> Plant:
    return lambda w, file: Dossier.objects.filter(pk=file.pk).update(region_code=code)


def _contract(w: World, file: Dossier) -> Contract:
    return plant.contract(file)


def _no_share(w: World, file: Dossier) -> None:
    Contract.objects.filter(pk=plant.contract(file).pk).update(take_or_pay_percent=None)


def _thin_plan(w: World, file: Dossier) -> None:
    """Twelve months of 80 make 960, below 90 % of 1,200."""
    contract = plant.contract(file)
    for number in range(1, 13):
        plant.month(contract, date(2026, number, 1))
    Offtake.objects.filter(contract=contract).update(planned=Decimal(80))


def _full_plan(w: World, file: Dossier) -> None:
    contract = plant.contract(file)
    for number in range(1, 13):
        plant.month(contract, date(2026, number, 1))


def _original(w: World, file: Dossier) -> None:
    contract = plant.contract(file)
    custodian = plant.person(Role.CUSTODIAN, w.gd.unit)
    room = add_place(custodian, w.gd.unit.pk, parent=None, kind="room", code=f"A{next(_numbers)}")
    values = {**ORIGINAL, "kind": "contract", "contract_number": contract.number}
    register(custodian, file, place=room, at=moment(2), today=date(2026, 11, 2), **values)


def _letter(due: date) -> Plant:
    def write(w: World, file: Dossier) -> None:
        register_letter(
            w.gd.filler, file, direction="in",
            content=LetterContent(date(2026, 10, 1), "对方", "请复函", reply_due_on=due),
            at=moment(1), today=date(2026, 11, 1),
        )  # fmt: skip

    return write


def _followup(due: date) -> Plant:
    def promise(w: World, file: Dossier) -> None:
        staff, serial = w.gd.filler.staff, next(_numbers)
        visit = Visit.objects.create(
            unit=w.gd.unit, dossier=file, number=f"访2026-{serial:04d}", year=2026,
            serial=serial, kind="paid", level="business", state="planned",
            planned_on=date(2026, 10, 20), lead=staff, topics=["price"], entered_by=staff,
            entered_at=moment(1), changed_at=moment(1),
        )  # fmt: skip
        visit.refresh_from_db()
        Followup.objects.create(
            unit=w.gd.unit, dossier=file, visit=visit, side="ours", text="测算气量", owner=staff,
            due_on=due, entered_by=staff, entered_at=moment(1),
        )  # fmt: skip

    return promise


def _remark(due: date) -> Plant:
    def raise_one(w: World, file: Dossier) -> None:
        staff = w.gd.filler.staff
        Remark.objects.create(
            unit=w.gd.unit, dossier=file, number=f"险2026-{next(_numbers):04d}",
            kind="c", level=2, facts="货款逾期",
            found_on=date(2026, 10, 1), found_how="对账", owner=staff, raised_by=staff,
            raised_at=moment(1), next_check_on=due,
        )  # fmt: skip

    return raise_one


def _filler_left(w: World, file: Dossier) -> None:
    staff = plant.staff(w.gd.unit, "离职的人")
    type(staff).objects.filter(pk=staff.pk).update(status="left")
    Dossier.objects.filter(pk=file.pk).update(filler=staff)


def _rated(klass: str, *, decided: bool = False) -> Plant:
    def rate(w: World, file: Dossier) -> None:
        RatingResult.objects.create(
            unit=w.gd.unit, dossier=file, year=2026, score=80, grade="A", klass=klass,
            rated_on=date(2026, 9, 1), state="final",
        )  # fmt: skip
        if decided:
            ClassChange.objects.create(
                unit=w.gd.unit, dossier=file, klass=file.klass, source="decision",
                effective_on=date(2026, 10, 1),
            )  # fmt: skip

    return rate


def _duty(kind: str, done: int | None) -> Plant:
    def owe(w: World, file: Dossier) -> None:
        row = duty(file, start=date(2026, 10, 1))
        values: dict[str, Any] = {
            "kind": kind, "period_end": date(2026, 10, 31), "due_on": date(2026, 10, 30),
            "done_at": None if done is None else moment(done) - timedelta(days=10),
        }  # fmt: skip
        type(row).objects.filter(pk=row.pk).update(**values)

    return owe


def _month(**values: Any) -> Plant:
    def take(w: World, file: Dossier) -> None:
        contract = plant.contract(file)
        plant.month(contract, date(2026, 10, 1))
        Offtake.objects.filter(contract=contract).update(**values)

    return take


def _reviewer(w: World, file: Dossier) -> None:
    approved(w.gd, file)
    Dossier.objects.filter(pk=file.pk).update(reviewer=w.gd.reviewer.staff)


def _signed_since(w: World, file: Dossier) -> None:
    approved(w.gd, file)
    plant.contract(file)


def _in_the_version(w: World, file: Dossier) -> None:
    plant.contract(file)
    approved(w.gd, file)


def _ended_since(w: World, file: Dossier) -> None:
    _in_the_version(w, file)
    Contract.objects.filter(dossier=file).update(terminated_on=date(2026, 11, 3))


TAKEN = {"actual": Decimal(100), "price_yuan": Decimal("3.1")}
CASES: list[tuple[str, Plant, dict[str, Any] | None]] = [
    ("credit_code", _bad_code, {"code"}),
    ("credit_code", lambda w, f: None, None),
    ("licence", _document(gas_licence=[{"number": "1", "valid_to": "2026-11-04"}]), {"expired"}),
    (
        "licence",
        _document(gas_licence=[{"valid_to": "2026-11-04"}, {"valid_to": "2026-11-05"}]),
        None,
    ),
    ("region", _region("350100"), {"region"}),
    ("region", _region(""), {"region"}),
    ("region", _region("440300"), None),
    ("ledger", _signed_since, {"contracts"}),
    ("ledger", _in_the_version, None),
    ("ledger", _ended_since, {"contracts"}),
    ("take_or_pay", _no_share, {"contracts"}),
    ("take_or_pay", _thin_plan, {"contracts"}),
    ("take_or_pay", _full_plan, None),
    ("original", _contract, {"contracts"}),
    ("original", _original, None),
    ("letters", _letter(date(2026, 11, 4)), {"letters"}),
    ("letters", _letter(date(2026, 11, 5)), "unasked"),
    ("followups", _followup(date(2026, 11, 4)), {"late", "still"}),
    ("followups", _followup(date(2026, 11, 5)), None),
    ("risks", _remark(date(2026, 11, 4)), {"remarks", "since"}),
    ("risks", _remark(date(2026, 11, 5)), None),
    ("filler", lambda w, f: Dossier.objects.filter(pk=f.pk).update(filler=None), {"why"}),
    ("filler", _filler_left, {"why", "name"}),
    ("filler", lambda w, f: None, None),
    ("two_people", lambda w, f: None, {"why"}),
    ("two_people", _reviewer, None),
    ("class_rating", _rated("vip"), {"klass", "rated", "year"}),
    ("class_rating", _rated("vip", decided=True), "unasked"),
    ("class_rating", _rated("general"), None),
    ("hollow", _document(coop_summary="同上"), {"hollow"}),
    ("hollow", lambda w, f: None, None),
    ("on_time", _duty("review", None), {"due", "late", "open"}),
    ("on_time", _duty("review", 10), {"due", "late", "open"}),
    ("on_time", _duty("review", 5), None),
    ("offtake_on_time", _duty("offtake", None), {"months"}),
    ("offtake_on_time", _duty("offtake", 5), None),
    ("amount", _month(**TAKEN, amount_yuan=Decimal("3100100.01")), {"months"}),
    ("amount", _month(**TAKEN, amount_yuan=Decimal("3100100.00")), None),
    ("above_mdq", _month(actual=Decimal("124.0001"), amount_yuan=None), {"months"}),
    ("above_mdq", _month(actual=Decimal("124.0000"), amount_yuan=None), None),
]  # fmt: skip


def test_each_check_sees_what_is_wrong_and_lets_be_what_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One round over all cases, each on a file of its own."""
    monkeypatch.setenv("YIHU_TODAY", "2026-11-05")
    w = world()
    files = []
    for number, (_code, prepare, _seen) in enumerate(CASES):
        file = complete_dossier(w.gd)
        _document(coop_summary=f"第 {number} 户：自 2022 年起采购天然气，合作平稳。")(w, file)
        prepare(w, file)
        files.append(file)
    row = checked(w.first)
    subjects = {key: pk for pk, key in row.subjects.values_list("pk", "dossier")}
    asked = {code: set(keys) for code, keys in row.tallies.values_list("check_code", "applied_to")}
    found = {(hit.subject_id, hit.check_code): hit.detail for hit in row.results.all()}
    wrong = []
    for number, ((code, _prepare, seen), file) in enumerate(zip(CASES, files, strict=True)):
        key = subjects[file.pk]
        detail = found.get((key, code))
        applied = key in asked.get(code, set())
        if (applied, None if detail is None else set(detail)) != (
            seen != "unasked", None if seen in (None, "unasked") else seen,
        ):  # fmt: skip
            wrong.append((number, code, seen, applied, detail))
        elif detail is not None:
            said = say(code, detail, {"coop_summary": "合作概况"})
            assert said.endswith("。"), said
            assert "%(" not in said
    assert wrong == []


def test_a_text_of_another_customer_is_known_and_the_other_not_named() -> None:
    w = world()
    one, other = vip(w.gd), vip(w.gd)
    row = checked(w.first)
    found = Result.objects.filter(inspection=row, check_code="hollow")
    assert {hit.subject.dossier_id for hit in found} == {one.pk, other.pk}
    assert [hit.detail for hit in found] == [{"copied": ["coop_summary"]}] * 2


def test_every_check_is_explained_weighed_and_said() -> None:
    assert {check.code for check in CHECKS} == SENTENCES.keys() == CHECK.keys()
    for check in CHECKS:
        assert check.sql.startswith("-- §"), check.code
        assert check.weight >= 1, check.code
        assert str(check.explains).endswith("。"), check.code
    assert {code for code, _prepare, _seen in CASES} | {"complete"} == CHECK.keys()


EMPTY: tuple[Any, ...] = (None, "", "  ", "\u3000", [], {}, [{}], [{"a": ""}], [None, "\t"])


@pytest.mark.clause("5.4")
def test_complete_is_what_the_guide_reckons() -> None:
    """In SQL as in `guide.rules`: any fields emptied, any class, any gas uses."""
    chance = Random(20261105)
    w = world()
    files = {}
    for _ in range(60):
        file = complete_dossier(w.gd, klass=chance.choice(list(Klass)))
        for code in chance.sample(sorted(file.document), chance.randrange(12)):
            file.document[code] = chance.choice(EMPTY)
        file.document["reg_status"] = chance.choice(["existing", "revoked"])
        file.gas_uses = chance.sample(["01", "03", "05"], chance.randrange(1, 4))
        file.save()
        files[file.pk] = file
    row = checked(w.first)
    guide = definition_in_force(TODAY)
    assert guide is not None
    found = {
        hit.subject.dossier_id: hit.detail
        for hit in Result.objects.filter(check_code="complete").select_related("subject")
    }
    assert row.subjects.count() == 60
    for key, file in files.items():
        file.refresh_from_db()
        facts = facts_of(guide[1], file.document, file)
        expected = completeness(facts, guide[1], file.klass, facts["gas_use"])
        hit = found.get(key, {"missing": [], "filled": None, "required": None})
        assert sorted(hit["missing"]) == sorted(field.code for field in expected.missing)
        if expected.missing:
            assert (hit["filled"], hit["required"]) == (expected.filled, expected.required)


def test_only_volume_and_price_of_what_is_not_checked_as_a_whole() -> None:
    """§6.4.1 monthly: strategic files as a whole, of all others volume and price."""
    w = world()
    whole = complete_dossier(w.gd, klass=Klass.STRATEGIC)
    part = complete_dossier(w.gd)
    for file in (whole, part):
        plant.month(plant.contract(file), date(2026, 10, 1))
    row = checked(w.first, klasses=["strategic"])
    asked = {
        code: set(keys) for code, keys in Tally.objects.values_list("check_code", "applied_to")
    }
    both = {subject_of(row, whole).pk, subject_of(row, part).pk}
    assert asked["amount"] == both
    assert asked["credit_code"] == {subject_of(row, whole).pk}
    assert (row.population, row.drawn) == (1, 1)


def test_the_checks_go_on_where_they_broke_off() -> None:
    w = world()
    vip(w.gd)
    row = planned(w.first)
    actions.begin(w.first, row, seed="x", at=moment(5), today=TODAY)
    checking.freeze(row.pk)
    checking.run_check(row.pk, CHECKS[0])
    checking.give_up(row.pk, "OperationalError")
    row.refresh_from_db()
    assert (row.failed, row.checks_done) == ("OperationalError", [CHECKS[0].code])
    actions.resume(w.first, row)
    checking.run(row.pk, at=moment(5, 12))
    checking.run(row.pk, at=moment(5, 13))
    row.refresh_from_db()
    assert row.checks_done == [check.code for check in CHECKS]
    assert row.checked_at == moment(5, 12)
    assert Tally.objects.filter(check_code=CHECKS[0].code).count() == 1


def test_no_check_walks_rows() -> None:
    """Set-based: as many statements for nine files as for three."""
    w = world()
    checked(w.first)  # what is asked once a process is asked now
    counts = []
    for more in (3, 6):
        for _ in range(more):
            vip(w.gd)
        counting = _Counting()
        with connection.execute_wrapper(counting):
            checked(w.first, seed=f"s{more}")
        counts.append(counting.number)
    assert counts[0] == counts[1]


class _Counting:
    number = 0

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.number += 1
        return execute(sql, params, many, context)
