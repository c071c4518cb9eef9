"""What a browser sends of a token to be issued."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.access.tokens.rules import Days, Use


class TokenForm(forms.Form):
    """What it is for, which operations, how long."""

    label = forms.CharField(
        label=_("用途说明"),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("哪个程序使用，例如合同系统签约前核查。"),
        error_messages={
            "required": _("请写明哪个程序使用这个令牌。"),
            "max_length": _("用途说明太长，请缩短到 60 字以内。"),
        },
    )
    use = forms.MultipleChoiceField(
        label=_("可用于"),
        choices=Use.choices,
        widget=forms.SelectMultiple(attrs={"class": "form-select", "size": len(Use)}),
        help_text=_("可选几项；只选这个程序用得到的。"),
        error_messages={
            "required": _("请至少选择一项可用于的接口。"),
            "invalid_choice": _("请从列表中选择可用于的接口。"),
        },
    )
    days = forms.TypedChoiceField(
        label=_("有效期"),
        choices=Days.choices,
        coerce=int,
        initial=Days.QUARTER,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": _("请从列表中选择有效期。")},
    )

    def content(self) -> dict[str, Any]:
        """As the action takes it."""
        data = self.cleaned_data
        return {
            "label": data["label"],
            "uses": [Use(one) for one in data["use"]],
            "days": Days(data["days"]),
        }
