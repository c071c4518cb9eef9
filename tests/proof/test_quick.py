"""The quick parts of the proofs; `make proof` runs them whole."""

import gzip
import io
import zipfile

import pytest
from django.http import HttpResponse

from proof import (
    audit_exact,
    canaries,
    faults,
    headers,
    hostile_cells,
    links,
    noninterference,
    pool,
    revocation,
    routes,
    running,
    three_sides,
)
from proof.guessing import rank_test
from tests.access import test_rows as catalogue
from tests.audit.ledger import owner
from tests.installation import ROOT
from yihu.org.models import OrgUnit


@pytest.mark.django_db
@pytest.mark.clause("6.3.1")
def test_no_route_tells_strangers_of_another_unit() -> None:
    found = routes.walk(1, 1, others=(), gone=(), quick=True)
    assert found.leaks == []
    assert found.answered == []
    assert found.failures == []
    assert len(found.own_marks) > 30, "the walk proves nothing where nobody sees a mark"


def test_a_mark_is_found_wherever_it_hides() -> None:
    word = routes.word_of("GD")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", word)
    zipped = HttpResponse(gzip.compress(word.encode()), headers={"Content-Encoding": "gzip"})
    for answer in (
        HttpResponse(word),
        HttpResponse(headers={"Content-Disposition": f"attachment; filename={word}"}),
        HttpResponse(packed.getvalue()),
        zipped,
    ):
        assert word in routes.everything_said(answer)


@pytest.mark.usefixtures("own_database")
def test_scopes_do_not_mix_on_shared_connections() -> None:
    found = pool.run(200, pool.SEED)
    assert found["held"], found


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("6.3.4")
def test_what_was_revoked_is_refused_from_the_commit_on() -> None:
    found = revocation.run(40, revocation.SEED)
    assert found["held"], found


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("6.3.2")
def test_nobody_stands_on_two_sides() -> None:
    found = three_sides.run(1, three_sides.SEED)
    assert found["held"], found


def test_the_rank_test_tells_what_differs_from_what_does_not() -> None:
    same = [float(n % 97) for n in range(1000)]
    assert rank_test(same, same[::-1]) == pytest.approx(1.0)
    assert rank_test(same, [x + 20 for x in same]) < 0.001


@pytest.mark.django_db
@pytest.mark.clause("5.5")
def test_hostile_cells_leave_as_text_under_mark_and_code() -> None:
    found = hostile_cells.run(100, hostile_cells.SEED)
    assert found["unstamped"] == []
    assert (found["formulas"], found["links"]) == (0, 0)
    assert found["figures_equal"] == "10 of 10"
    assert found["held"], found


@pytest.mark.django_db
@pytest.mark.clause("5.5")
def test_links_open_for_their_person_once_and_in_time() -> None:
    found = links.run(20, links.SEED)
    assert found["held"], found


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("6.3.4")
def test_an_export_under_way_stops_with_its_askers_post() -> None:
    found = running.run(1, running.SEED)
    assert found["held"], found


@pytest.mark.django_db
def test_every_page_says_what_keeps_the_browser_on_our_side() -> None:
    found = headers.run(0, headers.SEED)
    assert found["held"], found


@pytest.mark.parametrize(
    "said",
    [
        "共882030元",
        "882,030.00",
        "88.2030万",
        "-882030",
        "12,882030,100",
        "<v>882030</v>",
        r"\u5171882030",
        r"\n882030",
    ],
)
def test_a_figure_is_seen_however_it_is_written(said: str) -> None:
    assert dict(eye_for("882030").find(said)) == {"FJ": {"882030"}}


@pytest.mark.parametrize(
    "said",
    [
        "882030ab-1f0c-4aaa-8bbb-cccccccccccc",
        "1f0c-882030aaaaaa",
        "token882030",
        "882030token",
        "1,882,030",
        "882,030,100",
        "0.882030",
        "8820301",
        "1882030",
        "88.20301",
        "app.882030.js",
    ],
)
def test_digits_of_a_key_or_a_longer_number_are_no_figure(said: str) -> None:
    assert dict(eye_for("882030").find(said)) == {}


def eye_for(figure: str) -> canaries.Eye:
    sower = canaries.Sower(OrgUnit(code="FJ"))
    sower.figures.append(figure)
    return canaries.Eye({"FJ": sower})


@pytest.mark.django_db
@pytest.mark.clause("6.3.1")
def test_no_canary_of_another_unit_sings_anywhere() -> None:
    found = canaries.run(2, canaries.SEED, whole=False)
    assert found["held"], found


@pytest.mark.django_db
@pytest.mark.clause("6.3.1")
def test_what_another_unit_does_changes_no_byte_of_an_answer() -> None:
    found = noninterference.run(2, noninterference.SEED)
    assert found["held"], found


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("5.5")
def test_as_many_lines_as_sensitive_operations() -> None:
    found = audit_exact.run(60, audit_exact.SEED)
    assert found["held"], found


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("6.3.1")
def test_a_seeded_fault_turns_the_catalogue_red() -> None:
    """Two of `proof faults`, without a copy of the tree; the control comes before each."""
    checks = {
        "row security off": catalogue.test_every_unit_owned_table_is_guarded_for_every_verb,
        "a view past the policies": catalogue.test_no_view_looks_past_the_policies,
    }
    seeded = {fault.name: fault.statement for fault in faults.FAULTS if fault.name in checks}
    with owner() as connection:
        for name, check in checks.items():
            check()
            connection.execute(seeded[name])
            with pytest.raises(AssertionError):
                check()


def test_every_seeded_fault_still_fits_and_names_tests_that_are_there() -> None:
    assert len(faults.FAULTS) >= 30
    for fault in faults.FAULTS:
        for path, old, _new in fault.changes:
            assert (ROOT / path).read_text(encoding="utf-8").count(old) == 1, fault.name
        for named in fault.tests:
            path, _colons, function = named.partition("::")
            source = (ROOT / path).read_text(encoding="utf-8")
            assert not function or f"def {function}(" in source, named
