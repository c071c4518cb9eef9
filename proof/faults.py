"""C6: seeded faults, each of which must turn the tests that are named beside it red.

Each fault is one patch on a copy of the tree: a few letters of a source, or a statement of SQL
that the owner of the tables runs on the database of that run. The named tests run on the copy and
at least one of them must fail by what it asserts; an error before that (a patch that no longer
fits, a module that does not load) does not count as found. Control: without a patch all of the
named tests are green. The copy, its server and its databases are gone afterwards.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.installation import ROOT, discard

FIGURE, TRIALS, SEED = "C6", 100, 6
"""A trial is a fault; fewer than there are means so many of them by chance."""
COPIED = ("yihu", "tests", "proof", "bench", "verifier", "docs", "pyproject.toml", "Makefile",
          "requirements.txt", "requirements-dev.txt", "README.md", "README.zh-CN.md", "tools",
          "package.json", "package-lock.json")  # fmt: skip
LINKED = ("vendor", "staticroot", "node_modules", ".venv")
SECONDS = 600
CONFTEST = "tests/conftest.py"
HOOK = "        point_at(name)\n        try:\n"
ROWS, SCOPE = "tests/access/test_rows.py", "tests/access/test_scope.py"
GRANTS, EXPORTS = "tests/grants/test_actions.py", "tests/exports/test_actions.py"
DOSSIERS, SIGNING = "tests/dossiers/test_actions.py", "tests/access/test_signing.py"
QUICK = "tests/proof/test_quick.py"
LENS, READING = "tests/disclosure/test_lens.py", "tests/audit/test_reading.py"


class Change(NamedTuple):
    """A few letters of a source; the old ones stand in it exactly once."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks, by which patch, and which tests must find it."""

    name: str
    changes: tuple[Change, ...]
    tests: tuple[str, ...]
    statement: str = ""


def patch(
    name: str, path: str, old: str, new: str, *tests: str, also: Sequence[Change] = ()
) -> Fault:
    """A change of a source; `also`: of what guards the same a second time."""
    return Fault(name, (Change(path, old, new), *also), tests)


def sql(name: str, statement: str, *tests: str) -> Fault:
    """What the owner of the tables does to the database before the tests."""
    seeded = f"        with as_owner(name) as seeded:\n            seeded.execute({statement!r})\n"
    after = HOOK.replace("        try:\n", f"{seeded}        try:\n")
    return Fault(name, (Change(CONFTEST, HOOK, after),), tests, statement)


GUARDED = f"{ROWS}::test_every_unit_owned_table_is_guarded_for_every_verb"
ELSEWHERE = f"{ROWS}::test_another_units_rows_are_not_there_for_any_verb"
FAULTS = (
    # the database
    sql("a policy dropped", "DROP POLICY letters_letter_read ON letters_letter", GUARDED),
    sql("row security off", "ALTER TABLE contracts_contract DISABLE ROW LEVEL SECURITY",
        GUARDED, ELSEWHERE),
    sql("WITH CHECK lets all through",
        "ALTER POLICY org_staff_change ON org_staff WITH CHECK (true);"
        "ALTER POLICY org_staff_add ON org_staff WITH CHECK (true)",
        f"{ROWS}::test_a_row_can_be_neither_added_to_nor_moved_to_another_unit"),
    sql("a table read by all",
        "ALTER POLICY dossiers_dossier_read ON dossiers_dossier USING (true)", ELSEWHERE),
    sql("a second, wider policy", "CREATE POLICY more ON visits_visit FOR SELECT USING (true)",
        ELSEWHERE),
    sql("rows deleted by all", "ALTER POLICY duties_duty_remove ON duties_duty USING (true);"
        "ALTER POLICY duties_duty_read ON duties_duty USING (true)", ELSEWHERE),
    sql("a key without the unit",
        "ALTER TABLE contracts_contract ADD CONSTRAINT loose FOREIGN KEY (dossier_id)"
        " REFERENCES dossiers_dossier (id)",
        f"{ROWS}::test_foreign_keys_between_units_tables_bear_the_unit"),
    sql("a number unique across units",
        "CREATE UNIQUE INDEX wide ON dossiers_dossier (number)",
        f"{ROWS}::test_no_value_that_people_choose_is_unique_across_units"),
    sql("a view past the policies", "CREATE VIEW wide AS SELECT * FROM dossiers_dossier",
        f"{ROWS}::test_no_view_looks_past_the_policies"),
    sql("a function that looks anywhere",
        "ALTER FUNCTION enter_scope(text) RESET search_path",
        f"{ROWS}::test_functions_that_run_as_the_owner_fix_where_they_look"),
    sql("the key lies open",
        "GRANT USAGE ON SCHEMA vault TO PUBLIC; GRANT SELECT ON vault.scope_key TO PUBLIC",
        f"{ROWS}::test_the_walls_around_it_stand"),
    sql("a grant by anybody's hand", "DROP TRIGGER grant_by_own_hand ON grants_grant",
        f"{GRANTS}::test_sql_cannot_grant_itself_anything"),
    sql("asker and approver may be one",
        "ALTER TABLE grants_grant DROP CONSTRAINT grant_approved_by_another",
        f"{GRANTS}::test_one_person_is_never_two_hands_whoever_writes_it"),
    sql("two of the three sides",
        "ALTER TABLE access_roleassignment DROP CONSTRAINT role_sides_apart",
        f"{SCOPE}::test_nobody_stands_on_two_of_the_three_sides"),
    sql("the log can be rewritten", "DROP TRIGGER event_append_only ON audit_event",
        "tests/audit/test_actions.py::test_nobody_rewrites_a_line"),
    sql("a version can be rewritten", "DROP TRIGGER version_append_only ON dossiers_fileversion",
        f"{DOSSIERS}::test_the_database_refuses_to_rewrite_a_version"),
    sql("the asker decides on an export",
        "ALTER TABLE exports_takeout DROP CONSTRAINT takeout_asker_does_not_decide",
        f"{EXPORTS}::test_nobody_decides_for_themselves_not_even_by_raw_sql"),
    # scope
    patch("the scope is not entered", "yihu/kit/scoped/base.py",
          "        if not autocommit and given is not None:", "        if False and given:",
          "tests/access/test_between.py"),
    sql("the scope stays with the connection",
        "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('public.enter_scope(text)'::regprocedure),"
        " $_$'yihu.scope', body, true$_$, $_$'yihu.scope', body, false$_$); END $$",
        "tests/access/test_between.py"),
    patch("visible_to forgets", "yihu/access/scope.py",
          "        if scope.everything:\n            return self.all()",
          "        if scope.everything or scope.unit_ids:\n            return self.all()",
          f"{SCOPE}::test_keepers_see_their_unit_whole_and_no_other",
          f"{SCOPE}::test_a_reader_sees_only_the_regions_of_the_unit"),
    patch("reach forgets", "yihu/access/scope.py",
          "    row = rows.visible_to(user).filter(**lookup).first()",
          "    row = rows.filter(**lookup).first()",
          f"{SCOPE}::test_a_foreign_row_and_no_row_answer_alike"),
    patch("a grant opens every region", "yihu/access/scope.py",
          "inside = not self.stems or any(", "inside = True or any(",
          f"{SCOPE}::test_a_grant_reaches_its_unit_and_regions_alone"),
    # hands
    patch("whoever asked agrees", "yihu/grants/policy.py",
          "    if user.pk in {grant.person_id, grant.approved_by_id}:", "    if False:",
          f"{GRANTS}::test_what_nobody_may_do",
          f"{GRANTS}::test_outside_the_policy_a_second_person_agrees"),
    patch("outside the policy one is enough", "yihu/grants/actions.py",
          "        row.state = State.APPROVED if row.within else State.SECOND",
          "        row.state = State.APPROVED",
          f"{GRANTS}::test_outside_the_policy_a_second_person_agrees"),
    patch("the reviewer approves what was not shown", "yihu/dossiers/actions.py",
          "        if digest_of(contents[dossier.pk]) != wanted[waiting[draft.pk].pk]:",
          "        if False:",
          f"{DOSSIERS}::test_an_approval_lapses_when_what_was_seen_has_changed"),
    patch("own work approved", "yihu/dossiers/actions.py",
          "    if own or typed:", "    if False:",
          f"{DOSSIERS}::test_nobody_approves_what_they_typed_or_submitted"),
    patch("fresh proof not asked", "yihu/access/signing/stepping_up.py",
          "    return proved is not None and now() - proved <= PROOF", "    return True",
          "tests/grants/test_views.py::"
          "test_giving_rights_asks_for_fresh_proof_and_ending_them_does_not"),
    # the log
    patch("a search leaves no line", "yihu/desk/views.py",
          'audit.searched(request.user, "dossiers.dossier", words, hits=count)', "pass",
          f"{READING}::test_a_search_says_how_many_and_whether_it_was_the_same",
          f"{QUICK}::test_as_many_lines_as_sensitive_operations",
          f"{READING}::test_each_reading_is_one_line_and_holds_no_value"),
    patch("a document read leaves no line", "yihu/audit/actions.py",
          "    try:\n        row = _add(engine, line, heard=bool(handlers))\n",
          '    if verb == "document.downloaded":\n        return\n'
          "    try:\n        row = _add(engine, line, heard=bool(handlers))\n",
          f"{READING}::test_each_reading_is_one_line_and_holds_no_value",
          "tests/papers/test_views.py::test_a_download_is_an_attachment_and_is_logged"),
    patch("served without the log", "yihu/audit/actions.py",
          "        row = _add(engine, line, heard=bool(handlers))\n"
          "    except DatabaseError as why:\n        engine.needs_rollback = True\n"
          "        raise NotRecorded(verb) from why\n",
          "        row = _add(engine, line, heard=bool(handlers))\n"
          "    except DatabaseError as why:\n        return\n",
          f"{READING}::test_no_log_no_data"),
    patch("a refusal leaves no line", "yihu/access/middleware.py",
          "    if refusal is not None:\n", "    if False:\n",
          "tests/access/test_refused.py"),
    patch("the words of a search in the log", "yihu/audit/actions.py",
          'data = {"query": veiled(text), "hits": hits}', 'data = {"query": text, "hits": hits}',
          f"{READING}::test_a_search_says_how_many_and_whether_it_was_the_same",
          f"{READING}::test_each_reading_is_one_line_and_holds_no_value",
          also=[Change("yihu/audit/actions.py", "    return sayable(verb, plain,",
                       '    return plain if verb == "searched" else sayable(verb, plain,')]),
    # masks and what leaves the house
    patch("a masked field is told", "yihu/disclosure/lens.py",
          "        return self.cleared(one) and group_of(one.sensitivity) not in self.masked",
          "        return self.cleared(one)",
          f"{LENS}::test_not_one_byte_of_what_is_masked_is_on_any_page_or_paper"),
    patch("masked prices are told", "yihu/disclosure/lens.py",
          "        return Group.PRICES not in self.masked", "        return True",
          f"{LENS}::test_not_one_byte_of_what_is_masked_is_on_any_page_or_paper"),
    patch("the cap of rows forgotten", "yihu/exports/actions.py",
          "    if size.rows > settings.EXPORT_ROWS:", "    if False:",
          f"{EXPORTS}::test_too_many_rows_wait_and_several_units_wait_for_headquarters"),
    patch("a link opens twice", "yihu/exports/actions.py",
          "    if link.used_at is not None or link.expires_at <= at:",
          "    if link.expires_at <= at:",
          f"{EXPORTS}::test_a_link_opens_once_for_its_person"),
    patch("a link opens for anybody", "yihu/exports/actions.py",
          ".filter(digest=_digest(secret), user=by)", ".filter(digest=_digest(secret))",
          f"{EXPORTS}::test_a_link_opens_once_for_its_person"),
    patch("a running export does not ask", "yihu/exports/actions.py",
          "        if not wanted.all().exists():", "        if False:",
          f"{EXPORTS}::test_a_running_export_stops_at_its_next_chunk"),
    patch("no-store left out", "yihu/site/middleware.py",
          '        response.setdefault("Cache-Control", "no-store")\n', "",
          "tests/site/test_middleware.py::test_signed_in_pages_stay_out_of_caches"),
    patch("text becomes a formula", "yihu/desk/export.py",
          '            "strings_to_formulas": False,', '            "strings_to_formulas": True,',
          "tests/desk/test_list.py"
          "::test_the_filtered_list_leaves_as_a_workbook_that_holds_no_formula",
          f"{QUICK}::test_hostile_cells_leave_as_text_under_mark_and_code",
          also=[Change("yihu/desk/export.py", "sheet.write_string(count, column, value)",
                       "sheet.write(count, column, value)")]),
    patch("CSV cells begin like formulas", "yihu/desk/export.py",
          "\\0＝＋", "\\0＋",
          "tests/desk/test_list.py::test_text_of_a_csv_is_never_a_formula"),
    # the door
    patch("sessions outlive the account", "yihu/access/ending.py",
          'contribute("access.session", end_sessions)', "end_sessions",
          "tests/access/test_ending.py::test_everything_ends_in_one_transaction",
          "tests/access/test_ending.py::test_every_table_that_is_a_way_in_is_registered"),
    patch("a revoked token opens", "yihu/handover/tokens.py",
          "sha256=_hash(secret.strip()), revoked_at=None)", "sha256=_hash(secret.strip()))",
          "tests/handover/test_api.py::test_only_a_standing_token_opens"),
    patch("a code works twice", "yihu/access/signing/actions.py",
          "user=user, last_step__lt=step)", "user=user)",
          f"{SIGNING}::test_password_then_code_and_a_code_works_once"),
    patch("guesses are not counted", "yihu/access/signing/rules.py",
          "        if len(recent) >= most:", "        if False:",
          f"{SIGNING}::test_five_wrong_ones_and_the_right_one_waits_too"),
    patch("this machine is reached", "yihu/kit/outbound.py",
          "        if not all(is_public(address) for address in addresses):", "        if False:",
          "tests/kit/test_outbound.py::test_no_way_to_write_this_machine_reaches_it",
          also=[Change("yihu/kit/outbound.py", "        if port != PORTS[parts.scheme]:",
                       "        if False:")]),
)  # fmt: skip


class Copy:
    """A copy of the tree in which the tests can run beside ours."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tree"
        self.root.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
                shutil.copytree(source, self.root / name, ignore=ignored)
            else:
                shutil.copy2(source, self.root / name)
        for name in LINKED:
            (self.root / name).symlink_to((ROOT / name).resolve())
        place = hashlib.sha256(str(self.root).encode()).hexdigest()[:6]
        self.cache = Path(tempfile.gettempdir()) / f"yihu-tests-{os.getuid()}-{place}"

    def tested(self, tests: tuple[str, ...]) -> tuple[int, list[str], str]:
        """pytest's exit code, which tests failed by an assertion or an exception, the last line."""
        ours = ("YIHU_", "DJANGO_")  # or settings are read before the tests say of which home
        given = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider",
             "--no-header", "--tb=no", *tests],
            cwd=self.root, env=given | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        failed = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
        errors = re.findall(r"^ERROR .*", done.stdout, re.MULTILINE)
        lines = [*errors, *done.stdout.strip().splitlines()[-1:], done.stderr[-200:]]
        return done.returncode, failed, " | ".join(line for line in lines if line)

    def seeded(self, fault: Fault) -> tuple[bool, str]:
        """Whether the fault was found, and by which test (or why not)."""
        before = {
            change.path: (self.root / change.path).read_text(encoding="utf-8")
            for change in fault.changes
        }
        after = dict(before)
        for path, old, new in fault.changes:
            if before[path].count(old) != 1:
                return False, f"the patch of {path} fits {before[path].count(old)} times"
            after[path] = after[path].replace(old, new)
        try:
            for path, text in after.items():
                (self.root / path).write_text(text, encoding="utf-8")
            code, failed, last = self.tested(fault.tests)
        finally:
            for path, text in before.items():
                (self.root / path).write_text(text, encoding="utf-8")
        found = code == 1 and bool(failed)
        return found, failed[0].rpartition("::")[2] if found else last


def run(trials: int, seed: int) -> dict[str, Any]:
    """The control, then each fault; which test found it."""
    chosen = list(FAULTS)
    if trials < len(chosen):
        chosen = Random(seed).sample(chosen, trials)
    folder = Path(tempfile.mkdtemp(prefix="yihu-faults-"))
    folder.chmod(0o755)
    copy = Copy(folder)
    try:
        named = tuple(sorted({test for fault in chosen for test in fault.tests}))
        code, failed, last = copy.tested(named)
        control = {"tests": len(named), "green": code == 0, "said": last, "failed": failed}
        found: dict[str, str] = {}
        missed: dict[str, str] = {}
        for fault in chosen if code == 0 else ():
            caught, by = copy.seeded(fault)
            (found if caught else missed)[fault.name] = by
    finally:
        discard(copy.cache)
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "trials": len(chosen),
        "control": control,
        "red": len(found),
        "found_by": found,
        "missed": missed,
        "found": len(missed),
        "held": code == 0 and not missed and len(found) == len(chosen),
    }
