"""Filters of lists, as the address gives them: a value that is not offered is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.kit.paging import Order

ANY = gettext_lazy("全部")
SHORTEST = 2
Choices = Iterable[tuple[Any, Any]]


class Filter(forms.Form):
    """What every list takes: a sort and a place in it. Unknown names are refused as well."""

    orders: ClassVar[Mapping[str, Order]] = {}
    sort = forms.CharField(required=False, max_length=20)
    after = forms.CharField(required=False, max_length=2000)
    before = forms.CharField(required=False, max_length=2000)

    def clean_sort(self) -> str:
        wanted: str = self.cleaned_data["sort"]
        if wanted and wanted.removeprefix("-") not in self.orders:
            raise forms.ValidationError(_("没有“%(sort)s”这种排序。") % {"sort": wanted})
        return wanted or next(iter(self.orders))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self.data:
            if name not in self.fields:
                self.add_error(None, _("不认识条件“%(name)s”。") % {"name": name[:40]})
        if cleaned.get("after") and cleaned.get("before"):
            self.add_error(None, _("翻页位置只能有一个。"))
        return cleaned

    @property
    def order(self) -> Order:
        """The chosen order."""
        wanted: str = self.cleaned_data["sort"]
        order = self.orders[wanted.removeprefix("-")]
        return order.reversed() if wanted.startswith("-") else order

    def problems(self) -> list[str]:
        """Every refused value in a sentence, the field by its label."""
        found = []
        for name, errors in self.errors.items():
            label = self.fields[name].label if name in self.fields else ""
            found += [f"{label or name}：{error}" if label else str(error) for error in errors]
        return found

    def shown(self) -> list[Any]:
        """The fields of the bar, in order, each told whether it is set."""
        hidden = {"sort", "after", "before"}
        return [self[name] for name in self.fields if name not in hidden]

    def set_count(self) -> int:
        """How many conditions narrow the list."""
        return sum(1 for field in self.shown() if self.cleaned_data.get(field.name))


class Select(forms.Select):
    """As Django draws it, without a template for every option: a bar has hundreds of them."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """The element and its options; a choice within a choice is drawn as Django does."""
        context = self.get_context(name, value, attrs)["widget"]
        if any(group for group, _options, _place in context["optgroups"]):
            return super().render(name, value, attrs, renderer)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (one["value"], flatatt(one["attrs"]), one["label"])
                for _group, (one,), _place in context["optgroups"]
            ),
        )
        attributes = flatatt({"name": name, **context["attrs"]})
        return format_html("<select{}>{}</select>", attributes, options)


def choice(label: Any, options: Choices, **attributes: str) -> forms.ChoiceField:
    """A list of options, the first of them none."""
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", ANY), *options],
        widget=Select(attrs={"class": "form-select", **attributes}),
        error_messages={"invalid_choice": gettext_lazy("没有“%(value)s”这个选项。")},
    )


def text(label: Any, hint: Any) -> forms.CharField:
    """A search box: two characters or more."""
    return forms.CharField(
        label=label,
        required=False,
        min_length=SHORTEST,
        max_length=60,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": hint, "type": "search"}
        ),
        error_messages={
            "min_length": gettext_lazy("至少写两个字。"),
            "max_length": gettext_lazy("最多写六十个字。"),
        },
    )


@dataclass(frozen=True, slots=True)
class Head:
    """A column that sorts: what a click asks for, and how it stands now."""

    label: str
    sort: str
    standing: str
    numeric: bool = False


def head(chosen: Filter, code: str, label: str, *, numeric: bool = False) -> Head:
    """The head of one column under the chosen sort: a second click turns it round."""
    now: str = chosen.cleaned_data["sort"]
    if now == code:
        return Head(label, f"-{code}", "ascending", numeric)
    return Head(label, code, "descending" if now == f"-{code}" else "none", numeric)
