"""What a check saw, in a sentence (§6.4.1)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from yihu.customers.rules import Klass
from yihu.org.regions import name_of
from yihu.org.rules import EmploymentStatus

Labels = Mapping[str, str]
MOST = 12
"""So many things are named in one sentence; the rest are counted."""
LEDGER = {
    "absent": lambda: _("档案未载"),
    "gone": lambda: _("台账没有"),
    "changed": lambda: _("要素不一致"),
}
MDQ = {"above": lambda: _("超过最大日量"), "outside": lambda: _("在合同期外")}


def _named(names: list[str]) -> str:
    if len(names) <= MOST:
        return "、".join(names)
    more = _("等 %(n)d 项") % {"n": len(names)}
    return "、".join(names[:MOST]) + more


def _labels(codes: list[str], labels: Labels) -> str:
    return _named([labels.get(code, code) for code in codes])


def _complete(seen: dict[str, Any], labels: Labels) -> str:
    return _("应填 %(required)d 栏，已填 %(filled)d 栏；未填：%(missing)s。") % {
        "required": seen["required"],
        "filled": seen["filled"],
        "missing": _labels(seen["missing"], labels),
    }


def _on_time(seen: dict[str, Any], labels: Labels) -> str:
    return _("期间到期任务 %(due)d 项，逾期 %(late)d 项，其中截止日仍未完成 %(open)d 项。") % seen


def _credit_code(seen: dict[str, Any], labels: Labels) -> str:
    return _("信用代码 %(code)s 不符合 GB 32100-2015。") % seen


def _licence(seen: dict[str, Any], labels: Labels) -> str:
    said = [
        _("%(name)s %(until)s 到期")
        % {"name": labels.get(line["name"], line["name"]), "until": line["until"]}
        for line in seen["expired"]
    ]
    return _("已过期：%(what)s。") % {"what": _named(said)}


def _region(seen: dict[str, Any], labels: Labels) -> str:
    if not seen["region"]:
        return _("行政区划未填。")
    return _("行政区划“%(region)s”不在所属单位的销售区域内。") % {"region": name_of(seen["region"])}


def _ledger(seen: dict[str, Any], labels: Labels) -> str:
    said = [f"{line['number']}（{LEDGER[line['why']]()}）" for line in seen["contracts"]]
    return _("合同台账与档案不一致：%(what)s。") % {"what": _named(said)}


def _take_or_pay(seen: dict[str, Any], labels: Labels) -> str:
    said = []
    for line in seen["contracts"]:
        if line["why"] == "unsaid":
            said.append(_("%(number)s 未载明照付不议比例") % line)
        else:
            said.append(_("%(number)s 全年计划 %(planned)s 低于应提 %(owed)s") % line)
    return _("照付不议不自洽：%(what)s。") % {"what": _named(said)}


def _original(seen: dict[str, Any], labels: Labels) -> str:
    return _("未登记原件的合同：%(what)s。") % {"what": _named(seen["contracts"])}


def _letters(seen: dict[str, Any], labels: Labels) -> str:
    return _("逾期未回复的函件：%(what)s。") % {"what": _named(seen["letters"])}


def _followups(seen: dict[str, Any], labels: Labels) -> str:
    return _("跟进事项逾期 %(late)d 项，30 天没有进展 %(still)d 项。") % seen


def _risks(seen: dict[str, Any], labels: Labels) -> str:
    return _("风险备注逾期未复核 %(remarks)d 条，最早应于 %(since)s 复核。") % seen


def _filler(seen: dict[str, Any], labels: Labels) -> str:
    if seen["why"] == "none":
        return _("未指定填报人。")
    status = str(EmploymentStatus(seen["why"]).label)
    return _("填报人 %(name)s %(status)s，尚未另行指定。") % {
        "name": seen["name"],
        "status": status,
    }


def _two_people(seen: dict[str, Any], labels: Labels) -> str:
    return {
        "none": _("截止日没有审核通过的版本。"),
        "same": _("填报人与审核人是同一人。"),
        "no_reviewer": _("未指定审核人。"),
    }[seen["why"]]


def _class_rating(seen: dict[str, Any], labels: Labels) -> str:
    words: dict[str, Any] = {klass.value: klass.label for klass in Klass}
    return _("分类为“%(klass)s”，%(year)d 年度最终评级为“%(rated)s”。") % {
        "klass": words.get(seen["klass"], seen["klass"]),
        "rated": words.get(seen["rated"], seen["rated"]),
        "year": seen["year"],
    }


def _hollow(seen: dict[str, Any], labels: Labels) -> str:
    said = []
    if "hollow" in seen:
        said.append(_("内容空泛：%(what)s。") % {"what": _labels(seen["hollow"], labels)})
    if "copied" in seen:
        what = {"what": _labels(seen["copied"], labels)}
        said.append(_("与另一客户一字不差：%(what)s。") % what)
    return "".join(said)


def _offtake_on_time(seen: dict[str, Any], labels: Labels) -> str:
    said = [
        _("%(month)s 应于 %(due)s 前，%(done)s 完成") % line
        if line["done"]
        else _("%(month)s 应于 %(due)s 前，未完成") % line
        for line in seen["months"]
    ]
    return _("提气量、价逾期：%(what)s。") % {"what": _named(said)}


def _amount(seen: dict[str, Any], labels: Labels) -> str:
    said = [
        _("%(contract)s %(month)s 金额 %(amount)s 元，量×价 %(reckoned)s 元")
        % {**line, "amount": f"{line['amount']:,.2f}", "reckoned": f"{line['reckoned']:,.2f}"}
        for line in seen["months"]
    ]
    return _("金额不等于量乘价：%(what)s。") % {"what": _named(said)}


def _above_mdq(seen: dict[str, Any], labels: Labels) -> str:
    said = [f"{line['contract']} {line['month']} {MDQ[line['why']]()}" for line in seen["months"]]
    return _("提气量不在合同范围内：%(what)s。") % {"what": _named(said)}


SENTENCES: Mapping[str, Callable[[dict[str, Any], Labels], str]] = {
    "complete": _complete,
    "on_time": _on_time,
    "credit_code": _credit_code,
    "licence": _licence,
    "region": _region,
    "ledger": _ledger,
    "take_or_pay": _take_or_pay,
    "original": _original,
    "letters": _letters,
    "followups": _followups,
    "risks": _risks,
    "filler": _filler,
    "two_people": _two_people,
    "class_rating": _class_rating,
    "hollow": _hollow,
    "offtake_on_time": _offtake_on_time,
    "amount": _amount,
    "above_mdq": _above_mdq,
}


def say(code: str, seen: dict[str, Any], labels: Labels) -> str:
    """The sentence. `labels`: field code → what the guide calls it."""
    return SENTENCES[code](seen, labels)
