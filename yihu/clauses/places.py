"""The pages on which clauses are carried out, and whom each lets in.

`roles` repeat the doors of those pages; tests/clauses walks every page with every role, so that a
link is offered just where it opens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role

KEEPERS = (Role.FILLER, Role.REVIEWER, Role.STEWARD)
OWING = (*KEEPERS, Role.SUPERVISOR)
READING = (*OWING, Role.CUSTODIAN, Role.READER)
KNOWING = (*OWING, Role.CUSTODIAN)
"""Those who may know of risks (§6.2.2)."""
EVERYBODY = (*READING, Role.ITC, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its name to people, its URL name and query, and the roles that it lets in."""

    label: Any
    name: str
    roles: tuple[Role, ...]
    query: str = ""

    @property
    def url(self) -> str:
        """Its address."""
        return reverse(self.name) + self.query


PLACES = {
    "accounts": Place(_("账号"), "accounts", (Role.ITC,)),
    "assessment": Place(_("单位考核"), "assessment:home", (*OWING, Role.CUSTODIAN)),
    "boards": Place(_("经营看板"), "boards:home", OWING),
    "cadence": Place(_("更新周期"), "duties:policy", OWING),
    "care": Place(_("客群与建议"), "care:home", (*OWING, Role.READER)),
    "customers": Place(_("客户总览"), "desk:customers", (Role.SUPERVISOR,)),
    "differences": Place(_("差异核定"), "identity:differences", (Role.SUPERVISOR,), "?state=open"),
    "disclosure": Place(
        _("隐去与封存"), "disclosure:register", (Role.STEWARD, Role.SUPERVISOR, Role.AUDITOR)
    ),
    "dossiers": Place(_("客户档案"), "desk:dossiers", READING),
    "duties": Place(_("更新任务"), "desk:duties", OWING, "?state=todo"),
    "duties_basic_change": Place(_("更新任务"), "desk:duties", OWING, "?kind=basic_change"),
    "duties_new_contract": Place(_("更新任务"), "desk:duties", OWING, "?kind=new_contract"),
    "duties_new_customer": Place(_("更新任务"), "desk:duties", OWING, "?kind=new_customer"),
    "duties_rating": Place(_("更新任务"), "desk:duties", OWING, "?kind=rating"),
    "exports": Place(_("导出与打印"), "exports:home", EVERYBODY),
    "files_general": Place(_("一般客户"), "desk:dossiers", READING, "?klass=general"),
    "directory": Place(
        _("目录组与角色"), "directory:home", (Role.STEWARD, Role.SUPERVISOR, Role.ITC)
    ),
    "files_internal": Place(_("内部客户"), "desk:dossiers", READING, "?klass=internal"),
    "files_strategic": Place(_("战略客户"), "desk:dossiers", READING, "?klass=strategic"),
    "files_vip": Place(_("VIP 客户"), "desk:dossiers", READING, "?klass=vip"),
    "followups": Place(_("跟进事项"), "visits:followups", READING),
    "grants": Place(_("查询权限"), "grants:home", EVERYBODY),
    "guide": Place(_("填报指南"), "guide:editions", READING),
    "handovers": Place(_("岗位交接"), "handover:handovers", EVERYBODY),
    "home": Place(_("工作台"), "desk:home", EVERYBODY),
    "imports": Place(_("数据导入"), "intake:home", (Role.FILLER, Role.STEWARD)),
    "letters": Place(_("往来函件"), "letters:register", READING),
    "library": Place(_("制度库"), "regulations:library", READING),
    "loans": Place(_("原件借阅"), "originals:loans", READING),
    "log": Place(_("操作日志"), "desk:events", (Role.AUDITOR,)),
    "needs": Place(_("客户诉求"), "visits:needs", READING),
    "originals": Place(_("原件"), "originals:register", READING),
    "papers": Place(_("资料检索"), "papers:search", READING),
    "people": Place(_("人员与交接"), "handover:people", (Role.STEWARD, Role.SUPERVISOR, Role.ITC)),
    "query_policy": Place(_("查询权限规定"), "grants:policy", (Role.STEWARD,)),
    "ratings": Place(_("客户评级"), "ratings:home", READING),
    "reviews": Place(_("审核"), "desk:reviews", (Role.REVIEWER, Role.STEWARD)),
    "risk_check": Place(_("签约前核查"), "risks:check", (*OWING, Role.READER)),
    "risks": Place(_("风险备注"), "risks:register", KNOWING),
    "risks_a": Place(_("风险备注"), "risks:register", KNOWING, "?kind=a"),
    "risks_b": Place(_("风险备注"), "risks:register", KNOWING, "?kind=b"),
    "risks_c": Place(_("风险备注"), "risks:register", KNOWING, "?kind=c"),
    "risks_d": Place(_("风险备注"), "risks:register", KNOWING, "?kind=d"),
    "role_requests": Place(
        _("角色申请"), "role-requests", (Role.STEWARD, Role.SUPERVISOR, Role.ITC)
    ),
    "roles": Place(_("账号与角色"), "roles", (Role.STEWARD, Role.SUPERVISOR)),
    "seals": Place(_("日志核验"), "desk:log-seals", (Role.AUDITOR,)),
    "stocktakes": Place(_("原件盘点"), "originals:stocktakes", READING),
    "supervision": Place(_("监督报告"), "supervision:home", OWING),
    "timeliness": Place(_("及时率监督"), "desk:timeliness", OWING),
    "upkeep": Place(_("运行状况"), "upkeep:home", (Role.ITC,)),
    "visits": Place(_("客户访谈"), "visits:register", READING),
}


def open_to(user: User, keys: Iterable[str]) -> list[Place]:
    """Those of the pages that the person may open."""
    return [PLACES[key] for key in keys if holds(user, *PLACES[key].roles)]
