"""Which visits, follow-ups and needs stand in a dossier's versions (§3c, 6.1.1)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from yihu.dossiers.content import plain
from yihu.dossiers.tables import Table
from yihu.visits.choices import (
    FollowupState,
    Kind,
    Level,
    NeedKind,
    NeedState,
    Priority,
    Side,
    State,
)
from yihu.visits.models import SECTION, Followup, Need, Participant, Visit

VISIT_COLUMNS = (
    ("number", _("访谈编号")),
    ("state", _("状态")),
    ("kind", _("形式")),
    ("level", _("层级")),
    ("planned_on", _("计划日期")),
    ("held_on", _("访谈日期")),
    ("place", _("地点")),
    ("lead", _("负责人")),
    ("ours", _("我方参加人")),
    ("theirs", _("客户方参加人")),
    ("topics", _("议题")),
    ("purpose", _("目的")),
    ("summary", _("纪要")),
    ("conclusions", _("结论")),
    ("market_intel", _("市场信息")),
    ("competitor_intel", _("竞争信息")),
    ("risk_note", _("风险信号")),
    ("sha256", _("摘要")),
)
FOLLOWUP_COLUMNS = (
    ("visit", _("访谈编号")),
    ("text", _("事项")),
    ("side", _("谁的承诺")),
    ("owner", _("责任人")),
    ("due_on", _("期限")),
    ("state", _("状态")),
    ("result", _("结果")),
    ("closed_at", _("办结时间")),
)
NEED_COLUMNS = (
    ("visit", _("访谈编号")),
    ("category", _("类别")),
    ("text", _("诉求与反馈")),
    ("priority", _("优先级")),
    ("state", _("状态")),
    ("answered_on", _("答复日期")),
    ("answer", _("答复")),
    ("outcome", _("落实情况")),
)
Found = dict[UUID, list[dict[str, Any]]]


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return {code: plain(value) for code, value in values.items() if value not in (None, "")}


def read_visits(keys: Sequence[UUID]) -> Found:
    """The visits that were not cancelled, by number."""
    found: Found = defaultdict(list)
    people = Participant.objects.filter(dossier__in=keys).order_by("place")
    rows = (
        Visit.objects.filter(dossier__in=keys)
        .exclude(state=State.CANCELLED)
        .select_related("lead", "document")
        .defer("document__text")
        .prefetch_related(Prefetch("participants", queryset=people))
        .order_by("year", "serial")
    )
    for row in rows:
        sides: dict[str, list[str]] = {Side.OURS.value: [], Side.THEIRS.value: []}
        for person in row.participants.all():
            sides[person.side].append(str(person))
        values = {code: getattr(row, code, None) for code, _label in VISIT_COLUMNS}
        values |= {
            "lead": row.lead.name,
            "ours": "、".join(sides[Side.OURS]),
            "theirs": "、".join(sides[Side.THEIRS]),
            "topics": "、".join(row.topic_labels()),
            "sha256": row.document.blob_id if row.document is not None else None,
        }
        found[row.dossier_id].append(_kept(values))
    return found


def _read_below(rows: Any, columns: Sequence[tuple[str, Any]]) -> Found:
    found: Found = defaultdict(list)
    for row in rows.select_related("visit", "owner"):
        values = {code: getattr(row, code) for code, _label in columns if code != "owner"}
        values["visit"] = row.visit.number
        if any(code == "owner" for code, _label in columns):
            values["owner"] = row.owner.name
        found[row.dossier_id].append(_kept(values))
    return found


def read_followups(keys: Sequence[UUID]) -> Found:
    """Every follow-up, by visit and in the order of entering."""
    rows = Followup.objects.filter(dossier__in=keys)
    return _read_below(
        rows.order_by("visit__year", "visit__serial", "entered_at", "id"), FOLLOWUP_COLUMNS
    )


def read_needs(keys: Sequence[UUID]) -> Found:
    """Every need, by visit."""
    rows = Need.objects.filter(dossier__in=keys)
    return _read_below(rows.order_by("visit__year", "visit__serial", "id"), NEED_COLUMNS)


TABLES = (
    Table(
        code="visits",
        label=_("客户访谈"),
        section=SECTION,
        key=("number",),
        columns=VISIT_COLUMNS,
        read=read_visits,
        words={
            "state": dict(State.choices),
            "kind": dict(Kind.choices),
            "level": dict(Level.choices),
        },
    ),
    Table(
        code="followups",
        label=_("跟进事项"),
        section=SECTION,
        key=("visit", "text"),
        columns=FOLLOWUP_COLUMNS,
        read=read_followups,
        words={"side": dict(Side.choices), "state": dict(FollowupState.choices)},
    ),
    Table(
        code="needs",
        label=_("客户诉求"),
        section=SECTION,
        key=("visit", "text"),
        columns=NEED_COLUMNS,
        read=read_needs,
        words={
            "category": dict(NeedKind.choices),
            "priority": dict(Priority.choices),
            "state": dict(NeedState.choices),
        },
    ),
)
