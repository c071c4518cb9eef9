"""Statements are compared, settled, offered back, taken over or declined (§5.1, 6.1.4)."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.dossiers.actions import Saved, in_force, save_fields
from yihu.dossiers.content import facts_with
from yihu.dossiers.policy import may_fill
from yihu.dossiers.problems import Lapsed, Refused, Unfit
from yihu.dossiers.queries import pending_draft
from yihu.guide.reading import Unstorable, read_value
from yihu.guide.rules import check, is_empty
from yihu.identity.models import Disagreement, Offer
from yihu.identity.policy import may_settle
from yihu.identity.queries import STANDING, differing
from yihu.identity.rules import BASIS_MOST, REASON_MOST, DisagreementState, OfferState
from yihu.kit import text
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind

WITHDRAW = """
UPDATE identity_disagreement AS open SET state = 'withdrawn'
WHERE open.state = 'open' AND (%(customers)s::uuid[] IS NULL
    OR open.customer_id = ANY (%(customers)s::uuid[]))
  AND (open.customer_id, open.field) NOT IN (
    SELECT now.customer_id, now.field
    FROM unnest(%(keys)s::uuid[], %(fields)s::text[]) AS now (customer_id, field))
RETURNING open.id
"""
FOUND = """
INSERT INTO identity_disagreement (customer_id, field, found_at)
SELECT now.customer_id, now.field, %(at)s
FROM unnest(%(keys)s::uuid[], %(fields)s::text[]) AS now (customer_id, field)
ON CONFLICT (customer_id, field) WHERE state = 'open' DO NOTHING
RETURNING id
"""
LAPSE = """
UPDATE identity_offer AS old SET state = 'lapsed'
FROM identity_disagreement AS of
WHERE of.id = old.disagreement_id AND of.customer_id = %(customer)s AND old.field = %(field)s
  AND old.state IN ('open', 'declined')
"""
OFFER = """
INSERT INTO identity_offer
    (unit_id, dossier_id, disagreement_id, field, value, stated, basis, offered_at)
SELECT said.unit_id, said.dossier_id, %(disagreement)s, %(field)s, %(value)s::jsonb, said.value,
    %(basis)s, %(at)s
FROM registry_statements(ARRAY[%(customer)s::uuid], ARRAY[%(field)s::text]) AS said
WHERE said.normal <> registry_normal(%(value)s::jsonb)
RETURNING id
"""
FULFIL = """
UPDATE identity_offer AS offer SET state = 'fulfilled', fulfilled_at = %(at)s
FROM dossiers_dossier AS file
JOIN dossiers_fileversion AS version ON version.unit_id = file.unit_id
    AND version.dossier_id = file.id AND version.number = file.version_number
WHERE file.id = %(dossier)s AND offer.unit_id = file.unit_id AND offer.dossier_id = file.id
  AND offer.state IN ('open', 'declined')
  AND registry_normal(version.content -> 'facts' -> offer.field) = registry_normal(offer.value)
RETURNING offer.id
"""


@transaction.atomic
def compare_customers(customers: Sequence[UUID] | None, *, at: datetime) -> tuple[int, int]:
    """Open what differs, withdraw what no longer does; None: all. (found, withdrawn)

    The log's line is headquarters' own: it bears neither unit nor file.
    """
    now = differing(customers)
    values = {
        "customers": None if customers is None else list(customers),
        "keys": [customer for customer, _field in now],
        "fields": [field for _customer, field in now],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, values)
        withdrawn = len(cursor.fetchall())
        cursor.execute(FOUND, values)
        found = len(cursor.fetchall())
    if found or withdrawn:
        audit.record(
            None,
            "disagreements.compared",
            "identity.disagreement",
            data={"found": found, "withdrawn": withdrawn},
        )
    return found, withdrawn


@transaction.atomic
def settle(
    by: User,
    disagreement: Disagreement,
    *,
    value: Any,
    basis: str,
    at: datetime,
    today: date,
) -> int:
    """Say which value holds, and offer it to each unit that states another; how many.

    `value`: as a file stores it or as typed. Raises: Denied, Lapsed (settled meanwhile), Unfit.
    """
    require(may_settle(by), _("核定客户事实的"))
    row = Disagreement.objects.select_for_update().get(pk=disagreement.pk)
    if row.state != DisagreementState.OPEN:
        raise Lapsed(_("这项差异已有结论，请刷新页面查看。"))
    why = sentence(basis, BASIS_MOST, _("依据"), _("请写明核定的依据，例如“企业信用公示系统”。"))
    _names_no_unit(why)
    _edition, definition = in_force(today)
    field = definition.by_code.get(row.field)
    if field is None:
        raise Refused(_("现行填报指南里没有这一栏，不能核定。"))
    try:
        known = read_value(field, value)
    except Unstorable as unfit:
        raise Unfit(f"“{field.label}”：{unfit}") from unfit
    if is_empty(known):
        raise Unfit(_("请选定一个值，或填写核定的值。"))
    wrong = next(iter(check(field, known, {}, today)), None)
    if wrong is not None:
        raise Unfit(f"“{field.label}”：{wrong[1]}")
    row.state, row.value, row.basis = DisagreementState.SETTLED, known, why
    row.settled_by, row.settled_at = by, at
    row.save(update_fields=["state", "value", "basis", "settled_by", "settled_at"])
    values: dict[str, Any] = {
        "disagreement": row.pk,
        "customer": row.customer_id,
        "field": row.field,
        "value": json.dumps(known),
        "basis": why,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(LAPSE, values)
        cursor.execute(OFFER, values)
        offered = len(cursor.fetchall())
    audit.record(
        by,
        "disagreement.settled",
        row,
        data={"field": row.field, "basis": why, "offers": offered},
    )
    return offered


def _names_no_unit(basis: str) -> None:
    """What goes to one unit must not say who stated otherwise (DESIGN §2)."""
    names = OrgUnit.objects.filter(kind=UnitKind.SUBSIDIARY).values_list("name", flat=True)
    named = next((name for name in names if name in basis), "")
    if named:
        message = _("依据会给各单位看到，不能写出“%(name)s”；请改写为公示信息、证照等来源。")
        raise Unfit(message % {"name": named})


@transaction.atomic
def take_over(by: User, offer: Offer, *, at: datetime, today: date) -> Saved:
    """Write the settled value into the file's draft. Raises: Denied, Refused, Unfit."""
    row = _standing(by, offer)
    _edition, definition = in_force(today)
    draft = pending_draft(row.dossier)
    facts = facts_with(definition, row.dossier, draft.changes if draft is not None else {})
    saved = save_fields(
        by,
        row.dossier,
        values={row.field: row.value},
        seen={row.field: facts.get(row.field)},
        at=at,
        today=today,
    )
    row.state, row.reason = OfferState.OPEN, ""
    row.taken_at, row.decided_by, row.decided_at = at, staff_of(by), at
    row.save(update_fields=["state", "reason", "taken_at", "decided_by", "decided_at"])
    audit.record(by, "offer.taken", row, dossier_id=row.dossier_id, data={"field": row.field})
    return saved


@transaction.atomic
def decline(by: User, offer: Offer, *, reason: str, at: datetime) -> Offer:
    """The unit stands by its own statement. Raises: Denied, Refused, Unfit without a reason."""
    row = _standing(by, offer)
    row.reason = sentence(
        reason, REASON_MOST, _("理由"), _("请写明不采用的理由，例如“以最新营业执照为准”。")
    )
    row.state, row.taken_at = OfferState.DECLINED, None
    row.decided_by, row.decided_at = staff_of(by), at
    row.save(update_fields=["state", "reason", "taken_at", "decided_by", "decided_at"])
    audit.record(
        by,
        "offer.declined",
        row,
        dossier_id=row.dossier_id,
        data={"field": row.field, "reason": row.reason},
    )
    return row


def _standing(by: User, offer: Offer) -> Offer:
    """The row itself, locked. Raises: Denied, Lapsed."""
    require(may_fill(by, offer.dossier), _("填报客户档案的"))
    row: Offer = (
        Offer.objects.select_for_update(of=("self",))
        .select_related("dossier__unit")
        .get(unit=offer.unit_id, pk=offer.pk)
    )
    if row.state not in STANDING:
        raise Lapsed(_("这项集团核定已经更正或失效，请刷新页面。"))
    return row


@transaction.atomic
def fulfil_offers(dossier_id: UUID, *, at: datetime) -> int:
    """The newest approved version says it: the deed, not a tick. How many."""
    with connection.cursor() as cursor:
        cursor.execute(FULFIL, {"dossier": dossier_id, "at": at})
        return len(cursor.fetchall())


def sentence(given: str, most: int, label: str, missing: str) -> str:
    """One line that must be there. Raises: Unfit, with `missing` or the length."""
    words = text.line(given)
    if not words:
        raise Unfit(missing)
    if len(words) > most:
        message = _("%(label)s有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"label": label, "now": len(words), "most": most})
    return words
