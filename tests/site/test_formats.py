"""Figures on pages: money and counts in thousands, in both languages."""

from decimal import Decimal

import pytest
from django.template import engines
from django.utils import translation

PAGE = "{% load humanize %}{{ yuan|intcomma }} {{ count|intcomma }} {{ year }}"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_money_and_counts_are_grouped_and_years_are_not(language: str) -> None:
    said = {"yuan": Decimal("1234567.50"), "count": 78865, "year": 2026}
    with translation.override(language):
        page = engines["django"].from_string(PAGE).render(said)
    assert page == "1,234,567.50 78,865 2026"
