"""The menu, as data: groups of lines, each with who sees it; what of it a person gets (§3a).

A new page is a line in its group here, and nothing else. Who sees a line is asked of the roles of
this request alone, never of a table: the menu stands on every page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.assessment.policy import may_read as reads_assessments
from yihu.care.policy import may_read as reads_segments
from yihu.desk.choices import DutyState
from yihu.desk.desks import Desk, desk_of
from yihu.directory.policy import may_look as looks_at_groups
from yihu.helpdesk.policy import may_answer
from yihu.inspections.policy import may_read as reads_inspections
from yihu.outbox.policy import may_look as looks_at_endpoints
from yihu.risks.policy import may_check, may_look

THUMB_MOST = 4
"""So many lines stand under a thumb on a phone; the whole menu is one touch behind them."""
OPEN_MOST = 19
"""So many lines stand unfolded: they fit a screen. The page's group comes first, then by order."""
FLAT_MOST = 12
"""A menu of no more lines needs no groups."""
Shown = Callable[[User, Desk], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """A page of the menu: label, URL name, who sees it; `thumb`: a phone's bar may hold it."""

    label: Any
    name: str
    icon: str
    shown: Shown
    query: str = ""
    thumb: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    code: str
    label: Any
    lines: tuple[Line, ...]


def _all(_user: User, _desk: Desk) -> bool:
    return True


def _customers(_user: User, desk: Desk) -> bool:
    return desk.reads_customers


def _owes(_user: User, desk: Desk) -> bool:
    return desk.owes


def _supervises(_user: User, desk: Desk) -> bool:
    return desk.supervises


def _runs(_user: User, desk: Desk) -> bool:
    return desk.runs


def _only_checks_risks(user: User, desk: Desk) -> bool:
    return desk.reads_customers and may_check(user) and not may_look(user)


def _sees_reveals(_user: User, desk: Desk) -> bool:
    """Stewards, supervisors, and the auditor for the counts."""
    return desk.supervises or desk.audits or desk.scope.holds(Role.STEWARD)


GROUPS = (
    Group("today", _("今日"), (
        Line(_("工作台"), "desk:home", "home", _all, thumb=True),
        Line(_("更新任务"), "desk:duties", "duties", _owes, f"?state={DutyState.TODO}", thumb=True),
        Line(_("审核"), "desk:reviews", "check", lambda _user, desk: desk.checks, thumb=True),
    )),
    Group("files", _("客户与档案"), (
        Line(_("客户档案"), "desk:dossiers", "dossiers", _customers, thumb=True),
        Line(_("客户总览"), "desk:customers", "customers", _supervises),
        Line(_("资料检索"), "papers:search", "search", _customers),
        Line(_("数据导入"), "intake:home", "import",
             lambda _user, desk: desk.fills or desk.checks),
        Line(_("差异核定"), "identity:differences", "check", _supervises, "?state=open"),
        Line(_("原件"), "originals:register", "shield", _customers),
    )),
    Group("service", _("走访与服务"), (
        Line(_("客户访谈"), "visits:register", "calendar", _customers, thumb=True),
        Line(_("客群与建议"), "care:home", "customers", lambda user, _desk: reads_segments(user)),
        Line(_("往来函件"), "letters:register", "link", _customers),
    )),
    Group("ratings", _("评级与风险"), (
        Line(_("客户评级"), "ratings:home", "chart", _owes),
        Line(_("风险备注"), "risks:register", "alert", lambda user, _desk: may_look(user)),
        Line(_("签约前核查"), "risks:check", "alert", _only_checks_risks),
    )),
    Group("supervision", _("监督"), (
        Line(_("条款地图"), "clauses:home", "log", _all),
        Line(_("经营看板"), "boards:home", "chart", _owes),
        Line(_("及时率监督"), "desk:timeliness", "chart", _owes, thumb=True),
        Line(_("档案缺口"), "desk:gaps", "filter", _owes),
        Line(_("检查与整改"), "inspections:home", "check",
             lambda user, _desk: reads_inspections(user)),
        Line(_("单位考核"), "assessment:home", "chart",
             lambda user, _desk: reads_assessments(user)),
        Line(_("监督报告"), "supervision:home", "file", _owes),
        Line(_("操作日志"), "desk:events", "log", lambda _user, desk: desk.audits, thumb=True),
    )),
    Group("access", _("权限与安全"), (
        Line(_("运行状况"), "upkeep:home", "shield", _runs),
        Line(_("账号"), "accounts", "users", _runs, thumb=True),
        Line(_("角色申请"), "role-requests", "check", _runs, thumb=True),
        Line(_("账号与角色"), "roles", "users", lambda _user, desk: desk.keeps_roles),
        Line(_("目录组与角色"), "directory:home", "users",
             lambda user, _desk: looks_at_groups(user)),
        Line(_("人员与交接"), "handover:people", "users",
             lambda _user, desk: desk.keeps_people),
        Line(_("查询权限"), "grants:home", "key", lambda _user, desk: not desk.audits),
        Line(_("隐去与封存"), "disclosure:register", "shield", _sees_reveals),
        Line(_("导出与打印"), "exports:home", "download", _all),
        Line(_("事件外发"), "outbox:home", "link",
             lambda user, _desk: looks_at_endpoints(user)),
        Line(_("问题报告"), "help:desk", "info", lambda user, _desk: may_answer(user)),
    )),
    Group("rules", _("制度与规则"), (
        Line(_("填报指南"), "guide:editions", "file", _customers),
        Line(_("更新周期"), "duties:policy", "clock", _owes),
        Line(_("制度库"), "regulations:library", "unit", _customers),
    )),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as one person sees it on one page."""

    label: Any
    url: str
    icon: str
    current: bool
    thumb: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A group as one person sees it, without a label where there are no groups.

    `unfolded`: until they fold it.
    """

    code: str
    label: Any
    entries: Sequence[Entry]
    unfolded: bool

    @property
    def current(self) -> bool:
        """The page stands in this group."""
        return any(entry.current for entry in self.entries)


@cache
def _addresses(_mounted_at: str) -> dict[str, str]:
    """Of every line by its name: a page has forty, and they change with where we are mounted."""
    return {line.name: reverse(line.name) for group in GROUPS for line in group.lines}


def menu_of(user: User, path: str) -> list[Part]:
    """The groups in which the person has anything; of all lines one at most is the current page's.

    The current one is that whose address begins the page's, the longest where several do.
    """
    desk = desk_of(user)
    addresses = _addresses(get_script_prefix())
    home = addresses["desk:home"]
    seen = [
        (group, [(line, addresses[line.name]) for line in group.lines if line.shown(user, desk)])
        for group in GROUPS
    ]
    urls = [url for _group, lines in seen for _line, url in lines]
    here = max(
        (url for url in urls if path == url or (url != home and path.startswith(url))),
        key=len,
        default="",
    )
    unfolded = _fitting({group.code: [url for _line, url in lines] for group, lines in seen}, here)
    parts = [
        Part(
            group.code,
            group.label,
            [
                Entry(line.label, url + line.query, line.icon, url == here, line.thumb)
                for line, url in lines
            ],
            group.code in unfolded,
        )
        for group, lines in seen
        if lines
    ]
    if len(urls) > FLAT_MOST:
        return parts
    return [Part("all", "", [entry for part in parts for entry in part.entries], unfolded=True)]


def _fitting(urls: dict[str, list[str]], here: str) -> set[str]:
    """The groups that stand unfolded: the page's, then those for which there is room."""
    unfolded: set[str] = set()
    room = OPEN_MOST
    for code, held in sorted(urls.items(), key=lambda group: here not in group[1]):
        if here in held or len(held) <= room:
            unfolded.add(code)
            room -= len(held)
    return unfolded


def under_thumb(parts: Sequence[Part]) -> list[Entry]:
    """What a phone's bar holds beside the whole menu."""
    return [entry for part in parts for entry in part.entries if entry.thumb][:THUMB_MOST]
