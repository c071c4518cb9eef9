"""A round is opened, computed, judged, handed in, reviewed by a second person, made final; then
headquarters decides the classes that it proposes (§6.1.3, 6.2.1c).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.customers.merge import set_classes
from yihu.customers.rules import ClassSource
from yihu.dossiers.merge import decide_classes
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.kit.sets import by_sets
from yihu.ratings.models import (
    RatingJudgement,
    RatingProposal,
    RatingRound,
    RatingScore,
    RoundKind,
    RoundState,
    Verdict,
)
from yihu.ratings.policy import JUDGED, may_judge, may_rate, may_review
from yihu.ratings.queries import is_superseded, judged_since, scheme_in_force
from yihu.ratings.rules import HUNDRED, ZERO, parse, rounded
from yihu.ratings.scoring import SQL, compute_scores, lines_of

RATES = "组织客户评级的"
LINES = 5000
"""Lines of the log written at once."""
REASON_MOST = 200
LARGE = 2000
"""From so many files, or customers, on a decision is carried out by a job."""


@transaction.atomic
def open_round(by: User, *, year: int, cut_off_on: date, at: datetime, today: date) -> RatingRound:
    """Begin the rating of a year by the scheme in force for it. One a year at most.

    Raises: Denied, Unfit (cut-off in the future), Refused.
    """
    require(may_rate(by), _(RATES))
    if cut_off_on > today:
        raise Unfit(_("数据截止日不能晚于今天；请改为 %(today)s 或以前。") % {"today": today})
    scheme = scheme_in_force(year)
    if scheme is None:
        raise Refused(
            _("没有适用于 %(year)d 年度的评级方案；请先发布一版适用该年度的方案。") % {"year": year}
        )
    living = RatingRound.objects.filter(kind=RoundKind.REAL, year=year)
    if living.exclude(state=RoundState.DROPPED).exists():
        raise Refused(
            _("%(year)d 年度已有一轮评级；请在那一轮里继续，或先把它作废。") % {"year": year}
        )
    made = RatingRound.objects.create(
        kind=RoundKind.REAL,
        year=year,
        scheme=scheme,
        scheme_version=scheme.version,
        cut_off_on=cut_off_on,
        opened_by=by,
        opened_at=at,
    )
    made.refresh_from_db()
    audit.record(by, "rating_round.opened", made, data={"year": year, "scheme": scheme.number})
    return made


def _held(key: UUID, *states: str, doing: str) -> RatingRound:
    """The round, locked, in one of the states and by a scheme in force. Raises: Refused."""
    held = RatingRound.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=key)
    _check(held, *states, doing=doing)
    return held


def _check(held: RatingRound, *states: str, doing: str) -> None:
    if held.state not in states:
        raise Refused(
            _("这一轮现在是“%(state)s”，不能%(doing)s；请刷新页面。")
            % {"state": held.get_state_display(), "doing": doing}
        )
    if is_superseded(held):
        raise Refused(
            _("第 %(number)d 版方案已被新版取代，不能再据以评级；请作废这一轮，按新方案重新发起。")
            % {"number": held.scheme.number}
        )


@transaction.atomic
def ask_to_compute(by: User, key: UUID, *, at: datetime) -> RatingRound:
    """Hand the round to the job that computes it (again). Raises: Denied, Refused."""
    require(may_rate(by), _(RATES))
    held = _held(key, RoundState.OPEN, RoundState.COMPUTED, doing=_("重新计算"))
    held.state = RoundState.COMPUTING
    held.asked_at = at
    held.save(update_fields=["state", "asked_at"])
    return held


@transaction.atomic
def compute(key: UUID, *, at: datetime) -> RatingRound | None:
    """Compute a round that waits for it, and first the trial beside it; twice is harmless.

    Returns None where nothing waits. Raises: Refused (scheme superseded).
    """
    waiting = RatingRound.objects.filter(pk=key, state=RoundState.COMPUTING)
    if not waiting.exists():
        return None
    held = _held(key, RoundState.COMPUTING, doing=_("计算"))
    if held.beside_id is not None:
        _compute(_held(held.beside_id, *RoundState, doing=_("计算")), at)
    _compute(held, at)
    audit.record(
        None,
        "rating_round.computed",
        held,
        data={
            "year": held.year,
            "kind": held.kind,
            "files": held.files,
            "asked_by": [held.opened_by_id],
        },
    )
    return held


def _compute(held: RatingRound, at: datetime) -> None:
    definition = parse(held.scheme.definition)
    held.files = compute_scores(held, definition)
    held.lines = lines_of(definition)
    held.state = RoundState.COMPUTED
    held.computed_at = at
    held.save(update_fields=["files", "lines", "state", "computed_at"])


@transaction.atomic
def give_up(key: UUID) -> None:
    """What broke is left as it was before it was asked for, and whoever asked is told."""
    held = RatingRound.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if held is None or held.state not in (RoundState.COMPUTING, RoundState.CLOSING):
        return
    asked_by = held.opened_by_id
    if held.state == RoundState.CLOSING:
        asked_by = held.final_by_id
        held.state, held.final_by, held.final_at = RoundState.REVIEWED, None, None
    else:
        done = held.computed_at is not None
        held.state = RoundState.COMPUTED if done else RoundState.OPEN
    held.save(update_fields=["state", "final_by", "final_at"])
    audit.record(
        None, "rating_round.failed", held, data={"year": held.year, "asked_by": [asked_by]}
    )


@transaction.atomic
def judge(
    by: User, key: UUID, dossier: Dossier, *, code: str, points: Decimal | None, at: datetime
) -> RatingJudgement:
    """Give a file its points for a judged indicator, or (None) take them back.

    Raises: Denied, Refused (not while it is computed, handed in or final), Unfit (0 to 100).
    """
    held = RatingRound.objects.select_related("scheme").get(pk=key)
    _check(held, *JUDGED, doing=_("评分"))
    line = parse(held.scheme.definition).indicator(code)
    if line is None:
        raise Unfit(_("这一版方案没有此项评分指标；请刷新页面。"))
    require(may_judge(by, line, dossier.unit_id), _("给本项指标评分的"))
    if points is not None and not ZERO <= points <= HUNDRED:
        raise Unfit(_("评分应在 0 至 100 之间。"))
    made, _new = RatingJudgement.objects.update_or_create(
        unit_id=dossier.unit_id,
        round=held,
        dossier=dossier,
        code=code,
        defaults={"points": None if points is None else rounded(points), "by": by, "at": at},
    )
    audit.record(
        by,
        "rating.judged",
        held,
        unit_id=dossier.unit_id,
        dossier_id=dossier.pk,
        data={"year": held.year, "indicator": code},
    )
    return made


@transaction.atomic
def hand_in(by: User, key: UUID, *, at: datetime) -> RatingRound:
    """Hand the computed round to a second supervisor.

    Raises: Denied, Refused (judged after it was computed).
    """
    require(may_rate(by), _(RATES))
    held = _held(key, RoundState.COMPUTED, doing=_("提交复核"))
    if held.kind != RoundKind.REAL:
        raise Refused(_("试算的结果只供比较，不能提交复核。"))
    late = judged_since(held)
    if late:
        raise Refused(
            _("最近一次计算之后又有 %(n)d 项评分；请先重新计算，再提交复核。") % {"n": late}
        )
    held.state = RoundState.HANDED
    held.handed_by, held.handed_at, held.returned_why = by, at, ""
    held.save(update_fields=["state", "handed_by", "handed_at", "returned_why"])
    audit.record(by, "rating_round.handed_in", held, data={"year": held.year})
    return held


@transaction.atomic
def review(by: User, key: UUID, *, accept: bool, reason: str = "", at: datetime) -> RatingRound:
    """Accept the round, or send it back with a reason; never by who handed it in.

    Raises: Denied, Refused, Unfit (no reason).
    """
    require(may_rate(by), _(RATES))
    held = _held(key, RoundState.HANDED, doing=_("复核"))
    if not may_review(by, held):
        raise Refused(_("提交人不能复核自己提交的一轮；请由另一名集团监督员复核。"))
    if accept:
        held.state = RoundState.REVIEWED
        held.reviewed_by, held.reviewed_at = by, at
    else:
        held.returned_why = _reason(reason, _("请写明退回的原因。"))
        held.state = RoundState.COMPUTED
        held.reviewed_by = held.reviewed_at = None
    held.save(update_fields=["state", "reviewed_by", "reviewed_at", "returned_why"])
    verb = "rating_round.reviewed" if accept else "rating_round.returned"
    audit.record(by, verb, held, data={"year": held.year})
    return held


@transaction.atomic
def finalise(by: User, key: UUID, *, at: datetime, today: date) -> RatingRound:
    """Make the reviewed round final: results and grades of the year, proposals of classes.

    From then on nothing of it changes. Raises: Denied, Refused.
    """
    require(may_rate(by), _(RATES))
    held = _held(key, RoundState.REVIEWED, doing=_("定稿"))
    held.final_by, held.final_at = by, at
    _finalise(held, by, today)
    return held


@transaction.atomic
def ask_to_finalise(by: User, key: UUID, *, at: datetime, today: date) -> RatingRound:
    """Decide that the reviewed round is final as of today; a job carries it out.

    Raises: Denied, Refused.
    """
    require(may_rate(by), _(RATES))
    held = _held(key, RoundState.REVIEWED, doing=_("定稿"))
    held.state = RoundState.CLOSING
    held.final_by, held.final_at, held.asked_at = by, at, at
    held.save(update_fields=["state", "final_by", "final_at", "asked_at"])
    audit.record(by, "rating_round.final_asked", held, data={"year": held.year})
    app.configure_task("ratings.finalise").defer(round_id=str(held.pk), day=today.isoformat())
    return held


@transaction.atomic
def finalise_asked(key: UUID, *, today: date) -> RatingRound | None:
    """Carry out what `ask_to_finalise` decided as of that day; twice is once.

    Returns None where nothing waits. Raises: Refused (scheme superseded).
    """
    if not RatingRound.objects.filter(pk=key, state=RoundState.CLOSING).exists():
        return None
    held = _held(key, RoundState.CLOSING, doing=_("定稿"))
    by = held.final_by
    assert by is not None  # the database says so of this state
    _finalise(held, by, today)
    audit.record(None, "rating_round.settled", held, data={"year": held.year, "asked_by": [by.pk]})
    return held


def _finalise(held: RatingRound, by: User, today: date) -> None:
    with connection.cursor() as cursor, by_sets():
        cursor.execute(
            (SQL / "finalise.sql").read_text("utf-8"),
            {"round": held.pk, "year": held.year, "today": today},
        )
    held.state = RoundState.FINAL
    held.save(update_fields=["state", "final_by", "final_at"])
    rows = RatingScore.objects.filter(round=held).order_by("unit_id", "dossier_id")
    for some in _some(rows.values_list("pk", "unit_id", "dossier_id")):
        audit.record_many(
            by,
            "rating.final",
            [
                audit.Line(RatingScore(pk=pk), unit_id, dossier_id, {"year": held.year})
                for pk, unit_id, dossier_id in some
            ],
        )
    audit.record(by, "rating_round.final", held, data={"year": held.year, "files": held.files})


@transaction.atomic
def drop(by: User, key: UUID, *, reason: str) -> RatingRound:
    """Give a round up before it is final; its scores go, the line in the log stays.

    Raises: Denied, Refused, Unfit (no reason).
    """
    require(may_rate(by), _(RATES))
    why = _reason(reason, _("请写明作废的原因。"))
    held = RatingRound.objects.select_for_update().get(pk=key)
    if held.kind != RoundKind.REAL or held.state in (RoundState.FINAL, RoundState.DROPPED):
        raise Refused(_("已定稿或已作废的一轮不能再作废。"))
    held.state = RoundState.DROPPED
    held.save(update_fields=["state"])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ratings_ratingscore WHERE round_id = %s", [held.pk])
    audit.record(by, "rating_round.dropped", held, data={"year": held.year, "reason": why})
    return held


@transaction.atomic
def decide(
    by: User,
    key: UUID,
    chosen: Sequence[UUID] | None,
    *,
    accept: bool,
    reason: str = "",
    at: datetime,
    today: date,
) -> int:
    """Decide proposals of a final round, all that wait where `chosen` is None; returns how many.

    Accepted, the class of the customer and of its files changes from today on, with history; of
    many customers by a job, as of today. Kept, the reason stands.
    Raises: Denied, Refused (not final, nothing waits), Unfit.
    """
    require(may_rate(by), _("认定客户分类的"))
    rating = RatingRound.objects.select_related("scheme").get(pk=key)
    if rating.state != RoundState.FINAL:
        raise Refused(_("评级定稿之后才能认定分类；请先定稿。"))
    why = reason.strip()[:REASON_MOST] if accept else _reason(reason, _("请写明维持原分类的理由。"))
    rows = RatingProposal.objects.filter(round=rating, verdict=Verdict.WAITING)
    if chosen is not None:
        rows = rows.filter(pk__in=chosen)
    verdict = Verdict.ACCEPTED if accept else Verdict.KEPT
    number = rows.update(verdict=verdict, reason=why, decided_by=by, decided_at=at)
    if not number:
        raise Refused(_("所选的分类建议都已认定，或没有选择任何一项；请刷新页面。"))
    data = {"year": rating.year, "verdict": verdict, "customers": number}
    if accept and to_carry(rating).count() > LARGE:
        audit.record(by, "classes.asked", rating, data=data)
        app.configure_task("ratings.carry_out").defer(
            round_id=str(rating.pk), day=today.isoformat()
        )
        return number
    if accept:
        _carry(by, rating, list(to_carry(rating).order_by("pk")), today)
    audit.record(by, "classes.decided", rating, data=data)
    return number


@transaction.atomic
def carry_out(key: UUID, *, today: date) -> int:
    """Let the classes that were accepted as of that day reach customers and files; twice is once.

    Returns how many customers.
    """
    rating = RatingRound.objects.select_related("scheme").get(pk=key)
    rows = to_carry(rating).select_for_update().order_by("decided_by", "pk")
    people: dict[int, User] = {}
    number = 0
    for by_id, some in groupby(rows, lambda row: row.decided_by_id):
        accepted = list(some)
        assert by_id is not None  # the database says so of this verdict
        by = people[by_id] = User.objects.get(pk=by_id)
        _carry(by, rating, accepted, today)
        data = {"year": rating.year, "verdict": Verdict.ACCEPTED, "customers": len(accepted)}
        audit.record(by, "classes.decided", rating, data=data)
        number += len(accepted)
    if number:
        data = {"year": rating.year, "customers": number, "asked_by": sorted(people)}
        audit.record(None, "classes.carried_out", rating, data=data)
    return number


@transaction.atomic
def give_up_classes(key: UUID) -> None:
    """What could not be carried out waits for a decision again, and whoever decided is told."""
    rating = RatingRound.objects.get(pk=key)
    rows = to_carry(rating)
    asked_by = sorted(set(rows.order_by().values_list("decided_by", flat=True)))
    if asked_by:
        rows.update(verdict=Verdict.WAITING, reason="", decided_by=None, decided_at=None)
        data = {"year": rating.year, "asked_by": asked_by}
        audit.record(None, "classes.failed", rating, data=data)


def to_carry(rating: RatingRound) -> QuerySet[RatingProposal]:
    """What was accepted and has not reached customers and files yet."""
    return RatingProposal.objects.filter(
        round=rating, verdict=Verdict.ACCEPTED, carried_at__isnull=True
    )


def _carry(by: User, rating: RatingRound, accepted: Sequence[RatingProposal], today: date) -> None:
    _set_classes(by, rating, accepted, today)
    RatingProposal.objects.filter(pk__in=[row.pk for row in accepted]).update(carried_at=Now())


def _set_classes(
    by: User, rating: RatingRound, accepted: Sequence[RatingProposal], today: date
) -> None:
    basis = _("%(year)d 年度评级，方案第 %(number)d 版") % {
        "year": rating.year,
        "number": rating.scheme.number,
    }
    customers = [row.customer_id for row in accepted]
    classes = [row.klass for row in accepted]
    with connection.cursor() as cursor:
        set_classes(
            cursor,
            customers=customers,
            classes=classes,
            source=ClassSource.RATING,
            basis=basis,
            today=today,
        )
        changed = decide_classes(
            cursor, customers=customers, classes=classes, basis=basis, today=today
        )
    for some in _some(changed):
        audit.record_many(
            by,
            "class.decided",
            [
                audit.Line(Dossier(pk=pk), unit_id, pk, {"year": rating.year})
                for unit_id, pk in some
            ],
        )


@transaction.atomic
def hand_out(
    by: User, rating: RatingRound, *, rows: int, conditions: dict[str, str], trace: str
) -> None:
    """Write down that a list of scores leaves the house. Raises: Denied."""
    require(may_rate(by), _("导出评级得分的"))
    data = {"rows": rows, "conditions": conditions, "trace": trace}
    audit.record(by, "rating_scores.exported", rating, data=data)


def _reason(given: str, missing: str) -> str:
    why = " ".join(given.split())[:REASON_MOST]
    if not why:
        raise Unfit(missing)
    return why


def _some(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """So many at once as the log writes."""
    left = iter(rows)
    while some := list(islice(left, LINES)):
        yield some
