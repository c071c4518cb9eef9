"""The register as a person reads it: of a core secret that there is one, not what it is (§5.5)."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.disclosure.policy import keeps, kept_units
from yihu.dossiers.rules import Secrecy
from yihu.originals.models import Original, StocktakeLine
from yihu.originals.policy import KEEPERS, may_keep


def named_units(user: User) -> list[int]:
    """The units of which the person reads every line of the register."""
    return kept_units(user, *KEEPERS)


def told(user: User, original: Original) -> bool:
    """Whether the line is the person's to read without saying why."""
    unit = original.unit_id
    return original.secrecy != Secrecy.CORE or keeps(user, unit) or may_keep(user, unit)


def veil(user: User, originals: Iterable[Original], *, papers: bool = False) -> None:
    """Titles of core secrets give way to words that say so, in these objects alone.

    `papers`: the papers of their file are shown to the person. Never to be saved after.
    """
    for original in originals:
        if not papers and not told(user, original):
            original.title = _("%(kind)s（已隐去）") % {"kind": original.get_kind_display()}
            original.contract_number = original.note = ""


def veil_lines(user: User, lines: Iterable[StocktakeLine]) -> None:
    """The same for the lines of a stocktake; each must have its original."""
    for line in lines:
        if not told(user, line.original):
            line.title = _("%(kind)s（已隐去）") % {"kind": line.original.get_kind_display()}
