"""The quick executor sends what Django's sends, statement by statement."""

from typing import Any

import pytest
from django.db import connections, migrations, models, transaction
from django.db.migrations import Migration, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from yihu.kit.migrating import Executor, alone

CHAR = models.CharField
KEY = models.BigAutoField(primary_key=True)
ONCE = models.UniqueConstraint(fields=["house", "name"], name="once")
NAMED = models.CheckConstraint(condition=~models.Q(name=""), name="named")
SAME = models.OneToOneField("spare.House", models.CASCADE, primary_key=True)
SQL = RunSQL("CREATE VIEW spare_all AS SELECT name FROM spare_room")


def room_names(apps: Any, editor: Any) -> None:
    """Python of a migration follows a relation backwards, from a class that was not made anew."""
    house = apps.get_model("spare", "House").objects.using("owner").create(name="一号")
    apps.get_model("spare", "Room").objects.using("owner").create(name="东", house=house)
    assert [room.name for room in house.rooms.all()] == ["东"]


STEPS: list[list[Operation]] = [
    [
        migrations.CreateModel("House", [("id", KEY), ("name", CHAR(max_length=9))]),
        migrations.CreateModel(
            "Room",
            [
                ("id", KEY),
                ("name", CHAR(max_length=9, db_index=True)),
                ("house", models.ForeignKey("spare.House", models.CASCADE, related_name="rooms")),
            ],
            options={"constraints": [ONCE]},
        ),
    ],
    [
        migrations.AddField("house", "code", CHAR(max_length=4, null=True, unique=True)),
        migrations.AddField("room", "over", models.ForeignKey("self", models.CASCADE, null=True)),
        migrations.AddIndex("room", models.Index(fields=["name", "over"], name="room_over")),
        migrations.AddConstraint("house", NAMED),
        migrations.AddField("house", "near", models.ManyToManyField("spare.House")),
    ],
    [migrations.RunPython(room_names)],
    [
        migrations.AlterField("room", "name", CHAR(max_length=20)),
        migrations.RemoveConstraint("room", "once"),
        migrations.RemoveIndex("room", "room_over"),
        SQL,
    ],
    [migrations.CreateModel("Garden", [("house", SAME)])],
    [migrations.AlterField("house", "id", models.IntegerField(primary_key=True))],  # pointed at
    [
        migrations.SeparateDatabaseAndState(
            [RunSQL("ALTER TABLE spare_room ADD floor int")],
            [migrations.AddField("room", "floor", models.IntegerField(null=True))],
        ),
        migrations.RemoveField("room", "over"),
        migrations.AlterField("room", "floor", models.SmallIntegerField(null=True)),
    ],
]


def applied(
    kind: type[MigrationExecutor], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], int]:
    """What was sent to the database, and how many classes were made; all is undone."""
    owner, sent, made = connections["owner"], list[str](), list[str]()
    render = ModelState.render

    def counted(self: ModelState, apps: Any) -> Any:
        made.append(self.name)
        return render(self, apps)

    def note(execute: Any, query: str, params: Any, many: bool, context: Any) -> Any:
        if "SAVEPOINT" not in query and "django_migrations" not in query:  # named by chance
            sent.append(f"{query} {params}")
        return execute(query, params, many, context)

    monkeypatch.setattr(ModelState, "render", counted)
    executor, state = kind(owner), ProjectState()
    with transaction.atomic("owner"), owner.execute_wrapper(note):
        for number, operations in enumerate(STEPS):
            migration = type("Migration", (Migration,), {"operations": operations})
            assert state.apps is not None  # draws the classes, as `migrate` does before each step
            state = executor.apply_migration(state, migration(f"{number:04}", "spare"))
            with owner.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True, "owner")
    monkeypatch.setattr(ModelState, "render", render)
    return sent, len(made)


@pytest.mark.django_db(databases=["default", "owner"])
def test_it_sends_the_same_and_makes_fewer_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [alone(operations) for operations in STEPS] == [True] * 5 + [False, True]
    usual, many = applied(MigrationExecutor, monkeypatch)
    quick, few = applied(Executor, monkeypatch)
    assert len(usual) > 30
    assert quick == usual
    assert few < many
