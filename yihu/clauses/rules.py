"""What a clause is, what an edition holds, and how two editions differ. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """A binding clause asks for a deed; context explains or names."""

    BINDING = "binding", _("要求")
    CONTEXT = "context", _("说明")


class Risk(models.TextChoices):
    """The four risks that the rules answer (§3)."""

    LATE = "3a", _("信息不及时")
    CLASS = "3b", _("分类不准确")
    GAPS = "3c", _("归档不完整")
    LEAK = "3d", _("传承保密不规范")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause or letter. `number` as tests name it: 6.2.1d, annex 2.5.

    `says`: what it asks for in our own words. `places`: keys of `places.PLACES`.
    """

    number: str
    says: Any
    kind: Kind
    risks: tuple[Risk, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """As an address says it: annex-2.5."""
        return self.number.replace(" ", "-")

    @property
    def shown(self) -> str:
        """As people write it: §6.2.1d, 附件 2.5."""
        if self.number.startswith("annex "):
            return str(_("附件 %(number)s")) % {"number": self.number.removeprefix("annex ")}
        return f"§{self.number}"

    @property
    def binding(self) -> bool:
        """Whether code and tests must stand behind it."""
        return self.kind == Kind.BINDING


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of the document and the clauses beneath, in its order."""

    number: str
    title: Any
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the rule document."""

    code: str
    document: str
    title: Any
    in_force_from: date | None
    chapters: tuple[Chapter, ...]

    def __iter__(self) -> Any:
        return (clause for chapter in self.chapters for clause in chapter.clauses)

    @property
    def by_key(self) -> Mapping[str, Clause]:
        """Its clauses by the key of their address."""
        return {clause.key: clause for clause in self}


@dataclass(frozen=True, slots=True)
class Change:
    """A clause that two editions say differently; None where an edition lacks it."""

    number: str
    before: Clause | None
    after: Clause | None

    @property
    def verdict(self) -> str:
        """added, dropped or changed."""
        if self.before is None:
            return "added"
        return "dropped" if self.after is None else "changed"


def compare(before: Edition, after: Edition) -> list[Change]:
    """What the later edition adds, drops and says differently, in its order; dropped ones last."""
    old, new = ({clause.number: clause for clause in edition} for edition in (before, after))
    found = [
        Change(number, old.get(number), clause)
        for number, clause in new.items()
        if number not in old or _content(old[number]) != _content(clause)
    ]
    return found + [Change(number, old[number], None) for number in old if number not in new]


def _content(clause: Clause) -> tuple[str, Kind, tuple[Risk, ...]]:
    return str(clause.says), clause.kind, clause.risks


LEVELS = ((95, "good"), (80, "fair"), (60, "poor"), (0, "bad"))
"""The same shades as the heat map of timeliness."""


def percent(top: Decimal, bottom: Decimal) -> Decimal:
    """With one decimal, cut and not rounded, so that 100 means all."""
    return (top * 100 / bottom).quantize(Decimal("0.1"), ROUND_DOWN)


def level(share: Decimal) -> str:
    """The shade of a share."""
    return next(name for least, name in LEVELS if share >= least)


def proven(
    edition: Edition, tests: Mapping[str, Sequence[str]], marked: Mapping[str, Sequence[str]]
) -> list[tuple[str, str]]:
    """Binding clauses that lack a page ("place"), code that names them or a test."""
    lacking = []
    for clause in edition:
        if clause.binding:
            for what, there in (
                ("place", clause.places), ("code", marked.get(clause.number)),
                ("test", tests.get(clause.number)),
            ):  # fmt: skip
                if not there:
                    lacking.append((clause.number, what))
    return lacking
