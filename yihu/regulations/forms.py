"""What a browser sends to put an edition into the library."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.papers.content import ACCEPT
from yihu.regulations.actions import Content
from yihu.regulations.models import Regulation
from yihu.regulations.queries import of_group_now, to_follow


def _line(label: Any, most: int, missing: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": missing},
    )


def _one_of(label: Any, help_text: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": _("没有这一项，请从列表中选择。")},
    )


class RegulationForm(forms.Form):
    """An edition that one unit issues."""

    number = _line(_("制度编号"), 60, _("请填写制度编号。"))
    title = _line(_("名称"), 200, _("请填写名称。"))
    edition = _line(_("版次"), 30, _("请填写版次。"), _("例如 2024-1。"))
    effective_on = forms.DateField(
        label=_("施行日期"),
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "invalid": _("日期应写成 2026-11-05 这样。"),
            "required": _("请填写施行日期。"),
        },
    )
    supersedes = _one_of(_("替代的版次"), _("新版施行之日，所替代的一版同时失效。"))
    carries_out = _one_of(_("执行的集团制度"), _("集团制度出新版时，据此提醒本单位修订（§7.2）。"))
    summary = forms.CharField(
        label=_("内容摘要"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )
    file = forms.FileField(
        label=_("制度文件"),
        required=False,
        allow_empty_file=True,
        max_length=255,
        help_text=_("PDF、docx、图片或 txt；文字自动识别，可按文件内容查找。"),
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ACCEPT}),
    )

    def __init__(self, *args: Any, unit: OrgUnit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._former = {str(row.pk): row for row in to_follow(unit)}
        self._offer("supersedes", _("首次制定，不替代"), list(self._former.values()))
        self._group: dict[str, Regulation] = {}
        if unit.kind == UnitKind.GROUP:
            del self.fields["carries_out"]
        else:
            self._group = {str(row.pk): row for row in of_group_now()}
            self._offer("carries_out", _("不执行某项集团制度"), list(self._group.values()))

    def _offer(self, name: str, none: Any, rows: Sequence[Regulation]) -> None:
        field = cast("forms.ChoiceField", self.fields[name])
        field.choices = [("", none), *((str(row.pk), str(row)) for row in rows)]

    def content(self) -> Content:
        """The checked values for the action."""
        data = self.cleaned_data
        sent = data["file"]
        return Content(
            number=data["number"],
            title=data["title"],
            edition=data["edition"],
            effective_on=data["effective_on"],
            summary=data["summary"],
            supersedes=self._former.get(data["supersedes"]),
            carries_out=self._group.get(data.get("carries_out", "")),
            file=None if sent is None else (sent.file, sent.name or ""),
        )
