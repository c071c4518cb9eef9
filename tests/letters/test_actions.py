"""A letter gets the next number, is answered by another letter, never disappears."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from tests import plant
from tests.dossiers.files import TODAY, approved, complete_dossier, desk, moment
from tests.letters.written import content, letter
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import State
from yihu.kit.clock import SHANGHAI
from yihu.letters import actions, queries
from yihu.letters.choices import Direction, Standing
from yihu.letters.models import Correction, Letter
from yihu.papers.models import Document

pytestmark = pytest.mark.django_db


def standing(of: Letter) -> str:
    return queries.letters().get(pk=of.pk).standing(TODAY)


@pytest.mark.clause("4.3c")
def test_numbers_run_by_unit_direction_and_year() -> None:
    gd, fj = desk("GD"), desk("FJ")
    first, other = plant.dossier(gd.unit), plant.dossier(gd.unit)
    made = [
        letter(gd, first),
        letter(gd, other),
        letter(gd, first, direction=Direction.OUT),
        letter(fj, plant.dossier(fj.unit)),
        actions.register(
            gd.filler,
            first,
            direction=Direction.IN,
            content=content(),
            at=datetime(2027, 1, 4, 9, tzinfo=SHANGHAI),
            today=date(2027, 1, 4),
        ),
    ]
    assert [row.register_number for row in made] == [
        "来2026-0001",
        "来2026-0002",
        "去2026-0001",
        "来2026-0001",
        "来2027-0001",
    ]
    twin = Letter(
        unit=gd.unit, dossier=first, direction="in", year=2026, serial=1, dated_on=TODAY,
        counterpart="甲", subject="乙", entered_by=gd.filler.staff, entered_at=moment(),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="letter_serial"), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.clause("4.3c")
def test_the_scan_is_a_document_of_the_file() -> None:
    gd = desk()
    dossier = plant.dossier(gd.unit)
    made = letter(gd, dossier, scan="来函正文".encode(), number="凯能〔2026〕7 号")
    document = Document.objects.get()
    assert made.document == document
    assert (document.dossier_id, document.kind) == (dossier.pk, "letter")
    assert document.title == "关于调整十一月提气计划的函"
    event = Event.objects.get(verb="letter.registered")
    assert (event.dossier_id, event.data["register_number"]) == (dossier.pk, "来2026-0001")
    assert event.data["document"] == str(document.pk)


@pytest.mark.clause("4.3c")
def test_a_letter_is_answered_by_a_letter_and_open_again_when_that_is_void() -> None:
    gd = desk()
    dossier = plant.dossier(gd.unit)
    asked = letter(gd, dossier, reply_due_on=date(2026, 11, 4))
    assert standing(asked) == Standing.OVERDUE
    assert queries.overdue_of(gd.filler, TODAY) == 1
    reply = letter(gd, dossier, direction=Direction.OUT, answers=asked)
    assert standing(asked) == Standing.ANSWERED
    assert queries.overdue_of(gd.filler, TODAY) == 0
    actions.void(gd.filler, reply, reason="未寄出", at=moment())
    assert (standing(asked), standing(reply)) == (Standing.OVERDUE, Standing.VOIDED)
    with pytest.raises(Refused, match="已作废，不能再改"):
        actions.void(gd.filler, reply, reason="再来一次", at=moment())


def test_no_answer_is_needed_for_a_reason() -> None:
    gd = desk()
    dossier = plant.dossier(gd.unit)
    asked = letter(gd, dossier, reply_due_on=date(2026, 11, 4))
    with pytest.raises(Unfit, match="请写明无需回复的理由"):
        actions.waive(gd.filler, asked, reason=" ", at=moment())
    actions.waive(gd.filler, asked, reason="仅供知悉", at=moment())
    assert standing(asked) == Standing.WAIVED
    with pytest.raises(Refused, match="已注明无需回复"):
        actions.waive(gd.filler, asked, reason="仅供知悉", at=moment())
    answered = letter(gd, dossier, reply_due_on=date(2026, 11, 4))
    letter(gd, dossier, direction=Direction.OUT, answers=answered)
    with pytest.raises(Refused, match="已有回函"):
        actions.waive(gd.filler, answered, reason="仅供知悉", at=moment())


def test_a_correction_keeps_the_old_values() -> None:
    gd = desk()
    made = letter(gd, plant.dossier(gd.unit), number="错号")
    mended = content(number="对号", dated_on=date(2026, 11, 1))
    actions.correct(gd.filler, made, content=mended, reason="录错", at=moment(), today=TODAY)
    event = Event.objects.get(verb="letter.corrected")
    assert event.data == {
        "register_number": "来2026-0001",
        "reason": "录错",
        "fields": ["dated_on", "number"],
    }
    kept = Correction.objects.get()
    assert kept.was == {"number": "错号", "dated_on": "2026-11-02"}
    assert kept.became == {"number": "对号", "dated_on": "2026-11-01"}
    made.refresh_from_db()
    assert (made.number, made.dated_on) == ("对号", date(2026, 11, 1))
    with pytest.raises(Unfit, match="没有改动"):
        actions.correct(gd.filler, made, content=mended, reason="录错", at=moment(), today=TODAY)
    with pytest.raises(Unfit, match="请写明更正的原因"):
        actions.correct(gd.filler, made, content=content(), reason="", at=moment(), today=TODAY)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"subject": " "}, "请填写主题。"),
        ({"counterpart": ""}, "请填写对方单位。"),
        ({"number": "长" * 61}, "文号有 61 字，最多 60 字。"),
        ({"dated_on": date(2026, 11, 6)}, "函件日期 2026-11-06 在今天之后，请核对。"),
        (
            {"reply_due_on": date(2026, 11, 1)},
            "回复期限 2026-11-01 早于函件日期 2026-11-02，请核对。",
        ),
        ({"sensitivity": "绝密"}, "密级没有“绝密”这一项，请从列表中选择。"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    wrong: dict[str, Any], sentence: str
) -> None:
    gd = desk()
    dossier = plant.dossier(gd.unit)
    with pytest.raises(Unfit) as said:
        letter(gd, dossier, **wrong)
    assert str(said.value) == sentence
    assert (Letter.objects.count(), Event.objects.filter(verb="letter.registered").count()) == (
        0,
        0,
    )


def test_an_answer_goes_the_other_way_on_the_same_file() -> None:
    gd = desk()
    dossier, other = plant.dossier(gd.unit), plant.dossier(gd.unit)
    asked = letter(gd, dossier)
    for at, way in ((dossier, Direction.IN), (other, Direction.OUT)):
        with pytest.raises(Unfit, match="同一客户、方向相反"):
            letter(gd, at, direction=way, answers=asked)
    early = content(answers=asked, dated_on=date(2026, 11, 1))
    with pytest.raises(Unfit, match="早于所回复函件的日期"):
        actions.register(
            gd.filler, dossier, direction="out", content=early, at=moment(), today=TODAY
        )
    Letter.objects.filter(pk=letter(gd, dossier).pk).update(answers=asked)
    with pytest.raises(IntegrityError, match="letter_answers_fk"):
        connection.check_constraints()


@pytest.mark.clause("6.3.3")
def test_custodian_and_filler_write_and_nobody_else() -> None:
    gd = desk()
    dossier = plant.dossier(gd.unit)
    custodian = plant.person(Role.CUSTODIAN, gd.unit)
    actions.register(
        custodian,
        dossier,
        direction="in",
        content=content(scan=b"text of it"),
        at=moment(),
        today=TODAY,
    )
    others = [
        gd.reviewer,
        plant.person(Role.READER, gd.unit),
        plant.person(Role.STEWARD, gd.unit),
        plant.person(Role.SUPERVISOR),
        plant.person(Role.ITC),
        plant.person(Role.FILLER, plant.unit("FJ")),
    ]
    for user in others:
        with pytest.raises(Denied):
            actions.register(
                user, dossier, direction="in", content=content(), at=moment(), today=TODAY
            )
    assert Letter.objects.count() == 1


def test_a_closed_file_takes_no_letter() -> None:
    gd = desk()
    dossier = plant.dossier(gd.unit)
    made = letter(gd, dossier)
    Dossier.objects.filter(pk=dossier.pk).update(state=State.CLOSED)
    dossier.refresh_from_db()
    with pytest.raises(Refused, match="档案已关闭"):
        letter(gd, dossier)
    with pytest.raises(Refused, match="档案已关闭"):
        actions.void(gd.filler, made, reason="重复", at=moment())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM letters_letter",
        "UPDATE letters_letter SET serial = 9",
        "UPDATE letters_letter SET direction = 'out'",
    ],
)
def test_a_line_is_neither_deleted_nor_renumbered(statement: str) -> None:
    gd = desk()
    letter(gd, plant.dossier(gd.unit))
    with (
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.clause("4.3c")
def test_a_version_holds_the_letters_that_stand() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    asked = letter(gd, dossier, reply_due_on=date(2026, 11, 20), scan="来函".encode())
    letter(gd, dossier, direction=Direction.OUT, answers=asked, subject="复函")
    wrong = letter(gd, dossier)
    actions.void(gd.filler, wrong, reason="重复登记", at=moment())
    held = approved(gd, dossier).content["tables"]["letters"]
    assert [(row["register_number"], row.get("answers")) for row in held] == [
        ("来2026-0001", None),
        ("去2026-0001", "来2026-0001"),
    ]
    assert asked.document is not None
    assert held[0]["sha256"] == asked.document.blob_id


def test_content_may_be_corrected_to_answer_another() -> None:
    gd = desk()
    dossier = plant.dossier(gd.unit)
    asked = letter(gd, dossier, reply_due_on=date(2026, 11, 4))
    sent = letter(gd, dossier, direction=Direction.OUT)
    mended = replace(content(), answers=asked)
    actions.correct(gd.filler, sent, content=mended, reason="漏选", at=moment(), today=TODAY)
    assert standing(asked) == Standing.ANSWERED
