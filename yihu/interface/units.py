"""For which unit a batch is."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.intake.policy import units_to_import_for
from yihu.kit.batch import Unfit
from yihu.kit.problem import problem
from yihu.org.models import OrgUnit


def unit_of(user: User, request: HttpRequest) -> OrgUnit:
    """The unit that the address names, or the only one. Raises: Denied, Unfit."""
    strange = sorted(set(request.GET) - {"unit"})
    if strange or len(request.GET.getlist("unit")) > 1:
        said = _("不认识条件“%(name)s”。") % {"name": (strange or ["unit"])[0][:40]}
        raise Unfit(problem(400, "bad_condition", said))
    units = list(OrgUnit.objects.filter(pk__in=units_to_import_for(user)).order_by("sort", "pk"))
    require(bool(units), _("导入本单位数据的"))
    if "unit" not in request.GET and len(units) == 1:
        return units[0]
    code = request.GET.get("unit", "")
    found = next((unit for unit in units if unit.code == code), None)
    if found is None:
        said = _("请用 unit 指明单位；您可以报送的单位：%(units)s。")
        known = "、".join(unit.code for unit in units)
        raise Unfit(problem(422, "which_unit", said % {"units": known}, field="unit"))
    return found
