"""A checklist is drafted, changed, published, superseded by the next (§4.1c, 6.4.1).

An inspection keeps the edition that its plan named; what was looked at is never asked anew.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.inspections import queries
from yihu.inspections.checklist import (
    ITEMS_MOST,
    LABEL_MOST,
    LOOK_MOST,
    SECTIONS,
    WEIGHT_MOST,
    Item,
    changes,
    items_of,
)
from yihu.inspections.choices import Severity
from yihu.inspections.models import Checklist
from yihu.inspections.policy import may_plan
from yihu.kit import text
from yihu.kit.turns import take_turn

REASON_MOST = 200
CLAUSE = re.compile(r"[1-9]\d?(\.\d{1,2}){0,3}[a-z]?")
"""6.2.1d: how a clause is cited."""


@transaction.atomic
def begin_draft(by: User, *, today: date) -> Checklist:
    """A new edition that says what the last one says; the one that is there, if there is one.

    Raises: Denied, Refused (nothing was ever published).
    """
    require(may_plan(by), _("编制检查单的"))
    take_turn("checklist", 0)
    known = queries.checklist_draft()
    if known is not None:
        return known
    last = queries.checklists().first()
    if last is None:
        raise Refused(_("检查单第 1 版尚未发布，请先完成平台初始化。"))
    made = Checklist.objects.create(
        number=max(queries.checklists().values_list("number", flat=True)) + 1,
        effective_on=max(today, last.effective_on),
        items=[item.stored() for item in items_of(last.items)],
    )
    made.refresh_from_db()
    audit.record(by, "checklist.drafted", made, data={"number": made.number})
    return made


@transaction.atomic
def save_draft(
    by: User, draft: Checklist, *, effective_on: date, reason: str, items: Sequence[Item]
) -> Checklist:
    """The whole of it as it shall read; an item without a code is new and gets one.

    Raises: Denied, Refused (published meanwhile), Unfit (names the item).
    """
    held = _held(by, draft)
    why = text.line(reason)
    if len(why) > REASON_MOST:
        message = _("修订说明有 %(now)d 字，最多 %(most)d 字。")
        raise Unfit(message % {"now": len(why), "most": REASON_MOST})
    after = _coded([_checked(place, item) for place, item in enumerate(items, 1)])
    moved = [change.code for change in changes(items_of(held.items), after)]
    held.effective_on, held.reason = effective_on, why
    held.items = [item.stored() for item in after]
    held.save(update_fields=["effective_on", "reason", "items"])
    audit.record(by, "checklist.edited", held, data={"number": held.number, "lines": moved})
    return held


@transaction.atomic
def discard_draft(by: User, draft: Checklist) -> None:
    """Nobody was ever inspected by it. Raises: Denied, Refused."""
    held = _held(by, draft)
    audit.record(by, "checklist.discarded", held, data={"number": held.number})
    held.delete()


@transaction.atomic
def publish(by: User, draft: Checklist, *, at: datetime, today: date) -> Checklist:
    """In force from its day; plans made for a cut-off before it name the edition before.

    Raises: Denied, Refused (nothing changed, its day has passed), Unfit (no reason, no item).
    """
    held = _held(by, draft)
    if not held.reason:
        raise Unfit(_("请写明修订说明，各单位会看到为什么改。"))
    if not held.items:
        raise Unfit(_("检查单至少要有一个检查项。"))
    last = queries.checklists().first()
    if last is not None and held.effective_on <= last.effective_on:
        message = _("生效日应晚于上一版的生效日 %(on)s。")
        raise Refused(message % {"on": last.effective_on})
    if held.effective_on < today:
        raise Refused(_("生效日不能早于今天：已经开展的检查按当时的检查单。"))
    if last is not None and items_of(last.items) == items_of(held.items):
        raise Refused(_("与上一版没有差别，不必发布。"))
    held.published_at, held.published_by = at, by
    held.save(update_fields=["published_at", "published_by"])
    audit.record(
        by, "checklist.published", held,
        data={"number": held.number, "effective_on": str(held.effective_on)},
    )  # fmt: skip
    return held


def _held(by: User, draft: Checklist) -> Checklist:
    require(may_plan(by), _("编制检查单的"))
    rows = Checklist.objects.select_for_update().filter(pk=draft.pk, published_at=None)
    held = rows.first()
    if held is None:
        raise Refused(_("这份草稿已经发布或放弃，请刷新页面。"))
    return held


def _checked(place: int, item: Item) -> Item:
    """The item as it is stored. Raises: Unfit, by its place and name."""
    label, look = text.line(item.label), text.line(item.look)
    name = f"{place}. {text.shown(label)}" if label else str(place)

    def unfit(why: str) -> Unfit:
        return Unfit(_("检查项 %(name)s：%(why)s") % {"name": name, "why": why})

    if not label:
        raise unfit(_("请写明查什么。"))
    for words, most in ((label, LABEL_MOST), (look, LOOK_MOST)):
        if len(words) > most:
            raise unfit(_("有 %(now)d 字，最多 %(most)d 字。") % {"now": len(words), "most": most})
    if item.section not in dict(SECTIONS):
        raise unfit(_("请选择所属部分。"))
    if not CLAUSE.fullmatch(item.clause):
        raise unfit(_("条款应写成 6.2.1 或 6.2.1d 这样。"))
    if item.severity not in Severity.values:
        raise unfit(_("请选择严重程度。"))
    if not 1 <= item.weight <= WEIGHT_MOST:
        raise unfit(_("权重应在 1 到 %(most)d 之间。") % {"most": WEIGHT_MOST})
    return replace(item, label=label, look=look)


def _coded(items: Sequence[Item]) -> list[Item]:
    """New items get codes that no edition ever used. Raises: Unfit (too many, one name twice)."""
    if len(items) > ITEMS_MOST:
        message = _("检查单最多 %(most)d 项，现有 %(now)d 项。")
        raise Unfit(message % {"most": ITEMS_MOST, "now": len(items)})
    labels = [item.label for item in items]
    for label in labels:
        if labels.count(label) > 1:
            raise Unfit(_("检查项“%(name)s”出现了两次。") % {"name": label})
    used = {line["code"] for row in Checklist.objects.all() for line in row.items}
    kept = [item.code for item in items if item.code]
    if len(kept) > len(set(kept)) or set(kept) - used:
        raise Unfit(_("检查项与草稿对不上，请刷新页面后再改。"))
    free = (code for number in range(1, 10_000) if (code := f"item-{number}") not in used)
    return [item if item.code else replace(item, code=next(free)) for item in items]
