"""What a browser sends to register a letter or to correct one."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.dossiers.models import Dossier
from yihu.letters.actions import Content
from yihu.letters.models import Letter
from yihu.letters.queries import unanswered
from yihu.papers.choices import Sensitivity
from yihu.papers.content import ACCEPT


def _day(label: Any, *, required: bool, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "invalid": _("日期应写成 2026-11-05 这样。"),
            "required": _("请填写函件日期。"),
        },
    )


def _line(label: Any, most: int, *, missing: Any = "", help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=bool(missing),
        max_length=most,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": missing} if missing else {},
    )


class LetterForm(forms.Form):
    """A line of the register, of one direction, on one file."""

    number = _line(_("文号"), 60, help_text=_("函件自身的编号，没有可不填。"))
    dated_on = _day(_("函件日期"), required=True)
    counterpart = _line(_("对方单位"), 120, missing=_("请填写对方单位。"))
    subject = _line(_("主题"), 200, missing=_("请填写主题。"))
    answers = forms.ChoiceField(
        label=_("回复的函件"),
        required=False,
        help_text=_("选定后，那一封即由本函回复，无需另行勾选。"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "invalid_choice": _("所回复的函件应是同一客户、方向相反且未作废的一封，请重新选择。")
        },
    )
    reply_due_on = _day(
        _("回复期限"), required=False, help_text=_("需要回复的函件填写；不要求回复的留空。")
    )
    sensitivity = forms.ChoiceField(
        label=_("密级"),
        choices=Sensitivity.choices,
        initial=Sensitivity.ORDINARY,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": _("密级没有这一项，请从列表中选择。")},
    )
    file = forms.FileField(
        label=_("函件原文"),
        required=False,
        allow_empty_file=True,
        max_length=255,
        help_text=_("扫描件或电子文件，存入本档案的资料；PDF、图片、xlsx、docx、csv、txt。"),
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ACCEPT}),
    )

    def __init__(
        self,
        *args: Any,
        dossier: Dossier,
        direction: str,
        letter: Letter | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offered = {
            str(row.pk): row
            for row in unanswered(dossier, direction, but=letter.pk if letter else None)
        }
        field = cast("forms.ChoiceField", self.fields["answers"])
        field.choices = [
            ("", _("不是回函")),
            *((key, f"{row.register_number} {row.subject}") for key, row in self._offered.items()),
        ]
        if letter is not None:
            self.fields["file"].help_text = _("留空则保留原来的文件；选择新文件则改为新的一份。")
            self.fields["reason"] = _line(
                _("更正原因"), 200, missing=_("请写明更正的原因，例如“日期录错”。")
            )

    def content(self) -> Content:
        """The checked values for the action."""
        data = self.cleaned_data
        sent = data["file"]
        return Content(
            dated_on=data["dated_on"],
            counterpart=data["counterpart"],
            subject=data["subject"],
            number=data["number"],
            sensitivity=data["sensitivity"],
            reply_due_on=data["reply_due_on"],
            answers=self._offered.get(data["answers"]),
            file=None if sent is None else (sent.file, sent.name or ""),
        )
