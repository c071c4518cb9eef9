"""Who may fill a file, approve what was filled (§5.2), and take a file out of the house (§5.5)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier, Draft

FILLERS = (Role.FILLER, Role.STEWARD)
REVIEWERS = (Role.REVIEWER, Role.STEWARD)


def may_fill(user: User, dossier: Dossier) -> bool:
    """A filler or steward of the unit, who is one of its people (指定专人)."""
    return _of_the_unit(user, dossier.unit_id) and holds(user, *FILLERS, unit_id=dossier.unit_id)


def may_fill_in(user: User, unit_id: int) -> bool:
    """Whether the person may fill the files of that unit."""
    return _of_the_unit(user, unit_id) and holds(user, *FILLERS, unit_id=unit_id)


def may_review_in(user: User, unit_id: int) -> bool:
    """A reviewer or steward of the unit; that it is not the filler is asked row by row."""
    return _of_the_unit(user, unit_id) and holds(user, *REVIEWERS, unit_id=unit_id)


def may_comment(user: User, draft: Draft) -> bool:
    """Both sides of a draft may say something about a field."""
    return may_review_in(user, draft.unit_id) or may_fill_in(user, draft.unit_id)


def may_take_out(user: User, unit_id: int) -> bool:
    """Print a file or take it as a workbook: who keeps or checks the unit's files, and the
    group's supervisors. Readers and custodians look on screen (§5.5).
    """
    return holds(user, Role.SUPERVISOR) or holds(user, *FILLERS, *REVIEWERS, unit_id=unit_id)


def _of_the_unit(user: User, unit_id: int) -> bool:
    return user.staff is not None and user.staff.unit_id == unit_id
