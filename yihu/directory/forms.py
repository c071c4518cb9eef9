"""What a browser sends: the list's condition, a group with its role, a token."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.access.rules import Role
from yihu.access.tokens.rules import Days
from yihu.directory.rules import NAME_MOST, TOKEN_DAYS
from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order
from yihu.org.models import OrgUnit

TEXT = {"class": "form-control"}


class MappingFilter(Filter):
    """How it stands; the latest first."""

    orders: ClassVar = {"made_at": Order("made_at", datetime.fromisoformat, descending=True)}
    state = choice(
        _("状态"), [("waiting", _("等待同意")), ("open", _("有效")), ("ended", _("已停用"))]
    )


class MappingForm(forms.Form):
    """A group of the directory, the role it gives, where, and why."""

    group = forms.CharField(
        label=_("目录组"),
        max_length=NAME_MOST,
        widget=forms.TextInput(attrs=TEXT),
        help_text=_("LDAP 组的名称（cn）或完整的 DN，统一身份认证或 SCIM 里的组名。"),
        error_messages={
            "required": _("请写明目录组的名称。"),
            "max_length": _("目录组的名称请缩短到 200 字以内。"),
        },
    )
    role = forms.TypedChoiceField(
        label=_("角色"),
        choices=[("", "—"), *Role.choices],
        coerce=Role,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": _("请选择角色。"),
            "invalid_choice": _("请从列表中选择角色。"),
        },
    )
    unit = forms.ModelChoiceField(
        label=_("单位"),
        queryset=OrgUnit.objects.none(),
        required=False,
        empty_label=_("集团（集团监督员、信息技术中心、审计员）"),
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=_("只给这个单位的在职人员；由该单位管理员同意，集团的角色由两名集团监督员同意。"),
        error_messages={"invalid_choice": _("请从列表中选择单位。")},
    )
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        widget=forms.TextInput(attrs=TEXT),
        help_text=_("例如单位的申请单号；同意的人据此决定。"),
        error_messages={
            "required": _("请写明原因，例如单位的申请单号；同意的人据此决定。"),
            "max_length": _("原因请缩短到 200 字以内。"),
        },
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        unit: Any = self.fields["unit"]
        unit.queryset = OrgUnit.objects.order_by("sort", "pk")


class ScimTokenForm(forms.Form):
    """Which system, how long."""

    label = forms.CharField(
        label=_("使用的系统"),
        max_length=60,
        widget=forms.TextInput(attrs=TEXT),
        help_text=_("例如统一身份平台。"),
        error_messages={
            "required": _("请写明哪个系统使用这个令牌。"),
            "max_length": _("系统的名称请缩短到 60 字以内。"),
        },
    )
    days = forms.TypedChoiceField(
        label=_("有效期"),
        choices=[*Days.choices, (TOKEN_DAYS, _("一年"))],
        coerce=int,
        initial=Days.HALF_YEAR,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": _("请选择有效期。"),
            "invalid_choice": _("请从列表中选择有效期。"),
        },
    )
