"""What a browser sends to bring a file in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from yihu.intake.choices import ImportKind
from yihu.kit.sheet import SUFFIXES, Refused, check_size
from yihu.org.models import OrgUnit


class UploadForm(forms.Form):
    """A kind, a unit of the person's own, and a file that is not too large to look at."""

    kind = forms.ChoiceField(label=_("表格类型"), choices=ImportKind.choices)
    unit = forms.ModelChoiceField(label=_("单位"), queryset=OrgUnit.objects.none())
    file = forms.FileField(
        label=_("文件"),
        help_text=_(
            ".xlsx、.xls、.ods 或 .csv，不超过 20 MB、20 万行。表头在哪一行、列的顺序都不限。"
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES), "class": "form-control"}),
        allow_empty_file=True,
        max_length=255,
    )

    def __init__(self, units: Iterable[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = OrgUnit.objects.filter(pk__in=units)
        field.empty_label = None
        only = list(field.queryset[:2])
        if len(only) == 1:
            field.widget = forms.HiddenInput()
            field.initial = only[0].pk
        self.fields["kind"].widget.attrs["class"] = "form-select"

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is too large before a byte of it is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            check_size(file.size or 0)
        except Refused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
        return file
