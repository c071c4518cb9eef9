"""运行状况: what `yihu check` says, the copies and their trials, slow statements (§4.2b)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.policy import require
from yihu.upkeep import queries, timing
from yihu.upkeep.copies import shelf
from yihu.upkeep.policy import may_look
from yihu.upkeep.soundness import answers

SHOWN = 20
SLOW_SHOWN = 50


def _keeper(request: HttpRequest) -> None:
    """Raises: Denied (403) for everybody but ITC."""
    assert isinstance(request.user, User)
    require(may_look(request.user), _("查看运行状况的"))


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Every answer, the last deeds, and what lies on the shelf."""
    _keeper(request)
    try:
        lying, unreachable = queries.on_shelf(shelf(), SHOWN), ""
    except OSError as why:
        lying, unreachable = [], str(why)
    with for_group():  # deeds of the installation, of no unit and no person
        context = {
            "answers": list(answers()),
            "deeds": queries.deeds(SHOWN),
            "copies": lying,
            "unreachable": unreachable,
            "every": settings.BACKUP_EVERY,
            "keep": settings.BACKUP_KEEP,
            "tab": "home",
        }
    return render(request, "upkeep/home.html", context)


@require_GET
def slow(request: HttpRequest) -> HttpResponse:
    """The statements that cost this machine most, without their values."""
    _keeper(request)
    context = {
        "lines": timing.slowest(SLOW_SHOWN),
        "from_ms": round(settings.SLOW_SECONDS * 1000),
        "tab": "slow",
    }
    return render(request, "upkeep/slow.html", context)
