"""Which lines of the log leave the house: a closed list; the page 事件类型 tells just this.

What is not here never leaves: reading, searches, exports, accounts, roles, reveals, and whatever
only headquarters may know (customers joined, risks that rules only suspect).
"""

from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext_lazy as _

from yihu.audit.rules import say


class Of(Enum):
    """What an event is about; in the order of a dossier, of a unit, or of the group alone."""

    FILE = "file"
    UNIT = "unit"
    GROUP = "group"


LABELS = {
    Of.FILE: _("一份客户档案"),
    Of.UNIT: _("一个单位"),
    Of.GROUP: _("全集团"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of event: a verb of the log. `guarded`: known to a unit's keepers, not its readers."""

    verb: str
    of: Of
    guarded: bool = False

    @property
    def label(self) -> str:
        """As the log says it."""
        return say(self.verb)

    @property
    def about(self) -> str:
        """What it is about, in words."""
        return str(LABELS[self.of])


def _of_files(*verbs: str, guarded: bool = False) -> tuple[Kind, ...]:
    return tuple(Kind(verb, Of.FILE, guarded) for verb in verbs)


KINDS = (
    *_of_files(
        "dossier.opened", "dossier.recoded", "dossier.rested", "dossier.closed", "dossier.reopened",
        "version.approved", "workbook.imported",
        "filler.appointed", "mark.set", "class.decided", "contract.signed", "contract.moved",
        "rating.final",
        "visit.held", "visit.written", "visit.cancelled", "followup.added", "followup.closed",
        "need.heard", "need.answered", "need.done", "document.uploaded", "letter.registered",
        "original.registered", "original.moved", "original.destroyed",
    ),
    *_of_files(
        "risk.raised", "risk.corrected", "risk.checked", "risk.lifted", "risk.published",
        "risk.withdrawn", "finding.replied", "finding.closed",
        guarded=True,
    ),
    *(
        Kind(verb, Of.UNIT)
        for verb in ("customers.imported", "contracts.imported", "offtake.imported",
                     "ratings.imported", "regulation.issued")
    ),
    Kind("rectification.ordered", Of.UNIT, guarded=True),
    *(
        Kind(verb, Of.GROUP)
        for verb in ("edition.published", "policy.published", "rating_scheme.published",
                     "rating_round.final", "calendar.corrected", "calendar.restored")
    ),
)  # fmt: skip
BY_VERB = {kind.verb: kind for kind in KINDS}
