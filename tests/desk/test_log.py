"""The auditor's pages: every unit's lines, nobody else's eyes, no customer's content (§5.5)."""

import csv
import io
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import plant
from tests.audit.recorded import record
from tests.exports.taking import take
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.audit.models import Event
from yihu.audit.queries import unusual_days
from yihu.dossiers.models import Dossier
from yihu.kit.clock import SHANGHAI

pytestmark = pytest.mark.django_db
PAGES = ("events", "log-refusals", "log-unusual", "log-seals", "events-csv", "events-xlsx")


def home(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def auditor() -> User:
    return plant.person(Role.AUDITOR)


@pytest.fixture
def looked() -> tuple[User, Dossier]:
    """Somebody of Guangdong who opened a file and was refused another."""
    gd, hb = plant.unit("GD"), plant.unit("HB")
    filler, file = plant.person(Role.FILLER, gd), plant.dossier(gd, name="秘密陶瓷有限公司")
    client = home(filler)
    assert client.get(reverse("desk:dossier", args=[file.pk])).status_code == 200
    assert client.get(reverse("desk:dossier", args=[plant.dossier(hb).pk])).status_code == 404
    return filler, file


def read_at(user: User, at: datetime, files: int) -> None:
    """So many files opened within half an hour."""
    with transaction.atomic():
        for number in range(files):
            event = record(user, "dossier.read", f"file-{number}")
            Event(
                at=at + timedelta(seconds=number * 20),
                **{
                    field.attname: getattr(event, field.attname)
                    for field in Event._meta.concrete_fields
                    if field.attname not in {"id", "at"}
                },
            ).save(force_insert=True)


@pytest.mark.clause("5.5")
@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_only_the_auditor_reads_the_log(role: Role, looked: tuple[User, Dossier]) -> None:
    filler, file = looked
    client = home(plant.person(role, plant.unit("GD")))
    urls = [reverse(f"desk:{name}") for name in PAGES]
    urls += [
        reverse("desk:log-person", args=[filler.pk]),
        reverse("desk:log-dossier", args=[file.pk]),
    ]
    assert {client.get(url).status_code for url in urls} == {403}


@pytest.mark.clause("5.5")
def test_the_auditor_sees_every_unit_and_no_customer(
    auditor: User, looked: tuple[User, Dossier]
) -> None:
    filler, file = looked
    client = home(auditor)
    for url in (
        reverse("desk:events"),
        reverse("desk:log-person", args=[filler.pk]),
        reverse("desk:log-dossier", args=[file.pk]),
    ):
        page = client.get(url).content.decode()
        assert "打开客户档案" in page
        assert filler.name in page
        assert "秘密陶瓷" not in page
        assert file.number not in page
        assert f'"{reverse("desk:dossier", args=[file.pk])}"' not in page
    assert client.get(reverse("desk:dossier", args=[file.pk])).status_code == 404


def verbs(client: Client, **filters: str) -> list[str]:
    answer = client.get(reverse("desk:events"), filters)
    assert answer.status_code == 200
    return [line.event.verb for line in answer.context["lines"]]


def test_filters_narrow_the_log(auditor: User, looked: tuple[User, Dossier]) -> None:
    filler, file = looked
    client, today = home(auditor), f"{timezone.localdate():%Y-%m-%d}"
    assert verbs(client, actor=filler.username) == ["refused", "dossier.read"]
    assert verbs(client, actor=filler.name, kind="read") == ["dossier.read"]
    assert verbs(client, kind="refused") == ["refused"]
    assert verbs(client, dossier=str(file.pk)) == ["dossier.read"]
    assert verbs(client, verb="dossier.read", unit=str(file.unit_id), since=today) == [
        "dossier.read"
    ]
    assert verbs(client, verb="dossier.read", until="2020-01-01") == []
    for wrong in ("since=x", "since=2026-02-01&until=2026-01-01", "dossier=7", "day=2026-01-01"):
        assert client.get(f"{reverse('desk:events')}?{wrong}").status_code == 400


def test_looking_into_a_persons_log_is_in_the_log(
    auditor: User, looked: tuple[User, Dossier]
) -> None:
    filler, file = looked
    client = home(auditor)
    client.get(reverse("desk:log-person", args=[filler.pk]))
    client.get(reverse("desk:log-dossier", args=[file.pk]))
    first, second = Event.objects.filter(verb="log.read").order_by("id")
    assert (first.actor_id, first.subject_id) == (auditor.pk, str(filler.pk))
    assert (second.dossier_id, second.data) == (None, {"of": str(file.pk)})
    assert client.get(reverse("desk:log-person", args=[0])).status_code == 404


def test_refusals_say_who_tries_most(auditor: User, looked: tuple[User, Dossier]) -> None:
    filler, _file = looked
    answer = home(auditor).get(reverse("desk:log-refusals"))
    assert [(row.name, row.number) for row in answer.context["people"]] == [(filler.name, 1)]
    assert [line.event.verb for line in answer.context["lines"]] == ["refused"]


@pytest.mark.clause("5.5")
def test_the_export_is_the_filtered_log_and_is_recorded(
    auditor: User, looked: tuple[User, Dossier]
) -> None:
    client = home(auditor)
    answer = take(client, "desk:events-csv", query={"kind": "read"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["序号", "时间", "动作", "操作人"]
    assert [row[2] for row in rows[1:-1]] == ["打开客户档案"]
    assert auditor.name in rows[-1][0]
    event = Event.objects.get(verb="events.exported")
    assert event.data == {
        "rows": 1,
        "kind": "csv",
        "conditions": {"kind": "read"},
        "trace": answer["X-Yihu-Trace"],
    }
    book = openpyxl.load_workbook(io.BytesIO(take(client, "desk:events-xlsx").content)).active
    assert [book[f"C{row}"].value for row in (2, 3)] == ["取走导出文件", "导出操作日志"]
    assert {cell.data_type for row in book.iter_rows() for cell in row} <= {"s", "n"}


# Unusual reading ----------------------------------------------------------------------------------

NOON = datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("at", "files", "over"),
    [
        (NOON, 60, set()),
        (NOON, 61, {"hour"}),
        (NOON.replace(hour=21, minute=30), 5, set()),
        (NOON.replace(hour=23), 5, set()),
        (NOON.replace(hour=23), 6, {"night"}),
        (NOON.replace(hour=3), 6, {"night"}),
    ],
)
def test_thresholds_of_unusual_reading(at: datetime, files: int, over: set[str]) -> None:
    user = plant.person(Role.READER, plant.unit("GD"))
    read_at(user, at, files)
    found = [day for day in unusual_days(NOON - timedelta(days=3)) if day.day == at.date()]
    assert [set(day.over) for day in found] == ([over] if over else [])


def test_far_above_ones_own_habit_is_unusual() -> None:
    user = plant.person(Role.READER, plant.unit("GD"))
    for back in range(1, 8):
        read_at(user, NOON - timedelta(days=back), 6)
    read_at(user, NOON, 31)
    found = [day for day in unusual_days(NOON - timedelta(days=3)) if day.day == NOON.date()]
    assert [(day.files, day.usual, set(day.over)) for day in found] == [(31, 6.0, {"habit"})]


def test_unusual_reading_is_listed_with_the_way_to_the_lines(auditor: User) -> None:
    user = plant.person(Role.READER, plant.unit("GD"))
    with transaction.atomic():
        for number in range(61):
            audit.record(user, "dossier.read", f"file-{number}")
    page = home(auditor).get(reverse("desk:log-unusual"))
    (line,) = page.context["lines"]
    assert (line.name, line.day.files) == (user.name, 61)
    assert reverse("desk:log-person", args=[user.pk]) in page.content.decode()


# The state of the chain ---------------------------------------------------------------------------


def test_the_page_of_seals_says_what_was_not_done(auditor: User) -> None:
    page = home(auditor).get(reverse("desk:log-seals")).content.decode()
    assert "还没有封存过" in page
    assert "没有送到过" in page
    assert "还没有核验过" in page


@pytest.mark.parametrize("lines", [1, 3])
def test_the_list_costs_the_same_for_many_lines(auditor: User, lines: int) -> None:
    user = plant.person(Role.READER, plant.unit("GD"))
    with transaction.atomic():
        for number in range(lines):
            audit.record(user, "dossier.read", f"file-{number}")
    client = home(auditor)
    client.get(reverse("desk:events"))
    with CaptureQueriesContext(connection) as seen:
        client.get(reverse("desk:events"))
    assert len([query for query in seen if "SAVEPOINT" not in query["sql"]]) == 6
