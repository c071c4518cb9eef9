"""What the frame of every page shows to the person at it: menu, search box, account."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.care.policy import may_read as segments_may_read
from yihu.desk.choices import DutyState
from yihu.desk.desks import Desk, desk_of
from yihu.inspections.policy import may_read as inspections_may_read
from yihu.kit.clock import today
from yihu.risks.policy import may_check, may_look

register = template.Library()
NARROW_MOST = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu."""

    label: str
    url: str
    icon: str
    current: bool


def sees_reveals(desk: Desk) -> bool:
    """Stewards, supervisors, and the auditor for the counts."""
    return desk.supervises or desk.audits or desk.scope.holds(Role.STEWARD)


def _entries(user: User, desk: Desk) -> list[tuple[bool, str, str, str, str]]:
    looks_at_risks, checks_risks = may_look(user), may_check(user)
    todo = f"?state={DutyState.TODO}"
    return [
        (True, _("工作台"), "desk:home", "", "home"),
        (desk.reads_customers, _("客户档案"), "desk:dossiers", "", "dossiers"),
        (desk.owes, _("更新任务"), "desk:duties", todo, "duties"),
        (desk.checks, _("审核"), "desk:reviews", "", "check"),
        (desk.owes, _("更新周期"), "duties:policy", "", "clock"),
        (desk.fills or desk.checks, _("数据导入"), "intake:home", "", "import"),
        (desk.supervises, _("及时率监督"), "desk:timeliness", "", "chart"),
        (desk.supervises, _("客户总览"), "desk:customers", "", "customers"),
        (desk.reads_customers, _("资料检索"), "papers:search", "", "search"),
        (desk.reads_customers, _("客户访谈"), "visits:register", "", "calendar"),
        (segments_may_read(user), _("客群与建议"), "care:home", "", "customers"),
        (desk.reads_customers, _("往来函件"), "letters:register", "", "link"),
        (looks_at_risks, _("风险备注"), "risks:register", "", "alert"),
        (
            desk.reads_customers and not looks_at_risks and checks_risks,
            _("签约前核查"),
            "risks:check",
            "",
            "alert",
        ),
        (desk.reads_customers, _("原件"), "originals:register", "", "shield"),
        (desk.reads_customers, _("填报指南"), "guide:editions", "", "file"),
        (inspections_may_read(user), _("检查与整改"), "inspections:home", "", "check"),
        (desk.owes, _("客户评级"), "ratings:home", "", "chart"),
        (desk.reads_customers, _("制度库"), "regulations:library", "", "unit"),
        (desk.supervises, _("差异核定"), "identity:differences", "?state=open", "check"),
        (True, _("导出与打印"), "exports:home", "", "download"),
        (not desk.audits, _("查询权限"), "grants:home", "", "shield"),
        (sees_reveals(desk), _("隐去与封存"), "disclosure:register", "", "shield"),
        (desk.keeps_people, _("人员与交接"), "handover:people", "", "users"),
        (desk.keeps_roles, _("账号与角色"), "roles", "", "users"),
        (desk.runs, _("账号"), "accounts", "", "users"),
        (desk.runs, _("角色申请"), "role-requests", "", "check"),
        (desk.audits, _("操作日志"), "desk:events", "", "log"),
    ]


@register.inclusion_tag("desk/_navigation.html", takes_context=True)
def navigation(context: dict[str, Any]) -> dict[str, Any]:
    """The menu by role; the entry whose address begins the page's is the current one."""
    request = context["request"]
    if not isinstance(request.user, User):
        return {"entries": []}
    found = []
    home = reverse("desk:home")
    for shown, label, name, query, icon in _entries(request.user, desk_of(request.user)):
        if shown:
            url = reverse(name)
            current = request.path == url if url == home else request.path.startswith(url)
            found.append(Entry(label, url + query, icon, current))
    # five fit under a thumb: of more, the last stand behind 更多
    most = NARROW_MOST if len(found) <= NARROW_MOST else NARROW_MOST - 1
    return {"entries": found, "most": most, "rest": found[most:]}


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
