"""What stands behind a line: the duties, files, findings … that were counted, as rows of a list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from yihu.assessment import sources
from yihu.assessment.models import Entry, Line
from yihu.assessment.sources import SOURCE
from yihu.dossiers.models import Dossier, FileVersion
from yihu.duties.models import Duty
from yihu.handover.models import Ending
from yihu.inspections.models import Finding, Inspection, Subject
from yihu.org.models import PersonnelEvent
from yihu.originals.models import StocktakeLine
from yihu.originals.rules import Result


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that was counted: its name, what is known of it now, and where it stands."""

    title: str
    about: str
    url: str


def things(line: Line, keys: Sequence[UUID]) -> list[Thing]:
    """The rows of these keys, in their order; what is there no more is left out."""
    rows, told = _KINDS[SOURCE[line.code].of]
    found = {row.pk: told(row) for row in rows().filter(pk__in=keys, **_of(line))}
    return [found[key] for key in keys if key in found]


def _of(line: Line) -> Mapping[str, Any]:
    inside = "owner" if SOURCE[line.code].of == sources.INSPECTIONS else "unit"
    return {inside: line.unit_id}


def _file(dossier: Dossier) -> str:
    return reverse("desk:dossier", args=[dossier.pk])


def _duty(row: Duty) -> Thing:
    done = _("%(on)s 完成") % {"on": localtime(row.done_at).date()} if row.done_at else _("未办")
    said = _("%(kind)s · %(since)s 至 %(until)s · 截止 %(due)s · %(done)s") % {
        "kind": row.get_kind_display(), "since": row.period_start, "until": row.period_end,
        "due": row.due_on, "done": done,
    }  # fmt: skip
    return Thing(row.dossier.name_full, said, _file(row.dossier))


def _dossier(row: Dossier) -> Thing:
    said = _("档案编号 %(number)s · 现为第 %(version)d 版") % {
        "number": row.number, "version": row.version_number,
    }  # fmt: skip
    return Thing(row.name_full, said, _file(row))


def _subject(row: Subject) -> Thing:
    said = f"{row.inspection.number} {row.inspection.name}"
    url = f"{reverse('inspections:findings')}?inspection={row.inspection_id}"
    return Thing(row.name_full, said, url)


def _finding(row: Finding) -> Thing:
    said = _("%(cause)s · %(severity)s · 期限 %(due)s · %(state)s") % {
        "cause": row.get_cause_display(), "severity": row.get_severity_display(),
        "due": row.due_on, "state": row.get_state_display(),
    }  # fmt: skip
    return Thing(row.dossier.name_full, said, reverse("inspections:finding", args=[row.pk]))


def _inspection(row: Inspection) -> Thing:
    said = _("%(since)s 至 %(until)s · %(state)s") % {
        "since": row.period_start, "until": row.period_end, "state": row.get_state_display(),
    }  # fmt: skip
    return Thing(str(row), said, reverse("inspections:show", args=[row.pk]))


def _version(row: FileVersion) -> Thing:
    said = _("第 %(number)d 版 · %(day)s 审核通过") % {
        "number": row.number, "day": f"{localtime(row.approved_at):%Y-%m-%d}",
    }  # fmt: skip
    url = reverse("desk:version", args=[row.dossier_id, row.number])
    return Thing(row.dossier.name_full, said, url)


def _original(row: StocktakeLine) -> Thing:
    said = _("%(stocktake)s · 条码 %(barcode)s · %(result)s") % {
        "stocktake": row.stocktake.title, "barcode": row.barcode,
        "result": Result(row.result).label,
    }  # fmt: skip
    return Thing(row.title, said, reverse("originals:show", args=[row.original_id]))


def _person(row: PersonnelEvent) -> Thing:
    ended = Ending.objects.filter(unit=row.unit_id, staff=row.staff_id).order_by("at").first()
    said = _("%(kind)s · 生效 %(day)s · 权限注销 %(ended)s") % {
        "kind": row.get_kind_display(), "day": row.effective_on,
        "ended": f"{localtime(ended.at):%Y-%m-%d}" if ended is not None else _("未注销"),
    }  # fmt: skip
    return Thing(row.staff.name, said, reverse("handover:person", args=[row.staff_id]))


def _entry(row: Entry) -> Thing:
    said = _("%(kind)s %(points)s 分 · %(day)s · 依据：%(basis)s") % {
        "kind": row.get_kind_display(), "points": row.points, "day": row.happened_on,
        "basis": row.basis,
    }  # fmt: skip
    return Thing(row.text, said, reverse("assessment:entries"))


LARGE = ("dossier__document", "dossier__search_text", "dossier__retired")
Rows = Callable[[], QuerySet[Any]]
_KINDS: dict[str, tuple[Rows, Callable[[Any], Thing]]] = {
    sources.DUTIES: (
        lambda: Duty.objects.select_related("dossier").defer(*LARGE), _duty,
    ),
    sources.FILES: (
        lambda: Dossier.objects.defer("document", "search_text", "retired"), _dossier,
    ),
    sources.SUBJECTS: (
        lambda: Subject.objects.select_related("inspection").defer("facts", "hands"), _subject,
    ),
    sources.FINDINGS: (
        lambda: Finding.objects.select_related("dossier").defer(*LARGE), _finding,
    ),
    sources.INSPECTIONS: (lambda: Inspection.objects.all(), _inspection),
    sources.VERSIONS: (
        lambda: FileVersion.objects.select_related("dossier").defer("content", *LARGE), _version,
    ),
    sources.STOCKTAKES: (
        lambda: StocktakeLine.objects.select_related("stocktake"), _original,
    ),
    sources.PEOPLE: (lambda: PersonnelEvent.objects.select_related("staff"), _person),
    sources.ENTRIES: (lambda: Entry.objects.all(), _entry),
}  # fmt: skip
