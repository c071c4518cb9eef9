"""Where what is owed is done: the way from each duty to its deed (§6.2.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.dossiers.policy import may_fill_in
from yihu.duties.choices import DutyKind
from yihu.duties.models import Duty
from yihu.risks.queries import known_to
from yihu.visits.models import Followup, Progress

BySubject = Mapping[UUID | None, UUID]
Promises = Mapping[UUID | None, tuple[UUID, UUID]]
"""Visit and follow-up by the subject of a duty."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is to be done, in a word, and the page on which it is done."""

    label: Any
    url: str


def ways(user: User, duties: Iterable[Duty]) -> dict[UUID, Way]:
    """The way to the deed of each open duty whose deed is this person's to do, by its key.

    Two queries however many duties: the visits of promises, and the remarks to look at again; one
    more where a promise was opened again.
    """
    owed = [
        duty
        for duty in duties
        if duty.done_at is None and duty.waived_at is None and may_fill_in(user, duty.unit_id)
    ]
    promises = _promises([duty for duty in owed if duty.source == "visit_followup"])
    remarks = _remarks(user, [duty for duty in owed if duty.source == "risk_check"])
    return {duty.pk: _way(duty, promises, remarks) for duty in owed}


def _way(duty: Duty, promises: Promises, remarks: BySubject) -> Way:
    subject = duty.subject_id
    if duty.kind == DutyKind.OFFTAKE:
        month = f"?kind=offtake&month={duty.period_start:%Y-%m}"
        return Way(_("导入量、价"), reverse("intake:new") + month)
    if duty.source == "visit":
        return Way(_("整理纪要"), reverse("visits:write", args=[subject]))
    if subject in promises:
        visit, followup = promises[subject]
        page = reverse("visits:show", args=[visit])
        return Way(_("登记进展"), f"{page}#followup-{followup}")
    if subject in remarks:
        return Way(_("复核风险"), reverse("risks:review", args=[remarks[subject]]))
    if duty.kind == DutyKind.RECTIFICATION:
        return Way(_("回复整改"), reverse("inspections:finding", args=[subject]))
    return Way(_("填报"), reverse("desk:fill", args=[duty.dossier_id]))


def _promises(duties: list[Duty]) -> Promises:
    """Visit and follow-up of each promise, or of its reopening (`sources/_followup_runs.sql`)."""
    asked = {duty.subject_id for duty in duties if duty.subject_id is not None}
    if not asked:
        return {}
    rows = Followup.objects.filter(pk__in=asked).values_list("pk", "visit")
    found: dict[UUID | None, tuple[UUID, UUID]] = {pk: (visit, pk) for pk, visit in rows}
    if again := asked - found.keys():
        came = Progress.objects.filter(pk__in=again)
        for pk, visit, followup in came.values_list("pk", "followup__visit", "followup"):
            found[pk] = (visit, followup)
    return found


def _remarks(user: User, duties: list[Duty]) -> BySubject:
    """The remark of each check: the duty names both it and its day (`sources/risk_check.sql`)."""
    if not duties:
        return {}
    rows = known_to(user).filter(dossier__in=[duty.dossier_id for duty in duties])
    return {
        UUID(md5(f"{pk}{due_on}".encode(), usedforsecurity=False).hexdigest()): pk
        for pk, due_on in rows.values_list("pk", "next_check_on")
    }
