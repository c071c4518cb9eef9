"""Who may add documents to a file and take them off (§5.2, 6.3.1)."""

from yihu.access.models import User
from yihu.access.policy import holds
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier

KEEPERS = (Role.FILLER, Role.STEWARD, Role.CUSTODIAN)
READERS = (*KEEPERS, Role.REVIEWER, Role.READER, Role.SUPERVISOR)


def may_keep(user: User, unit_id: int) -> bool:
    """One of the unit's people who fills or keeps its files; headquarters only reads."""
    inside = user.staff is not None and user.staff.unit_id == unit_id
    return inside and holds(user, *KEEPERS, unit_id=unit_id)


def may_search(user: User) -> bool:
    """Those who read customers at all: neither ITC nor the auditor does (§5.5)."""
    return holds(user, *READERS)


def may_upload(user: User, dossier: Dossier) -> bool:
    """Whether the person may add a document to that file."""
    return may_keep(user, dossier.unit_id)
