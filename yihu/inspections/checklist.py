"""The checklist by which people look at a file: its lines, and edition 1 of them (§6.4.1). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.utils.translation import gettext_lazy as _

from yihu.inspections.choices import Severity

EDITION = 1
WEIGHT = 5
"""What an item weighs where its edition does not say."""
WEIGHT_MOST, LABEL_MOST, LOOK_MOST, ITEMS_MOST = 20, 40, 80, 40
WHOLE = ""
"""The section of an item that hangs on the file as a whole."""
SECTIONS = (
    (WHOLE, _("整份档案")),
    ("basic", _("A 客户基本信息")),
    ("cooperation", _("B 与海油合作情况")),
    ("performance", _("C 合同执行情况")),
    ("interviews", _("D 客户访谈情况")),
)


@dataclass(frozen=True, slots=True)
class Item:
    """A line: the section that it hangs on, what is asked, where to look, by which clause.

    `severity` is what a problem is usually taken for; `weight` counts in the share that conforms.
    `code` stays from edition to edition, so that a finding made again is known as repeated.
    """

    code: str
    section: str
    label: str
    look: str
    clause: str
    severity: int = int(Severity.NORMAL)
    weight: int = WEIGHT

    def stored(self) -> dict[str, Any]:
        """As an edition keeps it."""
        return asdict(self)

    @property
    def severity_label(self) -> str:
        """What a problem is usually taken for, in words."""
        return str(Severity(self.severity).label)

    @property
    def section_label(self) -> str:
        """What it hangs on, in words."""
        return str(dict(SECTIONS).get(self.section, self.section))


NAMES = {field.name for field in fields(Item)}


def items_of(stored: Iterable[Mapping[str, Any]]) -> list[Item]:
    """The lines of an edition, in order."""
    return [Item(**{name: line[name] for name in NAMES & line.keys()}) for line in stored]


FIRST = (
    Item(
        "identity", "basic", "名称、信用代码与营业执照一致", "对照营业执照扫描件或公示系统", "5.2"
    ),
    Item("contacts", "basic", "联系人在任、分工明确", "核对联系人职务、角色与最近访谈人员", "5.1"),
    Item("demand", "basic", "用气需求与实际提气相称", "年需求、月度曲线对照近十二个月提气量", "3b"),
    Item("class", "basic", "客户分类依据充分", "分类、认定依据与最近评级结果", "6.1.3"),
    Item("cooperation", "cooperation", "合作情况写明事实和进展", "概况是否空话、是否过时", "6.1.1"),
    Item("next", "cooperation", "下一步目标可以检查", "目标是否有量、有时间、有责任人", "6.1.1"),
    Item("contract", "performance", "合同要素与原件一致", "抽一份合同，逐项对照原件", "6.3.3"),
    Item("offtake", "performance", "提气量、价有据可查", "抽一个月，对照结算单", "6.2.1"),
    Item("letters", "performance", "往来函件已归档并回复", "函件登记簿与原件", "4.3c"),
    Item("visit", "interviews", "纪要写出客户需求和结论", "最近一次访谈的纪要", "6.2.1d"),
    Item("followup", "interviews", "跟进事项落实到人、到日", "未办结事项的责任人、期限", "6.2.1d"),
    Item("risk", "performance", "应备注的风险已备注", "逾期货款、异常名录、诉讼", "6.2.2"),
)
"""Edition 1."""


@dataclass(frozen=True, slots=True)
class Change:
    """An item that an edition adds, drops or says otherwise: `before` or `after` None."""

    before: Item | None
    after: Item | None

    @property
    def code(self) -> str:
        """Whose it is."""
        item = self.after or self.before
        return item.code if item is not None else ""


def changes(before: Sequence[Item], after: Sequence[Item]) -> list[Change]:
    """What one edition says otherwise than another, as the later is ordered; dropped last."""
    old = {item.code: item for item in before}
    new = {item.code for item in after}
    found = [Change(old.get(item.code), item) for item in after if old.get(item.code) != item]
    return found + [Change(item, None) for item in before if item.code not in new]


GOOD = "ok"
APPLIES = ("ok", "minor", "normal", "serious")


def conforming(
    marks: Iterable[tuple[str, str, int]], weights: Mapping[str, int]
) -> tuple[int, int]:
    """The weight of what conforms and of all that applied; `marks`: item, verdict, how often."""
    good = most = 0
    for item, verdict, count in marks:
        if verdict in APPLIES:
            weight = weights.get(item, WEIGHT) * count
            most += weight
            good += weight if verdict == GOOD else 0
    return good, most
