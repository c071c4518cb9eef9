"""The clauses as data: all are there, each binding one is proven, editions differ as said."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from yihu.clauses.editions import editions
from yihu.clauses.editions.e2024_1 import EDITION
from yihu.clauses.figures import figures, sources
from yihu.clauses.places import PLACES
from yihu.clauses.rules import Chapter, Clause, Kind, compare, level, percent, proven

pytestmark = pytest.mark.clause("4.1c")
ROOT = Path(__file__).resolve().parents[2]
LETTERS = {"3": "abcd", "4.1": "abc", "4.2": "ab", "4.3": "abc", "6.2.1": "abcde", "6.2.2": "abcd"}
NUMBERS = (
    "1 2 3 4.1 4.2 4.3 5.1 5.2 5.3 5.4 5.5 6.1.1 6.1.2 6.1.3 6.1.4 6.2.1 6.2.2 6.3.1 6.3.2 6.3.3"
    " 6.3.4 6.4.1 6.4.2 7.1 7.2 7.3"
)
EVERY = [
    *(
        clause
        for number in NUMBERS.split()
        for clause in (
            *(() if number in {"3", "4.1", "4.2", "4.3"} else (number,)),
            *(f"{number}{letter}" for letter in LETTERS.get(number, "")),
        )
    ),
    *(f"annex 1.{n}" for n in (1, 2)),
    *(f"annex 2.{n}" for n in range(1, 9)),
]


def test_every_clause_and_letter_of_the_document_is_there_in_its_order() -> None:
    assert [clause.number for clause in EDITION] == EVERY
    assert EDITION.by_key["annex-2.5"].shown == "附件 2.5"
    assert EDITION.by_key["6.2.1d"].shown == "§6.2.1d"


def test_every_binding_clause_has_page_code_and_test_and_the_list_is_fresh() -> None:
    """What `make lint` asks: a clause that nobody proves fails here too."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "clauses.py"), "check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == (
        "clauses: every binding clause has page, code and test", 0,
    )  # fmt: skip


def test_a_clause_without_page_code_or_test_is_found() -> None:
    bare = Clause("8.1", "新要求", Kind.BINDING)
    told = Clause("8.2", "只作说明", Kind.CONTEXT)
    edition = replace(EDITION, chapters=(Chapter("8", "新", (bare, told)),))
    assert proven(edition, {}, {}) == [("8.1", "place"), ("8.1", "code"), ("8.1", "test")]
    assert proven(edition, {"8.1": ["t"]}, {"8.1": ["c"]}) == [("8.1", "place")]


def test_every_figure_belongs_to_a_clause_and_to_one_statement() -> None:
    known = {clause.number for clause in EDITION}
    assert set(figures()) <= known
    answered = [number for _name, numbers, _said in sources() for number in numbers]
    assert sorted(answered) == sorted(figures())
    binding = {clause.number for clause in EDITION if clause.binding}
    assert binding <= set(figures())
    for figure in figures().values():
        if figure.behind:
            assert reverse(figure.behind[0])
    for place in PLACES.values():
        assert place.url


def test_two_editions_are_compared_clause_by_clause() -> None:
    first, *rest = EDITION.chapters
    changed = replace(first.clauses[0], says="另一种说法")
    added = Clause("9.9", "新增一条", Kind.BINDING)
    later = replace(
        EDITION, code="2025-1", in_force_from=date(2025, 1, 1),
        chapters=(replace(first, clauses=(changed,)), *rest, Chapter("9", "新", (added,))),
    )  # fmt: skip
    assert [(c.number, c.verdict) for c in compare(EDITION, later)] == [
        ("1", "changed"), ("9.9", "added"), ("2", "dropped"),
    ]  # fmt: skip
    assert compare(EDITION, EDITION) == []
    assert [one.code for one in editions()] == ["2024-1"]


@pytest.mark.parametrize(
    ("top", "bottom", "share", "shade"),
    [(999, 1000, "99.9", "good"), (9999, 10000, "99.9", "good"), (80, 100, "80.0", "fair"),
     (799, 1000, "79.9", "poor"), (0, 3, "0.0", "bad"), (3, 3, "100.0", "good")],
)  # fmt: skip
def test_a_share_is_cut_and_never_rounded_up(top: int, bottom: int, share: str, shade: str) -> None:
    found = percent(Decimal(top), Decimal(bottom))
    assert (str(found), level(found)) == (share, shade)
