"""Headquarters' record of a customer: another name, another credit code (§5.1, 5.2).

A rename keeps the former name. A code changes by two people, one of whom proposes and the other
confirms; every live file goes over in the same transaction, and the old code still finds it.
"""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import Denied, require
from yihu.audit import actions as audit
from yihu.customers import credit_code
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.identity.actions import sentence
from yihu.identity.models import CodeChange, Naming
from yihu.identity.policy import may_settle
from yihu.identity.rules import CodeState
from yihu.kit import text

REASON_MOST = 200
LONGEST_NAME = 200
RECODE = """
UPDATE dossiers_dossier SET credit_code = %(new)s, changed_at = %(at)s,
    former_codes = former_codes || %(old)s::varchar,
    search_text = replace(search_text, lower(%(old)s), lower(%(new)s))
WHERE customer_id = %(customer)s AND credit_code = %(old)s
RETURNING id
"""


@transaction.atomic
def rename(
    by: User, customer: Customer, *, name: str, reason: str, at: datetime, today: date
) -> Customer:
    """Another name; the former one is kept with its last day. Raises: Denied, Refused, Unfit."""
    require(may_settle(by), _("变更客户名称的"))
    wanted = text.line(name)
    if not wanted or len(wanted) > LONGEST_NAME:
        raise Unfit(_("请填写客户的新名称，最多 %(most)d 字。") % {"most": LONGEST_NAME})
    why = sentence(reason, REASON_MOST, _("依据"), _("请写明更名的依据，例如营业执照变更日期。"))
    row: Customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if wanted == row.name:
        raise Refused(_("新名称与现在的名称相同。"))
    Naming.objects.create(customer=row, name=row.name, until=today, reason=why, by=by, at=at)
    row.name = wanted
    row.save(update_fields=["name"])
    audit.record(by, "customer.renamed", row, data={"reason": why})
    return row


@transaction.atomic
def propose_code(
    by: User, customer: Customer, *, code: str, reason: str, at: datetime
) -> CodeChange:
    """Say that the code is another. Raises: Denied, Refused, Unfit."""
    require(may_settle(by), _("变更客户信用代码的"))
    new = credit_code.normalise(code)
    if not credit_code.is_valid(new):
        text_ = _("“%(code)s”不是有效的统一社会信用代码，请照营业执照核对 18 位代码。")
        raise Unfit(text_ % {"code": code.strip()[:40]})
    why = sentence(reason, REASON_MOST, _("依据"), _("请写明变更的依据，例如营业执照换发日期。"))
    row: Customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if new == row.credit_code:
        raise Refused(_("新代码与现在的代码相同。"))
    _free(new)
    if row.code_changes.filter(state=CodeState.PROPOSED).exists():
        raise Refused(_("已有一项代码变更等待确认，请先处理它。"))
    made = CodeChange.objects.create(
        customer=row,
        old_code=row.credit_code,
        new_code=new,
        reason=why,
        proposed_by=by,
        proposed_at=at,
    )
    made.refresh_from_db()
    audit.record(by, "code.proposed", made, data={"reason": why})
    return made


def _free(code: str) -> None:
    if Customer.objects.filter(credit_code=code).exists():
        text_ = _("代码 %(code)s 已是另一客户的；若两者是同一家，应当合并，不能改代码。")
        raise Refused(text_ % {"code": code})


@transaction.atomic
def confirm_code(by: User, change: CodeChange, *, at: datetime) -> int:
    """A second supervisor confirms: the record and all its files go over. How many files.

    Versions that were approved keep the code that they were approved with. Raises: Denied,
    Refused.
    """
    require(may_settle(by), _("变更客户信用代码的"))
    row = _open(change)
    if row.proposed_by_id == by.pk:
        raise Denied(_("本人提出的代码变更须由另一名集团监督员确认。"))
    customer: Customer = Customer.objects.select_for_update().get(pk=row.customer_id)
    if customer.credit_code != row.old_code:
        raise Refused(_("客户的代码在提出之后又有变化，请撤回后重新提出。"))
    _free(row.new_code)
    customer.credit_code = row.new_code
    customer.save(update_fields=["credit_code"])
    values: dict[str, Any] = {
        "new": row.new_code,
        "old": row.old_code,
        "customer": customer.pk,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECODE, values)
        keys = [key for (key,) in cursor.fetchall()]
    row.state, row.decided_by, row.decided_at = CodeState.CONFIRMED, by, at
    row.save(update_fields=["state", "decided_by", "decided_at"])
    said = {"reason": row.reason}
    audit.record(by, "code.changed", row, data=said)
    audit.record_many(
        by,
        "dossier.recoded",
        [
            audit.Line(file, file.unit_id, file.pk, said)
            for file in Dossier.objects.filter(pk__in=keys).only("unit")
        ],
    )
    return len(keys)


@transaction.atomic
def refuse_code(by: User, change: CodeChange, *, note: str, at: datetime) -> CodeChange:
    """A second supervisor does not agree. Raises: Denied, Refused, Unfit without a reason."""
    require(may_settle(by), _("变更客户信用代码的"))
    row = _open(change)
    if row.proposed_by_id == by.pk:
        raise Denied(_("本人提出的代码变更须由另一名集团监督员处理；不要了可以撤回。"))
    row.note = sentence(note, REASON_MOST, _("意见"), _("请写明不同意的原因。"))
    return _close(by, row, CodeState.REFUSED, at)


@transaction.atomic
def withdraw_code(by: User, change: CodeChange, *, at: datetime) -> CodeChange:
    """Whoever proposed it takes it back. Raises: Denied, Refused."""
    require(may_settle(by), _("变更客户信用代码的"))
    row = _open(change)
    if row.proposed_by_id != by.pk:
        raise Denied(_("只能撤回本人提出的代码变更。"))
    return _close(by, row, CodeState.WITHDRAWN, at)


def _open(change: CodeChange) -> CodeChange:
    row: CodeChange = CodeChange.objects.select_for_update().get(pk=change.pk)
    if row.state != CodeState.PROPOSED:
        raise Refused(_("这项代码变更已经处理过，请刷新页面。"))
    return row


def _close(by: User, row: CodeChange, state: CodeState, at: datetime) -> CodeChange:
    row.state, row.decided_by, row.decided_at = state, by, at
    row.save(update_fields=["state", "decided_by", "decided_at", "note"])
    audit.record(by, f"code.{state.value}", row, data={"note": row.note})
    return row
