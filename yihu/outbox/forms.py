"""What a browser sends to set up an endpoint."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.org.models import OrgUnit
from yihu.outbox.actions import Wish
from yihu.outbox.kinds import KINDS


class EndpointForm(forms.Form):
    """Which system, where, whose events, which of them, and what for."""

    name = forms.CharField(
        label=_("接收系统"),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("例如 ERP 合同系统、计量系统。"),
        error_messages={
            "required": _("请写明接收系统。"),
            "max_length": _("接收系统的名称请缩短到 60 字以内。"),
        },
    )
    url = forms.CharField(
        label=_("接收地址"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "url"}),
        help_text=_("以 https:// 开头；集团内网的主机须先登记（YIHU_OUTBOUND_HOSTS）。"),
        error_messages={
            "required": _("请写明接收地址。"),
            "max_length": _("接收地址请缩短到 300 字以内。"),
        },
    )
    unit = forms.ModelChoiceField(
        label=_("谁的事件"),
        queryset=OrgUnit.objects.none(),
        required=False,
        empty_label=_("全集团"),
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=_("单位的端点由该单位管理员同意，全集团的由集团监督员同意。"),
        error_messages={"invalid_choice": _("请从列表中选择单位。")},
    )
    kinds = forms.MultipleChoiceField(
        label=_("事件类型"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一项都不选，表示全部类型。"),
        error_messages={"invalid_choice": _("没有“%(value)s”这种事件，请从列表中选择。")},
    )
    purpose = forms.CharField(
        label=_("用途"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={
            "required": _("请写明用途，同意的人据此决定。"),
            "max_length": _("用途请缩短到 200 字以内。"),
        },
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        unit: Any = self.fields["unit"]
        unit.queryset = OrgUnit.objects.order_by("code")
        kinds: Any = self.fields["kinds"]
        kinds.choices = [(kind.verb, kind.label) for kind in KINDS]

    def wish(self) -> Wish:
        """As the action takes it."""
        data = self.cleaned_data
        return Wish(data["name"], data["url"], data["unit"], data["kinds"], data["purpose"])
