"""Segments are made, changed, retired; suggestions taken up or not; months reckoned (§1, 3b)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.audit.actions import Line
from yihu.care import queries
from yihu.care.choices import Match, SuggestionState
from yihu.care.models import Segment, SegmentVersion, Suggestion
from yihu.care.policy import may_decide, may_evaluate, may_make
from yihu.care.rules import MOST_VISITS, RULES, Condition, known, read_all
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Lapsed, Refused, Unfit
from yihu.kit import text
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.visits.choices import Level

FIRST = Path(__file__).parent / "data" / "segments.toml"
MAKES = "维护客群的"
REASON_MOST = 200


@dataclass(frozen=True, slots=True)
class Content:
    """What a segment says, as a door hands it in."""

    name: str
    match: str
    conditions: tuple[Condition, ...]
    about: str = ""
    due_visits: int | None = None
    due_level: str = ""
    price_policy: str = ""


# Segments ----------------------------------------------------------------------------------------


@transaction.atomic
def make(by: User, unit: OrgUnit, *, content: Content, at: datetime) -> Segment:
    """Save a segment of a unit, or of the group.

    Raises: Denied, Refused (its name is taken), Unfit (names the field).
    """
    require(may_make(by, unit), _(MAKES))
    _fit(by, content)
    made = Segment(
        unit=unit, of_group=unit.kind == UnitKind.GROUP, made_by=by, changed_at=at,
        **_columns(content),
    )  # fmt: skip
    _save(made, new=True)
    _keep(made, by, at, "")
    audit.record(by, "segment.made", made, data={"facts": _asked(content)})
    return made


@transaction.atomic
def change(
    by: User, segment: Segment, *, content: Content, seen: int, reason: str, at: datetime
) -> Segment:
    """The next version of a segment; the earlier ones stay.

    Raises: Denied, Lapsed (somebody changed it meanwhile), Refused, Unfit.
    """
    require(may_make(by, segment.unit), _(MAKES))
    held = _standing(segment)
    if held.version != seen:
        raise Lapsed(_("这个客群刚被他人改为第 %(number)d 版，请重新打开后再改。") % {
            "number": held.version})  # fmt: skip
    require(may_evaluate(by, known(held.conditions)), _(MAKES))
    _fit(by, content)
    why = _line(reason, _("修改原因"), REASON_MOST)
    changed = [name for name, value in _columns(content).items() if value != getattr(held, name)]
    if not changed:
        raise Unfit(_("没有改动任何内容，无需保存。"))
    for name, value in _columns(content).items():
        setattr(held, name, value)
    held.version, held.changed_at = held.version + 1, at
    _save(held, new=False)
    _keep(held, by, at, why)
    audit.record(
        by, "segment.changed", held,
        data={"number": held.version, "changed": changed, "facts": _asked(content)},
    )  # fmt: skip
    return held


@transaction.atomic
def retire(by: User, segment: Segment, *, at: datetime) -> Segment:
    """停用: no longer listed or reckoned; its versions and months stay. Raises: Denied, Refused."""
    require(may_make(by, segment.unit), _(MAKES))
    held = _standing(segment)
    held.retired_at = held.changed_at = at
    held.save(update_fields=["retired_at", "changed_at"])
    audit.record(by, "segment.retired", held)
    return held


@transaction.atomic
def load_default_segments(*, at: datetime) -> int:
    """The group's first segments from the data beside this file, those that it lacks; how many."""
    group = OrgUnit.objects.filter(kind=UnitKind.GROUP).order_by("pk").first()
    if group is None:
        return 0
    there = set(Segment.objects.filter(unit=group).values_list("code", flat=True))
    made = 0
    for said in tomllib.loads(FIRST.read_text("utf-8"))["segments"]:
        if said["code"] in there:
            continue
        content = Content(
            name=said["name"], about=said["about"], match=said.get("match", Match.ALL),
            conditions=read_all(said["conditions"]), due_visits=said.get("due_visits"),
            due_level=said.get("due_level", ""), price_policy=said.get("price_policy", ""),
        )  # fmt: skip
        row = Segment(
            unit=group, of_group=True, code=said["code"], changed_at=at, **_columns(content)
        )
        _save(row, new=True)
        _keep(row, None, at, "")
        audit.record(None, "segment.made", row, data={"facts": _asked(content)})
        made += 1
    return made


def _columns(content: Content) -> dict[str, Any]:
    return {
        "name": _line(content.name, _("名称"), 60),
        "about": _maybe(content.about, _("说明")),
        "match": content.match,
        "conditions": [condition.stored() for condition in content.conditions],
        "due_visits": content.due_visits,
        "due_level": content.due_level,
        "price_policy": _maybe(content.price_policy, _("价格政策")),
    }


def _asked(content: Content) -> list[str]:
    """The facts for the log: never the values."""
    return sorted({condition.fact for condition in content.conditions})


def _fit(by: User, content: Content) -> None:
    """Raises: Unfit, Denied (asks what is masked for the person)."""
    if content.match not in Match.values:
        raise Unfit(_("条件关系：请选择“同时符合全部条件”或“符合任一条件”。"))
    if not content.conditions:
        raise Unfit(_("请至少选择一个条件。"))
    if content.due_level and content.due_level not in Level.values:
        raise Unfit(_("接触层级：请从列表中选择。"))
    if content.due_visits is not None and not 0 <= content.due_visits <= MOST_VISITS:
        raise Unfit(_("每年访谈次数应在 0 至 %(most)d 之间。") % {"most": MOST_VISITS})
    require(may_evaluate(by, content.conditions), _("按隐去的内容筛选客户的"))


def _standing(segment: Segment) -> Segment:
    held: Segment = (
        Segment.objects.select_for_update(of=("self",)).select_related("unit").get(pk=segment.pk)
    )
    if held.retired_at is not None:
        raise Refused(_("这个客群已停用，不能再改；需要时请另建。"))
    return held


def _save(row: Segment, *, new: bool) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=new)
    except IntegrityError as why:
        if "segment_name" in str(why):
            message = _("已有名为“%(name)s”的客群，请换一个名称。")
            raise Refused(message % {"name": row.name}) from why
        raise
    row.refresh_from_db()


def _keep(row: Segment, by: User | None, at: datetime, reason: str) -> None:
    SegmentVersion.objects.create(
        unit_id=row.unit_id, segment=row, number=row.version, reason=reason, by=by, at=at,
        content={
            "name": row.name, "about": row.about, "match": row.match,
            "conditions": row.conditions, "due_visits": row.due_visits,
            "due_level": row.due_level, "price_policy": row.price_policy,
        },
    )  # fmt: skip


def _line(given: str, label: str, most: int) -> str:
    found = text.line(given)
    if not found:
        raise Unfit(_("请填写%(label)s。") % {"label": label})
    return _short(found, label, most)


def _maybe(given: str, label: str) -> str:
    return _short(text.line(given), label, 300)


def _short(found: str, label: str, most: int) -> str:
    if len(found) > most:
        message = _("%(label)s有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"label": label, "now": len(found), "most": most})
    return found


# Suggestions -------------------------------------------------------------------------------------


@transaction.atomic
def propose(*, today: date) -> dict[str, int]:
    """Every rule over every file of the group, one statement a rule; how many are new, by rule.

    Twice on a day gives nothing new. What is found no longer is closed by itself.
    """
    frame = (queries.SQL / "propose.sql").read_text("utf-8")
    told: dict[str, int] = {}
    for rule in RULES:
        found, values = queries.sought(rule, today)
        with connection.cursor() as cursor:
            cursor.execute(frame.replace("{found}", found), values)
            rows = cursor.fetchall()
        audit.record_many(
            None,
            "suggestion.made",
            [Line(Suggestion(pk=pk), unit, file, {"rule": rule.code}) for pk, unit, file in rows],
        )
        told[rule.code] = len(rows)
    return told


@transaction.atomic
def take_up(by: User, suggestion: Suggestion, *, at: datetime) -> Suggestion:
    """采纳: somebody sees to it. Raises: Denied, Refused (decided already)."""
    held = _undecided(by, suggestion)
    held.state, held.decided_by, held.decided_at = SuggestionState.TAKEN, staff_of(by), at
    held.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(by, "suggestion.taken", held, dossier_id=held.dossier_id, data={"rule": held.rule})
    return held


@transaction.atomic
def dismiss(by: User, suggestion: Suggestion, *, reason: str, at: datetime) -> Suggestion:
    """不采纳, with a reason: not suggested again for the same facts.

    Raises: Denied, Refused (decided already), Unfit (no reason).
    """
    held = _undecided(by, suggestion)
    held.reason = _line(reason, _("不采纳的理由"), REASON_MOST)
    held.state, held.decided_by, held.decided_at = SuggestionState.DISMISSED, staff_of(by), at
    held.save(update_fields=["reason", "state", "decided_by", "decided_at"])
    audit.record(
        by, "suggestion.dismissed", held, dossier_id=held.dossier_id, data={"rule": held.rule}
    )
    return held


def _undecided(by: User, suggestion: Suggestion) -> Suggestion:
    require(may_decide(by, suggestion.unit_id), _("处理客户建议的"))
    held: Suggestion = Suggestion.objects.select_for_update().get(pk=suggestion.pk)
    if held.state != SuggestionState.OPEN:
        message = _("这条建议已是“%(state)s”，无需再处理。")
        raise Refused(message % {"state": held.get_state_display()})
    return held


# Month by month ----------------------------------------------------------------------------------


@transaction.atomic
def reckon_month(*, today: date) -> int:
    """This month's row of every segment and unit, in one statement a segment; how many rows.

    Again on a later day of the month, the row is of that day; a month that is over never changes.
    """
    rows = 0
    month = today.replace(day=1)
    for segment in Segment.objects.filter(retired_at=None).order_by("pk"):
        rows += _reckon(segment, month, today)
    audit.record(None, "segments.reckoned", "care.segment", data={"rows": rows})
    return rows


def _reckon(segment: Segment, month: date, today: date) -> int:
    conditions = known(segment.conditions)
    values: dict[str, Any] = {
        "today": today, "month": month, "segment": segment.pk, "version": segment.version,
        "own": segment.due_visits, "owner": None if segment.of_group else segment.unit_id,
    }  # fmt: skip
    said = (queries.SQL / "month.sql").read_text("utf-8")
    parts = {
        "{files}": queries.joined({"visits", *queries.sources_of(conditions)}),
        "{fits}": queries.predicate(segment.match, conditions, values),
        "{due}": queries.QUOTA.format(own="%(own)s::int"),
        "{on_level}": f"coalesce(visits.{queries.HELD[segment.due_level]}, 0)",
    }
    for name, sql in parts.items():
        said = said.replace(name, sql)
    with connection.cursor() as cursor:
        cursor.execute(said, values)
        return int(cursor.rowcount)


# Out and read ------------------------------------------------------------------------------------


@transaction.atomic
def hand_out(by: User, segment: Segment, *, rows: int, trace: str) -> None:
    """Write down that a segment's customers were taken out of the house (§5.5)."""
    audit.record(
        by, "segment.exported", segment,
        data={"rows": rows, "trace": trace, "facts": sorted(facts_of(segment.conditions))},
    )  # fmt: skip


@transaction.atomic
def hand_out_brief(by: User, dossier: Dossier, *, facts: Mapping[str, Any]) -> None:
    """Write down that the page before a visit was printed (§5.5)."""
    audit.record(by, "brief.printed", dossier, dossier_id=dossier.pk, data=facts)


def facts_of(conditions: Sequence[Mapping[str, Any]]) -> set[str]:
    """The facts that stored conditions ask."""
    return {condition.fact for condition in known(conditions)}
