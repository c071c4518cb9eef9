"""Identities that look alike, and those that turn out to be one (§5.1, DESIGN §2).

Nothing joins by itself. A join moves the files to the kept identity and nothing else: numbers,
codes and versions of the files stay, so undoing it is exact.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.identity.actions import compare_customers, sentence
from yihu.identity.models import Join, LookAlike
from yihu.identity.policy import may_settle
from yihu.identity.rules import ALIKE_FROM, AlikeState, stem

REASON_MOST = 200
COMMON = 400
"""A pair of characters that more names than this have tells nothing and is not looked under."""
PROPOSE = """
INSERT INTO identity_lookalike (one_id, other_id, score, found_at)
SELECT * FROM unnest(%(ones)s::uuid[], %(others)s::uuid[], %(scores)s::smallint[]) AS found
    CROSS JOIN (SELECT %(at)s::timestamptz) AS moment
ON CONFLICT (one_id, other_id) DO NOTHING
RETURNING id
"""


def pairs_of(names: Iterable[tuple[UUID, str]]) -> Iterator[tuple[UUID, UUID, int]]:
    """(one, other, score 0–100) of names whose stems are alike, one < other. Pure.

    Only names that share an uncommon pair of characters are compared.
    """
    from rapidfuzz.fuzz import ratio

    stems = {key: stem(name) for key, name in names}
    grams = {key: {text[at : at + 2] for at in range(len(text) - 1)} for key, text in stems.items()}
    counted = Counter(gram for found in grams.values() for gram in found)
    under: dict[str, list[UUID]] = defaultdict(list)
    for key in sorted(stems):
        seen: set[UUID] = set()
        for gram in grams[key]:
            if counted[gram] <= COMMON:
                seen.update(under[gram])
                under[gram].append(key)
        for other in seen:
            score = ratio(stems[key], stems[other], score_cutoff=ALIKE_FROM)
            if score:
                yield other, key, round(score)


@transaction.atomic
def find_look_alikes(*, at: datetime) -> int:
    """Propose what is new; what was dismissed once is not proposed again. How many."""
    names = Customer.objects.filter(joined_into=None).values_list("pk", "name")
    found = list(pairs_of(names))
    values: dict[str, Any] = {
        "ones": [one for one, _other, _score in found],
        "others": [other for _one, other, _score in found],
        "scores": [score for _one, _other, score in found],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(PROPOSE, values)
        new = len(cursor.fetchall())
    if new:
        audit.record(None, "look_alikes.found", "identity.lookalike", data={"found": new})
    return new


@transaction.atomic
def dismiss(by: User, pair: LookAlike, *, reason: str, at: datetime) -> LookAlike:
    """They are two. Raises: Denied, Refused, Unfit without a reason."""
    require(may_settle(by), _("核对相似客户的"))
    row: LookAlike = LookAlike.objects.select_for_update().get(pk=pair.pk)
    if row.state != AlikeState.OPEN:
        raise Refused(_("这一对已经处理过，请刷新页面。"))
    row.reason = sentence(
        reason, REASON_MOST, _("理由"), _("请写明不是同一家的理由，例如法人和地址都不同。")
    )
    row.state, row.decided_by, row.decided_at = AlikeState.DISMISSED, by, at
    row.save()
    audit.record(by, "look_alike.dismissed", row, data={"reason": row.reason})
    return row


@transaction.atomic
def join(by: User, kept: Customer, gone: Customer, *, reason: str, at: datetime) -> Join:
    """The files of `gone` stand with `kept` from now on. Raises: Denied, Refused, Unfit."""
    require(may_settle(by), _("合并客户的"))
    why = sentence(reason, REASON_MOST, _("依据"), _("请写明合并的依据，例如同一营业执照。"))
    rows = {row.pk: row for row in _locked(kept, gone)}
    if kept.pk == gone.pk or len(rows) != 2:
        raise Refused(_("请选定两个不同的客户。"))
    if any(row.joined_into_id is not None for row in rows.values()):
        raise Refused(_("其中一个客户已经合并过，请刷新页面。"))
    if Customer.objects.filter(joined_into=gone).exists():
        raise Refused(_("被合并的客户名下已有合并，请先撤销，或反过来合并。"))
    moved = list(Dossier.objects.filter(customer=gone).order_by("pk").values_list("pk", flat=True))
    Dossier.objects.filter(pk__in=moved).update(customer=kept)
    Customer.objects.filter(pk=gone.pk).update(joined_into=kept)
    made = Join.objects.create(
        kept=kept,
        gone=gone,
        reason=why,
        moved=[str(key) for key in moved],
        joined_by=by,
        joined_at=at,
    )
    made.refresh_from_db()
    ends = sorted((kept.pk, gone.pk))
    LookAlike.objects.filter(one=ends[0], other=ends[1]).update(
        state=AlikeState.JOINED, decided_by=by, decided_at=at
    )
    audit.record(
        by,
        "customers.joined",
        made,
        data={
            "reason": why,
            "files": len(moved),
        },
    )
    compare_customers([kept.pk, gone.pk], at=at)
    return made


@transaction.atomic
def undo(by: User, made: Join, *, reason: str, at: datetime) -> Join:
    """They are two after all: every file that came goes back. Raises: Denied, Refused, Unfit."""
    require(may_settle(by), _("合并客户的"))
    why = sentence(reason, REASON_MOST, _("撤销原因"), _("请写明撤销合并的原因。"))
    _locked(made.kept, made.gone)
    row: Join = Join.objects.select_for_update().get(pk=made.pk)
    if row.undone_at is not None:
        raise Refused(_("这次合并已经撤销。"))
    here = Dossier.objects.filter(pk__in=row.moved, customer=row.kept_id)
    if here.count() != len(row.moved):
        raise Refused(_("有档案在合并之后又转到了别处，请先撤销后来的合并。"))
    here.update(customer=row.gone_id)
    # files opened under the code of the one that was gone belong to it as well
    Dossier.objects.filter(customer=row.kept_id, credit_code=row.gone.credit_code).update(
        customer=row.gone_id
    )
    Customer.objects.filter(pk=row.gone_id).update(joined_into=None)
    row.undone_by, row.undone_at, row.undo_reason = by, at, why
    row.save(update_fields=["undone_by", "undone_at", "undo_reason"])
    ends = sorted((row.kept_id, row.gone_id))
    LookAlike.objects.filter(one=ends[0], other=ends[1]).update(state=AlikeState.OPEN)
    audit.record(by, "customers.parted", row, data={"reason": why, "files": len(row.moved)})
    compare_customers([row.kept_id, row.gone_id], at=at)
    return row


def _locked(*rows: Customer) -> list[Customer]:
    """In the order of their keys, so that two who join at once wait for each other."""
    keys = sorted({row.pk for row in rows})
    return list(Customer.objects.filter(pk__in=keys).order_by("pk").select_for_update())
