"""The menu: every page once, by role, one line marked, no query of its own (§3a)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from yihu.access.rules import Role
from yihu.desk.menu import FLAT_MOST, GROUPS, menu_of, under_thumb

pytestmark = pytest.mark.django_db
SUPERVISOR = [
    ("today", ["desk:home", "desk:duties"]),
    ("files", ["desk:dossiers", "desk:customers", "papers:search", "identity:differences",
               "originals:register"]),
    ("service", ["visits:register", "care:home", "letters:register"]),
    ("ratings", ["ratings:home", "risks:register"]),
    ("supervision", ["clauses:home", "boards:home", "desk:timeliness", "desk:gaps",
                     "inspections:home", "assessment:home", "supervision:home"]),
    ("access", ["roles", "directory:home", "handover:people", "grants:home", "disclosure:register",
                "exports:home", "outbox:home"]),
    ("rules", ["guide:editions", "duties:policy", "regulations:library"]),
]  # fmt: skip


def names(user: Any, path: str = "/") -> list[tuple[str, list[str]]]:
    by_url = {reverse(line.name): line.name for group in GROUPS for line in group.lines}
    return [
        (part.code, [by_url[entry.url.split("?")[0]] for entry in part.entries])
        for part in menu_of(user, path)
    ]


def current(user: Any, path: str) -> list[str]:
    return [e.url.split("?")[0] for p in menu_of(user, path) for e in p.entries if e.current]


def test_each_page_stands_in_the_menu_once() -> None:
    lines = [line.name for group in GROUPS for line in group.lines]
    assert len(lines) == len(set(lines))


def test_a_supervisor_s_menu_is_grouped_and_unfolded_as_far_as_a_screen_goes() -> None:
    boss = plant.person(Role.SUPERVISOR)
    assert names(boss) == SUPERVISOR
    parts = menu_of(boss, reverse("guide:editions"))
    assert [part.code for part in parts if not part.unfolded] == ["supervision", "access"]
    assert [part.code for part in parts if part.current] == ["rules"]
    assert [part.code for part in menu_of(boss, "/") if not part.unfolded] == ["access", "rules"]


def test_a_filler_s_menu_folds_rights_and_rules_and_four_lines_lie_under_the_thumb() -> None:
    parts = menu_of(plant.person(Role.FILLER, plant.unit()), "/")
    assert [part.code for part in parts if not part.unfolded] == ["access", "rules"]
    assert [entry.url.split("?")[0] for entry in under_thumb(parts)] == [
        reverse(name) for name in ("desk:home", "desk:duties", "desk:dossiers", "visits:register")
    ]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ITC])
def test_a_short_menu_has_no_groups(role: Role) -> None:
    (part,) = menu_of(plant.person(role), "/")
    assert (part.label, len(part.entries) <= FLAT_MOST) == ("", True)
    assert reverse("desk:dossiers") not in [entry.url for entry in part.entries]


@pytest.mark.parametrize(
    ("path", "marked"),
    [("/", ["/"]), ("/roles/", ["/roles/"]), ("/roles/requests/", ["/roles/"]),
     ("/care/suggestions/", ["/care/"]), ("/me/sessions/", []), ("/notices/", [])],
)  # fmt: skip
def test_one_line_at_most_is_the_page_s(path: str, marked: list[str]) -> None:
    assert current(plant.person(Role.SUPERVISOR), path) == marked


def test_the_longest_address_is_the_page_s() -> None:
    itc = plant.person(Role.ITC)
    assert current(itc, "/roles/requests/") == ["/roles/requests/"]
    assert current(itc, f"/accounts/{itc.username}/") == ["/accounts/"]


def test_the_menu_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    boss = plant.person(Role.SUPERVISOR)
    menu_of(boss, "/")
    with django_assert_num_queries(0):
        menu_of(boss, "/care/")


def test_the_page_marks_where_it_is_and_folds_by_native_controls() -> None:
    client = Client()
    client.force_login(plant.person(Role.SUPERVISOR))
    page = client.get(reverse("regulations:library")).content.decode()
    assert page.count('aria-current="page"') == 1
    assert page.count("<details data-menu-group") == len(SUPERVISOR)
    assert page.count("open data-current") == 1
    assert 'popovertarget="menu"' in page
