"""The yearly stocktake (盘点): a frozen list, what was found, a result that stands (§6.2.1)."""

import secrets
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.originals.actions import lock_unit, text_of
from yihu.originals.models import Original, Place, Stocktake, StocktakeLine
from yihu.originals.policy import may_keep
from yihu.originals.rules import HELD_HERE, Finding, Result, State, drawn


@transaction.atomic
def begin(
    by: User,
    unit_id: int,
    *,
    title: str,
    year: int,
    scope: str,
    sample: int | None,
    at: datetime,
    seed: str = "",
) -> Stocktake:
    """Freeze the list: all originals whose place begins with `scope`, or a sample drawn by seed.

    Raises: Denied, Refused (one is open, nothing to count), Unfit.
    """
    require(may_keep(by, unit_id), _("盘点原件的"))
    words = text_of(title, _("名称"), 60)
    if sample is not None and sample < 1:
        raise Unfit(_("抽样件数应不少于 1。"))
    lock_unit(unit_id)
    if Stocktake.objects.filter(unit=unit_id, closed_at=None).exists():
        raise Refused(_("上一次盘点还没有结束，请先结束它。"))
    rows: QuerySet[Original] = Original.objects.filter(unit=unit_id, state__in=HELD_HERE)
    if scope:
        if not Place.objects.filter(unit=unit_id, path=scope).exists():
            raise Unfit(_("没有“%(scope)s”这个位置，请从列表中选择。") % {"scope": scope[:60]})
        rows = rows.filter(shelf__startswith=scope)
    keys = list(rows.values_list("pk", flat=True))
    if not keys:
        raise Refused(_("范围内没有在册的原件。"))
    seed = seed or secrets.token_hex(8)
    chosen = drawn(seed, keys, sample)
    taken = Stocktake.objects.create(
        unit_id=unit_id,
        title=words,
        year=year,
        scope=scope,
        seed=seed,
        sample=sample,
        eligible=len(keys),
        begun_by=staff_of(by),
        begun_at=at,
    )
    taken.refresh_from_db()
    found = rows.filter(pk__in=chosen).order_by("shelf", "barcode")
    StocktakeLine.objects.bulk_create(
        StocktakeLine(
            unit_id=unit_id,
            stocktake=taken,
            original=original,
            number=number,
            barcode=original.barcode,
            title=original.title,
            shelf=original.shelf,
            result=Result.OUT if original.state == State.LENT else Result.PENDING,
        )
        for number, original in enumerate(found, 1)
    )
    audit.record(
        by,
        "stocktake.begun",
        taken,
        data={"scope": scope, "seed": seed, "lines": len(chosen)},
    )
    return taken


@transaction.atomic
def look(
    by: User, taken: Stocktake, barcode: str, *, result: str, seen: str, note: str, at: datetime
) -> StocktakeLine:
    """What was found of one original; said again, the last word holds until the closing.

    `seen`: the place where a misplaced one lay. Raises: Denied, Refused, Unfit.
    """
    require(may_keep(by, taken.unit_id), _("盘点原件的"))
    if result not in (Result.FOUND, Result.MISPLACED, Result.MISSING):
        raise Unfit(_("请选择盘点结果：在位、位置不符或未见。"))
    said = text_of(note, _("说明"), 200, empty=True)
    fresh = _open(taken)
    found: StocktakeLine | None = (
        StocktakeLine.objects.select_for_update()
        .filter(unit=fresh.unit_id, stocktake=fresh, barcode=barcode.strip().upper())
        .first()
    )
    if found is None:
        text = _("条码“%(code)s”不在这次盘点的清单里。")
        raise Refused(text % {"code": barcode.strip()[:40]})
    seen = seen.strip() if result == Result.MISPLACED else ""
    if result == Result.MISPLACED:
        if not Place.objects.filter(unit=fresh.unit_id, path=seen).exists():
            raise Unfit(_("请选择实际所在的位置。"))
        if seen == found.shelf:
            raise Unfit(_("所见位置就是应在位置，请选“在位”。"))
    found.result, found.seen_shelf, found.note = result, seen, said
    found.by, found.at = staff_of(by), at
    found.save()
    return found


@transaction.atomic
def close(by: User, taken: Stocktake, *, note: str, at: datetime, today: date) -> Stocktake:
    """The result stands: findings go to the originals, and the list never changes again.

    Raises: Denied, Refused while lines are pending, Unfit.
    """
    require(may_keep(by, taken.unit_id), _("盘点原件的"))
    said = text_of(note, _("结论"), 500)
    fresh = _open(taken)
    lines = StocktakeLine.objects.filter(unit=fresh.unit_id, stocktake=fresh)
    left = lines.filter(result=Result.PENDING).count()
    if left:
        raise Refused(_("还有 %(count)d 件没有盘，盘完才能结束。") % {"count": left})
    mine = lines.filter(original=OuterRef("pk"))
    rows = Original.objects.filter(unit=fresh.unit_id)
    rows.filter(Exists(mine.filter(result=Result.FOUND))).update(finding="", seen_on=today)
    for result, finding in (
        (Result.MISSING, Finding.MISSING),
        (Result.MISPLACED, Finding.MISPLACED),
    ):
        rows.filter(Exists(mine.filter(result=result))).update(finding=finding)
    rows.filter(Exists(mine.filter(result=Result.MISPLACED))).update(seen_on=today)
    fresh.closed_by, fresh.closed_at, fresh.note = staff_of(by), at, said
    fresh.save()
    audit.record(by, "stocktake.closed", fresh, data={"note": said, **counts_of(fresh)})
    return fresh


def counts_of(taken: Stocktake) -> dict[str, int]:
    """How many lines there are of each result."""
    found = dict.fromkeys(Result.values, 0)
    rows = StocktakeLine.objects.filter(unit=taken.unit_id, stocktake=taken)
    for result in rows.values_list("result", flat=True):
        found[result] += 1
    return found


def _open(taken: Stocktake) -> Stocktake:
    fresh: Stocktake = Stocktake.objects.select_for_update().get(unit=taken.unit_id, pk=taken.pk)
    if fresh.closed_at is not None:
        raise Refused(_("这次盘点已经结束，结果不能再改。"))
    return fresh


def redraw(taken: Stocktake, keys: list[UUID]) -> list[UUID]:
    """The same draw again from the same population, for whoever doubts it."""
    return drawn(taken.seed, keys, taken.sample)
