"""Publishing a draft of the guide: what it means for the files first, then the day (§4.1b)."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yihu.access.models import User
from yihu.customers.rules import Klass
from yihu.dossiers import impact, jobs
from yihu.dossiers.models import GuideImpact
from yihu.guide import actions
from yihu.guide.editor.door import on_draft
from yihu.guide.models import Edition
from yihu.guide.problems import Refused, Unanswered, Unfit
from yihu.kit import clock

USUAL_NOTICE = timedelta(days=7)
USUAL_GRACE = timedelta(days=30)


def _reckoning(draft: Edition) -> GuideImpact | None:
    return GuideImpact.objects.filter(edition=draft).first()


def _context(draft: Edition, **more: Any) -> dict[str, Any]:
    found = _reckoning(draft)
    today = clock.today()
    result = found.result if found is not None else None
    return {
        "draft": draft,
        "impact": found,
        "current": found is not None and found.version == draft.version,
        "result": result,
        "classes": [
            (str(Klass(code).label) if code else _("未分类"), count)
            for code, count in (result or {}).get("classes", ())
        ],
        "today": today,
        "effective_on": today + USUAL_NOTICE,
        "deadline_on": today + USUAL_NOTICE + USUAL_GRACE,
        "wrong": {},
        **more,
    }


@require_GET
@on_draft
def publish_page(request: HttpRequest, user: User, draft: Edition) -> HttpResponse:
    """What the draft would mean for the files, and the form to publish it."""
    return render(request, "desk/guide/publish.html", _context(draft))


@require_GET
@on_draft
def progress(request: HttpRequest, user: User, draft: Edition) -> HttpResponse:
    """The reckoning as far as it is; a fragment that asks again until it is done."""
    return render(request, "desk/guide/_impact.html", _context(draft))


@require_POST
@on_draft
def reckon(request: HttpRequest, user: User, draft: Edition) -> HttpResponse:
    """Reckon what the draft as it stands means for the files."""
    try:
        asked = impact.ask(user, draft, at=clock.now())
    except Unanswered as why:
        messages.error(request, str(why))
        return redirect("guide:mapping")
    except Refused as why:
        messages.error(request, str(why))
        return redirect("desk:guide-publish")
    jobs.reckon_impact.defer(impact_id=asked.pk)
    return redirect("desk:guide-publish")


@require_POST
@on_draft
def publish(request: HttpRequest, user: User, draft: Edition) -> HttpResponse:
    """The draft becomes an edition; what was seen must be what is published."""
    found = _reckoning(draft)
    version = request.POST.get("version", "")
    if found is None or found.result is None or str(found.version) != version:
        messages.error(request, _("草稿在测算之后又有改动，请重新测算对档案的影响，再发布。"))
        return redirect("desk:guide-publish")
    days, wrong = _days(request)
    if not wrong:
        try:
            edition = actions.publish(
                user,
                draft,
                version=found.version,
                effective_on=days["effective_on"],
                deadline_on=days["deadline_on"],
                at=clock.now(),
                today=clock.today(),
            )
        except Unfit as why:
            wrong = why.wrong
        except Unanswered as why:
            messages.error(request, str(why))
            return redirect("guide:mapping")
        except Refused as why:
            messages.error(request, str(why))
            return redirect("desk:guide-publish")
        else:
            return _published(request, edition)
    typed = {name: request.POST.get(name, "") for name in ("effective_on", "deadline_on")}
    context = _context(draft, wrong=wrong, **typed)
    return render(request, "desk/guide/publish.html", context, status=422)


def _days(request: HttpRequest) -> tuple[dict[str, date], dict[str, str]]:
    days: dict[str, date] = {}
    wrong: dict[str, str] = {}
    labels = {"effective_on": _("生效日"), "deadline_on": _("补填截止日")}
    for name, label in labels.items():
        try:
            days[name] = date.fromisoformat(request.POST.get(name, ""))
        except ValueError:
            wrong[name] = _("请填写%(label)s，例如 2026-12-01。") % {"label": label}
    return days, wrong


def _published(request: HttpRequest, edition: Edition) -> HttpResponse:
    words = {"number": edition.number, "on": edition.effective_on}
    if edition.effective_on <= clock.today():
        jobs.adopt_now.defer()
        text = _("第 %(number)d 版已发布，正在把各档案的内容转入新版，完成后即按新版填报。")
    else:
        text = _("第 %(number)d 版已发布，%(on)s 起按新版填报，届时各档案的内容自动转入。")
    messages.success(request, text % words)
    return redirect("guide:editions")
