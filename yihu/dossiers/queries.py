"""Reads of dossiers."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.dossiers.models import NEVER, Dossier, Draft, FileVersion, Submission
from yihu.dossiers.rules import (
    CORE_CLASSES,
    CORE_CONTENT,
    ORDINARY_YEARS,
    PENDING,
    Decision,
    DraftState,
    FileMark,
    Secrecy,
)
from yihu.kit.clock import SHANGHAI
from yihu.kit.sets import THIS_TRANSACTION

MINIMUM_QUERY = 2


def search(user: User, text: str) -> ScopedQuerySet | Any:
    """Dossiers the person may see whose names, codes, pinyin or initials contain the text.

    Two characters or more (fewer find nothing); names that begin with it stand first.
    """
    wanted = " ".join(text.split())
    if len(wanted) < MINIMUM_QUERY:
        return Dossier.objects.none()
    scope = scope_of(user)
    units = None if scope.everything else sorted(scope.unit_ids)
    found = RawSQL("SELECT search_dossiers(%s, %s::integer[])", (wanted, units))
    return (
        Dossier.objects.visible_to(user)
        .filter(id__in=found)
        .annotate(
            place=Case(
                When(name_full__startswith=wanted, then=Value(0)),
                When(short_name__startswith=wanted, then=Value(0)),
                When(initials__startswith=wanted.lower(), then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            )
        )
        .order_by("place", "pinyin", "id")
    )


def best(user: User, text: str, limit: int) -> list[Dossier]:
    """The first few of `search`, in its order, without joining every hit there is."""
    wanted = " ".join(text.split())
    if len(wanted) < MINIMUM_QUERY:
        return []
    scope = scope_of(user)
    if scope.regions:  # a reader's regions are not known to the function
        return list(search(user, wanted).select_related("unit")[:limit])
    units = None if scope.everything else sorted(scope.unit_ids)
    with connection.cursor() as cursor:
        cursor.execute("SELECT best_dossiers(%s, %s::integer[], %s)", [wanted, units, limit])
        order = {pk: place for place, (pk,) in enumerate(cursor.fetchall())}
    rows = Dossier.objects.visible_to(user).filter(pk__in=order).select_related("unit")
    return sorted(rows, key=lambda row: order[row.pk])


def first_found(user: User, text: str, most: int, far: int) -> tuple[ScopedQuerySet, int] | None:
    """The first files by name of what `search` finds, and how many it finds, counted up to `far`.

    None where it does not serve: a reader's regions are not known to the function.
    """
    wanted = " ".join(text.split())
    scope = scope_of(user)
    if scope.regions or len(wanted) < MINIMUM_QUERY:
        return None
    units = None if scope.everything else sorted(scope.unit_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM first_dossiers(%s, %s::integer[], %s, %s)", [wanted, units, most, far]
        )
        ids, hits = cursor.fetchone()
    return Dossier.objects.visible_to(user).filter(pk__in=ids), hits


def counted(
    user: User, *, unit: int | None = None, klass: str | None = None, most: int | None = None
) -> int | None:
    """How many files the person may see, of that unit and class ("" for none) where they are given.

    Counted up to `most`, where that is given. None where some units are open by regions only:
    those are counted row by row.
    """
    scope = scope_of(user)
    if scope.unit_ids != scope.whole_units:
        return None
    units = None if scope.everything else scope.unit_ids
    if unit is not None:
        units = frozenset({unit}) if units is None else units & {unit}
    given = None if units is None else sorted(units)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count_dossiers(%s::bigint[], %s, %s)", [given, klass, most])
        (found,) = cursor.fetchone()
    return int(found)


def mark_borne(rows: QuerySet[Any]) -> FileMark | None:
    """The same of rows that hang on files, by their `dossier`."""
    return highest_mark(Dossier.objects.filter(pk__in=rows.order_by().values("dossier")))


def core_files(at: str = "") -> Q:
    """Files whose mark is a core secret, as a condition; `at`: the path to them, `dossier__`."""
    stated = Q(**{f"{at}secrecy": Secrecy.CORE})
    unmarked = Q(**{f"{at}circle": ""})
    by_class = Q(**{f"{at}klass__in": CORE_CLASSES})
    by_content = Q(**{f"{at}document__has_any_keys": sorted(CORE_CONTENT)})
    return stated | unmarked & (by_class | by_content)


def highest_mark(rows: QuerySet[Dossier]) -> FileMark | None:
    """The strictest mark among the files: what a list of them bears (§5.5).

    Most long lists hold a file that is a core secret for good by its class: none is stricter, and
    the first that is met will do. Only without one are all weighed.
    """
    files = Dossier.objects.filter(pk__in=rows.order_by().values("pk"))
    plain: Dossier
    for plain in files.filter(klass__in=CORE_CLASSES, circle="", secrecy_until=None)[:1]:
        return plain.mark
    core = core_files()
    kept_until = Case(
        When(secrecy_until__isnull=False, then="secrecy_until"),
        When(core | ~Q(circle=""), then=Value(NEVER)),
        default=Cast(
            ExpressionWrapper(
                F("opened_on") + timedelta(days=366 * ORDINARY_YEARS), output_field=DateTimeField()
            ),
            DateField(),
        ),
        output_field=DateField(),
    )
    strict = Case(When(core, then=Value(1)), default=Value(0), output_field=IntegerField())
    found = (
        files.annotate(strict=strict, kept_until=kept_until)
        .order_by("-strict", "-kept_until", "pk")
        .first()
    )
    return found.mark if found is not None else None


def last_versions(keys: Sequence[UUID]) -> dict[UUID, FileVersion]:
    """The newest approved version of each file that has one."""
    rows = (
        FileVersion.objects.filter(dossier__in=keys)
        .select_related("edition")
        .order_by("dossier", "-number")
    )
    return {row.dossier_id: row for row in rows.distinct("dossier")}


def end_of(day: date) -> datetime:
    """The moment after the day's last, in Shanghai."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def version_on(dossier: Dossier, day: date) -> FileVersion | None:
    """The version that held at the end of that day; None before the first approval (§3c)."""
    held: FileVersion | None = (
        FileVersion.objects.filter(
            unit=dossier.unit_id, dossier=dossier, approved_at__lt=end_of(day)
        )
        .select_related("filled_by", "approved_by", "edition")
        .order_by("-number")
        .first()
    )
    return held


def pending_draft(dossier: Dossier) -> Draft | None:
    """The file's draft that is open or waits for review, with its guide and who began it."""
    found: Draft | None = (
        Draft.objects.filter(unit=dossier.unit_id, dossier=dossier, state__in=PENDING)
        .select_related("opened_by", "edition")
        .first()
    )
    return found


def last_submission(draft: Draft) -> Submission | None:
    """The newest submission of the draft, with its people."""
    found: Submission | None = (
        Submission.objects.filter(unit=draft.unit_id, draft=draft)
        .select_related("submitted_by", "decided_by")
        .order_by("-number")
        .first()
    )
    return found


def written_just_now(unit_id: int) -> QuerySet[Dossier]:
    """The unit's files that a ledger of this transaction opened or amended; some more may be."""
    return Dossier.objects.filter(unit=unit_id, changed_at=THIS_TRANSACTION)


def returned_to(user: User, most: int = 3) -> list[Submission]:
    """What reviewers sent back to this person and still lies open, the newest first."""
    newest = Submission.objects.filter(unit=OuterRef("unit"), draft=OuterRef("draft")).order_by(
        "-number"
    )
    rows = (
        Submission.objects.visible_to(user)
        .filter(
            submitted_by=user.staff_id,
            decision=Decision.RETURNED,
            draft__state=DraftState.OPEN,
            number=Subquery(newest.values("number")[:1]),
        )
        .select_related("draft__dossier", "decided_by")
        .order_by("-decided_at")
    )
    return list(rows[:most])


def waiting_for(user: User) -> ScopedQuerySet:
    """Submissions that wait for a reviewer, of the files the person may see, oldest first."""
    rows: ScopedQuerySet = (
        Submission.objects.visible_to(user)
        .filter(decision="")
        .select_related("draft__dossier", "submitted_by", "unit")
        .order_by("submitted_at", "id")
    )
    return rows
