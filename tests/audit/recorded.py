"""A line of the log for a test, as it is read back."""

from typing import Any

from yihu.audit import actions as audit
from yihu.audit.models import Event


def record(*given: Any, **named: Any) -> Event:
    """What `audit.record` wrote."""
    audit.record(*given, **named)
    return Event.objects.latest("id")
