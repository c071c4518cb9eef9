"""Who sees this file and why, and what one person sees of my unit (§6.3.1)."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yihu.access.entering import for_group, for_person
from yihu.access.models import User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.access.scope import reach
from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier
from yihu.grants.policy import may_rule
from yihu.grants.queries import Target, matrix, steward_units, why
from yihu.kit import clock

SHOWN = 50


def _asked(given: str) -> User | None:
    """The person of that employee number; whoever asks need not see their unit."""
    with for_group():
        return User.objects.filter(username=given.strip()).first() if given.strip() else None


@require_GET
def file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """谁能看这份档案: everybody who can, and an answer about anybody."""
    user = cast("User", request.user)
    dossier: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    require(
        may_rule(user, dossier.unit_id) or holds(user, Role.SUPERVISOR), _("查看档案查询权限的")
    )
    target = Target(dossier.unit, dossier.region_code, dossier.credit_code, dossier.name_full)
    given = request.GET.get("who", "")
    person = _asked(given)
    with for_group():
        found = {line.user: line for line in matrix(dossier.unit, clock.today())}
        lines = [(line, why(who, target)) for who, line in found.items()]
        answer = why(person, target) if person is not None else None
    return render(
        request,
        "desk/who_sees/file.html",
        {
            "dossier": dossier,
            "lines": [(line, sentence) for line, (can, sentence) in lines if can],
            "given": given,
            "answer": answer,
            "unknown": bool(given.strip()) and person is None,
        },
    )


@require_GET
def person(request: HttpRequest) -> HttpResponse:
    """以他人身份看: which of my unit's files one person sees, by the same policies as theirs."""
    user = cast("User", request.user)
    units = steward_units(user)
    require(bool(units), _("查看档案查询权限的"))
    given = request.GET.get("who", "")
    chosen = _asked(given)
    rows: list[Dossier] = []
    count = 0
    if chosen is not None:
        with for_person(chosen.pk):
            seen = Dossier.objects.filter(unit__in=units)
            count = seen.count()
            rows = list(seen.order_by("pinyin", "pk")[:SHOWN])
        audit.record(user, "seen_as", chosen, unit_id=units[0].pk, data={"files": count})
    return render(
        request,
        "desk/who_sees/person.html",
        {
            "given": given,
            "chosen": chosen,
            "unknown": bool(given.strip()) and chosen is None,
            "rows": rows,
            "count": count,
            "all": Dossier.objects.filter(unit__in=units).count(),
            "shown": SHOWN,
        },
    )
