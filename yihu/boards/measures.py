"""What the boards count: one line each, for the tile and for the list behind it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yihu.boards.rules import AGES, SHORT_FROM

WAN_M3, TONNE, YUAN, FILES = _("万立方米"), _("吨"), _("元"), _("份")


@dataclass(frozen=True, slots=True)
class Measure:
    """`field`: what is summed, "" where files are only counted; `money`: masked as prices are."""

    code: str
    label: Any
    unit: Any
    condition: Q
    field: str = ""
    places: int = 0
    money: bool = False


_ALL = (
    Measure("files", _("客户档案"), FILES, Q()),
    Measure("signed", _("签有合同的客户"), FILES, Q(signed=True)),
    Measure("covered", _("签有合同、档案已审核通过"), FILES, Q(signed=True, approved=True)),
    Measure("uncovered", _("签有合同、档案未审核通过"), FILES, Q(signed=True, approved=False)),
    Measure("fallen", _("本月到期且已完成或逾期的任务"), _("项"), Q(fallen__gt=0), "fallen"),
    Measure("on_time", _("其中按时完成的任务"), _("项"), Q(on_time__gt=0), "on_time"),
    Measure("overdue", _("逾期的更新任务"), _("项"), Q(overdue__gt=0), "overdue"),
    Measure("required", _("应填栏目"), _("项"), Q(required__gt=0), "required"),
    Measure("filled", _("其中已填的栏目"), _("项"), Q(filled__gt=0), "filled"),
    Measure("risks", _("未解除的风险备注"), _("条"), Q(risks__gt=0), "risks"),
    Measure("late", _("逾期的跟进事项"), _("项"), Q(late__gt=0), "late"),
    Measure("short", _("照付不议欠提 10% 以上"), "%", Q(short_percent__gte=SHORT_FROM),
            "short_percent", 1),
    Measure("wan_m3", _("本年提气量（管道气）"), WAN_M3, Q(wan_m3__gt=0), "wan_m3", 2),
    Measure("tonne", _("本年提气量（LNG）"), TONNE, Q(tonne__gt=0), "tonne", 2),
    Measure("amount", _("本年结算金额"), YUAN, Q(amount_yuan__gt=0), "amount_yuan", 2, True),
    Measure("owed", _("未付清的应收"), YUAN, Q(owed_yuan__gt=0), "owed_yuan", 2, True),
    *(
        Measure(code, label, YUAN, Q(**{f"{code}__gt": 0}), code, 2, True)
        for code, label in AGES
    ),
    Measure("rise", _("比上年同期增加（管道气）"), WAN_M3, Q(wan_m3_rise__gt=0), "wan_m3_rise", 2),
    Measure("fall", _("比上年同期减少（管道气）"), WAN_M3, Q(wan_m3_rise__lt=0), "wan_m3_rise", 2),
    Measure("rise_lng", _("比上年同期增加（LNG）"), TONNE, Q(tonne_rise__gt=0), "tonne_rise", 2),
    Measure("fall_lng", _("比上年同期减少（LNG）"), TONNE, Q(tonne_rise__lt=0), "tonne_rise", 2),
)  # fmt: skip
MEASURES = {measure.code: measure for measure in _ALL}
_LAST = (
    Measure("wan_m3", _("上年提气量（管道气）"), WAN_M3, Q(wan_m3_last__gt=0), "wan_m3_last", 2),
    Measure("tonne", _("上年提气量（LNG）"), TONNE, Q(tonne_last__gt=0), "tonne_last", 2),
    Measure("amount", _("上年结算金额"), YUAN, Q(amount_last__gt=0), "amount_last", 2, True),
    Measure("rise", _("上年比前年增加（管道气）"), WAN_M3, Q(wan_m3_last_rise__gt=0),
            "wan_m3_last_rise", 2),
    Measure("fall", _("上年比前年减少（管道气）"), WAN_M3, Q(wan_m3_last_rise__lt=0),
            "wan_m3_last_rise", 2),
    Measure("rise_lng", _("上年比前年增加（LNG）"), TONNE, Q(tonne_last_rise__gt=0),
            "tonne_last_rise", 2),
    Measure("fall_lng", _("上年比前年减少（LNG）"), TONNE, Q(tonne_last_rise__lt=0),
            "tonne_last_rise", 2),
)  # fmt: skip
LAST_YEAR = {measure.code: measure for measure in _LAST}
"""The measures that are of a year, for the whole of the last one; all others are of today."""


def measure_of(code: str, *, past: bool) -> Measure:
    """The measure of that name, of this year or of the last."""
    return LAST_YEAR.get(code, MEASURES[code]) if past else MEASURES[code]
