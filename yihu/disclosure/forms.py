"""What a browser sends to look behind a mask, to set a mark, to seal a contact."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.disclosure.rules import Purpose, name_key
from yihu.dossiers.rules import Secrecy
from yihu.kit import text

LONG = "long"
PERIODS = (
    ("", _("请选择")),
    (LONG, _("长期")),
    ("3", _("自建档起 3 年")),
    ("5", _("自建档起 5 年")),
    ("10", _("自建档起 10 年")),
    ("20", _("自建档起 20 年")),
)


def _line(label: Any, *, required: bool = True, help_text: Any = "", missing: Any = "") -> Any:
    return forms.CharField(
        label=label,
        max_length=200,
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={
            "required": missing or _("请填写理由。"),
            "max_length": _("最多 200 个字。"),
        },
    )


def _select(label: Any, choices: Any, *, missing: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": missing, "invalid_choice": _("没有这一项，请从列表中选择。")},
    )


class Clean(forms.Form):
    """Lines without marks that turn or hide letters."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return {k: text.line(v) if isinstance(v, str) else v for k, v in given.items()}


class RevealForm(Clean):
    """Why somebody looks."""

    purpose = _select(
        _("查看目的"), [("", _("请选择")), *Purpose.choices], missing=_("请选择查看目的。")
    )
    note = _line(_("说明"), required=False, help_text=_("选“其他”时必填；勿写入客户的信息。"))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("purpose") == Purpose.OTHER and not given.get("note"):
            self.add_error("note", _("请写明查看的目的。"))
        return given


class MarkForm(Clean):
    """密级、期限、知悉范围 and the reason."""

    secrecy = _select(_("密级"), Secrecy.choices, missing=_("请选择密级。"))
    period = _select(_("保密期限"), PERIODS, missing=_("请选择保密期限。"))
    circle = _line(
        _("知悉范围"),
        help_text=_("例如“本单位市场部、集团资源与市场部”。"),
        missing=_("请写明知悉范围。"),
    )
    reason = _line(_("定密理由"), missing=_("请写明定密或变更的理由。"))


class SealForm(Clean):
    """Whose data, since when they asked, and why."""

    name = _select(_("联系人"), (), missing=_("请选择要封存的联系人。"))
    requested_on = forms.DateField(
        label=_("本人请求日期"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": _("请填写请求日期。"),
            "invalid": _("日期应写成 2026-11-05 这样。"),
        },
    )
    reason = _line(_("封存理由"), help_text=_("例如“本人来电要求停止使用其信息”。"))

    def __init__(self, *args: Any, names: list[str], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        field = cast("forms.ChoiceField", self.fields["name"])
        field.choices = [("", _("请选择")), *((name_key(name), name) for name in names)]

    def clean_requested_on(self) -> date:
        given: date = self.cleaned_data["requested_on"]
        if given > self.today:
            raise forms.ValidationError(_("请求日期不能晚于今天。"))
        return given
