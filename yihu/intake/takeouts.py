"""Workbooks that go out to be filled and come in again (§5.5, 6.1.4)."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.audit import actions as audit
from yihu.dossiers.actions import in_force
from yihu.dossiers.models import Dossier
from yihu.dossiers.policy import may_take_out
from yihu.dossiers.problems import Refused as FileRefused
from yihu.dossiers.queries import highest_mark
from yihu.exports.kinds import XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.rules import Level, Purpose
from yihu.intake import files, queries, workbooks
from yihu.intake.choices import ImportKind
from yihu.intake.kinds import KINDS
from yihu.intake.models import Import
from yihu.intake.policy import may_import, units_to_import_for
from yihu.intake.whole import actions as whole
from yihu.kit import text
from yihu.kit.clock import today
from yihu.kit.sheet import Refused
from yihu.org.models import OrgUnit


def _dossier(by: User, asked: Asked) -> Dossier:
    """Raises: Unreachable, Denied, Unanswerable before the first guide."""
    rows = Dossier.objects.select_related("unit", "filler", "reviewer")
    found: Dossier = reach(rows, by, pk=UUID(asked.args["pk"]))
    require(may_take_out(by, found.unit_id), _("下载档案工作簿的"))
    try:
        in_force(today())
    except FileRefused as why:
        back = reverse("desk:dossier", args=[found.pk])
        raise Unanswerable(str(why), status=409, back=back) from why
    return found


def _measure_whole(by: User, asked: Asked) -> Size:
    file = _dossier(by, asked)
    title = _("档案工作簿 %(name)s") % {"name": file.name_full}
    return Size(title, 1, Level(file.secrecy), [file.unit_id], (), file.pk, file.mark)


def _produce_whole(work: Work) -> Made:
    made = whole.write_workbook(
        work.by, _dossier(work.by, work.asked), stamp=work.stamp, today=work.today
    )
    return Made(made.content, made.name, XLSX, 1)


# A month's contracts to be filled ----------------------------------------------------------------


def _month(by: User, asked: Asked) -> tuple[OrgUnit, date, list[dict[str, Any]]]:
    """Raises: Denied, Http404, Unanswerable."""
    units = units_to_import_for(by)
    require(bool(units), _("导入本单位数据的"))
    try:
        month = text.read_month(asked.chosen.get("month", ""))
    except (ValueError, OverflowError) as error:
        raise Unanswerable(_("月份无效，应写成 2026-10 的样子。")) from error
    found = OrgUnit.objects.filter(pk__in=units).order_by("sort", "id")
    if code := asked.chosen.get("unit"):
        found = found.filter(code=code)
    unit = found.first()
    if unit is None:
        raise Http404
    return unit, month, list(queries.month_to_fill(unit.pk, month))


def _titled(unit: OrgUnit, month: date) -> str:
    return _("%(unit)s%(year)d年%(month)d月客户提气量、价统计表") % {
        "unit": unit.name,
        "year": month.year,
        "month": month.month,
    }


def _measure_month(by: User, asked: Asked) -> Size:
    unit, month, rows = _month(by, asked)
    columns = [column.label for column in KINDS[ImportKind.OFFTAKE].columns]
    return Size(
        _titled(unit, month),
        len(rows),
        Level.ORDINARY,
        [unit.pk],
        columns,
        mark=highest_mark(Dossier.objects.filter(unit=unit.pk)),
    )


def _produce_month(work: Work) -> Made:
    """In Chinese whatever the page's language: ledgers are, and so are the words of an import."""
    unit, month, rows = _month(work.by, work.asked)
    with override("zh-hans"):
        title = _titled(unit, month)
        content = workbooks.template(
            KINDS[ImportKind.OFFTAKE], title=title, rows=rows, stamp=work.stamp
        )
    data = {"month": f"{month:%Y-%m}", "rows": len(rows), "trace": work.stamp.trace}
    audit.record(work.by, "import.template", "contracts.offtake", unit_id=unit.pk, data=data)
    return Made(content, f"{title}.xlsx", XLSX, len(rows))


# Rows that were refused --------------------------------------------------------------------------


def _rejected(by: User, asked: Asked) -> tuple[Import, list[dict[str, Any]]]:
    """Raises: Unreachable, Denied, Http404 where nothing was refused."""
    rows = Import.objects.select_related("unit", "by")
    found: Import = reach(rows, by, pk=UUID(asked.args["pk"]))
    require(may_import(by, found.unit_id), _("导入本单位数据的"))
    problems = found.problems["rejected"] if isinstance(found.problems, dict) else []
    if not problems:
        raise Http404
    return found, problems


def _measure_rejected(by: User, asked: Asked) -> Size:
    found, _problems = _rejected(by, asked)
    title = _("拒收行 %(name)s") % {"name": found.file_name}
    return Size(
        title,
        found.counts["rejected"],
        Level.ORDINARY,
        [found.unit_id],
        mark=highest_mark(Dossier.objects.filter(unit=found.unit_id)),
    )


def _produce_rejected(work: Work) -> Made:
    found, problems = _rejected(work.by, work.asked)
    try:
        content = workbooks.rejected_rows(
            KINDS[found.kind],
            name=found.file_name,
            content=files.load(found.sha256),
            problems=problems,
            stamp=work.stamp,
        )
    except (FileNotFoundError, Refused) as error:
        raise Unanswerable(
            _("上传的原文件已不可读，请重新上传后再下载拒收行。"), status=409
        ) from error
    rows = found.counts["rejected"]
    audit.record(work.by, "import.errors", found, data={"rows": rows, "trace": work.stamp.trace})
    stem = found.file_name.rsplit(".", 1)[0]
    return Made(content, _("拒收行-%(name)s.xlsx") % {"name": stem}, XLSX, rows)


def contribute_all() -> None:
    """The month to fill and the refused rows are the filler's work itself: they wait for nobody."""
    mend = Purpose.MEND
    contribute(
        Kind(
            "intake.whole",
            gettext_lazy("档案工作簿"),
            _measure_whole,
            _produce_whole,
            purpose=mend,
        )
    )
    contribute(
        Kind(
            "intake.month",
            gettext_lazy("提气量、价统计表"),
            _measure_month,
            _produce_month,
            free=True,
            purpose=mend,
        )
    )
    contribute(
        Kind(
            "intake.rejected",
            gettext_lazy("拒收行"),
            _measure_rejected,
            _produce_rejected,
            free=True,
            purpose=mend,
        )
    )
