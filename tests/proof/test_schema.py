"""A few cases of every operation that writes, on rows that are there (C15 has many of all)."""

import logging

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
    names = [deed.name for deed in DEEDS]
    with schema.serving(get_wsgi_application()) as address:
        cases, failed = schema.tried(
            address, names, secret, FEW, schema.SEED, phases="fuzzing", keys=keys
        )
    assert failed == {}
    assert sum(cases.values()) >= len(names), cases
    assert cases["422"] > 30, cases
