"""What a browser sends to make or change a segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.care.actions import Content
from yihu.care.choices import OPS, VALUED, FactType, Match, Op
from yihu.care.facts import FACT, Fact
from yihu.care.models import Segment
from yihu.care.policy import askable
from yihu.care.rules import MOST_CONDITIONS, MOST_VISITS, read_all
from yihu.visits.choices import Level

SPARE = 2
"""Empty rows below those that are filled."""


def _line(label: Any, most: int, *, missing: Any = None, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=missing is not None,
        help_text=hint,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": missing} if missing is not None else {},
    )


class SegmentForm(forms.Form):
    """A segment but its conditions, which stand in rows of their own."""

    name = _line(_("名称"), 60, missing=_("请填写名称。"))
    about = _line(_("说明"), 300, hint=_("给同事看的一句话：这是哪些客户。"))
    match = forms.ChoiceField(
        label=_("条件关系"),
        choices=Match.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": _("请选择条件关系。"),
            "invalid_choice": _("请从列表中选择。"),
        },
    )
    due_visits = forms.IntegerField(
        label=_("每户每年访谈次数"),
        required=False,
        min_value=0,
        max_value=MOST_VISITS,
        help_text=_("留空则按本单位走访计划（按客户分类）。"),
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages={
            "invalid": _("应为整数，例如 2。"),
            "min_value": _("不能小于 0。"),
            "max_value": _("最多 52 次。"),
        },
    )
    due_level = forms.ChoiceField(
        label=_("至少一次的接触层级"),
        required=False,
        choices=[("", _("不限")), *Level.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": _("请从列表中选择。")},
    )
    price_policy = _line(
        _("价格政策"), 300, hint=_("这群客户适用的口径；具体价格写在各户档案的核心商密栏目。")
    )
    reason = _line(_("修改原因"), 200, missing=_("请填写修改原因。"))

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            del self.fields["reason"]

    def content(self, rows: Sequence["Row"]) -> Content:
        """The checked values for the action. Raises: Unfit, naming the condition."""
        data = self.cleaned_data
        return Content(
            name=data["name"],
            about=data["about"],
            match=data["match"],
            conditions=read_all([row.given() for row in rows if row.fact is not None]),
            due_visits=data["due_visits"],
            due_level=data["due_level"],
            price_policy=data["price_policy"],
        )


def begun(segment: Segment) -> dict[str, Any]:
    """What the form of a change begins with."""
    return {
        name: getattr(segment, name)
        for name in ("name", "about", "match", "due_visits", "due_level", "price_policy")
    }


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the editor: the fact, how it is compared, with what. `fact` None: not used yet."""

    number: int
    fact: Fact | None = None
    op: str = ""
    values: tuple[str, ...] = ()

    @property
    def place(self) -> int:
        """As people count."""
        return self.number + 1

    @property
    def ops(self) -> list[tuple[str, Any]]:
        """The comparisons that fit the fact."""
        return [(op.value, op.label) for op in OPS[self.fact.type]] if self.fact else []

    @property
    def kind(self) -> str:
        """Which input takes the value: number, options, or none."""
        if self.fact is None or (self.op and self.op not in VALUED):
            return "none"
        if self.fact.type == FactType.YES:
            return "none"
        return "number" if self.fact.type == FactType.NUMBER else "options"

    @property
    def value(self) -> str:
        """The number."""
        return self.values[0] if self.values else ""

    def given(self) -> dict[str, Any]:
        """As `rules.read` takes it."""
        assert self.fact is not None
        return {"fact": self.fact.code, "op": self.op, "values": self.values}


def rows_sent(data: QueryDict) -> list[Row]:
    """The rows of the editor as they were sent; an operator that does not fit is the first."""
    found: list[Row] = []
    for number in range(MOST_CONDITIONS):
        fact = FACT.get(data.get(f"fact-{number}", ""))
        if fact is not None:
            found.append(row_of(len(found), fact, data.get(f"op-{number}", ""),
                                data.getlist(f"value-{number}")))  # fmt: skip
    return found


def row_of(number: int, fact: Fact | None, op: str, values: Sequence[str]) -> Row:
    """A row whose operator fits its fact."""
    if fact is None:
        return Row(number)
    fitting = [one.value for one in OPS[fact.type]]
    return Row(number, fact, op if op in fitting else fitting[0], tuple(values))


def rows_of(segment: Segment) -> list[Row]:
    """The rows of what is stored."""
    return [
        Row(number, FACT[given["fact"]], Op(given["op"]), tuple(given["values"]))
        for number, given in enumerate(segment.conditions)
        if given["fact"] in FACT
    ]


def spare(rows: list[Row]) -> list[Row]:
    """The rows and some empty ones to fill."""
    most = min(MOST_CONDITIONS, len(rows) + SPARE)
    return [*rows, *(Row(number) for number in range(len(rows), most))]


def families(user: User) -> list[tuple[Any, list[Fact]]]:
    """The facts that the person may ask, by family."""
    found: dict[Any, list[Fact]] = {}
    for fact in askable(user):
        found.setdefault(fact.family, []).append(fact)
    return list(found.items())
