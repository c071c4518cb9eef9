"""Every way out of the house is the one way: whatever sends a file is a registered request, or
stands here with the reason why it is not (T10)."""

from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

import yihu
from yihu.exports.kinds import registered

pytestmark = pytest.mark.clause("5.5")
SENDS = ("Content-Disposition", "FileResponse", "attachment(", "content_disposition_header")
FREE = {
    "exports/door.py": "the way out itself",
    "exports/views.py": "the way out itself: the link to a file that was asked for",
    "papers/views.py": "a document as it was filed: in the log and counted (document.downloaded)",
    "regulations/views.py": "regulations say nothing of customers; each is in the log",
    "guide/views.py": "the guide says nothing of customers",
    "helpdesk/views.py": "the picture that somebody sent with a report, to them and to ITC",
    "handover/door.py": "the empty template of personnel events",
    "handover/people_views.py": "the empty template of personnel events",
    "inspections/rectify_views.py": "evidence as it was filed: in the log and counted",
    "intake/views.py": "empty templates",
    "notices/views.py": "the calendar feed: counts and days of its owner's duties, no customer",
}


def patterns(resolver: URLResolver) -> list[URLPattern]:
    return [
        found
        for entry in resolver.url_patterns
        for found in (patterns(entry) if isinstance(entry, URLResolver) else [entry])
    ]


def test_whatever_sends_a_file_is_the_way_out_or_says_why_not() -> None:
    home = Path(yihu.__file__).parent
    senders = {
        str(path.relative_to(home))
        for path in home.rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in SENDS)
    }
    assert senders - FREE.keys() == set()


def test_every_registered_kind_has_its_address() -> None:
    reached = {
        code
        for pattern in patterns(get_resolver())
        if (code := getattr(pattern.callback, "takes_out", None))
    }
    assert reached == {kind.code for kind in registered()}
    assert len(reached) >= 22


def test_every_address_that_names_a_file_is_a_way_out() -> None:
    """By its ending; those that are not say nothing of customers."""
    endings = (".xlsx", ".csv", ".pdf")
    named = {
        str(pattern.pattern): bool(getattr(pattern.callback, "takes_out", None))
        for pattern in patterns(get_resolver())
        if str(pattern.pattern).endswith(endings)
    }
    assert {path for path, leaves in named.items() if not leaves} <= {
        "upload/template.xlsx",
        "<int:number>/workbook.xlsx",
    }
    assert sum(named.values()) >= 19
