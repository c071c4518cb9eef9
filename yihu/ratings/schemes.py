"""Rating schemes are drafted, tried, published; then they never change (§6.1.3)."""

import tomllib
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.problems import Refused, Unfit
from yihu.ratings import rules
from yihu.ratings.indicators import ways
from yihu.ratings.models import RatingRound, RatingScheme, RoundKind, RoundState
from yihu.ratings.policy import may_rate
from yihu.ratings.queries import draft_scheme, newest_scheme, scheme_in_force
from yihu.ratings.rules import Definition, parse, stored

FIRST = Path(__file__).parent / "data" / "scheme-1.toml"
MAKES = "制定评级方案的"


@transaction.atomic
def load_first_scheme(by: audit.Actor | None = None) -> RatingScheme:
    """Publish edition 1 from the data beside this file, unless a scheme is there."""
    known = RatingScheme.objects.order_by("number").first()
    if known is not None:
        return known
    said = tomllib.loads(FIRST.read_text("utf-8"))
    made = RatingScheme.objects.create(
        number=1,
        title=said["title"],
        effective_year=said["effective_year"],
        definition=stored(parse(said)),
        published_at=timezone.now(),
    )
    audit.record(by, "rating_scheme.published", made, data={"number": 1})
    return made


@transaction.atomic
def draft(by: User, *, at: datetime) -> RatingScheme:
    """Begin the next edition as a copy of the newest; the one that is open where there is one.

    Raises: Denied.
    """
    require(may_rate(by), _(MAKES))
    known = draft_scheme()
    if known is not None:
        return known
    base = newest_scheme()
    if base is None:
        raise Refused(_("还没有任何已发布的方案；请先运行 yihu init 载入第 1 版。"))
    made = RatingScheme.objects.create(
        number=base.number + 1,
        title=base.title,
        effective_year=base.effective_year,
        definition=base.definition,
        based_on=base,
        changed_by=by,
        changed_at=at,
    )
    made.refresh_from_db()
    audit.record(by, "rating_scheme.drafted", made, data={"number": made.number})
    return made


def _held(number: int, version: int | None = None) -> RatingScheme:
    """The draft, locked. Raises: Refused where it is published or was saved meanwhile."""
    found = RatingScheme.objects.select_for_update().get(number=number)
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
    effective_year: int,
    definition: Definition,
    at: datetime,
) -> RatingScheme:
    """Save the draft, whole or not yet; `version` is the save that the person began from.

    Raises: Denied, Refused (published, or saved by somebody else meanwhile).
    """
    require(may_rate(by), _(MAKES))
    held = _held(number, version)
    held.title = title
    held.effective_year = effective_year
    held.definition = stored(definition)
    held.version += 1
    held.changed_by, held.changed_at = by, at
    held.save()
    audit.record(by, "rating_scheme.edited", held, data={"number": number, "save": held.version})
    return held


@transaction.atomic
def discard(by: User, number: int) -> None:
    """Give the draft up, with its trials. Raises: Denied, Refused (published)."""
    require(may_rate(by), _(MAKES))
    held = _held(number)
    audit.record(by, "rating_scheme.discarded", held, data={"number": number})
    _forget_trials(held)
    held.delete()


@transaction.atomic
def publish(by: User, number: int, *, version: int, at: datetime) -> RatingScheme:
    """Put the draft in force for the rating years from `effective_year` on.

    Raises: Denied, Refused, Unfit (the first thing that the scheme must still say).
    """
    require(may_rate(by), _(MAKES))
    held = _held(number, version)
    found = rules.problems(parse(held.definition), ways())
    if held.based_on is not None and held.effective_year < held.based_on.effective_year:
        found.append(
            _("适用年度不能早于上一版的 %(year)d 年度；请改为该年度或以后。")
            % {"year": held.based_on.effective_year}
        )
    if found:
        raise Unfit(" ".join(found[:3]))
    held.published_at = at
    held.published_by = by
    held.save(update_fields=["published_at", "published_by"])
    audit.record(by, "rating_scheme.published", held, data={"number": number})
    return held


@transaction.atomic
def try_out(by: User, number: int, *, cut_off_on: date, at: datetime) -> RatingRound:
    """A trial of the draft on live data, and beside it one of the scheme in force; both wait for
    `rounds.compute`. Earlier trials of the draft go. Raises: Denied, Refused, Unfit.
    """
    require(may_rate(by), _(MAKES))
    held = _held(number)
    found = rules.problems(parse(held.definition), ways())
    if found:
        raise Unfit(" ".join(found[:3]))
    in_force = scheme_in_force(held.effective_year)
    if in_force is None:
        raise Refused(_("没有现行方案可以对照；请先运行 yihu init 载入第 1 版。"))
    _forget_trials(held)

    def trial(scheme: RatingScheme, beside: RatingRound | None) -> RatingRound:
        return RatingRound.objects.create(
            kind=RoundKind.TRIAL,
            year=cut_off_on.year,
            scheme=scheme,
            scheme_version=scheme.version,
            cut_off_on=cut_off_on,
            state=RoundState.COMPUTING,
            beside=beside,
            opened_by=by,
            opened_at=at,
            asked_at=at,
        )

    base = trial(in_force, None)
    base.refresh_from_db()
    made = trial(held, base)
    made.refresh_from_db()
    audit.record(
        by, "rating_scheme.tried", held, data={"number": number, "against": in_force.number}
    )
    return made


def _forget_trials(scheme: RatingScheme) -> None:
    """The trials of a draft with what stands beside them."""
    mine = RatingRound.objects.filter(kind=RoundKind.TRIAL, scheme=scheme)
    beside = list(mine.values_list("beside_id", flat=True))
    mine.delete()
    RatingRound.objects.filter(kind=RoundKind.TRIAL, pk__in=beside).delete()
