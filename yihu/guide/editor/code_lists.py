"""The code lists of a draft, for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from yihu.guide.carry import Change
from yihu.guide.editor.form import Option
from yihu.guide.editor.questions import Pair
from yihu.guide.mapping import Kind, asked
from yihu.guide.rules import Definition


@dataclass(frozen=True, slots=True)
class ListLine:
    """A code list in the overview: how many codes, which fields offer it."""

    name: str
    size: int
    words: str
    users: tuple[str, ...]
    platform: bool
    mark: str
    current: bool = False
    asked: int = 0


@dataclass(frozen=True, slots=True)
class CodeLine:
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class ListPanel:
    """The form of one code list. `name` is "" for a new one."""

    name: str
    typed: str
    codes: tuple[CodeLine, ...]
    users: tuple[str, ...]
    platform: bool
    seen: str
    lost: tuple[Pair, ...] = ()
    wrong: Mapping[str, str] | None = None
    theirs: str = ""


def lost_codes(
    old: Definition, new: Definition, changes: Sequence[Change]
) -> dict[str, tuple[Pair, ...]]:
    """By list, the codes that its fields lost since the edition followed, each with its answer."""
    lists: dict[str, dict[str, Pair]] = {}
    for question in asked(old, new, changes):
        if question.kind != Kind.RECODE or question.new is None:
            continue
        found = lists.setdefault(question.new.code_list, {})
        said: dict[str, str] = {}
        for change in changes:
            if change.source == question.source:
                said |= change.values
        for code, label in question.lost:
            if code in found and code in said:
                continue
            options = (
                Option("-", _("请选择"), code not in said),
                *(
                    Option(other, text, said.get(code) == other)
                    for other, text in (question.new.choices or {}).items()
                ),
                Option("", _("不再使用，原值只读保留"), said.get(code) == ""),
            )
            found[code] = Pair(code, label, options)
    return {name: tuple(found.values()) for name, found in lists.items()}
