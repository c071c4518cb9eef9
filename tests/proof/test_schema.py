"""A few cases of every operation that writes, on rows that are there (C15 has many of all)."""

import logging
from collections import Counter

import pytest
from django.core.wsgi import get_wsgi_application
from pytest_django import Settings

from proof import schema
from yihu.interface.writing.urls import DEEDS

FEW = 2


@pytest.mark.usefixtures("own_database")
@pytest.mark.clause("6.3.1")
def test_operations_answer_as_they_are_described(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.INTERFACE_A_MINUTE = settings.READS_A_MINUTE = 10**9
    caplog.set_level(logging.CRITICAL, "django")
    secret, keys = schema.planted()
    targets = {deed.name: schema.Target(secret, FEW, keys.get(deed.name, "")) for deed in DEEDS}
    with schema.undoing(get_wsgi_application()) as app, schema.serving(app) as address:
        found = schema.tried(address, targets, schema.SEED, phases="fuzzing")
    assert {label: one.failures for label, one in found.items() if one.failures} == {}
    answers = sum((one.statuses for one in found.values()), Counter[str]())
    assert answers.total() >= len(targets), answers
    assert answers["422"] > 30, answers
