"""How often a person may look behind the mask in a day (SECURITY B1, T9)."""

from datetime import datetime

from yihu.access.models import User
from yihu.disclosure.queries import used_today
from yihu.disclosure.rules import DAILY


def left(user: User, at: datetime) -> int:
    """How many reveals of the day remain."""
    return DAILY - used_today(user, at)
