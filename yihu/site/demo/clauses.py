"""The figures of clauses and boards as the nights of a year would have left them."""

from datetime import date, datetime

from yihu.boards.actions import refresh
from yihu.clauses.actions import reckon


def judge(*, today: date, now: datetime) -> None:
    """Twelve months, the past ones closed; the boards as of now."""
    reckon(today=today, at=now)
    refresh(today=today, at=now)
