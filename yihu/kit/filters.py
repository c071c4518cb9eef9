"""Filters of lists, as the address gives them: a value that is not offered is refused."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.kit.paging import Order

ANY = gettext_lazy("全部")
SHORTEST = 2
SELECTED = flatatt({"selected": True})
Choices = Iterable[tuple[Any, Any]]
Options = Choices | Callable[[], Choices]


class Filter(forms.Form):
    """What every list takes: a sort and a place in it. Unknown names are refused as well.

    `drawn` False: nobody sees the bar, and of what is offered only what is asked for is made.
    """

    orders: ClassVar[Mapping[str, Order]] = {}
    hidden: ClassVar[Collection[str]] = {"sort", "after", "before"}
    sort = forms.CharField(required=False, max_length=20)
    after = forms.CharField(required=False, max_length=2000)
    before = forms.CharField(required=False, max_length=2000)

    def __init__(self, data: QueryDict, *, drawn: bool = True) -> None:
        super().__init__(data)
        self.drawn = drawn

    def offer(self, name: str, label: Any, options: Options) -> None:
        """A list of options at the end of the bar."""
        if self.drawn or name in self.data:
            self.fields[name] = choice(label, options)

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
        return [self[name] for name in self.fields if name not in self.hidden]

    def set_count(self) -> int:
        """How many conditions narrow the list."""
        return sum(1 for field in self.shown() if self.cleaned_data.get(field.name))


class Select(forms.Select):
    """As Django draws it, without a template for every option: a bar has hundreds of them."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """The element and its options, some of them in groups."""
        chosen = self.format_value(value)
        options = format_html_join(
            "",
            "{}",
            (
                (_group(code, label, chosen),)
                if isinstance(label, list | tuple)
                else (_option(code, label, chosen),)
                for code, label in self.choices
            ),
        )
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<select{}>{}</select>", attributes, options)


def _option(code: Any, label: Any, chosen: Collection[str]) -> SafeString:
    selected = SELECTED if str(code) in chosen else ""
    return format_html('<option value="{}"{}>{}</option>', code, selected, label)


def _group(label: Any, options: Choices, chosen: Collection[str]) -> SafeString:
    inside = format_html_join("", "{}", ((_option(*one, chosen),) for one in options))
    return format_html('<optgroup label="{}">{}</optgroup>', label, inside)


def choice(label: Any, options: Options, **attributes: str) -> forms.ChoiceField:
    """A list of options, the first of them none.

    Options that a table holds are handed in as a function: it is called once, and only where the
    list is drawn or a value is held against it.
    """

    @cache
    def offered() -> list[tuple[Any, Any]]:
        return [("", ANY), *(options() if callable(options) else options)]

    return forms.ChoiceField(
        label=label,
        required=False,
        choices=offered,
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
