"""The checklist by which people look at a file, edition 1 (§6.4.1)."""

from yihu.inspections.choices import Severity

EDITION = 1
ITEMS = (  # code, section, what is asked, where to look, clause
    ("identity", "basic", "名称、信用代码与营业执照一致", "对照营业执照扫描件或公示系统", "5.2"),
    ("contacts", "basic", "联系人在任、分工明确", "核对联系人职务、角色与最近访谈人员", "5.1"),
    ("demand", "basic", "用气需求与实际提气相称", "年需求、月度曲线对照近十二个月提气量", "3b"),
    ("class", "basic", "客户分类依据充分", "分类、认定依据与最近评级结果", "6.1.3"),
    ("cooperation", "cooperation", "合作情况写明事实和进展", "概况是否空话、是否过时", "6.1.1"),
    ("next", "cooperation", "下一步目标可以检查", "目标是否有量、有时间、有责任人", "6.1.1"),
    ("contract", "performance", "合同要素与原件一致", "抽一份合同，逐项对照原件", "6.3.3"),
    ("offtake", "performance", "提气量、价有据可查", "抽一个月，对照结算单", "6.2.1"),
    ("letters", "performance", "往来函件已归档并回复", "函件登记簿与原件", "4.3c"),
    ("visit", "interviews", "纪要写出客户需求和结论", "最近一次访谈的纪要", "6.2.1d"),
    ("followup", "interviews", "跟进事项落实到人、到日", "未办结事项的责任人、期限", "6.2.1d"),
    ("risk", "performance", "应备注的风险已备注", "逾期货款、异常名录、诉讼", "6.2.2"),
)  # fmt: skip


def items() -> list[dict[str, object]]:
    """As an edition keeps them; `severity` is what a problem is taken for at first."""
    return [
        {
            "code": code,
            "section": section,
            "label": label,
            "look": look,
            "clause": clause,
            "severity": int(Severity.NORMAL),
        }
        for code, section, label, look, clause in ITEMS
    ]
