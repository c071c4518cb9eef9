"""What the list of people can be asked."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.org.models import OrgUnit
from yihu.org.rules import EmploymentStatus


class PeopleFilter(Filter):
    """Words, state, what lies ahead, unit; by employee number."""

    orders: ClassVar[Mapping[str, Order]] = {
        "number": Order("employee_no"),
        "name": Order("name"),
        "post": Order("post"),
    }
    q: Any = text(_("人员"), _("姓名或工号"))
    status: Any = choice(_("状态"), EmploymentStatus.choices)
    ahead: Any = choice(_("变动"), [("yes", _("有待生效的变动"))])

    def __init__(self, data: QueryDict, *, units: Sequence[OrgUnit]) -> None:
        super().__init__(data)
        if len(units) > 1:
            self.fields["unit"] = choice(_("单位"), [(str(unit.pk), unit.name) for unit in units])
