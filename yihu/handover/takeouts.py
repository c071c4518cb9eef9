"""Lists of people and certificates on their way out (§5.5, 6.3.4)."""

from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import highest_mark
from yihu.exports.kinds import PDF, XLSX, Asked, Kind, Made, Size, Unanswerable, Work, contribute
from yihu.exports.queries import units_in
from yihu.exports.rules import Level, Purpose
from yihu.handover import certificate, queries, sheet
from yihu.handover.filters import PeopleFilter
from yihu.handover.policy import keeps_people, may_hand_over
from yihu.org.models import Staff


def _people(by: User, asked: Asked) -> QuerySet[Staff]:
    """Raises: Denied, Unanswerable."""
    require(keeps_people(by), _("管理人员与交接的"))
    chosen = PeopleFilter(asked.chosen, units=queries.units(by))
    if not chosen.is_valid():
        raise Unanswerable(*chosen.problems())
    return queries.people(by, chosen.cleaned_data).order_by("unit__sort", "employee_no")


def _measure_people(by: User, asked: Asked) -> Size:
    rows = _people(by, asked)
    heads = sheet.people_heads()
    return Size(_("人员名册"), rows.count(), Level.PERSONAL, units_in(rows), heads)


def _produce_people(work: Work) -> Made:
    rows = list(work.watched(_people(work.by, work.asked)))
    lines = [
        (
            line.staff.employee_no,
            line.staff.name,
            line.staff.unit.name,
            line.staff.post,
            str(line.staff.get_status_display()),
            _account(line.account),
            f"{line.ahead.effective_on} {line.ahead.get_kind_display()}" if line.ahead else "",
        )
        for line in queries.person_lines(work.by, rows)
    ]
    data = {"rows": len(lines), "trace": work.stamp.trace}
    audit.record(work.by, "people.exported", "org.staff", data=data)
    name = _("人员名册-%(day)s.xlsx") % {"day": f"{localtime(work.at):%Y%m%d-%H%M}"}
    return Made(sheet.people_book(lines, work.stamp), name, XLSX, len(lines))


def _account(account: User | None) -> str:
    if account is None:
        return _("未开通")
    return _("启用") if account.is_active else _("已注销")


def _leaver(by: User, asked: Asked) -> Staff:
    """Raises: Unreachable, Denied, Unanswerable while there is nothing to certify."""
    staff = queries.one_person(by, UUID(asked.args["pk"]))
    require(may_hand_over(by, staff.unit_id), _("打印注销凭证的"))
    try:
        certificate.check(staff)
    except Refused as why:
        back = reverse("handover:person", args=[staff.pk])
        raise Unanswerable(str(why), status=409, back=back) from why
    return staff


def _measure_certificate(by: User, asked: Asked) -> Size:
    staff = _leaver(by, asked)
    title = _("注销凭证 %(name)s") % {"name": staff.name}
    lines = [line for row in queries.done_of(staff) for line in queries.lines_of(row)]
    files = {line.dossier_id for line in lines if line.dossier_id is not None}
    mark = highest_mark(Dossier.objects.filter(pk__in=files))
    return Size(title, 1, Level.PERSONAL, [staff.unit_id], mark=mark)


def _produce_certificate(work: Work) -> Made:
    printed = certificate.issue(work.by, _leaver(work.by, work.asked), stamp=work.stamp)
    return Made(printed.content, printed.name, PDF, 1)


def contribute_all() -> None:
    """The certificate is the end of the hand-over itself: it waits where it names core files."""
    contribute(Kind("handover.people", gettext_lazy("人员名册"), _measure_people, _produce_people))
    contribute(
        Kind(
            "handover.certificate",
            gettext_lazy("注销凭证"),
            _measure_certificate,
            _produce_certificate,
            work=True,
            purpose=Purpose.FILING,
        )
    )
