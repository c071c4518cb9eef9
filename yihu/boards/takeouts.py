"""The files behind a figure of the board as a workbook (§5.5)."""

import io
from collections.abc import Iterable

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet
from yihu.audit import actions as audit
from yihu.boards import queries
from yihu.boards.filters import FileFilter
from yihu.boards.measures import Measure, measure_of
from yihu.boards.models import FileFact
from yihu.boards.policy import may_read, reads_money
from yihu.boards.rules import province_of
from yihu.dossiers.models import Dossier
from yihu.dossiers.queries import highest_mark
from yihu.exports.kinds import CHUNK, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import units_in
from yihu.exports.rules import Level, Stamp
from yihu.kit.clock import today
from yihu.kit.sheet import new_workbook


def _asked(by: User, asked: Asked) -> tuple[Measure, ScopedQuerySet]:
    """The figure and its files, in the order of the list. Raises: Denied, Unanswerable."""
    require(may_read(by), _("导出经营看板的"))
    chosen = FileFilter(asked.chosen, user=by, today=today())
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    data = chosen.cleaned_data
    measure = measure_of(data.get("measure") or "files", past=queries.past(data))
    order = chosen.order_for(tells_value(by, measure))
    sign = "-" if order.descending else ""
    rows = queries.files(by, measure, data)
    return measure, rows.order_by(f"{sign}{order.field}", f"{sign}pk")


def tells_value(by: User, measure: Measure) -> bool:
    """Whether the person reads what each file contributes to the figure."""
    return bool(measure.field) and (not measure.money or reads_money(by))


def _columns(by: User, measure: Measure) -> list[tuple[str, int]]:
    columns = [
        (_("档案编号"), 16), (_("客户名称"), 36), (_("所属单位"), 18), (_("客户分类"), 11),
        (_("省份"), 12), (_("气源"), 14),
    ]  # fmt: skip
    value = f"{measure.label}（{measure.unit}）"
    return [*columns, (value, 24)] if tells_value(by, measure) else columns


def _measure(by: User, asked: Asked) -> Size:
    measure, rows = _asked(by, asked)
    files = Dossier.objects.filter(pk__in=rows.order_by().values("dossier"))
    return Size(
        str(measure.label),
        rows.count(),
        Level.CORE if measure.money and tells_value(by, measure) else Level.ORDINARY,
        units_in(rows),
        [head for head, _width in _columns(by, measure)],
        mark=highest_mark(files),
    )


def _produce(work: Work) -> Made:
    measure, rows = _asked(work.by, work.asked)
    columns = _columns(work.by, measure)
    facts = work.watched(rows.iterator(chunk_size=CHUNK))
    content, count = _book(str(measure.label), columns, facts, measure.field, work.stamp)
    conditions = audit.conditions(work.asked.chosen.dict())
    audit.record(
        work.by, "boards.exported", "boards.filefact",
        data={"rows": count, "conditions": conditions, "trace": work.stamp.trace},
    )  # fmt: skip
    day = f"{localtime(work.at):%Y%m%d-%H%M}"
    return Made(content, f"{measure.label}-{day}.xlsx", XLSX, count)


def _book(
    title: str, columns: list[tuple[str, int]], facts: Iterable[FileFact], field: str, stamp: Stamp
) -> tuple[bytes, int]:
    """The workbook, and how many files are in it."""
    out = io.BytesIO()
    book = new_workbook(out)
    bold = book.add_format({"bold": True, "bg_color": "#E6F1F5", "bottom": 1})
    sheet = book.add_worksheet(_("客户档案"))
    sheet.write_string(0, 0, title, bold)
    for column, (head, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, head, bold)
    count = 0
    for count, fact in enumerate(facts, 1):
        words = (
            fact.dossier.number, fact.dossier.name_full, fact.unit.name,
            fact.dossier.get_klass_display() or _("未分类"), province_of(fact.province),
            fact.get_supply_display(),
        )  # fmt: skip
        for column, word in enumerate(words):
            sheet.write_string(count + 1, column, str(word))
        if len(columns) > len(words):
            sheet.write_number(count + 1, len(words), getattr(fact, field))
    sheet.freeze_panes(2, 0)
    sheet.write_string(count + 3, 0, stamp.line(count))
    sheet.set_header(stamp.header())
    book.close()
    return out.getvalue(), count


def contribute_all() -> None:
    """The one list."""
    contribute(
        Kind("boards.files", gettext_lazy("经营看板的客户名单"), _measure, _produce, lines=True)
    )
