"""What a browser sends of a problem."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.helpdesk.actions import TEXT_MOST
from yihu.papers.content import IMAGES


def _text(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=TEXT_MOST,
        help_text=hint,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 6}),
        error_messages={
            "required": _("请写明内容。"),
            "max_length": _("内容请缩短到 2000 字以内。"),
        },
    )


def _told(label: Any, hint: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=2000,
        help_text=hint,
        widget=forms.TextInput(attrs={"class": "form-control yh-code", "readonly": True}),
    )


class ReportForm(forms.Form):
    """What went wrong, and what goes with it: all of it stands on the form."""

    text = _text(_("遇到了什么问题"), _("您在做什么、看到了什么、本应怎样。请不要写客户信息。"))
    page = _told(_("页面"), _("只有页面地址，不含查询条件和所填内容。"))
    number = _told(_("请求编号"), _("信息技术中心凭它在日志中查找。"))
    picture = forms.FileField(
        label=_("截图（可不传）"),
        required=False,
        help_text=_("信息技术中心会看到截图：请先遮去客户名称、价格、联系人等信息。最多 8 MB。"),
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ",".join(IMAGES)}),
        error_messages={"empty": _("截图是空文件，请重新选择。")},
    )


class MessageForm(forms.Form):
    """An answer, or something to add."""

    text = _text(_("内容"))
