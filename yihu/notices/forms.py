"""What a browser sends to set reminders."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.notices.choices import Pace, Topic, Way
from yihu.notices.sending import is_bot_address, is_mail_address

BAD_TIME = {"invalid": gettext_lazy("时间应写成 08:30 这样。")}
BAD_CHOICE = {"invalid_choice": gettext_lazy("没有“%(value)s”这个选项，请从列表中选择。")}
BAD_NUMBER = {
    "required": gettext_lazy("请填写工作日数。"),
    "invalid": gettext_lazy("请填写整数。"),
    "min_value": gettext_lazy("不能小于 %(limit_value)s。"),
    "max_value": gettext_lazy("不能大于 %(limit_value)s。"),
}


def _time(label: Any, *, required: bool = False) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=required,
        widget=forms.TimeInput(attrs={"class": "form-control", "type": "time"}, format="%H:%M"),
        error_messages={**BAD_TIME, "required": gettext_lazy("请填写时间。")},
    )


class PreferenceForm(forms.Form):
    """The hour of the digest, and the hours in which nothing leaves."""

    digest_at = _time(gettext_lazy("每日汇总时间"), required=True)
    quiet_from = _time(gettext_lazy("免打扰起"))
    quiet_until = _time(gettext_lazy("免打扰止"))


class PaceForm(forms.Form):
    """How often a channel is used, and for what not."""

    pace = forms.ChoiceField(
        label=gettext_lazy("频次"),
        choices=Pace.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages=BAD_CHOICE,
    )
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("发送的类别"),
        choices=Topic.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=BAD_CHOICE,
    )

    @property
    def muted(self) -> list[str]:
        """The sorts that were not ticked."""
        wanted = set(self.cleaned_data["topics"])
        return [topic for topic in Topic.values if topic not in wanted]


class ChannelForm(PaceForm):
    """A new way out: an address of mail, or a bot's of an allowed host."""

    way = forms.ChoiceField(
        label=gettext_lazy("方式"),
        choices=Way.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages=BAD_CHOICE,
    )
    address = forms.CharField(
        label=gettext_lazy("地址"),
        max_length=500,
        help_text=gettext_lazy("邮箱，或群机器人的 Webhook 地址；加密保存，只显示末几位。"),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请填写邮箱或机器人的 Webhook 地址。")},
    )
    secret = forms.CharField(
        label=gettext_lazy("加签密钥"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("钉钉、飞书机器人启用了“加签”时填写。"),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    field_order = ("way", "address", "secret", "pace", "topics")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        way, address = cleaned.get("way"), cleaned.get("address", "")
        if way == Way.MAIL and address and not is_mail_address(address):
            self.add_error("address", _("这不像一个邮箱，应写成 姓名@公司.com.cn 这样。"))
        elif way and way != Way.MAIL and address and not is_bot_address(address):
            self.add_error(
                "address",
                _("只能是企业微信、钉钉、飞书机器人的 https 地址；自建地址请信息技术中心先登记。"),
            )
        return cleaned


class LadderForm(forms.Form):
    """The numbers of the ladder: working days before and after the due date."""

    ahead = forms.CharField(
        label=gettext_lazy("提前提醒（工作日）"),
        max_length=20,
        help_text=gettext_lazy("到期前几个工作日提醒，多个数用顿号或逗号隔开，如 5、1。"),
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": gettext_lazy("请填写提前几个工作日提醒。")},
    )
    again = forms.IntegerField(
        label=gettext_lazy("逾期后每隔几个工作日再提醒填报人"),
        min_value=1,
        max_value=30,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages=BAD_NUMBER,
    )
    reviewer = forms.IntegerField(
        label=gettext_lazy("逾期几个工作日提醒审核人"),
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages=BAD_NUMBER,
    )
    steward = forms.IntegerField(
        label=gettext_lazy("逾期几个工作日提醒单位管理员"),
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages=BAD_NUMBER,
    )
    supervisor = forms.IntegerField(
        label=gettext_lazy("逾期几个工作日提醒集团监督员"),
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages=BAD_NUMBER,
    )
    effective_on = forms.DateField(
        label=gettext_lazy("生效日期"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": gettext_lazy("请填写生效日期。"),
            "invalid": gettext_lazy("日期应写成 2026-11-05 这样。"),
        },
    )
    basis = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": gettext_lazy("请写明调整提醒规则的依据。")},
    )

    def clean_ahead(self) -> list[int]:
        parts = self.cleaned_data["ahead"].replace("、", ",").replace("，", ",").split(",")
        numbers = [part.strip() for part in parts if part.strip()]
        if not numbers or not all(
            n.isascii() and n.isdigit() and 1 <= int(n) <= 30 for n in numbers
        ):
            raise ValidationError(_("应是 1 至 30 的整数，多个数用顿号或逗号隔开，如 5、1。"))
        return sorted({int(number) for number in numbers}, reverse=True)
