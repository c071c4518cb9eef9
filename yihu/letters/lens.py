"""Letters as a person reads them: of a secret one that there is one, not what it says (§5.5)."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.disclosure.policy import keeps, kept_units
from yihu.letters.models import Letter
from yihu.letters.policy import WRITERS, may_write

FROM_REGISTER = ("number", "counterpart", "waived_reason", "voided_reason")


def named_units(user: User) -> list[int]:
    """The units of which the person reads every line of the register."""
    return kept_units(user, *WRITERS)


def told(user: User, letter: Letter) -> bool:
    """Whether the line is the person's to read without saying why."""
    return not letter.secret or keeps(user, letter.unit_id) or may_write(user, letter.unit_id)


def veil(user: User, letters: Iterable[Letter], *, papers: bool = False) -> None:
    """Words of secret letters give way to one that says so, in these objects alone.

    `papers`: the papers of their file are shown to the person. Each gains `told`. Never to be
    saved after.
    """
    for letter in letters:
        shown = papers or told(user, letter)
        letter.told = shown  # type: ignore[attr-defined]  # for the page
        if not shown:
            letter.subject = _("（已隐去）")
            for column in FROM_REGISTER:
                setattr(letter, column, "")
