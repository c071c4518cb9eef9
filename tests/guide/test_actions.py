"""The first edition of the guide, and that what is published stays."""

from datetime import UTC, date, datetime

import pytest
from django.db import ProgrammingError, connection, transaction

from yihu.audit.models import Event
from yihu.guide.actions import adopt, load_first_edition, read_edition
from yihu.guide.models import Edition
from yihu.guide.queries import definition_in_force, edition_in_force, to_adopt
from yihu.guide.rules import parse

pytestmark = pytest.mark.django_db


@pytest.mark.clause("4.1b")
def test_first_edition_is_published_once() -> None:
    first = load_first_edition()
    again = load_first_edition()
    assert first == again
    assert first.published_at is not None
    assert [event.verb for event in Event.objects.filter(verb="edition.published")] == [
        "edition.published"
    ]
    assert Edition.objects.count() == 1


def test_stored_definition_reads_as_the_data_file() -> None:
    load_first_edition()
    stored = Edition.objects.get(number=1)
    assert parse(stored.definition) == parse(read_edition())


def test_edition_in_force_by_day() -> None:
    first = load_first_edition()
    second = Edition.objects.create(
        number=2,
        title="客户档案填报指南",
        effective_on=date(2027, 1, 1),
        published_at="2026-12-01T00:00:00Z",
        definition=first.definition,
    )
    Edition.objects.create(
        number=3, title="草稿", effective_on=date(2026, 1, 1), definition=first.definition
    )
    assert edition_in_force(date(2023, 12, 31)) is None
    assert edition_in_force(date(2026, 12, 31)) == first
    assert edition_in_force(date(2027, 1, 1)) == first  # until the files have gone over to it
    assert to_adopt(date(2026, 12, 31)) == []
    assert to_adopt(date(2027, 1, 1)) == [second]
    adopt(second, at=datetime(2027, 1, 1, tzinfo=UTC))
    assert edition_in_force(date(2027, 1, 1)) == second
    found = definition_in_force(date(2026, 12, 31))
    assert found is not None
    assert (found[0], found[1]) == (first, parse(read_edition()))


@pytest.mark.clause("4.1b")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE guide_edition SET title = 'x'",
        "DELETE FROM guide_edition",
        "TRUNCATE guide_edition CASCADE",
        "UPDATE guide_adoption SET at = now()",
        "DELETE FROM guide_adoption",
    ],
)
def test_published_edition_refuses(statement: str) -> None:
    edition = load_first_edition()
    with (
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Edition.objects.get(pk=edition.pk).title == "客户档案填报指南"


def test_draft_edition_can_be_changed_and_dropped() -> None:
    draft = Edition.objects.create(
        number=9, title="草稿", effective_on=date(2027, 1, 1), definition={}
    )
    assert Edition.objects.filter(pk=draft.pk).update(title="新草稿") == 1
    assert Edition.objects.filter(pk=draft.pk).delete()[0] == 1
