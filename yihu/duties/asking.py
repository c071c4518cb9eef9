"""Lists of what units ask for and headquarters answers: 豁免, 休眠 and 关闭."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from yihu.access.scope import ScopedQuerySet
from yihu.dossiers import marks
from yihu.duties import queries
from yihu.duties.choices import Verdict
from yihu.duties.policy import may_ask, may_consent
from yihu.duties.views import person
from yihu.kit.paging import BadCursor, Order, page_of


def asked_for(
    request: HttpRequest, what: str, rows_of: Callable[[str], ScopedQuerySet]
) -> HttpResponse:
    """A page of requests, newest first, each with whether this person decides or withdraws it.
    Whoever decides begins with those that wait.

    `what`: its tab and template. `rows_of` gives those in reach of one verdict, "" for all.
    """
    user = person(request)
    consents = may_consent(user)
    verdict = request.GET.get("verdict")
    if verdict is None:
        verdict = Verdict.ASKED.value if consents and rows_of(Verdict.ASKED).exists() else ""
    if verdict and verdict not in Verdict.values:
        return _bad(request, _("没有这种结论。"))
    rows = rows_of(verdict)
    try:
        page = page_of(
            rows,
            Order("asked_at", datetime.fromisoformat, descending=True),
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except BadCursor:
        return _bad(request, _("翻页位置无法识别。"))
    marks.put(user, [row.dossier for row in page.rows])
    return render(
        request,
        f"duties/{what}.html",
        {
            "tab": what,
            "page": page,
            "count": rows.count(),
            "verdict": verdict,
            "verdicts": [("", _("全部")), *Verdict.choices],
            "many_units": len(queries.units_of(user)) > 1,
            "rows": [
                (
                    row,
                    consents and row.verdict == Verdict.ASKED and row.asked_by_id != user.pk,
                    row.verdict == Verdict.ASKED and may_ask(user, row.unit_id),
                )
                for row in page.rows
            ],
        },
    )


def _bad(request: HttpRequest, problem: str) -> HttpResponse:
    context = {"problems": [problem], "restart": request.path}
    return render(request, "400.html", context, status=400)
