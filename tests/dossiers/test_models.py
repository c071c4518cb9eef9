"""One customer, one file at a unit, and nothing of it on another unit's row (§5.4)."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from tests import plant
from yihu.access.rules import Role
from yihu.contracts.models import Contract
from yihu.dossiers.models import ClassChange, Dossier, FileVersion
from yihu.dossiers.queries import search
from yihu.dossiers.rules import chain_hash
from yihu.guide.models import Edition

pytestmark = pytest.mark.django_db


@pytest.mark.clause("5.4")
def test_a_unit_keeps_one_dossier_for_a_code() -> None:
    gd = plant.unit("GD")
    first = plant.dossier(gd)
    with pytest.raises(IntegrityError), transaction.atomic():
        plant.dossier(gd, code=first.credit_code)


def test_another_unit_opens_a_dossier_for_the_same_code() -> None:
    first = plant.dossier(plant.unit("GD"))
    second = plant.dossier(plant.unit("FJ", region="350000"), code=first.credit_code)
    assert second.customer_id == first.customer_id
    assert second.pk != first.pk


def test_nothing_hangs_on_another_units_row() -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    foreign = plant.contract(plant.dossier(fj))

    def move_it() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            Contract.objects.filter(pk=foreign.pk).update(unit=gd)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="contract_dossier_fk"):
        move_it()


def of_the_group(name: str) -> bool:
    """A unit's rule names the group's edition that it carries out, which all units may read; the
    witness of a hand-over may be of another unit."""
    return name.startswith(
        (
            "regulation_carries_out",
            "checked_against",
            "handover_witness",
            "handover_signature_staff",
        )
    )


def test_every_reference_between_unit_owned_tables_is_composite() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT con.conrelid::regclass::text, con.conname
            FROM pg_constraint con
            JOIN pg_attribute mine ON mine.attrelid = con.conrelid AND mine.attname = 'unit_id'
            JOIN pg_attribute theirs
              ON theirs.attrelid = con.confrelid AND theirs.attname = 'unit_id'
            WHERE con.contype = 'f' AND con.conparentid = 0
              AND (NOT mine.attnum = ANY (con.conkey) OR NOT theirs.attnum = ANY (con.confkey))
            """
        )
        crossing = [(table, name) for table, name in cursor.fetchall() if not of_the_group(name)]
        assert crossing == []
        cursor.execute(
            """
            SELECT c.relname, a.attname FROM pg_attribute a
            JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
            WHERE a.attname IN ('dossier_id', 'contract_id', 'filler_id', 'reviewer_id',
                                'filled_by_id', 'approved_by_id')
              AND c.relname NOT IN ('audit_event', 'outbox_published') AND NOT c.relispartition
              AND c.relnamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_constraint con WHERE con.conrelid = c.oid
                              AND con.contype = 'f' AND a.attnum = ANY (con.conkey))
            """
        )
        assert cursor.fetchall() == []


@pytest.mark.clause("3c")
def test_an_approved_version_is_never_rewritten() -> None:
    gd = plant.unit("GD")
    file = plant.dossier(gd)
    edition = Edition.objects.filter(number=1).first() or Edition.objects.create(
        number=1, title="试", effective_on=date(2026, 1, 1), definition={}
    )
    content = {"name_full": file.name_full}
    version = FileVersion.objects.create(
        unit=gd,
        dossier=file,
        number=1,
        content=content,
        sha256=chain_hash(content, ""),
        edition=edition,
        filled_by=plant.staff(gd),
        approved_by=plant.staff(gd),
        approved_at=datetime(2026, 10, 8, tzinfo=UTC),
    )
    with pytest.raises(ProgrammingError, match="refused"), transaction.atomic():
        FileVersion.objects.filter(pk=version.pk).update(number=2)
    with pytest.raises(ProgrammingError, match="refused"), transaction.atomic():
        FileVersion.objects.filter(pk=version.pk).delete()


@pytest.mark.clause("5.2")
def test_filler_and_approver_are_two_people() -> None:
    gd = plant.unit("GD")
    one = plant.staff(gd)
    edition = Edition.objects.filter(number=1).first() or Edition.objects.create(
        number=1, title="试", effective_on=date(2026, 1, 1), definition={}
    )
    with pytest.raises(IntegrityError, match="version_two_people"), transaction.atomic():
        FileVersion.objects.create(
            unit=gd,
            dossier=plant.dossier(gd),
            number=1,
            content={},
            sha256=chain_hash({}, ""),
            edition=edition,
            filled_by=one,
            approved_by=one,
            approved_at=datetime(2026, 10, 8, tzinfo=UTC),
        )


def test_the_history_of_classes_keeps_every_day() -> None:
    file = plant.dossier(plant.unit("GD"))
    for day in (date(2026, 1, 1), date(2026, 7, 1)):
        ClassChange.objects.create(
            unit=file.unit, dossier=file, klass="vip", effective_on=day, source="ledger"
        )
    assert file.class_changes.count() == 2


@pytest.mark.parametrize(
    "text",
    [
        "凯能",
        "广州凯能陶瓷",
        "凯能陶瓷有限公司",
        "gzkn",
        "guangzhoukaineng",
        "GZKN",
        "91440100",
        "GD-2026",
    ],
)
def test_search_finds_by_name_pinyin_initials_code_and_number(text: str) -> None:
    gd = plant.unit("GD")
    wanted = plant.dossier(gd, name="广州凯能陶瓷有限公司", code=plant.credit_code(7))
    plant.dossier(plant.unit("FJ", region="350000"), name="福州凯能陶瓷有限公司")
    user = plant.person(Role.FILLER, gd)
    assert list(search(user, text)) == [wanted]


def test_search_of_one_character_or_of_a_wildcard_finds_nothing() -> None:
    gd = plant.unit("GD")
    plant.dossier(gd, name="广州凯能陶瓷有限公司")
    user = plant.person(Role.FILLER, gd)
    for text in ("", "凯", "%%", "__", "凯%能", "陶凯"):
        assert list(search(user, text)) == []


def test_search_bounds_a_reader_to_the_regions() -> None:
    gd = plant.unit("GD")
    plant.dossier(gd, name="北京外省陶瓷有限公司", region="110000")
    reader, filler = plant.person(Role.READER, gd), plant.person(Role.FILLER, gd)
    assert list(search(reader, "陶瓷")) == []
    assert [found.name_full for found in search(filler, "陶瓷")] == ["北京外省陶瓷有限公司"]
    assert Dossier.objects.count() == 1
