"""What the board of timeliness is asked: rows by what, which months, which duties."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from yihu.access.models import User
from yihu.customers.rules import Klass
from yihu.desk import queries
from yihu.desk.boards import EVENT
from yihu.desk.choices import month_before, months
from yihu.desk.desks import Desk
from yihu.desk.filters import MonthField
from yihu.desk.timeliness.choices import MOST_MONTHS, SHOWN_MONTHS, By
from yihu.desk.timeliness.queries import months_of
from yihu.duties.choices import DutyKind
from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order


class TimelinessFilter(Filter):
    """The board's filters; what is not said is the last twelve months, by unit or by filler."""

    orders: ClassVar[Mapping[str, Order]] = {"": Order("pk")}

    def __init__(self, data: QueryDict, *, user: User, desk: Desk, today: date) -> None:
        super().__init__(data)
        self.many_units, self.today = desk.many_units, today
        dimensions = (
            By.choices
            if desk.many_units
            else [(code, label) for code, label in By.choices if code != By.UNIT]
        )
        self.fields["by"] = forms.ChoiceField(
            label=_("按"),
            required=False,
            choices=dimensions,
            widget=forms.Select(attrs={"class": "form-select"}),
            error_messages={"invalid_choice": _("没有“%(value)s”这个选项。")},
        )
        for name, label in (("since", _("截止月份自")), ("until", _("截止月份至"))):
            self.fields[name] = MonthField(label=label, required=False, widget=self._months(name))
        if desk.many_units:
            self.fields["unit"] = choice(_("单位"), queries.units(user))
        self.fields["filler"] = choice(
            _("填报人"), [("none", _("未指定")), *queries.fillers(user, data.get("unit", ""))]
        )
        unset = ("none", pgettext_lazy("class", "未分类"))
        self.fields["klass"] = choice(_("客户分类"), [*Klass.choices, unset])
        every = (EVENT, pgettext_lazy("duties", "随时更新（全部）"))
        self.fields["kind"] = choice(_("任务"), [*DutyKind.choices, every])

    def _months(self, name: str) -> forms.Select:
        given = self.data.get(name, "")
        default = f"{self._default(name):%Y-%m}"
        far = [f"{month_before(self.today.replace(day=1), back):%Y-%m}" for back in range(13, 24)]
        codes = [*months(self.today, given), *far]
        return forms.Select(
            attrs={"class": "form-select"},
            choices=[("", default), *((code, code) for code in codes if code != default)],
        )

    def _default(self, name: str) -> date:
        following = month_before(self.today.replace(day=1), -1)
        return following if name == "until" else month_before(following, SHOWN_MONTHS - 1)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first = next(iter(By)) if self.many_units else By.FILLER
        cleaned["by"] = By(cleaned.get("by") or first)
        for name in ("since", "until"):
            if name not in self.errors and not cleaned.get(name):
                cleaned[name] = self._default(name)
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("since", _("不能晚于截止月份至。"))
        elif since and until and len(months_of(since, until)) > MOST_MONTHS:
            self.add_error(
                "since", _("一次最多看 %(most)d 个月，请缩短期间。") % {"most": MOST_MONTHS}
            )
        return cleaned

    def set_count(self) -> int:
        """How many conditions narrow the board: what was said, not what stands for silence."""
        return sum(1 for field in self.shown() if field.name != "by" and self.data.get(field.name))
