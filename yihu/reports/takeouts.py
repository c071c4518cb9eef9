"""Files, versions and customers on paper, on their way out (§5.5, 6.1.1)."""

from datetime import date
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.access.scope import Unreachable, reach
from yihu.customers.models import Customer
from yihu.dossiers.actions import in_force
from yihu.dossiers.models import Dossier, FileVersion
from yihu.dossiers.policy import may_take_out
from yihu.dossiers.problems import Refused
from yihu.dossiers.rules import highest as strictest
from yihu.exports.kinds import PDF, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.rules import Level, highest
from yihu.kit.clock import today
from yihu.reports import actions, queries


def _dossier(by: User, asked: Asked) -> Dossier:
    """Raises: Unreachable, Denied."""
    found: Dossier = reach(queries.dossiers(), by, pk=UUID(asked.args["pk"]))
    require(may_take_out(by, found.unit_id), _("打印客户档案的"))
    return found


def _guided(day: date, back: str) -> None:
    """Raises: Unanswerable before the first guide."""
    try:
        in_force(day)
    except Refused as why:
        raise Unanswerable(str(why), status=409, back=back) from why


def _measure_dossier(by: User, asked: Asked) -> Size:
    file = _dossier(by, asked)
    _guided(today(), reverse("desk:dossier", args=[file.pk]))
    return _size(file, _("客户档案 %(name)s"))


def _size(file: Dossier, said: str) -> Size:
    return Size(
        said % {"name": file.name_full},
        1,
        Level(file.secrecy),
        [file.unit_id],
        (),
        file.pk,
        file.mark,
    )


def _print_dossier(work: Work) -> Made:
    return _made(
        actions.print_dossier(
            work.by, _dossier(work.by, work.asked), stamp=work.stamp, today=work.today
        )
    )


def _version(by: User, asked: Asked) -> tuple[Dossier, FileVersion]:
    file = _dossier(by, asked)
    found = queries.version_of(file, int(asked.args["number"]))
    if found is None:
        raise Http404
    return file, found


def _measure_version(by: User, asked: Asked) -> Size:
    file, _found = _version(by, asked)
    return _size(file, _("档案版本 %(name)s"))


def _print_version(work: Work) -> Made:
    file, found = _version(work.by, work.asked)
    return _made(actions.print_version(work.by, file, found, stamp=work.stamp))


def _customer(by: User, asked: Asked) -> Customer:
    """Only for those who see every unit; for the others there is none."""
    pk = UUID(asked.args["pk"])
    found = queries.customer(pk) if holds(by, Role.SUPERVISOR) else None
    if found is None:
        raise Unreachable("customers.customer", {"pk": pk})
    return found


def _measure_customer(by: User, asked: Asked) -> Size:
    customer = _customer(by, asked)
    _guided(today(), reverse("desk:customer", args=[customer.pk]))
    files = queries.files_of(customer.pk)
    level = highest([Level.ORDINARY, *(file.secrecy for file in files)])
    units = [file.unit_id for file in files]
    title = _("客户信息汇总 %(name)s") % {"name": customer.name}
    return Size(title, len(files), level, units, mark=strictest(file.mark for file in files))


def _print_customer(work: Work) -> Made:
    customer = _customer(work.by, work.asked)
    return _made(actions.print_customer(work.by, customer, stamp=work.stamp, today=work.today))


def _made(printed: actions.Printed) -> Made:
    return Made(printed.content, printed.name, PDF, printed.rows)


def contribute_all() -> None:
    """The three papers."""
    contribute(
        Kind("reports.dossier", gettext_lazy("打印客户档案"), _measure_dossier, _print_dossier)
    )
    contribute(
        Kind("reports.version", gettext_lazy("打印档案版本"), _measure_version, _print_version)
    )
    contribute(
        Kind(
            "reports.customer", gettext_lazy("打印客户信息汇总"), _measure_customer, _print_customer
        )
    )
