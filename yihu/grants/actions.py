"""A unit rules, a person asks, the unit agrees, ITC opens; it ends by its day or before (§6.3)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.grants import policy, queries
from yihu.grants.models import Grant, PolicyLine, QueryPolicy
from yihu.grants.rules import (
    ANY_POST,
    MOST_DAYS,
    WAITING,
    Level,
    Line,
    Section,
    State,
    Wish,
    confirm_until,
    covered,
)
from yihu.org.models import OrgUnit


class Unfit(ValueError):
    """What was said cannot stand; the sentence says which field and the way out."""


class Lapsed(Exception):
    """Somebody was quicker; the sentence says so."""


@transaction.atomic
def publish_policy(
    by: User,
    unit: OrgUnit,
    *,
    lines: Sequence[Line],
    basis: str,
    effective_on: date,
    at: datetime,
    today: date,
) -> QueryPolicy:
    """A new edition of the unit's query policy; former ones stay as they were.

    Raises: Denied; Unfit.
    """
    require(policy.may_rule(by, unit.pk), _("制定本单位查询权限规定的"))
    if effective_on < today:
        raise Unfit(_("生效日期不能早于今天。"))
    if not basis.strip():
        raise Unfit(_("请写明制定依据，例如本单位细则的条款。"))
    if not lines:
        raise Unfit(_("请至少填写一行：哪个岗位，可看哪些范围。"))
    seen = set()
    for number, line in enumerate(lines, 1):
        if not line.sections or not line.sections <= set(Section.values):
            raise Unfit(_("第 %(row)d 行：请选择可看的范围。") % {"row": number})
        if line.level not in Level.values:
            raise Unfit(_("第 %(row)d 行：请选择最高密级。") % {"row": number})
        if not 1 <= line.days <= MOST_DAYS:
            raise Unfit(_("第 %(row)d 行：天数应在 1 到 366 之间。") % {"row": number})
        if line in seen:
            raise Unfit(_("第 %(row)d 行与前面的行完全相同，请删去。") % {"row": number})
        seen.add(line)
    last = QueryPolicy.objects.filter(unit=unit).order_by("-number").first()
    made: QueryPolicy = QueryPolicy.objects.create(
        unit=unit,
        number=last.number + 1 if last is not None else 1,
        effective_on=effective_on,
        basis=basis.strip()[:200],
        published_by=by,
        published_at=at,
    )
    made.refresh_from_db()
    PolicyLine.objects.bulk_create(
        PolicyLine(
            unit=unit,
            policy=made,
            place=place,
            post=line.post.strip() or ANY_POST,
            sections=sorted(line.sections),
            regions=sorted(line.regions),
            level=line.level,
            days=line.days,
        )
        for place, line in enumerate(lines, 1)
    )
    audit.record(by, "query_policy.published", made, data={"number": made.number})
    return made


@transaction.atomic
def ask(
    by: User,
    unit: OrgUnit,
    *,
    purpose: str,
    sections: Sequence[str],
    regions: Sequence[str],
    level: int,
    since: date,
    until: date,
    at: datetime,
    today: date,
) -> Grant:
    """Ask to read files of a unit. Raises: Denied; Unfit."""
    require(policy.may_ask(by), _("申请查询客户档案的"))
    if not purpose.strip():
        raise Unfit(_("请写明查询目的。"))
    if not sections or not set(sections) <= set(Section.values):
        raise Unfit(_("请至少选择一个要查看的范围。"))
    if level not in Level.values:
        raise Unfit(_("请选择最高密级。"))
    if since < today:
        raise Unfit(_("开始日期不能早于今天。"))
    if until < since:
        raise Unfit(_("结束日期不能早于开始日期。"))
    if (until - since).days >= MOST_DAYS:
        raise Unfit(_("一次最多申请 366 天，请把结束日期提前。"))
    known = {code for code, _name in queries.region_choices(unit)}
    if not set(regions) <= known:
        raise Unfit(_("所选区域不是该单位的所属区域，请重新选择。"))
    if Grant.objects.filter(
        person=by, unit=unit, state__in=WAITING, sections=sorted(sections), level=level
    ).exists():
        raise Unfit(_("同样的申请还在办理中，请等待审批或先撤回。"))
    made: Grant = Grant.objects.create(
        unit=unit,
        person=by,
        purpose=purpose.strip()[:200],
        sections=sorted(sections),
        regions=sorted(regions),
        level=level,
        since=since,
        until=until,
        asked_at=at,
    )
    made.refresh_from_db()
    _record(by, "grant.asked", made)
    return made


@transaction.atomic
def agree(by: User, grant: Grant, *, at: datetime, today: date) -> Grant:
    """The unit agrees; outside its policy the request goes on to a second person.

    Raises: Denied; Lapsed where it was decided meanwhile or its days are over.
    """
    row = _locked(grant)
    _still(row, (State.ASKED, State.SECOND))
    require(policy.may_agree(by, row), _("审批查询权限的"))
    if row.until < today:
        raise Lapsed(_("申请的期限已过，请退回，由本人重新申请。"))
    if row.state == State.ASKED:
        post = queries.post_of(row.person_id)
        days = (row.until - row.since).days + 1
        wish = Wish(frozenset(row.sections), frozenset(row.regions), row.level, days)
        lines = queries.lines_of(queries.policy_of(row.unit_id, today))
        row.within = covered(wish, post, lines)
        row.approved_by, row.approved_at = by, at
        row.state = State.APPROVED if row.within else State.SECOND
    else:
        row.second_by, row.second_at = by, at
        row.state = State.APPROVED
    row.save()
    _record(by, "grant.agreed", row)
    return row


@transaction.atomic
def refuse(by: User, grant: Grant, *, reason: str, at: datetime) -> Grant:
    """The unit, the second person or ITC does not agree. Raises: Denied; Lapsed; Unfit."""
    row = _locked(grant)
    _still(row, WAITING)
    require(policy.may_agree(by, row) or policy.may_open(by, row), _("审批查询权限的"))
    return _end(by, row, State.REFUSED, "grant.refused", reason, at)


@transaction.atomic
def withdraw(by: User, grant: Grant, *, at: datetime) -> Grant:
    """Whoever asked takes it back. Raises: Denied; Lapsed."""
    row = _locked(grant)
    _still(row, WAITING)
    require(by.pk == row.person_id, _("撤回他人申请的"))
    return _end(by, row, State.WITHDRAWN, "grant.withdrawn", _("本人撤回"), at)


@transaction.atomic
def open_(by: User, grant: Grant, *, at: datetime, today: date) -> Grant:
    """ITC opens what was agreed to, and sees nothing of the files. Raises: Denied; Lapsed."""
    row = _locked(grant)
    _still(row, (State.APPROVED,))
    require(policy.may_open(by, row), _("开通查询权限的"))
    if row.until < today:
        raise Lapsed(_("申请的期限已过，请退回，由本人重新申请。"))
    row.opened_by, row.opened_at, row.state = by, at, State.OPENED
    row.confirmed_until = confirm_until(max(today, row.since))
    row.save()
    _record(by, "grant.opened", row)
    return row


@transaction.atomic
def end(by: User, grant: Grant, *, reason: str, at: datetime) -> Grant:
    """End it before its day. Raises: Denied; Lapsed; Unfit."""
    row = _locked(grant)
    _still(row, (State.OPENED,))
    require(policy.may_end(by, row), _("注销此查询权限的"))
    return _end(by, row, State.ENDED, "grant.ended", reason, at)


@transaction.atomic
def confirm(by: User, grant: Grant, *, at: datetime, today: date) -> Grant:
    """The unit says that it is still needed; it stands for another quarter (§6.4).

    Raises: Denied; Lapsed.
    """
    row = _locked(grant)
    _still(row, (State.OPENED,))
    require(policy.may_rule(by, row.unit_id) and by.pk != row.person_id, _("确认查询权限的"))
    row.confirmed_until, row.confirmed_by = confirm_until(today), by
    row.save()
    _record(by, "grant.confirmed", row)
    return row


@transaction.atomic
def close_lapsed(*, at: datetime, today: date) -> int:
    """Grants whose day is over, or that nobody confirmed, are ended; they open nothing since.

    Idempotent. Returns how many.
    """
    rows = list(
        Grant.objects.select_for_update()
        .filter(state=State.OPENED)
        .filter(queries.over(today))
        .order_by("id")
    )
    for row in rows:
        over = row.until < today
        row.state, row.ended_at = State.ENDED, at
        row.reason = _("期限已到") if over else _("季度未确认，自动注销")
    Grant.objects.bulk_update(rows, ["state", "ended_at", "reason"])
    audit.record_many(
        None,
        "grant.lapsed",
        [audit.Line(row, row.unit_id, None, {"reason": row.reason}) for row in rows],
    )
    return len(rows)


@transaction.atomic
def end_for(user_ids: Sequence[int], at: datetime) -> int:
    """Everything that these people were given or asked for ends with the post (§6.3.4)."""
    rows = Grant.objects.filter(person__in=user_ids)
    ended = rows.filter(state=State.OPENED).update(
        state=State.ENDED, ended_at=at, reason=_("离岗注销")
    )
    return ended + rows.filter(state__in=WAITING).update(
        state=State.WITHDRAWN, ended_at=at, reason=_("离岗撤回")
    )


def _locked(grant: Grant) -> Grant:
    row: Grant = (
        Grant.objects.select_for_update(of=("self",))
        .select_related("person", "unit")
        .get(pk=grant.pk)
    )
    return row


def _still(row: Grant, states: Sequence[str]) -> None:
    if row.state not in states:
        raise Lapsed(
            _("这项申请现在是“%(state)s”，请刷新页面查看。") % {"state": State(row.state).label}
        )


def _end(by: User, row: Grant, state: State, verb: str, reason: str, at: datetime) -> Grant:
    why = reason.strip()[:200]
    if not why:
        raise Unfit(_("请写明原因。"))
    row.state, row.reason, row.ended_by, row.ended_at = state, why, by, at
    row.save()
    _record(by, verb, row)
    return row


def _record(by: User, verb: str, row: Grant) -> None:
    audit.record(
        by,
        verb,
        row,
        data={
            "person": row.person_id,
            "sections": row.sections,
            "regions": row.regions,
            "level": row.level,
            "until": row.until,
            "within": row.within,
        },
    )
