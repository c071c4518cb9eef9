"""Why a file was not taken in: the sentence names the file's fault and the way out."""

from yihu.dossiers.problems import Refused, Unfit


class TooLarge(Refused):
    """More bytes, pixels or pages than the settings allow."""

    status = 413


class WrongType(Refused):
    """Not one of the formats that are kept."""

    status = 415


class Damaged(Unfit):
    """The right format, but not whole, or not what it pretends to be."""


class Dangerous(Unfit):
    """A virus test file, a bomb, a macro."""
