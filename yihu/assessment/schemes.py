"""Schemes of assessment are drafted, tried on frozen facts, published; then they never change."""

import tomllib
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.assessment import rules
from yihu.assessment.models import Scheme
from yihu.assessment.policy import may_assess
from yihu.assessment.queries import draft_scheme, newest_scheme
from yihu.assessment.rules import Definition, parse, stored
from yihu.assessment.sources import ways
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit

FIRST = Path(__file__).parent / "data" / "scheme-1.toml"
MAKES = "制定考核方案的"


@transaction.atomic
def load_first_scheme(by: audit.Actor | None = None) -> Scheme:
    """Publish edition 1 from the data beside this file, unless a scheme is there."""
    known = Scheme.objects.order_by("number").first()
    if known is not None:
        return known
    said = tomllib.loads(FIRST.read_text("utf-8"))
    made = Scheme.objects.create(
        number=1,
        title=said["title"],
        effective_on=date.fromisoformat(said["effective_on"]),
        definition=stored(parse(said)),
        published_at=timezone.now(),
    )
    audit.record(by, "assessment_scheme.published", made, data={"number": 1})
    return made


@transaction.atomic
def draft(by: User, *, at: datetime) -> Scheme:
    """Begin the next edition as a copy of the newest; the one that is open where there is one.

    Raises: Denied, Refused.
    """
    require(may_assess(by), _(MAKES))
    known = draft_scheme()
    if known is not None:
        return known
    base = newest_scheme()
    if base is None:
        raise Refused(_("还没有任何已发布的方案；请先运行 yihu init 载入第 1 版。"))
    made = Scheme.objects.create(
        number=base.number + 1,
        title=base.title,
        effective_on=base.effective_on,
        definition=base.definition,
        based_on=base,
        changed_by=by,
        changed_at=at,
    )
    made.refresh_from_db()
    audit.record(by, "assessment_scheme.drafted", made, data={"number": made.number})
    return made


def _held(number: int, version: int | None = None) -> Scheme:
    """The draft, locked. Raises: Refused where it is published or was saved meanwhile."""
    found = Scheme.objects.select_for_update().get(number=number)
    if found.published_at is not None:
        raise Refused(_("第 %(number)d 版已发布，不能再改；请编制新版。") % {"number": number})
    if version is not None and found.version != version:
        raise Refused(_("这份草稿已被他人保存过；请刷新页面，看过现在的内容后再改。"))
    return found


@transaction.atomic
def edit(
    by: User,
    number: int,
    *,
    version: int,
    title: str,
    effective_on: date,
    definition: Definition,
    at: datetime,
) -> Scheme:
    """Save the draft, whole or not yet; `version` is the save that the person began from.

    Raises: Denied, Refused (published, or saved by somebody else meanwhile).
    """
    require(may_assess(by), _(MAKES))
    held = _held(number, version)
    held.title = title
    held.effective_on = effective_on
    held.definition = stored(definition)
    held.version += 1
    held.changed_by, held.changed_at = by, at
    held.save()
    data = {"number": number, "save": held.version}
    audit.record(by, "assessment_scheme.edited", held, data=data)
    return held


@transaction.atomic
def discard(by: User, number: int) -> None:
    """Give the draft up. Raises: Denied, Refused (published)."""
    require(may_assess(by), _(MAKES))
    held = _held(number)
    audit.record(by, "assessment_scheme.discarded", held, data={"number": number})
    held.delete()


@transaction.atomic
def publish(by: User, number: int, *, version: int, at: datetime) -> Scheme:
    """Put the draft in force for the periods that begin on its day or later.

    Raises: Denied, Refused, Unfit (the first things that the scheme must still say).
    """
    require(may_assess(by), _(MAKES))
    held = _held(number, version)
    found = rules.problems(parse(held.definition), ways())
    if held.based_on is not None and held.effective_on < held.based_on.effective_on:
        found.append(
            _("适用日期不能早于上一版的 %(day)s；请改为该日或以后。")
            % {"day": held.based_on.effective_on}
        )
    if found:
        raise Unfit(" ".join(found[:3]))
    held.published_at = at
    held.published_by = by
    held.save(update_fields=["published_at", "published_by"])
    audit.record(by, "assessment_scheme.published", held, data={"number": number})
    return held
