"""The questions of a mapping with their answers so far, for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from yihu.guide.carry import Change, How, Rest
from yihu.guide.editor.form import Option
from yihu.guide.mapping import Kind, Question, asked, cells, label_of, questions, targets
from yihu.guide.rules import Cell, Definition, FieldType
from yihu.guide.words import kind_of

T = FieldType


@dataclass(frozen=True, slots=True)
class Pair:
    """A lost code and what its values become."""

    code: str
    label: str
    options: tuple[Option, ...]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the mapping with its answer so far; `said` in words."""

    kind: str
    source: str
    label: str
    answered: bool
    old: str
    new: str
    said: str
    targets: tuple[Option, ...] = ()
    pairs: tuple[Pair, ...] = ()
    values: str = ""
    rest: str = Rest.READ.value
    factor: str = "1"
    readable: bool = True
    rescaled: bool = False
    old_unit: str = ""
    new_unit: str = ""
    wrong: str = ""


def asked_of(
    old: Definition,
    new: Definition,
    changes: Sequence[Change],
    *,
    only: str = "",
    wrong: Mapping[str, str] | None = None,
    about: tuple[str, str] = ("", ""),
) -> list[Asked]:
    """Every question with its answer, the open ones first. `only`: of one field of the draft.

    `wrong`: what is amiss with the answer just given to `about` (kind, source).
    """
    waiting = {(q.kind, q.source) for q in questions(old, new, changes)}
    aims = targets(changes, old, new)
    free = [code for code in cells(new) if code not in aims.values()]
    found = []
    for question in asked(old, new, changes):
        if only and question.target.partition(".")[0] != only:
            continue
        mine = [c for c in changes if c.source == question.source]
        amiss = dict(wrong or {}) if about == (question.kind, question.source) else {}
        open_ = (question.kind, question.source) in waiting
        found.append(_asked(question, mine, new, free, open_=open_, wrong=amiss))
    return sorted(found, key=lambda one: one.answered)


def _asked(
    question: Question,
    mine: Sequence[Change],
    new: Definition,
    free: Sequence[str],
    *,
    open_: bool,
    wrong: Mapping[str, str],
) -> Asked:
    values: dict[str, str] = {}
    for change in mine:
        values |= change.values
    retype = next((c for c in mine if c.how == How.RETYPE), None)
    dotted = "." in question.source
    offered = [code for code in free if ("." in code) == dotted]
    if dotted:
        table = question.source.partition(".")[0]
        offered = [code for code in offered if code.partition(".")[0] == table]
    several = question.new.choices if question.new is not None else None
    return Asked(
        kind=question.kind,
        source=question.source,
        label=question.label,
        answered=not open_,
        old=kind_of(question.old),
        new=kind_of(question.new) if question.new is not None else "",
        said="" if open_ else _answer_said(question, values, retype, new),
        targets=tuple(Option(code, f"{label_of(new, code)}（{code}）", False) for code in offered),
        pairs=tuple(
            Pair(
                code,
                label,
                (
                    Option("-", _("请选择"), code not in values),
                    *(
                        Option(other, name, values.get(code) == other)
                        for other, name in (several or {}).items()
                    ),
                    Option("", _("不再使用，原值只读保留"), values.get(code) == ""),
                ),
                wrong.get(code, ""),
            )
            for code, label in question.lost
            if question.kind == Kind.RECODE
        ),
        values="\n".join(
            f"{_label(question.old, one)}={_label(question.new, other)}"
            for one, other in (retype.values if retype else {}).items()
        ),
        rest=retype.rest if retype else Rest.READ if question.readable else Rest.RETIRE,
        factor=retype.factor if retype else "",
        readable=question.readable,
        rescaled=question.rescaled,
        old_unit=question.old.unit or _("无单位"),
        new_unit=(question.new.unit if question.new is not None else "") or _("无单位"),
        wrong="；".join(text for key, text in wrong.items() if key not in dict(question.lost)),
    )


def _label(cell: Cell | None, code: str) -> str:
    if cell is None or not code:
        return code
    if cell.type == T.BOOL:
        return {"true": "是", "false": "否"}.get(code, code)
    return (cell.choices or {}).get(code, code)


def _answer_said(
    question: Question, values: Mapping[str, str], retype: Change | None, new: Definition
) -> str:
    if question.kind == Kind.GONE:
        return _("停用，原值只读保留。")
    if question.kind == Kind.RECODE:
        pairs = [
            f"{label} → {_label(question.new, values.get(code, '')) or _('只读保留')}"
            for code, label in question.lost
        ]
        return "；".join(pairs)
    if question.rescaled and retype is not None and retype.rest == Rest.READ:
        return _("原值 × %(factor)s。") % {"factor": retype.factor}
    said_ = (
        [_("%(count)d 个值按对照转换。") % {"count": len(retype.values)}]
        if (retype and retype.values)
        else []
    )
    if retype is not None and retype.rest == Rest.READ:
        said_.append(_("其余按新类型读取，读不出的只读保留。"))
    else:
        said_.append(_("其余一律只读保留。"))
    return "".join(said_)


def read_pairs(text: str, question: Question) -> tuple[dict[str, str], list[str]]:
    """Lines 旧值=新值 as stored values, and the lines that cannot be read."""
    found: dict[str, str] = {}
    unread: list[str] = []
    old_codes = {label: code for code, label in (question.old.choices or {}).items()}
    new_cell = question.new
    new_codes = {
        label: code for code, label in ((new_cell.choices if new_cell else None) or {}).items()
    }
    if question.old.type == T.BOOL:
        old_codes = {"是": "true", "否": "false"}
    if new_cell is not None and new_cell.type == T.BOOL:
        new_codes = {"是": "true", "否": "false"}
    for line in text.splitlines():
        if not line.strip():
            continue
        one, sign, other = line.replace("＝", "=").replace("→", "=").partition("=")
        one, other = one.strip(), other.strip()
        if not sign or not one:
            unread.append(line.strip()[:40])
            continue
        found[old_codes.get(one, one)] = new_codes.get(other, other)
    return found, unread
