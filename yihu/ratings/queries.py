"""Every read of schemes, rounds and scores."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet
from django.http import Http404

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import search as search_dossiers
from yihu.dossiers.rules import State
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.ratings.models import (
    RatingJudgement,
    RatingProposal,
    RatingResult,
    RatingRound,
    RatingScheme,
    RatingScore,
    ResultState,
    RoundKind,
    RoundState,
    Verdict,
)
from yihu.ratings.rules import Definition, Moved

NONE = "none"
"""How an address names files that had no grade before."""


# Schemes -----------------------------------------------------------------------------------------


def schemes() -> list[RatingScheme]:
    """All editions, the newest first."""
    return list(RatingScheme.objects.select_related("changed_by", "published_by"))


def draft_scheme() -> RatingScheme | None:
    """The one that is being drafted."""
    return RatingScheme.objects.filter(published_at=None).first()


def newest_scheme() -> RatingScheme | None:
    """The last one published."""
    return RatingScheme.objects.filter(published_at__isnull=False).first()


def scheme_in_force(year: int) -> RatingScheme | None:
    """By which a rating year is judged: the newest that is effective by then."""
    return RatingScheme.objects.filter(published_at__isnull=False, effective_year__lte=year).first()


def scheme_of(number: int) -> RatingScheme:
    """Raises: Http404."""
    found = (
        RatingScheme.objects.select_related("changed_by", "published_by", "based_on")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    return found


def trial_of(scheme: RatingScheme) -> RatingRound | None:
    """The last trial of a draft."""
    rows = RatingRound.objects.filter(kind=RoundKind.TRIAL, scheme=scheme, beside__isnull=False)
    return rows.order_by("-opened_at").first()


# Rounds ------------------------------------------------------------------------------------------


def rounds() -> list[RatingRound]:
    """The years' rounds, the newest first."""
    rows = RatingRound.objects.filter(kind=RoundKind.REAL).select_related("scheme", "opened_by")
    return list(rows)


def round_of(key: UUID) -> RatingRound:
    """Raises: Http404."""
    found = (
        RatingRound.objects.select_related(
            "scheme", "opened_by", "handed_by", "reviewed_by", "final_by", "beside__scheme"
        )
        .filter(pk=key)
        .first()
    )
    if found is None:
        raise Http404
    return found


def is_superseded(rating: RatingRound) -> bool:
    """Whether a newer scheme is in force for its year: nothing more is rated by the old one."""
    in_force = scheme_in_force(rating.year)
    return rating.kind == RoundKind.REAL and (in_force is None or in_force.pk != rating.scheme_id)


def judged_since(rating: RatingRound) -> int:
    """How many judgements came after the round was computed."""
    rows = RatingJudgement.objects.filter(round=rating)
    if rating.computed_at is not None:
        rows = rows.filter(at__gt=rating.computed_at)
    return rows.count()


def judging_round() -> RatingRound | None:
    """The round that judges may enter theirs into."""
    rows = RatingRound.objects.filter(
        kind=RoundKind.REAL, state__in=[RoundState.OPEN, RoundState.COMPUTED]
    )
    return rows.select_related("scheme").first()


def matrix(rating: RatingRound, grades: Sequence[str]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Rows: the grade before; columns: the grade now; how many files. Grades of an earlier scheme
    that this one lacks stand below its own, "" last.
    """
    counted = {
        (before, now): number
        for before, now, number in RatingScore.objects.filter(round=rating)
        .order_by()
        .values("grade_before", "grade")
        .annotate(number=Count("pk"))
        .values_list("grade_before", "grade", "number")
    }
    others = sorted({before for before, _now in counted} - {*grades, ""})
    lines = [*grades, *others, *([""] if any(not before for before, _now in counted) else [])]
    return [(before, [(now, counted.get((before, now), 0)) for now in grades]) for before in lines]


def class_mix(rating: RatingRound) -> dict[str, tuple[int, int]]:
    """By class: files now, files if every proposal were accepted."""
    rows = RatingScore.objects.filter(round=rating).order_by()
    now = dict(rows.values("klass_now").annotate(n=Count("pk")).values_list("klass_now", "n"))
    then = dict(rows.values("klass").annotate(n=Count("pk")).values_list("klass", "n"))
    return {code: (now.get(code, 0), then.get(code, 0)) for code in {*now, *then}}


def average_of(rating: RatingRound) -> Mapping[str, Any]:
    """Files, mean score, those that rose and fell, those that would change class."""
    found: Mapping[str, Any] = RatingScore.objects.filter(round=rating).aggregate(
        files=Count("pk"),
        customers=Count("customer", distinct=True),
        crossing=Count("pk", filter=~Q(klass=F("klass_now"))),
        best=Max("score"),
    )
    return found


# Scores ------------------------------------------------------------------------------------------


def scores(
    user: User, rating: RatingRound, chosen: Mapping[str, Any], definition: Definition
) -> ScopedQuerySet:
    """The round's scores in reach, under the filter's conditions."""
    rows: ScopedQuerySet = (
        RatingScore.objects.visible_to(user)
        .filter(round=rating)
        .select_related("dossier", "unit")
        .defer("dossier__document", "dossier__search_text", "dossier__retired")
    )
    if chosen.get("q"):
        named = search_dossiers(user, chosen["q"]).order_by().values("pk")
        rows = rows.filter(dossier__in=named)
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    if chosen.get("grade"):
        rows = rows.filter(grade=chosen["grade"])
    if chosen.get("was"):
        rows = rows.filter(grade_before="" if chosen["was"] == NONE else chosen["was"])
    if chosen.get("moved"):
        rows = rows.filter(_moved(chosen["moved"], [band.grade for band in definition.bands]))
    if chosen.get("klass"):
        rows = rows.filter(klass=chosen["klass"])
    if chosen.get("crossing"):
        rows = rows.exclude(klass=F("klass_now"))
    return rows


def _moved(way: str, grades: Sequence[str]) -> Q:
    if way == Moved.NEW:
        return Q(grade_before="")
    if way == Moved.SAME:
        return Q(grade_before=F("grade"))
    found = Q(pk__in=[])
    for place, grade in enumerate(grades):
        others = grades[place + 1 :] if way == Moved.UP else grades[:place]
        found |= Q(grade=grade, grade_before__in=others)
    return found


def score_of(user: User, pk: UUID) -> RatingScore:
    """One score that the person may see. Raises: Unreachable."""
    rows = RatingScore.objects.select_related("dossier__unit", "round__scheme", "round__beside")
    if not scope_of(user).everything:
        rows = rows.filter(final=True)
    found: RatingScore = reach(rows, user, pk=pk)
    return found


def earlier(rating: RatingRound, dossiers: Iterable[UUID]) -> dict[UUID, RatingScore]:
    """The scores that a round is compared with, by file: of the trial beside it, or of the last
    final round of an earlier year.
    """
    rows = RatingScore.objects.filter(dossier__in=list(dossiers)).select_related("round__scheme")
    if rating.beside_id is not None:
        rows = rows.filter(round=rating.beside_id)
    else:
        rows = rows.filter(final=True, round__year__lt=rating.year).order_by("round__year")
    return {row.dossier_id: row for row in rows}


def rated(dossier: Dossier) -> list[tuple[RatingResult, UUID | None]]:
    """The final results of a file that the caller has reached, newest first, each with the key of
    the score that explains it where a round of this system gave it.
    """
    results = RatingResult.objects.filter(
        unit=dossier.unit_id, dossier=dossier, state=ResultState.FINAL
    ).order_by("-year")
    keys = dict(
        RatingScore.objects.filter(unit=dossier.unit_id, dossier=dossier, final=True).values_list(
            "round_id", "pk"
        )
    )
    return [(result, keys.get(result.round_id)) for result in results]


# Judging -----------------------------------------------------------------------------------------


def to_judge(
    user: User, rating: RatingRound, chosen: Mapping[str, Any], codes: Sequence[str]
) -> ScopedQuerySet:
    """The files that a judge judges: own unit's, or all for headquarters."""
    scope = scope_of(user)
    rows: ScopedQuerySet = (
        Dossier.objects.filter(state=State.ACTIVE, opened_on__lte=rating.cut_off_on)
        .select_related("unit")
        .defer("document", "search_text", "retired")
    )
    if not scope.everything and user.staff is not None:
        rows = rows.filter(unit=user.staff.unit_id)
    if chosen.get("q"):
        rows = rows.filter(pk__in=search_dossiers(user, chosen["q"]).order_by().values("pk"))
    if chosen.get("unit"):
        rows = rows.filter(unit=int(chosen["unit"]))
    if chosen.get("klass"):
        rows = rows.filter(klass=chosen["klass"])
    if chosen.get("left"):
        done = (
            RatingJudgement.objects.filter(round=rating, code__in=codes, points__isnull=False)
            .order_by()
            .values("dossier")
            .annotate(n=Count("pk"))
            .filter(n=len(codes))
            .values("dossier")
        )
        rows = rows.exclude(pk__in=done)
    return rows


def judgements(
    rating: RatingRound, dossiers: Iterable[UUID], codes: Sequence[str]
) -> dict[tuple[UUID, str], RatingJudgement]:
    """What was given so far, by file and indicator."""
    rows = RatingJudgement.objects.filter(
        round=rating, dossier__in=list(dossiers), code__in=codes
    ).select_related("by")
    return {(row.dossier_id, row.code): row for row in rows}


def judged_counts(rating: RatingRound) -> dict[str, int]:
    """By indicator, how many files were judged."""
    rows = RatingJudgement.objects.filter(round=rating, points__isnull=False)
    return dict(rows.order_by().values("code").annotate(n=Count("pk")).values_list("code", "n"))


# Proposals ---------------------------------------------------------------------------------------


def proposals(chosen: Mapping[str, Any], rating: RatingRound) -> QuerySet[RatingProposal]:
    """A final round's proposals of classes under the filter's conditions."""
    rows = RatingProposal.objects.filter(round=rating).select_related("customer", "decided_by")
    if chosen.get("verdict"):
        rows = rows.filter(verdict=chosen["verdict"])
    if chosen.get("now"):
        rows = rows.filter(klass_now=chosen["now"])
    if chosen.get("klass"):
        rows = rows.filter(klass=chosen["klass"])
    return rows


def files_of(rows: Sequence[RatingProposal]) -> dict[UUID, list[Dossier]]:
    """The files that all units keep on the customers of these, by customer."""
    found: dict[UUID, list[Dossier]] = {row.customer_id: [] for row in rows}
    for file in Dossier.objects.filter(customer__in=list(found)).only("customer"):
        found[file.customer_id].append(file)
    return found


def waiting_proposals(rating: RatingRound) -> int:
    """How many still wait for a decision."""
    return RatingProposal.objects.filter(round=rating, verdict=Verdict.WAITING).count()


def units(user: User) -> list[tuple[str, str]]:
    """The units whose files are rated, as options."""
    scope = scope_of(user)
    rows = OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])
    seen = rows if scope.everything else rows.filter(pk__in=scope.own_ids)
    return [(str(unit.pk), unit.name) for unit in seen]


def latest_month(today: date) -> date:
    """The last day of the last month that has ended: the usual cut-off."""
    return date.fromordinal(today.replace(day=1).toordinal() - 1)
