"""Why a change of the guide is refused, in sentences that say what to do."""

from collections.abc import Sequence


class Refused(ValueError):
    """The act is not possible now; nothing was changed."""


class Unfit(Refused):
    """What was typed cannot be: `wrong` holds a sentence by the name of the input."""

    def __init__(self, wrong: dict[str, str]) -> None:
        super().__init__("；".join(wrong.values()))
        self.wrong = wrong


class Stale(Refused):
    """Somebody else has saved the draft meanwhile; nothing was overwritten."""


class Unanswered(Refused):
    """The mapping is not whole: the fields that it says nothing of, by their old labels."""

    def __init__(self, message: str, labels: Sequence[str]) -> None:
        super().__init__(message)
        self.labels = list(labels)
