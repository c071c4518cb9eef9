"""Row-level security, asked of the database itself, by raw SQL as the web's role (§5.5, 6.3.1)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.utils import timezone

from tests import plant
from tests.flows.rows import of_every_table
from yihu.access.entering import for_group, for_person, known, mac, of_group, of_person, of_session
from yihu.access.models import Session, User
from yihu.access.rules import Role
from yihu.access.sessions import SessionStore, hashed
from yihu.customers.rules import Klass
from yihu.kit.scoped import acting

pytestmark = pytest.mark.django_db

VERBS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
UNIT_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition AND a.attname = 'unit_id' AND NOT a.attisdropped
ORDER BY 1
"""
OF_GROUP = {"carries_group", "against_group"}
"""Keys that lead to a regulation of the group's, which everybody reads, and nowhere else."""
WITNESSES = {"handover_witness_fk", "handover_signature_staff_fk"}
"""监交: whoever witnesses a hand-over may be of another unit."""
GROUP_TABLES = {
    "assessment_assessment", "assessment_scheme", "assessment_unitscore",
    "customers_customer", "customers_customerclass", "identity_codechange",
    "identity_disagreement", "identity_join", "identity_lookalike", "identity_naming",
    "inspections_checklist", "inspections_inspection",
    "ratings_ratingproposal", "ratings_ratinground", "ratings_ratingscheme",
}  # fmt: skip
"""Without a unit of their own, and yet not everybody's."""
KEEPERS_ONLY = {
    "assessment_entry", "assessment_line", "assessment_objection",
    "inspections_evidence", "inspections_finding", "inspections_itemmark", "inspections_order",
    "inspections_reply", "inspections_result", "inspections_share", "inspections_subject",
    "inspections_tally",
    "risks_affected", "risks_correction", "risks_evidence", "risks_proposal", "risks_remark",
    "risks_review", "clauses_fact", "supervision_report",
    "boards_filefact", "boards_flow", "boards_standing", "boards_stock",
}  # fmt: skip
"""What the unit's own readers do not know of (§6.2.2, 6.4)."""
OPEN_TO_ALL = {
    "auth_group", "auth_group_permissions", "auth_permission",  # Django's, empty: roles are ours
    "django_content_type", "django_migrations",
    "audit_anchor", "audit_block", "audit_sealed",  # digests of the log, kept by its own triggers
    "papers_blob",  # digests of files
}  # fmt: skip
"""Every other table stands under a policy; who adds one here says why it hurts nobody."""


def asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def refused(sql: str, *values: Any) -> str:
    """The refusal of the database, which the test survives."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        asked(sql, *values)
    return str(caught.value)


def unit_tables() -> list[str]:
    return [name for (name,) in asked(UNIT_TABLES)]


# The catalogue --------------------------------------------------------------------------------


def test_every_unit_owned_table_is_guarded_for_every_verb() -> None:
    tables = unit_tables()
    assert len(tables) > 30
    for table in [*tables, *sorted(GROUP_TABLES)]:
        ((guarded,),) = asked("SELECT relrowsecurity FROM pg_class WHERE relname = %s", table)
        assert guarded, table
        said = asked(
            "SELECT polcmd, polqual IS NOT NULL, polwithcheck IS NOT NULL FROM pg_policy "
            "WHERE polrelid = %s::regclass",
            table,
        )
        assert {VERBS[cmd]: (using, check) for cmd, using, check in said} == {
            "SELECT": (True, False),
            "INSERT": (False, True),
            "UPDATE": (True, True),
            "DELETE": (True, False),
        }, table


def test_no_table_without_a_policy_but_those_named_here() -> None:
    open_ones = asked(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'p') AND NOT relispartition AND NOT relrowsecurity"
    )
    assert {name for (name,) in open_ones} == OPEN_TO_ALL


def test_foreign_keys_between_units_tables_bear_the_unit() -> None:
    """A single-column key checks above the policies: A could hang a row on B's parent."""
    tables = unit_tables()
    found = asked(
        "SELECT k.conname, k.conrelid::regclass::text, k.confrelid::regclass::text, "
        "ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = k.conrelid "
        "AND attnum = ANY (k.conkey)) FROM pg_constraint k WHERE k.contype = 'f'"
    )
    loose = [
        (name, columns)
        for name, of, to, columns in found
        if of in tables
        and to in tables
        and not {"unit_id", *OF_GROUP} & set(columns)
        and name not in WITNESSES
    ]
    assert loose == []


def test_no_value_that_people_choose_is_unique_across_units() -> None:
    found = asked(
        "SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, "
        "ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = i.indexrelid) "
        "FROM pg_index i WHERE i.indisunique AND NOT i.indisprimary"
    )
    tables = unit_tables()
    wide = sorted(
        f"{table}: {', '.join(columns)}"
        for _name, table, columns in found
        if table in tables
        and "unit_id" not in columns
        and not any(column.endswith("_id") or column == "id" for column in columns)
    )
    assert wide == []


def test_the_role_of_the_web_owns_nothing_and_stands_under_the_policies() -> None:
    ((user, superuser, bypass),) = asked(
        "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert (superuser, bypass) == (False, False)
    owned = asked(
        "SELECT relname FROM pg_class WHERE relowner = current_user::regrole "
        "AND relpersistence <> 't'"
    )
    assert owned == [], user


def test_functions_that_run_as_the_owner_fix_where_they_look() -> None:
    loose = asked(
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE p.prosecdef AND n.nspname IN ('public', 'vault') "
        "AND NOT coalesce(p.proconfig::text, '') LIKE '%%search_path%%'"
    )
    assert loose == []


def test_no_view_looks_past_the_policies() -> None:
    loose = asked(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') "
        "AND relnamespace = 'public'::regnamespace "
        "AND NOT coalesce(reloptions::text, '') LIKE '%%security_invoker=true%%'"
    )
    assert loose == []


# Rows, verb by verb ---------------------------------------------------------------------------


@pytest.fixture
def both() -> tuple[int, int]:
    """Guangdong's and Fujian's rows in every table that a unit owns."""
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    of_every_table(gd)
    of_every_table(fj, region="350100")
    return gd.pk, fj.pk


def counts(table: str, unit_id: int) -> int:
    ((number,),) = asked(f"SELECT count(*) FROM {table} WHERE unit_id = %s", unit_id)
    return int(number)


def test_without_a_scope_there_are_no_rows(both: tuple[int, int]) -> None:
    for table in unit_tables():
        assert counts(table, both[0]) > 0, f"{table} proves nothing without a row"
        with acting(None):
            left = asked(f"SELECT count(*) FROM {table}")
        groups_own = table == "regulations_regulation"
        assert left == [(0,)] or groups_own, table


@pytest.mark.clause("6.3.1")
@pytest.mark.parametrize("role", [Role.FILLER, Role.STEWARD, Role.READER])
def test_another_units_rows_are_not_there_for_any_verb(role: Role, both: tuple[int, int]) -> None:
    gd, fj = both
    person = plant.person(role, plant.unit("GD"))
    for table in unit_tables():
        assert counts(table, fj) > 0
        with for_person(person.pk):
            assert counts(table, fj) == 0, table
            hidden = role == Role.READER and table in KEEPERS_ONLY
            assert (counts(table, gd) > 0) is not hidden, table
            for verb in (
                f"UPDATE {table} SET unit_id = unit_id WHERE unit_id = %s RETURNING 1",
                f"DELETE FROM {table} WHERE unit_id = %s RETURNING 1",
            ):
                try:
                    with transaction.atomic():
                        done = asked(verb, fj)
                except ProgrammingError:  # append-only: refused whoever asks
                    done = []
                assert done == [], (table, verb)


def test_a_row_can_be_neither_added_to_nor_moved_to_another_unit(both: tuple[int, int]) -> None:
    gd, fj = both
    person = plant.person(Role.STEWARD, plant.unit("GD"))
    with for_person(person.pk):
        for table in ("dossiers_dossier", "contracts_contract", "org_staff", "duties_duty"):
            said = refused(f"UPDATE {table} SET unit_id = %s WHERE unit_id = %s", fj, gd)
            assert "row-level security" in said, table
        said = refused(
            "INSERT INTO org_staff (unit_id, employee_no, name, post, status) "
            "VALUES (%s, 'X1', '某人', '', 'active')",
            fj,
        )
        assert "row-level security" in said
        said = refused(
            "INSERT INTO access_roleassignment (user_id, role, unit_id, since) "
            "VALUES (%s, 'filler', %s, '2026-01-01')",
            person.pk,
            fj,
        )
        assert "row-level security" in said


@pytest.mark.clause("6.3.1")
def test_a_reader_finds_only_the_regions_of_the_unit_on_any_table(both: tuple[int, int]) -> None:
    gd = plant.unit("GD")
    elsewhere = of_every_table(gd, region="110000")
    reader = plant.person(Role.READER, gd)
    keeper = plant.person(Role.FILLER, gd)
    for table, column in (
        ("dossiers_dossier", "id"), ("contracts_contract", "dossier_id"),
        ("papers_document", "dossier_id"), ("originals_original", "dossier_id"),
        ("letters_letter", "dossier_id"), ("dossiers_draft", "dossier_id"),
        ("visits_visit", "dossier_id"), ("visits_followup", "dossier_id"),
        ("visits_need", "dossier_id"), ("visits_participant", "dossier_id"),
        ("duties_waiver", "dossier_id"), ("duties_occasion", "dossier_id"),
        ("duties_closure", "dossier_id"),
    ):  # fmt: skip
        there = f"SELECT count(*) FROM {table} WHERE {column} = %s"
        with for_person(keeper.pk):
            assert asked(there, elsewhere.pk) != [(0,)], table
        with for_person(reader.pk):
            assert asked(there, elsewhere.pk) == [(0,)], table
            assert counts(table, gd.pk) > 0, table


def test_a_unit_never_reads_what_its_parent_or_child_keeps_on_it() -> None:
    """内部客户: even where the tree of units would open the file."""
    parent, child = plant.unit("GD"), plant.unit("GD01")
    child.parent = parent
    child.save(update_fields=["parent"])
    parent.credit_code = plant.credit_code(77)
    parent.save(update_fields=["credit_code"])
    about = plant.dossier(child, code=parent.credit_code)
    other = plant.dossier(child)
    steward = plant.person(Role.STEWARD, parent)
    with for_person(steward.pk):
        seen = asked("SELECT id FROM dossiers_dossier ORDER BY opened_on")
    assert seen == [(other.pk,)]
    assert about.pk != other.pk


# The seal -------------------------------------------------------------------------------------


@pytest.fixture
def filler() -> User:
    gd = plant.unit("GD")
    plant.dossier(gd)
    plant.dossier(plant.unit("FJ", region="350000"))
    return plant.person(Role.FILLER, gd)


FILES = "SELECT count(*) FROM dossiers_dossier"


def test_sql_that_writes_a_scope_of_its_own_is_refused(filler: User) -> None:
    with for_person(filler.pk):
        ((mine,),) = asked("SELECT current_setting('yihu.scope')")
        assert asked(FILES) == [(1,)]
        wider = mine[:64] + mine[64:].replace("|f|", "|t|", 1)
        assert wider != mine
        for forged in (wider, "0" * 64 + mine[64:], "x", "|t|t|||||||"):
            with transaction.atomic():
                asked("SELECT set_config('yihu.scope', %s, true)", forged)
                assert "enter_scope" in refused(FILES)
                transaction.set_rollback(True)


@pytest.mark.parametrize(
    "secret",
    ["", "x", "session:", "session:abc", "user:1", "user:1:00", "group", "group:00", "group:"],
)
def test_a_wrong_secret_opens_nothing(secret: str, filler: User) -> None:
    with acting(secret):
        assert asked(FILES) == [(0,)]


def test_the_right_secrets_open_what_they_should(filler: User) -> None:
    assert known()
    for secret, there in ((of_group(), 2), (of_person(filler.pk), 1)):
        with acting(secret):
            assert asked(FILES) == [(there,)]


def session_of(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    assert store.session_key
    return store.session_key


def test_a_session_opens_the_scope_of_its_person_until_it_ends(filler: User) -> None:
    key = session_of(filler)
    with acting(of_session(key)):
        assert asked(FILES) == [(1,)]
    Session.objects.filter(key=hashed(key)).update(expires_at=timezone.now() - timedelta(minutes=1))
    with acting(of_session(key)):
        assert asked(FILES) == [(0,)]


def test_the_table_of_sessions_gives_no_secret_away(filler: User) -> None:
    key = session_of(filler)
    row = Session.objects.get(user=filler)
    assert key not in (row.key, row.seal, row.data)
    with acting(of_session(row.key)):
        assert asked(FILES) == [(0,)]


def test_a_session_that_sql_writes_is_nobodys(filler: User) -> None:
    later = timezone.now() + timedelta(hours=1)
    head = plant.person(Role.SUPERVISOR)
    own = session_of(filler)
    seal = Session.objects.get(key=hashed(own)).seal
    for number, forged in enumerate((seal, "", mac("session:forged"))):
        Session.objects.create(
            key=hashed(f"forged{number}"), user=head, seal=forged, data="",
            opened_at=timezone.now(), expires_at=later,
        )  # fmt: skip
        with acting(of_session(f"forged{number}")):
            assert asked(FILES) == [(0,)]
    Session.objects.filter(key=hashed(own)).update(user=head)
    with acting(of_session(own)):
        assert asked(FILES) == [(0,)]


def test_an_account_that_ended_has_no_scope_left(filler: User) -> None:
    key = session_of(filler)
    User.objects.filter(pk=filler.pk).update(is_active=False)
    for secret in (of_session(key), of_person(filler.pk)):
        with acting(secret):
            assert asked(FILES) == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM vault.scope_key",
        "SELECT vault.scope_mac('group')",
        "SELECT vault.search_dossiers('燃气', NULL)",
        "ALTER TABLE dossiers_dossier DISABLE ROW LEVEL SECURITY",
        "DROP POLICY dossiers_dossier_read ON dossiers_dossier",
        "TRUNCATE dossiers_comment",
        "SET LOCAL ROLE yihu_owner",
        "CREATE FUNCTION scope_everything() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_walls_around_it_stand(statement: str) -> None:
    said = refused(statement)
    assert "permission denied" in said or "must be owner" in said, said


def test_a_search_looks_no_further_than_the_scope(filler: User) -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    plant.dossier(gd, name="珠江陶瓷有限公司")
    there = plant.dossier(fj, name="闽江陶瓷有限公司", region="350100")
    sql = "SELECT count(*) FROM search_dossiers('陶瓷', %s)"
    assert asked(sql, None) == [(2,)]
    with for_person(filler.pk):
        for units in (None, [fj.pk], [gd.pk, fj.pk]):
            found = asked("SELECT search_dossiers('陶瓷', %s)", units)
            assert (there.pk,) not in found, units
        assert asked(sql, None) == [(1,)]
        assert asked("SELECT count(*) FROM best_dossiers('陶瓷', NULL, 9)") == [(1,)]
        for units in (None, [gd.pk, fj.pk]):
            for far in (9, 1):
                first = "SELECT cardinality(ids), hits FROM first_dossiers('陶瓷', %s, 9, %s)"
                assert asked(first, units, far) == [(1, 1)], (units, far)


def test_files_are_counted_no_further_than_the_scope(filler: User) -> None:
    gd, fj = plant.unit("GD"), plant.unit("FJ", region="350000")
    plant.dossier(gd, klass=Klass.VIP)
    plant.dossier(fj, klass=Klass.VIP, region="350100")
    sql = "SELECT count_dossiers(%s, %s, 100)"
    here = "SELECT count(*) FROM dossiers_dossier WHERE unit_id = %s"
    ((own,), (there,)) = (*asked(here, gd.pk), *asked(here, fj.pk))
    assert asked(sql, None, None) == [(own + there,)]
    assert asked(sql, None, "vip") == [(2,)]
    with for_person(filler.pk):
        for units in (None, [gd.pk, fj.pk]):
            assert asked(sql, units, None) == [(own,)], units
            assert asked(sql, units, "vip") == [(1,)], units
        for units in ([fj.pk], []):
            assert asked(sql, units, None) == [(0,)], units
    with acting(None):
        assert asked(sql, None, None) == [(0,)]


def test_a_customers_identity_is_told_to_nobody_without_a_file(filler: User) -> None:
    fj = plant.unit("FJ", region="350000")
    plant.dossier(fj, code=plant.credit_code(4242), name="只有福建知道")
    by_code = "SELECT name FROM customers_customer WHERE credit_code = %s"
    assert asked(by_code, plant.credit_code(4242)) == [("只有福建知道",)]
    with for_person(filler.pk):
        assert asked(by_code, plant.credit_code(4242)) == []
        new, old = plant.credit_code(4243), plant.credit_code(4242)
        given = asked(
            "SELECT code FROM identify_customers(%s, %s) ORDER BY code", [old, new], ["甲", "乙"]
        )
        assert given == [(old,), (new,)]
        assert asked(by_code, new) == []
    with for_group():
        assert asked(by_code, plant.credit_code(4242)) == [("只有福建知道",)]
