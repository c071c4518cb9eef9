"""The figures of the clauses as the nights of a year would have left them."""

from datetime import date, datetime

from yihu.clauses.actions import reckon


def judge(*, today: date, now: datetime) -> None:
    """Twelve months, the past ones closed."""
    reckon(today=today, at=now)
