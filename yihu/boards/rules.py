"""Bands of price, buckets of age, and how figures are said. Pure."""

from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from yihu.contracts.choices import Source
from yihu.org.regions import name_of

BANDS = {
    Source.PIPELINE: ("2.5", "3.0", "3.5", "4.0"),
    Source.LNG: ("4000", "4500", "5000", "5500"),
}
"""Where a band of the settled price begins: yuan per m³, yuan per tonne; below the first is one."""
AGES: tuple[tuple[str, Any], ...] = (
    ("owed_30", _("30 天以内")),
    ("owed_60", _("31 至 60 天")),
    ("owed_90", _("61 至 90 天")),
    ("owed_more", _("90 天以上")),
)
SHORT_FROM = 10
"""Percent of the take-or-pay obligation by now that is not taken: from there on it is a risk."""


def band_label(source: Source, band: int) -> str:
    """2.50–3.00; below, above; unknown for -1."""
    edges = BANDS[source]
    if band < 0:
        return str(_("未填单价"))
    if band == 0:
        return str(_("%(edge)s 以下")) % {"edge": edges[0]}
    if band >= len(edges):
        return str(_("%(edge)s 及以上")) % {"edge": edges[-1]}
    return f"{edges[band - 1]}–{edges[band]}"


def province_of(code: str) -> str:
    """The name of a province by its two digits; "" where none is stated."""
    return name_of(f"{code}0000") if code else ""


def year_before(day: date) -> date:
    """The first of the same month a year earlier."""
    return date(day.year - 1, day.month, 1)


def share(top: int, bottom: int) -> Decimal | None:
    """Percent with one decimal, cut; None of nothing."""
    return (Decimal(top) * 100 / bottom).quantize(Decimal("0.1"), ROUND_DOWN) if bottom else None


def change(now: Decimal, before: Decimal) -> Decimal | None:
    """Percent against last year; None where there was nothing."""
    if not before:
        return None
    return ((now - before) * 100 / before).quantize(Decimal("0.1"), ROUND_HALF_UP)


def said(value: Decimal, places: int = 2) -> str:
    """1,234.56."""
    return f"{value:,.{places}f}"
