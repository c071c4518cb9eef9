"""The clause map: what each clause asks for, where Yihu does it, what proves it, how it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yihu.access.models import User
from yihu.clauses import queries
from yihu.clauses.editions import edition, editions
from yihu.clauses.filters import ClauseFilter, CompareFilter, MapFilter
from yihu.clauses.places import Place, open_to
from yihu.clauses.policy import may_see_figures
from yihu.clauses.queries import Live
from yihu.clauses.rules import Chapter, Clause, Edition, Risk
from yihu.clauses.rules import compare as compare_editions
from yihu.kit import clock
from yihu.kit.filters import Filter

LOW = {"poor", "bad"}


@dataclass(frozen=True, slots=True)
class Line:
    """A clause as the map shows it."""

    clause: Clause
    places: list[Place]
    tests: int
    live: Live | None


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _refuse(request: HttpRequest, chosen: Filter) -> HttpResponse:
    context = {"problems": chosen.problems(), "restart": request.path}
    return render(request, "400.html", context, status=400)


def _edition(code: str) -> Edition:
    return edition(code) if code else editions()[0]


def lines_of(user: User, of: Edition, live: dict[str, Live]) -> list[tuple[Chapter, list[Line]]]:
    """Every clause of an edition with what stands behind it for this person."""
    tests = queries.tests()
    return [
        (
            chapter,
            [
                Line(
                    clause,
                    open_to(user, clause.places),
                    len(tests.get(clause.number, ())),
                    live.get(clause.number),
                )
                for clause in chapter.clauses
            ],
        )
        for chapter in of.chapters
    ]


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """条款地图: every clause and letter on one page (§6.4.2)."""
    user, today = _person(request), clock.today()
    chosen = MapFilter(request.GET, user=user)
    if not chosen.is_valid():
        return _refuse(request, chosen)
    data = chosen.cleaned_data
    of = _edition(data.get("edition", ""))
    unit = int(data["unit"]) if data.get("unit") else None
    live = queries.live(user, today, unit=unit)
    every = lines_of(user, of, live)
    shown = [
        (chapter, kept)
        for chapter, lines in every
        if (kept := [line for line in lines if _wanted(line, data)])
    ]
    whole = [line for _chapter, lines in every for line in lines]
    binding = [line for line in whole if line.clause.binding]
    shares = [line for line in whole if line.live is not None and line.live.level]
    return render(
        request,
        "clauses/home.html",
        {
            "edition": of,
            "editions": editions(),
            "chosen": chosen,
            "set_count": chosen.set_count(),
            "reset": request.path,
            "chapters": shown,
            "total": len(whole),
            "binding": len(binding),
            "proven": sum(1 for line in binding if line.tests),
            "tests": sum(line.tests for line in whole),
            "shares": len(shares),
            "low": sum(1 for line in shares if line.live and line.live.level in LOW),
            "risks": _risks(every),
            "sees": may_see_figures(user),
            "reckoned_at": _latest(live),
            "month": today.replace(day=1),
        },
    )


def _wanted(line: Line, data: dict[str, Any]) -> bool:
    if data.get("risk") and data["risk"] not in line.clause.risks:
        return False
    if data.get("kind") and line.clause.kind != data["kind"]:
        return False
    return not data.get("level") or (line.live is not None and line.live.level in LOW)


def _risks(every: list[tuple[Chapter, list[Line]]]) -> list[dict[str, Any]]:
    """Each risk of §3: how many clauses answer it, and how many of their shares are low."""
    found = []
    for risk in Risk:
        lines = [line for _c, lines in every for line in lines if risk in line.clause.risks]
        shares = [line.live for line in lines if line.live is not None and line.live.level]
        found.append({
            "code": risk.value, "label": risk.label, "clauses": len(lines),
            "shares": len(shares), "low": sum(1 for one in shares if one.level in LOW),
        })  # fmt: skip
    return found


def _latest(live: dict[str, Live]) -> datetime | None:
    return max((one.reckoned_at for one in live.values() if one.reckoned_at), default=None)


@require_GET
def show(request: HttpRequest, number: str) -> HttpResponse:
    """One clause: its figure by month and by unit with numerator and denominator, its tests."""
    user, today = _person(request), clock.today()
    chosen = ClauseFilter(request.GET, user=user)
    if not chosen.is_valid():
        return _refuse(request, chosen)
    of = _edition(chosen.cleaned_data.get("edition", ""))
    clause = of.by_key.get(number)
    if clause is None:
        raise Http404(_("《细则》中没有这一条。"))
    unit = int(chosen.cleaned_data["unit"]) if chosen.cleaned_data.get("unit") else None
    live = queries.live(user, today, unit=unit).get(clause.number)
    by_unit = queries.by_unit(user, live.figure, live.now.month) if live and live.now else []
    return render(
        request,
        "clauses/show.html",
        {
            "edition": of,
            "clause": clause,
            "risks": [risk.label for risk in clause.risks],
            "places": open_to(user, clause.places),
            "tests": [name.split("::") for name in queries.tests().get(clause.number, ())],
            "live": live,
            "points": list(reversed(live.points)) if live else [],
            "by_unit": by_unit if len(by_unit) > 1 else [],
            "chosen": chosen,
            "reset": request.path,
            "set_count": chosen.set_count(),
            "sees": may_see_figures(user),
        },
    )


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Two editions side by side: what the later one adds, drops and says differently."""
    known = {one.code: one for one in editions()}
    codes = list(known)
    asked = CompareFilter(request.GET)
    asked.is_valid()
    after = asked.cleaned_data.get("after") or codes[0]
    before = asked.cleaned_data.get("before") or codes[min(1, len(codes) - 1)]
    if after not in known or before not in known:
        raise Http404(_("没有这一版《细则》。"))
    changes = compare_editions(known[before], known[after])
    return render(
        request,
        "clauses/compare.html",
        {
            "before": known[before],
            "after": known[after],
            "editions": list(known.values()),
            "changes": changes,
            "counts": [
                (label, sum(1 for change in changes if change.verdict == verdict))
                for verdict, label in (
                    ("added", _("新增")), ("changed", _("修改")), ("dropped", _("删去")),
                )
            ],
        },
    )  # fmt: skip
