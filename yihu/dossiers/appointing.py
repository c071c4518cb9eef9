"""指定专人: who keeps a file that nobody keeps (§5.2). What somebody gone held is handed over."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import RoleAssignment, User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import State
from yihu.org.models import Staff
from yihu.org.rules import EmploymentStatus


def may_appoint(user: User, unit_id: int) -> bool:
    """The unit's steward (§4.3b, 5.2)."""
    return holds(user, Role.STEWARD, unit_id=unit_id)


def fillers_of(units: Iterable[int], today: date) -> dict[int, list[Staff]]:
    """By unit, who fills files there today: in post, with an account and the role."""
    rows = (
        RoleAssignment.objects.filter(
            role=Role.FILLER,
            unit__in=list(units),
            since__lte=today,
            user__is_active=True,
            user__staff__status=EmploymentStatus.ACTIVE,
        )
        .exclude(until__lt=today)
        .select_related("user__staff")
        .order_by("user__staff__employee_no")
    )
    found: dict[int, list[Staff]] = {}
    for row in rows:
        staff = row.user.staff
        if staff is not None and row.unit_id == staff.unit_id:
            found.setdefault(staff.unit_id, []).append(staff)
    return found


@transaction.atomic
def appoint(by: User, dossier: Dossier, filler: Staff | None, *, today: date) -> Dossier:
    """Name the filler of a file without one. Raises: Denied, Refused, Unfit."""
    require(may_appoint(by, dossier.unit_id), _("指定本单位档案填报人的"))
    if filler is None or filler not in fillers_of([dossier.unit_id], today).get(
        dossier.unit_id, []
    ):
        raise Unfit(_("填报人：请从本单位在岗的填报员中选一位；没有的，先申请填报员角色。"))
    held: Dossier = Dossier.objects.select_for_update().get(unit=dossier.unit_id, pk=dossier.pk)
    if held.state == State.CLOSED:
        raise Refused(_("档案已经关闭，不需要填报人。"))
    if held.filler_id is not None:
        raise Refused(_("档案已有填报人；已离岗的，请在“人员与交接”中办理交接。"))
    if held.reviewer_id == filler.pk:
        raise Unfit(_("填报人：%(name)s是这份档案的审核人，请另选一位。") % {"name": filler.name})
    held.filler = filler
    held.save(update_fields=["filler"])
    audit.record(by, "filler.appointed", held, dossier_id=held.pk, data={"staff": str(filler.pk)})
    return held
