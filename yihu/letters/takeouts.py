"""The register of letters on its way out: as a workbook, as a book to be bound (§5.5, 6.3.3)."""

from collections.abc import Callable, Iterable, Iterator

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import ScopedQuerySet, scope_of
from yihu.audit import actions as audit
from yihu.dossiers.queries import mark_borne
from yihu.exports.kinds import PDF, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import units_in
from yihu.exports.rules import highest
from yihu.kit.clock import today
from yihu.letters import actions, queries
from yihu.letters.export import MOST, PRINTED_MOST, book, heads, workbook
from yihu.letters.filters import LetterFilter
from yihu.letters.lens import veil
from yihu.letters.models import Letter
from yihu.letters.policy import may_take_out


def chosen_of(by: User, asked: Asked) -> LetterFilter:
    """The filters of the address, checked. Raises: Unanswerable."""
    scope = scope_of(by)
    many = scope.everything or len(scope.own_ids) > 1
    chosen = LetterFilter(asked.chosen, user=by, many_units=many)
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    return chosen


def _rows(by: User, asked: Asked) -> ScopedQuerySet:
    """Raises: Denied, Unanswerable."""
    require(may_take_out(by), _("导出函件登记簿的"))
    chosen = chosen_of(by, asked)
    order = chosen.order
    sign = "-" if order.descending else ""
    found: ScopedQuerySet = queries.register(by, chosen.cleaned_data, today()).order_by(
        f"{sign}{order.field}", f"{sign}pk"
    )
    return found


def _measured(most: int) -> Callable[[User, Asked], Size]:
    def measure(by: User, asked: Asked) -> Size:
        rows = _rows(by, asked)
        count = rows.count()
        if count > most:
            message = _("一次最多导出 %(most)d 封，请用筛选条件缩小范围后再试。")
            raise Unanswerable(message % {"most": most})
        level = highest(rows.order_by().values_list("sensitivity", flat=True).distinct())
        return Size(
            _("往来函件登记簿"), count, level, units_in(rows), heads(), mark=mark_borne(rows)
        )

    return measure


def _veiled(work: Work, rows: Iterable[Letter]) -> Iterator[Letter]:
    for row in rows:
        veil(work.by, [row])
        yield row


def _workbook(work: Work) -> Made:
    rows = _veiled(work, work.watched(_rows(work.by, work.asked)[:MOST]))
    content, count = workbook(rows, today=work.today, stamp=work.stamp)
    _record(work, "letters.exported", count)
    name = _("往来函件登记簿-%(day)s.xlsx") % {"day": f"{localtime(work.at):%Y%m%d-%H%M}"}
    return Made(content, name, XLSX, count)


def _print(work: Work) -> Made:
    found = list(_veiled(work, work.watched(_rows(work.by, work.asked)[:PRINTED_MOST])))
    chosen = chosen_of(work.by, work.asked)
    said = [
        (str(field.label), str(dict(getattr(field.field, "choices", ())).get(value, value)))
        for field in chosen.shown()
        if (value := chosen.cleaned_data.get(field.name))
    ]
    about = [
        (_("范围"), work.by.staff.unit.name if work.by.staff is not None else ""),
        *said,
        (_("函件"), _("%(number)d 封") % {"number": len(found)}),
        (_("打印"), f"{work.by} {work.stamp.when}"),
    ]
    content = book(found, today=work.today, stamp=work.stamp, about=about)
    _record(work, "letters.printed", len(found))
    name = _("往来函件登记簿-%(day)s.pdf") % {"day": f"{localtime(work.at):%Y%m%d-%H%M}"}
    return Made(content, name, PDF, len(found))


def _record(work: Work, verb: str, rows: int) -> None:
    conditions = audit.conditions(work.asked.chosen.dict())
    actions.hand_out(work.by, verb, rows=rows, conditions=conditions, trace=work.stamp.trace)


def contribute_all() -> None:
    """Both ways."""
    contribute(Kind("letters.xlsx", gettext_lazy("往来函件登记簿"), _measured(MOST), _workbook))
    contribute(Kind("letters.pdf", gettext_lazy("打印函件登记簿"), _measured(PRINTED_MOST), _print))
