"""Upgrades: what would lock a big table is refused, the rest waits its turn (SECURITY C24)."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections, migrations, models
from django.db.migrations import Migration

from tests import plant
from tests.conftest import CACHE
from yihu.audit.models import Event
from yihu.upkeep import locks, upgrading
from yihu.upkeep.upgrading import Busy, TooLong, upgrade


def of(*operations: Any, atomic: bool = True) -> Migration:
    """A migration that follows the newest of the files."""
    made = type("Migration", (Migration,), {"operations": list(operations), "atomic": atomic})
    return made("0999_next", "dossiers")  # type: ignore[no-any-return]


WEIGHED: dict[str, str] = {}
"""Migrations beyond the last release that may hold up a table or break the version before; why."""
SQL = migrations.RunSQL
FILE = "dossiers_dossier"
CHECK = f"ALTER TABLE {FILE} ADD CONSTRAINT spare CHECK (name_full <> '?')"
"""What it does; which tables it would hold up, were they big, and which columns it breaks."""
CASES: dict[str, tuple[Migration, set[str]]] = {
    "a column that may be empty": (
        of(migrations.AddField("dossier", "spare", models.TextField(null=True))), set()),
    "a column with a constant": (
        of(migrations.AddField("dossier", "spare", models.IntegerField(default=1))),
        {"dossiers_dossier.spare"}),  # Django takes the default away again
    "a column with a constant that the database keeps": (
        of(migrations.AddField("dossier", "spare", models.IntegerField(db_default=1))), set()),
    "a column that is reckoned for each row": (
        of(SQL("ALTER TABLE dossiers_dossier ADD spare uuid DEFAULT gen_random_uuid()")),
        {"dossiers_dossier"}),
    "an index": (of(SQL(f"CREATE INDEX spare ON {FILE} (name_full)")), {"dossiers_dossier"}),
    "an index while others write": (
        of(SQL(f"CREATE INDEX CONCURRENTLY spare ON {FILE} (name_full)"), atomic=False), set()),
    "a check of all rows": (
        of(SQL(f"{CHECK}")),
        {"dossiers_dossier"}),
    "a check of new rows": (
        of(SQL(f"{CHECK} NOT VALID")),
        set()),
    "the same, proven afterwards": (
        of(SQL(f"{CHECK} NOT VALID"),
           SQL("ALTER TABLE dossiers_dossier VALIDATE CONSTRAINT spare"), atomic=False), set()),
    "rows changed by Python": (
        of(migrations.RunPython(lambda apps, editor: apps.get_model("contracts", "Offtake")
                                .objects.using(editor.connection.alias).update(paid_yuan=None))),
        {"contracts_offtake"}),
    "a partitioned table read under somebody else's lock": (
        of(SQL("LOCK TABLE org_orgunit; DO 'BEGIN PERFORM count(*) FROM audit_event; END'")),
        {"audit_event"}),
    "a column that must be given": (
        of(SQL("ALTER TABLE dossiers_dossier ADD spare text NOT NULL")),
        {"dossiers_dossier", "dossiers_dossier.spare"}),
    "a column taken away": (
        of(SQL("ALTER TABLE dossiers_dossier DROP pinyin")), {"dossiers_dossier.pinyin"}),
    "a column under another name": (
        of(SQL("ALTER TABLE dossiers_dossier RENAME pinyin TO spare")),
        {"dossiers_dossier.pinyin"}),
    "a new table that points at a big one": (
        of(SQL("CREATE TABLE spare (id int PRIMARY KEY, file uuid REFERENCES dossiers_dossier)")),
        set()),
}  # fmt: skip


@pytest.fixture
def next_one(own_database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let one more migration be among ours."""
    load = locks.Executor.__init__

    def put(migration: Migration) -> None:
        def also(self: Any, connection: Any, progress: Any = None) -> None:
            load(self, connection, progress)
            graph = self.loader.graph
            (leaf,) = graph.leaf_nodes("dossiers")
            migration.dependencies = [leaf]
            key = ("dossiers", migration.name)
            self.loader.disk_migrations[key] = migration
            graph.add_node(key, migration)
            graph.add_dependency(migration, key, leaf)

        monkeypatch.setattr(locks.Executor, "__init__", also)

    yield put
    connections["owner"].close()


def apply() -> None:
    """As `yihu.site.migrating.migrate` does, without the rest of it."""
    executor = locks.Executor(connections["owner"])
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.clause("4.2b")
def test_what_would_hold_up_a_big_table_is_found_on_an_empty_copy(
    next_one: Callable[..., None], settings: Any
) -> None:
    """Each case alone, on one copy of the schema, undone after it."""
    with locks.scratch(locks.PREFIX) as name:
        locks._copy_schema(name)
        with locks._owner_is_at(name) as owner:
            state = locks.Executor(owner).loader.project_state()
            found = {}
            for said, (migration, _wanted) in CASES.items():
                watch = locks._Watch(owner)
                watch._begins("apply_start", migration)
                with owner.execute_wrapper(watch._statement):
                    with owner.schema_editor(atomic=migration.atomic) as editor:
                        migration.apply(state.clone(), editor)
                        if migration.atomic:
                            with owner.cursor() as cursor:
                                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                            editor.deferred_sql.clear()
                            watch._compare(watch.found[-1])
                            owner.set_rollback(True)
                    if not migration.atomic:
                        with owner.cursor() as cursor:
                            cursor.execute("DROP INDEX IF EXISTS spare")
                            cursor.execute(
                                "ALTER TABLE dossiers_dossier DROP CONSTRAINT IF EXISTS spare"
                            )
                everything = dict.fromkeys(set(watch.names.values()), 10)
                dangers = locks.dangers(watch.found, everything, 9)
                broken = set[str]().union(*(trace.broken for trace in watch.found))
                found[said] = {each.table for each in dangers} | broken
    assert found == {said: wanted for said, (_migration, wanted) in CASES.items()}


@pytest.mark.clause("4.2b")
def test_a_big_table_is_refused_unless_everybody_stopped(
    next_one: Callable[..., None], settings: Any
) -> None:
    plant.dossier(plant.unit("GD"))
    plant.dossier(plant.unit("FJ"))
    settings.UPGRADE_ROWS = 1
    next_one(of(SQL(f"ALTER TABLE {FILE} ADD x uuid DEFAULT gen_random_uuid()")))
    with pytest.raises(TooLong) as refused:
        upgrade(apply, by="test")
    first, ways = str(refused.value).splitlines()
    assert first == (
        "迁移 dossiers.0999_next 要重写表 dossiers_dossier（约 2 行），"
        "期间 dossiers_dossier 不能写入。"
    )
    assert "先扩后缩" in ways
    assert "yihu upgrade --stopped" in ways
    assert [each.name for each in locks.pending()] == ["0999_next"]
    assert not Event.objects.filter(verb="installation.upgraded").exists()
    assert upgrade(apply, by="test", stopped=True).applied == ["dossiers.0999_next"]
    line = Event.objects.get(verb="installation.upgraded")
    assert (line.data["count"], line.data["concurrent"]) == (1, False)
    assert locks.pending() == []


def test_no_migration_since_the_release_holds_anybody_up(template_database: str) -> None:
    """Each table counts as big here. What is listed was weighed, and says why it may."""
    found = json.loads((CACHE / f"{template_database}.json").read_text())
    bad = {label: held for label, held in found.items() if held and label not in WEIGHED}
    assert bad == {}, (
        "Do it in steps (docs/running.md, expand and contract), or say in WEIGHED why it may; until"
        " there is a first release, tools/released.py takes it as given."
    )
    assert set(WEIGHED) <= set(found), "A release has these: take them out."


def test_a_table_in_use_is_waited_for_and_given_way_to(next_one: Callable[..., None]) -> None:
    next_one(of(SQL("ALTER TABLE dossiers_dossier ADD spare text")))
    wrapper = connections["owner"]
    parameters = {**wrapper.get_connection_params(), "cursor_factory": psycopg.Cursor}
    other = psycopg.connect(**parameters)
    other.execute("LOCK TABLE dossiers_dossier IN ACCESS SHARE MODE")
    tries: list[int] = []

    def migrate() -> None:
        tries.append(1)
        if len(tries) == 5:
            other.close()
        with wrapper.cursor() as cursor:
            cursor.execute("ALTER TABLE dossiers_dossier ADD spare text")

    with pytest.raises(Busy, match=r"迁移 dossiers.0999_next 试了 2 次"):
        upgrading.patiently(migrate, 0.01, tries=2)
    assert upgrading.patiently(migrate, 0.01) == 3
    with wrapper.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
