"""Remarks are raised, checked, corrected, published; lifted by two; never erased (§6.2.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.contracts.models import Contract
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.kit import text
from yihu.kit.turns import take_turn
from yihu.org.models import Staff
from yihu.org.rules import EmploymentStatus
from yihu.papers.actions import upload
from yihu.papers.choices import Kind as Paper
from yihu.papers.choices import Sensitivity
from yihu.papers.models import Document
from yihu.risks.choices import STANDING, Kind, Level, ProposalState, State
from yihu.risks.models import Affected, Correction, Evidence, Proposal, Remark, Review, RuleSetting
from yihu.risks.policy import (
    may_check,
    may_consent,
    may_publish,
    may_take_out,
    may_write,
)
from yihu.risks.queries import Answer, check, contracts_of, last_number
from yihu.risks.rules import RULE

FACTS_MOST, MEASURES_MOST, REASON_MOST, LONGER_REASON = 4000, 2000, 200, 500
CORRECTED = (
    "kind", "happened_on", "found_on", "found_how", "facts", "loss_yuan", "verified_by",
    "measures", "owner_id",
)  # fmt: skip
"""What a correction may change. Level, state and the next day change by a check."""
WRITING = "登记风险备注的"


@dataclass(frozen=True, slots=True)
class Content:
    """What a remark says, as a door hands it in; `loss_yuan` in yuan, `contracts` of the file."""

    kind: str
    found_on: date
    found_how: str
    facts: str
    owner_id: UUID
    happened_on: date | None = None
    loss_yuan: Decimal | None = None
    verified_by: str = ""
    measures: str = ""
    contracts: Sequence[UUID] = ()


@transaction.atomic
def raise_remark(
    by: User,
    dossier: Dossier,
    *,
    content: Content,
    level: int,
    next_check_on: date,
    at: datetime,
    today: date,
    proposal: Proposal | None = None,
) -> Remark:
    """Write a risk into the file; with `proposal`, that one is accepted by it.

    It is active where somebody is named who verified it, pending otherwise.
    Raises: Denied, Unfit (names the field), Refused (proposal judged already).
    """
    require(may_write(by, dossier.unit_id), _(WRITING))
    values = _checked(dossier.unit_id, content, today=today)
    contracts = _contracts(dossier, content.contracts)
    # one at a time: the running number has no gap and no twin
    take_turn("risks", dossier.unit_id)
    made = Remark.objects.create(
        unit_id=dossier.unit_id,
        dossier=dossier,
        number=f"险{today.year}-{last_number(dossier.unit_id, today.year) + 1:04d}",
        level=_level(level),
        state=State.ACTIVE if values["verified_by"] else State.PENDING,
        next_check_on=_next(next_check_on, today),
        raised_by=staff_of(by),
        raised_at=at,
        **values,
    )
    made.refresh_from_db()
    _bind(made, contracts)
    if proposal is not None:
        _accept(by, proposal, made, at=at)
    audit.record(
        by,
        "risk.raised",
        made,
        dossier_id=dossier.pk,
        data={"number": made.number, "proposed": proposal is not None},
    )
    return made


@transaction.atomic
def check_remark(
    by: User,
    remark: Remark,
    *,
    found: str,
    level: int,
    state: str,
    verified_by: str,
    next_check_on: date,
    at: datetime,
    today: date,
) -> Review:
    """复核: what was found, the level and state from now on, the next day. Only ever added.

    Raises: Denied, Refused (lifted), Unfit (names the field).
    """
    held = _held(by, remark)
    said = _words(found, _("复核情况"), MEASURES_MOST, needed=True)
    if state not in STANDING:
        raise Unfit(_("状态请选待核实、生效或缓释；解除须另行申请并经批准。"))
    held.verified_by = _line(verified_by, _("核实人"), 80) or held.verified_by
    if state != State.PENDING and not held.verified_by:
        raise Unfit(_("请填写核实人；尚未核实的，状态选“待核实”。"))
    assert held.next_check_on is not None  # _held refuses what is lifted
    made = Review.objects.create(
        unit_id=held.unit_id,
        remark=held,
        found=said,
        level_before=held.level,
        level=_level(level),
        state_before=held.state,
        state=state,
        due_on=held.next_check_on,
        next_check_on=_next(next_check_on, today),
        by=staff_of(by),
        at=at,
    )
    held.level, held.state, held.checked_at = made.level, state, at
    held.next_check_on = made.next_check_on
    held.save(update_fields=["level", "state", "verified_by", "checked_at", "next_check_on"])
    audit.record(
        by,
        "risk.checked",
        held,
        dossier_id=held.dossier_id,
        data={"number": held.number, "on_time": made.due_on >= today},
    )
    return made


@transaction.atomic
def correct(
    by: User, remark: Remark, *, content: Content, reason: str, at: datetime, today: date
) -> Remark:
    """Other words with a reason; what stood there before stays readable on its page, not in the
    log. Raises: Denied, Refused (lifted), Unfit (names the field).
    """
    held = _held(by, remark)
    why = _reason(reason, _("请写明更正的原因，例如“金额录错”。"), REASON_MOST)
    values = _checked(held.unit_id, content, today=today)
    if held.state != State.PENDING and not values["verified_by"]:
        raise Unfit(_("已核实的备注须保留核实人，请填写核实人。"))
    contracts = _contracts(held.dossier, content.contracts)
    before = _said(held)
    for column, value in values.items():
        setattr(held, column, value)
    held.save(update_fields=list(CORRECTED))
    _bind(held, contracts)
    held.refresh_from_db()
    after = _said(held)
    changed = [column for column in after if after[column] != before[column]]
    if not changed:
        raise Unfit(_("没有改动任何内容，无需更正。"))
    Correction.objects.create(
        unit_id=held.unit_id,
        remark=held,
        reason=why,
        before={column: before[column] for column in changed},
        after={column: after[column] for column in changed},
        by=staff_of(by),
        at=at,
    )
    audit.record(
        by,
        "risk.corrected",
        held,
        dossier_id=held.dossier_id,
        data={"number": held.number, "fields": changed},
    )
    return held


@transaction.atomic
def add_evidence(
    by: User, remark: Remark, *, file: BinaryIO, name: str, title: str, at: datetime
) -> Document:
    """证据: stored as a core secret of the file and bound to the remark.

    Raises: Denied, Refused (lifted, bound already), and what an upload raises.
    """
    held = _held(by, remark)
    document = upload(
        by,
        held.dossier,
        file,
        name=name,
        title=text.line(title),
        kind=Paper.OTHER,
        sensitivity=Sensitivity.CORE,
        at=at,
    ).document
    _made, new = Evidence.objects.get_or_create(
        unit_id=held.unit_id,
        remark=held,
        document=document,
        defaults={"by": staff_of(by), "at": at},
    )
    if not new:
        raise Refused(_("这份文件已是本备注的证据，无需再传。"))
    audit.record(
        by,
        "risk.evidence_added",
        held,
        dossier_id=held.dossier_id,
        data={"number": held.number, "document": str(document.pk)},
    )
    return document


@transaction.atomic
def ask_lift(by: User, remark: Remark, *, reason: str, at: datetime) -> Remark:
    """Ask that the remark be lifted, and why. Raises: Denied, Refused (asked already), Unfit."""
    held = _held(by, remark)
    if held.lift_asked_by_id is not None:
        raise Refused(_("已有人申请解除，正等审核员或单位管理员批准。"))
    held.lift_reason = _reason(
        reason, _("请写明解除的理由，例如“欠款已于 2026-10-31 结清”。"), LONGER_REASON
    )
    held.lift_asked_by, held.lift_asked_at = staff_of(by), at
    held.save(update_fields=["lift_reason", "lift_asked_by", "lift_asked_at"])
    audit.record(
        by, "risk.lift_asked", held, dossier_id=held.dossier_id, data={"number": held.number}
    )
    return held


@transaction.atomic
def decide_lift(
    by: User, remark: Remark, *, consent: bool, note: str, at: datetime, today: date
) -> Remark:
    """Consent to the lifting, or refuse it with a note that stays among the checks.

    Never by whoever asked (§5.2), which the database says too.
    Raises: Denied, Refused (not asked, own request), Unfit (refused without a note).
    """
    require(may_consent(by, remark.unit_id), _("批准解除风险备注的"))
    held = _locked(remark)
    if held.lift_asked_by_id is None:
        raise Refused(_("没有人申请解除这条备注，请先由填报员申请。"))
    me = staff_of(by)
    if held.lift_asked_by_id == me.pk:
        raise Refused(_("申请与批准须是两个人，请由另一位审核员或单位管理员批准。"))
    if consent:
        held.state, held.lifted_by, held.lifted_at = State.LIFTED, me, at
        held.next_check_on = None
    else:
        why = _reason(note, _("请写明不同意的理由。"), REASON_MOST)
        assert held.next_check_on is not None
        Review.objects.create(
            unit_id=held.unit_id, remark=held, by=me, at=at,
            found=_("不同意解除（申请理由：%(asked)s）：%(why)s")
            % {"asked": held.lift_reason, "why": why},
            level_before=held.level, level=held.level,
            state_before=held.state, state=held.state,
            due_on=held.next_check_on, next_check_on=held.next_check_on,
        )  # fmt: skip
        held.lift_asked_by = held.lift_asked_at = None
        held.lift_reason = ""
    held.save()
    verb = "risk.lifted" if consent else "risk.lift_refused"
    audit.record(by, verb, held, dossier_id=held.dossier_id, data={"number": held.number})
    return held


@transaction.atomic
def publish(by: User, remark: Remark, *, reason: str, at: datetime) -> Remark:
    """集团通报: from now on the check before signing tells every unit its level and kind.

    Raises: Denied, Refused (published, pending or lifted), Unfit.
    """
    require(may_publish(by), _("集团通报风险的"))
    held = _locked(remark)
    if held.published_at is not None:
        raise Refused(_("这条备注已作集团通报。"))
    if held.state == State.PENDING:
        raise Refused(_("尚未核实的备注不能通报，请先由所属单位核实。"))
    held.published_reason = _reason(reason, _("请写明通报的理由。"), LONGER_REASON)
    held.published_by, held.published_at = by, at
    held.save(update_fields=["published_reason", "published_by", "published_at"])
    audit.record(
        by, "risk.published", held, dossier_id=held.dossier_id, data={"number": held.number}
    )
    return held


@transaction.atomic
def withdraw(by: User, remark: Remark) -> Remark:
    """Take the group's warning back. Raises: Denied, Refused (not published)."""
    require(may_publish(by), _("集团通报风险的"))
    held = _locked(remark)
    if held.published_at is None:
        raise Refused(_("这条备注没有作集团通报。"))
    held.published_reason, held.published_by, held.published_at = "", None, None
    held.save(update_fields=["published_reason", "published_by", "published_at"])
    audit.record(
        by, "risk.withdrawn", held, dossier_id=held.dossier_id, data={"number": held.number}
    )
    return held


@transaction.atomic
def dismiss(by: User, proposal: Proposal, *, reason: str, at: datetime) -> Proposal:
    """不予登记, with a reason: not proposed again for the same facts.

    Raises: Denied, Refused (judged already), Unfit.
    """
    require(may_write(by, proposal.unit_id), _(WRITING))
    held = _open(proposal)
    held.reason = _reason(reason, _("请写明不予登记的理由，例如“款项在途”。"), REASON_MOST)
    held.state, held.decided_by, held.decided_at = ProposalState.DISMISSED, staff_of(by), at
    held.save(update_fields=["reason", "state", "decided_by", "decided_at"])
    audit.record(by, "risk.dismissed", held, dossier_id=held.dossier_id, data={"rule": held.rule})
    return held


@transaction.atomic
def check_before_signing(by: User, credit_code: str) -> Answer:
    """签约前核查: level and kinds for a valid code, written down; the log keeps no code.

    Raises: Denied.
    """
    require(may_check(by), _("签约前核查的"))
    found = check(credit_code)
    audit.record(
        by,
        "risk_check.made",
        "risks.remark",
        unit_id=by.staff.unit_id if by.staff is not None else None,
        data={"query": audit.veiled(credit_code)},
    )
    return found


@transaction.atomic
def set_rule(
    by: User, code: str, *, number: int, effective_on: date, reason: str, at: datetime, today: date
) -> RuleSetting:
    """Another parameter for a rule from a day on; earlier ones stay. Raises: Denied, Unfit."""
    require(may_publish(by), _("设定风险规则的"))
    rule = RULE.get(code)
    if rule is None or rule.number is None:
        raise Unfit(_("没有这条规则，或它没有参数。"))
    if not rule.least <= number <= rule.most:
        message = _("参数应在 %(least)d 与 %(most)d 之间。")
        raise Unfit(message % {"least": rule.least, "most": rule.most})
    if effective_on < today:
        raise Unfit(_("生效日不能早于今天，请改为今天或以后。"))
    made = RuleSetting.objects.create(
        rule=code,
        number=number,
        effective_on=effective_on,
        reason=_reason(reason, _("请写明调整的理由。"), REASON_MOST),
        set_by=by,
        set_at=at,
    )
    audit.record(by, "risk_rule.set", made, data={"rule": code, "number": number})
    return made


@transaction.atomic
def hand_out(by: User, *, rows: int, conditions: dict[str, str], trace: str) -> None:
    """Write down that the register leaves the house (§5.5). Raises: Denied."""
    require(may_take_out(by), _("导出风险备注的"))
    data = {"rows": rows, "conditions": conditions, "trace": trace}
    audit.record(by, "risks.exported", "risks.remark", data=data)


# Checks ------------------------------------------------------------------------------------------


def _locked(remark: Remark) -> Remark:
    """The row itself. Raises: Refused (lifted)."""
    held: Remark = (
        Remark.objects.select_for_update(of=("self",))
        .select_related("dossier__unit", "owner")
        .get(unit=remark.unit_id, pk=remark.pk)
    )
    if held.state == State.LIFTED:
        message = _("%(number)s 已解除，只能查阅；情况再起请另行登记。")
        raise Refused(message % {"number": held.number})
    return held


def _held(by: User, remark: Remark) -> Remark:
    require(may_write(by, remark.unit_id), _(WRITING))
    return _locked(remark)


def _open(proposal: Proposal) -> Proposal:
    held: Proposal = Proposal.objects.select_for_update().get(unit=proposal.unit_id, pk=proposal.pk)
    if held.state != ProposalState.OPEN:
        raise Refused(_("这条提示已处理，请刷新列表。"))
    return held


def _accept(by: User, proposal: Proposal, remark: Remark, *, at: datetime) -> None:
    held = _open(proposal)
    if held.dossier_id != remark.dossier_id:
        raise Unfit(_("提示不属于这份档案，请从提示列表重新进入。"))
    held.state, held.remark = ProposalState.ACCEPTED, remark
    held.decided_by, held.decided_at = staff_of(by), at
    held.save(update_fields=["state", "remark", "decided_by", "decided_at"])


def _checked(unit_id: int, content: Content, *, today: date) -> dict[str, Any]:
    """The values as they are stored. Raises: Unfit."""
    if content.kind not in Kind.values:
        raise Unfit(_("请选择风险类别（§6.2.2 a–d）。"))
    if content.found_on > today:
        raise Unfit(_("发现日 %(on)s 在今天之后，请核对。") % {"on": content.found_on})
    if content.happened_on is not None and content.happened_on > content.found_on:
        message = _("发生日 %(happened)s 晚于发现日 %(found)s，请核对。")
        raise Unfit(message % {"happened": content.happened_on, "found": content.found_on})
    if content.loss_yuan is not None and content.loss_yuan < 0:
        raise Unfit(_("损失金额不能为负数，没有损失请留空。"))
    people = Staff.objects.filter(unit=unit_id, status=EmploymentStatus.ACTIVE)
    if not people.filter(pk=content.owner_id).exists():
        raise Unfit(_("责任人应是本单位在岗人员，请重新选择。"))
    return {
        "kind": content.kind,
        "happened_on": content.happened_on,
        "found_on": content.found_on,
        "found_how": _line(content.found_how, _("发现方式"), 200, needed=True),
        "facts": _words(content.facts, _("事实"), FACTS_MOST, needed=True),
        "loss_yuan": content.loss_yuan,
        "verified_by": _line(content.verified_by, _("核实人"), 80),
        "measures": _words(content.measures, _("措施"), MEASURES_MOST),
        "owner_id": content.owner_id,
    }


def _level(given: int) -> int:
    if given not in Level.values:
        raise Unfit(_("请选择等级：关注、较重或严重。"))
    return given


def _next(given: date, today: date) -> date:
    if given <= today:
        raise Unfit(_("下次复核日 %(on)s 应在今天之后，请改晚。") % {"on": given})
    return given


def _contracts(dossier: Dossier, keys: Sequence[UUID]) -> list[Contract]:
    wanted = set(keys)
    found = list(Contract.objects.filter(unit=dossier.unit_id, dossier=dossier, pk__in=wanted))
    if len(found) != len(wanted):
        raise Unfit(_("影响合同应是这份档案的合同，请重新选择。"))
    return found


def _bind(remark: Remark, contracts: Sequence[Contract]) -> None:
    rows = Affected.objects.filter(unit=remark.unit_id, remark=remark)
    rows.exclude(contract__in=contracts).delete()
    Affected.objects.bulk_create(
        [Affected(unit_id=remark.unit_id, remark=remark, contract=c) for c in contracts],
        ignore_conflicts=True,
    )


def _line(given: str, label: str, most: int, *, needed: bool = False) -> str:
    return _fits(text.line(given), label, most, needed=needed)


def _words(given: str, label: str, most: int, *, needed: bool = False) -> str:
    return _fits(given.replace("\r\n", "\n").replace("\0", "").strip(), label, most, needed=needed)


def _fits(found: str, label: str, most: int, *, needed: bool) -> str:
    if needed and not found:
        raise Unfit(_("请填写%(label)s。") % {"label": label})
    if len(found) > most:
        message = _("%(label)s有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"label": label, "now": len(found), "most": most})
    return found


def _reason(given: str, asked: str, most: int) -> str:
    why = text.line(given)
    if not why:
        raise Unfit(asked)
    return _fits(why, _("理由"), most, needed=True)


def _said(remark: Remark) -> dict[str, str | None]:
    """What a remark says, as plain values for its history."""
    values = {
        column: None if value is None else str(value)
        for column in CORRECTED
        for value in [getattr(remark, column)]
        if column != "owner_id"
    }
    numbers = "、".join(contract.number for contract in contracts_of(remark))
    return {**values, "owner": remark.owner.name, "contracts": numbers}
