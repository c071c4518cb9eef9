"""Reads: units' statements compared, the work lists, the offers of a file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, Unreachable, reach
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import written_just_now
from yihu.identity.models import Disagreement, Offer
from yihu.identity.policy import may_settle
from yihu.identity.rules import FACTS, OfferState

STANDING = [OfferState.OPEN.value, OfferState.DECLINED.value]
DIFFERING = """
SELECT customer_id, field FROM registry_statements(%s::uuid[], %s::text[])
GROUP BY customer_id, field HAVING count(DISTINCT effective) > 1
"""
"""A statement that was answered by an offer counts as the settled value while it stands so."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one file says of a field; `normal` compares it (width, case and spaces aside)."""

    dossier: Dossier
    value: Any
    normal: str
    offer: Offer | None


def differing(customers: Sequence[UUID] | None) -> list[tuple[UUID, str]]:
    """(customer, field) whose live files disagree and nobody settled; None: all customers."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING, [_keys(customers), list(FACTS)])
        return [(customer, field) for customer, field in cursor.fetchall()]


def _keys(customers: Sequence[UUID] | None) -> list[UUID] | None:
    return None if customers is None else list(customers)


def normal(value: Any) -> str:
    """A value as it is compared, by the database's own rule."""
    from_json = "SELECT registry_normal(%s::jsonb)"
    with connection.cursor() as cursor:
        cursor.execute(from_json, [json.dumps(value)])
        found = cursor.fetchone()
    return str(found[0]) if found and found[0] is not None else ""


def statements_of(disagreement: Disagreement) -> list[Statement]:
    """What each live file of the customer says of the field, in the group's order of units."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dossier_id, value, normal FROM registry_statements(%s::uuid[], %s::text[])",
            [[disagreement.customer_id], [disagreement.field]],
        )
        said = {pk: (value, plain) for pk, value, plain in cursor.fetchall()}
    offers = {
        offer.dossier_id: offer for offer in Offer.objects.filter(disagreement=disagreement.pk)
    }
    rows = (
        Dossier.objects.filter(pk__in=said)
        .select_related("unit", "filler")
        .order_by("unit__sort", "unit_id", "pk")
    )
    return [
        Statement(row, json.loads(said[row.pk][0]), str(said[row.pk][1]), offers.get(row.pk))
        for row in rows
    ]


def customers_of_dossier(dossier_id: UUID) -> list[UUID]:
    """The customer of a file, as a list of one."""
    return list(Dossier.objects.filter(pk=dossier_id).values_list("customer", flat=True))


def customers_written(unit_id: int) -> list[UUID]:
    """The customers whose files at the unit a ledger of this transaction opened or amended."""
    return list(written_just_now(unit_id).values_list("customer", flat=True).distinct())


def disagreements(user: User, *, state: str, field: str, text: str) -> QuerySet[Disagreement]:
    """The supervisors' work list. Raises: Unreachable for everybody else."""
    _headquarters(user, "identity.disagreement")
    rows = Disagreement.objects.select_related("customer", "settled_by").annotate(
        offered=Count("offers"),
        answered=Count("offers", filter=Q(offers__state=OfferState.FULFILLED)),
    )
    if state:
        rows = rows.filter(state=state)
    if field:
        rows = rows.filter(field=field)
    if text:
        rows = rows.filter(
            Q(customer__name__icontains=text) | Q(customer__credit_code__istartswith=text)
        )
    return rows


def disagreement(user: User, pk: UUID) -> Disagreement:
    """One of them. Raises: Unreachable (404)."""
    _headquarters(user, "identity.disagreement", pk)
    found = Disagreement.objects.select_related("customer", "settled_by").filter(pk=pk).first()
    if found is None:
        raise Unreachable("identity.disagreement", {"pk": pk})
    return found


def _headquarters(user: User, label: str, pk: object = "") -> None:
    if not may_settle(user):
        raise Unreachable(label, {"pk": pk})


def offer(user: User, pk: UUID) -> Offer:
    """An offer of a file that the person may see. Raises: Unreachable."""
    found: Offer = reach(Offer.objects.select_related("dossier"), user, pk=pk)
    return found


def offers_of(dossier: Dossier) -> ScopedQuerySet:
    """What headquarters settled and this file does not say yet; the caller reached the file."""
    rows: ScopedQuerySet = (
        Offer.objects.filter(unit=dossier.unit_id, dossier=dossier, state__in=STANDING)
        .select_related("decided_by")
        .order_by("offered_at", "id")
    )
    return rows
