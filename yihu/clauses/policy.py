"""Everybody reads the clauses; figures are for those who keep or supervise files (§5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.clauses.places import OWING


def may_see_figures(user: User) -> bool:
    """Fillers, reviewers and stewards their unit's, supervisors all; no one's by regions."""
    return holds(user, *OWING)
