"""May this person do this here?"""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import scope_of
from yihu.org.models import Staff


class Denied(PermissionDenied):
    """The act is known and not granted; says in Chinese whom to ask.

    `wanted`: the permission, for the log; "" where the sentence alone says it.
    """

    wanted = ""


def holds(user: User, *roles: Role, unit_id: int | None = None) -> bool:
    """Whether the person holds one of the roles (at that unit where one is named)."""
    scope = scope_of(user)
    return any(scope.holds(role, unit_id) for role in roles)


def require(allowed: bool, wanted: str = "") -> None:
    """Raises: Denied, with the permission that is missing and whom to ask."""
    if not allowed:
        what = wanted or _("此项")
        denied = Denied(
            _("您没有%(what)s权限，请联系本单位管理员申请，由信息技术中心开通。") % {"what": what}
        )
        denied.wanted = str(what)
        raise denied


def staff_of(user: User) -> Staff:
    """The person behind the account, as one of a unit's people. Raises: Denied for nobody's."""
    if user.staff is None:
        raise Denied(_("此账号不属于任何在册人员，不能办理业务，请联系信息技术中心。"))
    return user.staff
