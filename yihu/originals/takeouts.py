"""The register of originals and its working papers on their way out (§5.5, 6.3.3)."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet, reach, scope_of
from yihu.audit import actions as audit
from yihu.dossiers.queries import mark_borne
from yihu.exports.kinds import PDF, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import units_in
from yihu.exports.rules import Purpose, highest
from yihu.kit.pdf import typeset
from yihu.originals import prints, queries
from yihu.originals.filters import OriginalFilter
from yihu.originals.lens import veil, veil_lines
from yihu.originals.models import Original, Place, Stocktake, Transfer
from yihu.originals.policy import may_see

TYPST = Path(__file__).resolve().parent / "typst"
LABELLED = 60
"""Originals that a label lists."""


def _register(by: User, asked: Asked) -> ScopedQuerySet:
    """Raises: Denied, Unanswerable."""
    keeps = bool(queries.kept_units(by)) or scope_of(by).everything
    require(keeps, _("导出原件目录的"))
    require(may_see(by), _("查阅原件登记册的"))
    chosen = OriginalFilter(asked.chosen)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    found: ScopedQuerySet = queries.register(by, chosen.cleaned_data).order_by("shelf", "pk")
    return found


def _measure_register(by: User, asked: Asked) -> Size:
    rows = _register(by, asked)
    count = rows.count()
    if count > prints.MOST_ROWS:
        message = _("一次最多导出 %(most)d 件，请用筛选条件缩小范围后再试。")
        raise Unanswerable(message % {"most": prints.MOST_ROWS})
    level = highest(rows.order_by().values_list("secrecy", flat=True).distinct())
    return Size(_("原件目录"), count, level, units_in(rows), prints.HEADS, mark=mark_borne(rows))


def _veiled(work: Work, rows: Iterable[Original]) -> Iterator[Original]:
    for row in rows:
        veil(work.by, [row])
        yield row


def _workbook(work: Work) -> Made:
    rows = _veiled(work, work.watched(_register(work.by, work.asked)[: prints.MOST_ROWS]))
    content, count = prints.workbook(rows, work.stamp)
    _record(work, "originals.exported", count)
    return Made(content, _("原件目录.xlsx"), XLSX, count)


def _catalogue(work: Work) -> Made:
    found = list(_veiled(work, work.watched(_register(work.by, work.asked)[: prints.MOST_ROWS])))
    content = typeset(TYPST / "catalogue.typ", prints.catalogue(found, work.stamp))
    _record(work, "originals.printed", len(found))
    return Made(content, _("原件目录.pdf"), PDF, len(found))


def _record(work: Work, verb: str, rows: int) -> None:
    data = {
        "rows": rows,
        "conditions": audit.conditions(work.asked.chosen.dict()),
        "trace": work.stamp.trace,
    }
    audit.record(work.by, verb, "originals.original", data=data)


# Working papers of one place, stocktake or transfer ----------------------------------------------


def _place(by: User, asked: Asked) -> tuple[Place, ScopedQuerySet]:
    place: Place = reach(Place.objects.select_related("unit"), by, pk=UUID(asked.args["pk"]))
    require(may_see(by), _("查阅存放位置的"))
    rows = Original.objects.filter(unit=place.unit_id, place=place).order_by("barcode")
    return place, rows


def _label_size(by: User, asked: Asked) -> Size:
    place, rows = _place(by, asked)
    return _size(_("脊背标签 %(path)s") % {"path": place.path}, rows, place.unit_id)


def _label(work: Work) -> Made:
    place, rows = _place(work.by, work.asked)
    found = list(rows[:LABELLED])
    veil(work.by, found)
    content = typeset(TYPST / "label.typ", prints.spine(place, found, work.stamp))
    audit.record(work.by, "originals.printed", place, data=_facts(work, len(found)))
    return Made(content, _("脊背标签.pdf"), PDF, len(found))


def _stocktake(by: User, asked: Asked) -> tuple[Stocktake, ScopedQuerySet]:
    taken: Stocktake = reach(queries.stocktakes(by), by, pk=UUID(asked.args["pk"]))
    require(may_see(by), _("查阅原件盘点的"))
    return taken, queries.lines_of(taken).order_by("number")


def _count_size(by: User, asked: Asked) -> Size:
    taken, lines = _stocktake(by, asked)
    counted = Original.objects.filter(unit=taken.unit_id, pk__in=lines.values("original_id"))
    return _size(_("原件盘点清单 %(title)s") % {"title": taken.title}, counted, taken.unit_id)


def _count_sheet(work: Work) -> Made:
    taken, lines = _stocktake(work.by, work.asked)
    found = list(work.watched(lines[: prints.MOST_ROWS]))
    veil_lines(work.by, found)
    content = typeset(TYPST / "catalogue.typ", prints.count_sheet(taken, found, work.stamp))
    audit.record(work.by, "originals.printed", taken, data=_facts(work, len(found)))
    return Made(content, _("盘点清单.pdf"), PDF, len(found))


def _transfer(by: User, asked: Asked) -> tuple[Transfer, ScopedQuerySet]:
    made: Transfer = reach(queries.transfers(by), by, pk=UUID(asked.args["pk"]))
    require(may_see(by), _("查阅原件移交的"))
    rows = Original.objects.filter(unit=made.unit_id, transfer=made)
    return made, rows.select_related("dossier", "custodian").order_by("barcode")


def _transfer_size(by: User, asked: Asked) -> Size:
    made, rows = _transfer(by, asked)
    return _size(_("原件移交清单 %(number)s") % {"number": made.number}, rows, made.unit_id)


def _transfer_list(work: Work) -> Made:
    made, rows = _transfer(work.by, work.asked)
    found = list(work.watched(rows))
    veil(work.by, found)
    content = typeset(TYPST / "catalogue.typ", prints.transfer_list(made, found, work.stamp))
    audit.record(work.by, "originals.printed", made, data=_facts(work, len(found)))
    return Made(content, _("移交清单.pdf"), PDF, len(found))


def _size(title: str, rows: ScopedQuerySet, unit_id: int) -> Size:
    level = highest(rows.order_by().values_list("secrecy", flat=True).distinct())
    return Size(title, rows.count(), level, [unit_id], mark=mark_borne(rows))


def _facts(work: Work, rows: int) -> dict[str, object]:
    return {"rows": rows, "trace": work.stamp.trace}


def _paper(
    code: str, label: object, measure: Callable[[User, Asked], Size], make: Callable[[Work], Made]
) -> None:
    contribute(Kind(code, label, measure, make, free=True, purpose=Purpose.FILING))


def contribute_all() -> None:
    """The register by the rule of all lists; working papers wait for nobody and bear the mark."""
    contribute(Kind("originals.xlsx", gettext_lazy("原件目录"), _measure_register, _workbook))
    contribute(Kind("originals.pdf", gettext_lazy("打印原件目录"), _measure_register, _catalogue))
    _paper("originals.label", gettext_lazy("脊背标签"), _label_size, _label)
    _paper("originals.count", gettext_lazy("盘点清单"), _count_size, _count_sheet)
    _paper("originals.transfer", gettext_lazy("移交清单"), _transfer_size, _transfer_list)
