"""What the frame of every page shows to the person at it: menu, search box, account."""

from typing import Any

from django import template
from django.urls import reverse

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.desk.desks import desk_of
from yihu.desk.menu import menu_of, under_thumb
from yihu.kit.asking import request_id
from yihu.kit.clock import today

register = template.Library()


@register.inclusion_tag("desk/_navigation.html", takes_context=True)
def navigation(context: dict[str, Any]) -> dict[str, Any]:
    """The menu by role, with the page that is open marked in it."""
    request = context["request"]
    parts = menu_of(request.user, request.path) if isinstance(request.user, User) else []
    return {"parts": parts, "thumb": under_thumb(parts)}


@register.inclusion_tag("desk/_search_box.html", takes_context=True)
def search_box(context: dict[str, Any]) -> dict[str, Any]:
    """The search box, for those who read customers at all."""
    request = context["request"]
    shown = isinstance(request.user, User) and desk_of(request.user).reads_customers
    return {
        "shown": shown,
        "q": request.GET.get("q", "") if request.path == reverse("desk:search") else "",
    }


@register.inclusion_tag("desk/_account_menu.html", takes_context=True)
def account_menu(context: dict[str, Any]) -> dict[str, Any]:
    """Who is signed in, of which unit, in which roles; language, colours, the way out."""
    request = context["request"]
    if not isinstance(request.user, User):
        return {"account": None}
    staff = request.user.staff
    roles = sorted({role for role, _unit in scope_of(request.user).roles}, key=Role.values.index)
    return {
        "account": request.user,
        "initial": request.user.name[:1],
        "unit": staff.unit.name if staff is not None else "",
        "roles": "、".join(str(Role(role).label) for role in roles),
        "request": request,
        "number": request_id.get(),
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("desk/_watermark.html", takes_context=True)
def watermark(context: dict[str, Any]) -> dict[str, Any]:
    """Who is looking and on which day, faintly across the page (§5.5)."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"said": ""}
    number = user.staff.employee_no if user.staff is not None else user.username
    return {"said": f"{user.name} {number} {today():%Y-%m-%d}"}
