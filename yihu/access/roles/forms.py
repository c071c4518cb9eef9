"""What a browser sends of roles: the conditions of the two lists, and a wish."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.rules import Asked, Role
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order


class PeopleFilter(Filter):
    """Name or number, role, unit where there are several."""

    orders: ClassVar = {"employee_no": Order("employee_no")}
    q = text(_("工号或姓名"), _("工号、姓名"))
    role = choice(_("角色"), [("none", _("没有角色")), *Role.choices])

    def __init__(self, data: QueryDict, units: Iterable[tuple[Any, Any]]) -> None:
        super().__init__(data)
        known = list(units)
        if len(known) > 1:
            self.fields["unit"] = choice(_("单位"), known)


class RequestFilter(Filter):
    """How a request stands; the latest first."""

    orders: ClassVar = {"asked_at": Order("asked_at", datetime.fromisoformat, descending=True)}
    state = choice(_("状态"), Asked.choices)


class AskForm(forms.Form):
    """A role, and why."""

    role = forms.ChoiceField(
        label=_("角色"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": _("请选择角色。"),
            "invalid_choice": _("不能为此人申请这一角色，请从列表中选择。"),
        },
    )
    reason = forms.CharField(
        label=_("申请原因"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("例如岗位调整通知的文号。"),
        error_messages={
            "required": _("请写明申请原因，例如岗位调整通知的文号。"),
            "max_length": _("申请原因太长，请缩短到 200 字以内。"),
        },
    )

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = cast(forms.ChoiceField, self.fields["role"])
        offered.choices = [("", "—"), *((role.value, role.label) for role in roles)]
