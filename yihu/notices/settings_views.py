"""Ways out, quiet hours, the calendar's address; and the published numbers of the ladder."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yihu.access.policy import Denied, holds
from yihu.access.rules import Role
from yihu.dossiers.problems import Refused
from yihu.kit import clock
from yihu.notices import actions, queries
from yihu.notices.choices import Pace, Topic, Way
from yihu.notices.forms import ChannelForm, LadderForm, PaceForm, PreferenceForm
from yihu.notices.models import Channel, ReminderEdition
from yihu.notices.rules import Ladder
from yihu.notices.views import person


def _settings(
    request: HttpRequest,
    *,
    hours: PreferenceForm | None = None,
    channel: ChannelForm | None = None,
    feed_url: str = "",
    status: int = 200,
) -> HttpResponse:
    user = person(request)
    wish = queries.preference_of(user)
    found = [
        (row, PaceForm(initial={"pace": row.pace, "topics": _wanted(row)}, auto_id=f"{row.pk}_%s"))
        for row in queries.channels_of(user)
    ]
    context = {
        "hours": hours
        or PreferenceForm(
            initial={
                "digest_at": wish.digest_at,
                "quiet_from": wish.quiet_from,
                "quiet_until": wish.quiet_until,
            }
        ),
        "channel": channel
        or ChannelForm(initial={"way": Way.MAIL, "pace": Pace.DIGEST, "topics": Topic.values}),
        "channels": found,
        "feed": queries.feed_of(user),
        "feed_url": feed_url,
        "tab": "settings",
    }
    return render(request, "notices/settings.html", context, status=status)


def _wanted(row: Channel) -> list[str]:
    return [topic for topic in Topic.values if topic not in row.muted]


@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    """提醒设置."""
    return _settings(request)


@require_POST
def hours(request: HttpRequest) -> HttpResponse:
    """The digest's hour and the quiet hours."""
    form = PreferenceForm(request.POST)
    if form.is_valid():
        try:
            actions.prefer(person(request), **form.cleaned_data)
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _("已保存。"))
            return redirect("notices:settings")
    return _settings(request, hours=form, status=422)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """A new way out; a code is sent there first."""
    form = ChannelForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.add_channel(
                person(request),
                Way(data["way"]),
                address=data["address"],
                secret=data["secret"],
                pace=data["pace"],
                muted=form.muted,
                at=clock.now(),
            )
        except Refused as why:
            form.add_error("address", str(why))
        else:
            messages.success(request, _("校验码已发出，请在下方填入。"))
            return redirect("notices:settings")
    return _settings(request, channel=form, status=422)


@require_POST
def act(request: HttpRequest, pk: UUID, act: str) -> HttpResponse:
    """Prove, change or remove one of one's own ways."""
    user = person(request)
    row = get_object_or_404(Channel, pk=pk, user=user)
    if act == "prove":
        if actions.prove_channel(user, row, code=request.POST.get("code", ""), at=clock.now()):
            messages.success(request, _("校验通过，从现在起按此方式提醒。"))
        else:
            messages.error(
                request, _("校验码不对或已过期。请核对后再填；多次不对请删去此方式重新添加。")
            )
    elif act == "change":
        form = PaceForm(request.POST)
        if not form.is_valid():
            raise BadRequest(" ".join(str(e) for errors in form.errors.values() for e in errors))
        actions.change_channel(user, row, pace=form.cleaned_data["pace"], muted=form.muted)
        messages.success(request, _("已保存。"))
    elif act == "remove":
        actions.remove_channel(user, row)
        messages.success(request, _("已删去，不再按此方式提醒。"))
    else:
        raise Http404
    return redirect("notices:settings")


@require_POST
def feed(request: HttpRequest, act: str) -> HttpResponse:
    """A new private address of the calendar, shown once; or none any more."""
    user = person(request)
    if act == "make":
        secret = actions.make_feed(user, at=clock.now())
        address = settings.ADDRESS + reverse("notices:feed", kwargs={"secret": secret})
        return _settings(request, feed_url=address)
    if act == "end":
        actions.end_feed(user, at=clock.now())
        messages.success(request, _("日历地址已停用。"))
        return redirect("notices:settings")
    raise Http404


@require_http_methods(["GET", "POST"])
def ladder(request: HttpRequest) -> HttpResponse:
    """提醒规则: the numbers in force and every edition; supervisors publish the next."""
    user = person(request)
    today = clock.today()
    publishes = holds(user, Role.SUPERVISOR)
    now = queries.ladder_on(today)
    form = LadderForm(
        request.POST if request.method == "POST" else None,
        initial={
            "ahead": "、".join(str(number) for number in now.ahead),
            "again": now.again,
            "reviewer": now.reviewer,
            "steward": now.steward,
            "supervisor": now.supervisor,
            "effective_on": today,
        },
    )
    if request.method == "POST":
        if not publishes:
            raise Denied(_("提醒规则由集团资源与市场部发布，请联系集团监督员。"))
        if form.is_valid() and _publish(request, form):
            return redirect("notices:ladder")
    editions = ReminderEdition.objects.select_related("published_by").order_by("-number")[:20]
    return render(
        request,
        "notices/ladder.html",
        {
            "form": form,
            "now": now,
            "publishes": publishes,
            "editions": editions,
            "today": today,
            "tab": "ladder",
        },
        status=422 if request.method == "POST" else 200,
    )


def _publish(request: HttpRequest, form: LadderForm) -> bool:
    data: dict[str, Any] = form.cleaned_data
    wanted = Ladder(
        tuple(data["ahead"]), data["again"], data["reviewer"], data["steward"], data["supervisor"]
    )
    try:
        actions.publish_ladder(
            person(request),
            wanted,
            effective_on=data["effective_on"],
            basis=data["basis"],
            today=clock.today(),
            at=clock.now(),
        )
    except Refused as why:
        form.add_error(None, str(why))
        return False
    messages.success(request, _("已发布。"))
    return True
