"""Everything that can be said of a field, once: for the form, the workbook and the difference.

A raw field is a JSON object as `guide.rules.parse` reads it; `flat` names its parts by path
(`when.field`), and an attribute reads and writes one of them as text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yihu.guide.rules import REGION_LIST, FieldType
from yihu.kit.text import line, narrow

T = FieldType
Raw = dict[str, Any]

TYPES: dict[str, Any] = {
    T.TEXT: gettext_lazy("文字"),
    T.TEXTS: gettext_lazy("多条文字"),
    T.NUMBER: gettext_lazy("数字"),
    T.CHOICE: gettext_lazy("单选"),
    T.CHOICES: gettext_lazy("多选"),
    T.BOOL: gettext_lazy("是否"),
    T.DATE: gettext_lazy("日期"),
    T.MONTH: gettext_lazy("月份"),
    T.DATETIME: gettext_lazy("日期时间"),
    T.TIME: gettext_lazy("时刻"),
    T.FILE: gettext_lazy("附件"),
    T.TABLE: gettext_lazy("表格"),
    T.REF: gettext_lazy("引用"),
}
REQUIRED: dict[str, Any] = {
    "always": gettext_lazy("必填"),
    "when": gettext_lazy("按条件必填"),
    "if_any": gettext_lazy("有则填"),
    "optional": gettext_lazy("选填"),
    "system": gettext_lazy("系统生成"),
}
SENSITIVITY: dict[str, Any] = {
    "1": gettext_lazy("公开或内部"),
    "2": gettext_lazy("普通商密"),
    "3": gettext_lazy("核心商密"),
    "4": gettext_lazy("个人信息"),
}
MAINTAINERS: dict[str, Any] = {
    "U": gettext_lazy("所属单位填报员"),
    "M": gettext_lazy("集团资源与市场部"),
    "C": gettext_lazy("合同系统"),
    "D": gettext_lazy("计量调度"),
    "F": gettext_lazy("财务"),
    "L": gettext_lazy("法务"),
    "H": gettext_lazy("人力资源"),
    "T": gettext_lazy("平台"),
}
TODAY = "today"
SEPARATORS = str.maketrans("；;，,\n", "、、、、、")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that can be said of a field or a column.

    `kind`: line, text, int, decimal, flag, one, several (joined by a stroke), list, codes (of
    the list `of`), field, column, tokens. `types`: of which types of fields; empty: of all.
    `part`: where it stands in the form.
    `cells`: field, column or both; `system`: the platform's own, kept as it is.
    """

    key: str
    label: Any
    kind: str
    part: str
    types: frozenset[str] = frozenset()
    cells: str = "field"
    options: Mapping[str, Any] = field(default_factory=dict)
    default: str = ""
    of: str = ""
    hint: Any = ""
    system: bool = False

    def fits(self, kind: str) -> bool:
        """Whether it can be said of a field of that type."""
        return not self.types or kind in self.types

    @property
    def on_fields(self) -> bool:
        return self.cells in ("field", "both")

    @property
    def on_columns(self) -> bool:
        return self.cells in ("column", "both")


NUMBERS = frozenset({T.NUMBER})
WORDS = frozenset({T.TEXT, T.TEXTS, T.REF})
DAYS = frozenset({T.DATE, T.DATETIME})
LISTED = frozenset({T.CHOICE, T.CHOICES})
TABLES = frozenset({T.TABLE})

ATTRIBUTES = (
    Attribute("code", gettext_lazy("编码"), "line", "what", cells="both",
              hint=gettext_lazy("小写字母、数字和下划线；数据按它保存，改动须作数据衔接。")),
    Attribute("label", gettext_lazy("名称"), "line", "what", cells="both"),
    Attribute("group", gettext_lazy("分组"), "line", "what",
              hint=gettext_lazy("同一分组的栏目排在同一标题下。")),
    Attribute("type", gettext_lazy("类型"), "one", "what", cells="both", options=TYPES,
              default="text"),
    Attribute("unit", gettext_lazy("计量单位"), "line", "what", NUMBERS, "both"),
    Attribute("digits", gettext_lazy("小数位"), "int", "what", NUMBERS, "both"),
    Attribute("choices", gettext_lazy("代码表"), "list", "what", LISTED, "both"),
    Attribute("long", gettext_lazy("多行文字"), "flag", "what", frozenset({T.TEXT})),
    Attribute("refers", gettext_lazy("引用对象"), "line", "what", frozenset({T.REF}), "both",
              system=True),
    Attribute("required", gettext_lazy("填写要求"), "one", "must", options=REQUIRED,
              default="optional"),
    Attribute("needed", gettext_lazy("本列必填"), "flag", "must", cells="column"),
    Attribute("classes", gettext_lazy("必填的客户分类"), "codes", "must", of="klass"),
    Attribute("gas_uses", gettext_lazy("必填的用气类型"), "codes", "must", cells="both",
              of="gas_use"),
    Attribute("when.field", gettext_lazy("条件栏目"), "field", "must",
              hint=gettext_lazy("另一栏取某些值时必填。")),
    Attribute("when.any_of", gettext_lazy("条件取值"), "tokens", "must",
              hint=gettext_lazy("代码，几个之间用顿号；取其中之一时必填。")),
    Attribute("when.none_of", gettext_lazy("条件排除"), "tokens", "must",
              hint=gettext_lazy("代码，几个之间用顿号；一个都不取时必填。")),
    Attribute("rows_min", gettext_lazy("最少行数"), "int", "must", TABLES | {T.REF}),
    Attribute("sensitivity", gettext_lazy("密级"), "one", "say", options=SENSITIVITY, default="1"),
    Attribute("personal", gettext_lazy("含个人信息"), "flag", "say", cells="both"),
    Attribute("material", gettext_lazy("变化属重大变化"), "flag", "say",
              hint=gettext_lazy("改动须在限期内更新档案（§6.2.1e）。")),
    Attribute("maintainer", gettext_lazy("维护"), "several", "say", options=MAINTAINERS,
              default="U"),
    Attribute("help", gettext_lazy("填写说明"), "text", "say",
              hint=gettext_lazy("写明口径，举一个例子。")),
    Attribute("min", gettext_lazy("最小值"), "decimal", "check", NUMBERS, "both"),
    Attribute("max", gettext_lazy("最大值"), "decimal", "check", NUMBERS, "both"),
    Attribute("not_less", gettext_lazy("不小于"), "field", "check", NUMBERS, "both"),
    Attribute("not_more", gettext_lazy("不大于"), "field", "check", NUMBERS, "both"),
    Attribute("min_length", gettext_lazy("最少字数"), "int", "check", WORDS, "both"),
    Attribute("max_length", gettext_lazy("最多字数"), "int", "check", WORDS, "both"),
    Attribute("pattern", gettext_lazy("写法规则"), "line", "check", WORDS, "both",
              hint=gettext_lazy("正则表达式，整段须符合，例如 [0-9]{6}。")),
    Attribute("not_before", gettext_lazy("不早于"), "field", "check", DAYS, "both"),
    Attribute("not_after", gettext_lazy("不晚于"), "field", "check", DAYS, "both"),
    Attribute("warn_days", gettext_lazy("提前提醒天数"), "int", "check", frozenset({T.DATE}),
              "both"),
    Attribute("expected", gettext_lazy("应为"), "line", "check", LISTED | {T.BOOL}, "both",
              hint=gettext_lazy("代码，或 true、false；不是它就提示核实。")),
    Attribute("default", gettext_lazy("缺省值"), "line", "check", cells="both", system=True),
    Attribute("same_as", gettext_lazy("应与此栏一致"), "field", "check", cells="both"),
    Attribute("sum_max.column", gettext_lazy("合计的列"), "column", "check", TABLES),
    Attribute("sum_max.max", gettext_lazy("合计不超过"), "decimal", "check", TABLES),
    Attribute("sum_near.column", gettext_lazy("核对合计的列"), "column", "check", TABLES),
    Attribute("sum_near.field", gettext_lazy("合计应等于"), "field", "check", TABLES),
    Attribute("sum_near.percent", gettext_lazy("允许相差（%）"), "decimal", "check", TABLES),
    Attribute("stored", gettext_lazy("存放"), "line", "system", system=True),
    Attribute("column", gettext_lazy("存放列"), "line", "system", system=True),
)  # fmt: skip
BY_KEY = {attribute.key: attribute for attribute in ATTRIBUTES}
OF_FIELDS = tuple(one for one in ATTRIBUTES if one.on_fields)
OF_COLUMNS = tuple(one for one in ATTRIBUTES if one.on_columns)
NONE = pgettext_lazy("nothing", "无")


def flat(raw: Mapping[str, Any]) -> Raw:
    """The parts of a raw field by path; its columns left out."""
    found: Raw = {}
    for key, value in raw.items():
        if isinstance(value, Mapping):
            found |= {f"{key}.{part}": inner for part, inner in value.items()}
        elif key != "columns":
            found[key] = value
    return found


def nested(parts: Mapping[str, Any]) -> Raw:
    """The raw field of its parts, without those that say nothing or only the default."""
    found: Raw = {}
    for attribute in ATTRIBUTES:
        value = parts.get(attribute.key)
        if _says_nothing(attribute, value):
            continue
        outer, _dot, inner = attribute.key.partition(".")
        if inner:
            found.setdefault(outer, {})[inner] = value
        else:
            found[outer] = value
    return found


def _says_nothing(attribute: Attribute, value: Any) -> bool:
    if attribute.default and attribute.key != "type" and str(value) == attribute.default:
        return True
    return value is None or value is False or value == "" or value == [] or value == ()


class Unreadable(ValueError):
    """A sentence about one attribute's text."""


def read(attribute: Attribute, text: str, lists: Mapping[str, Mapping[str, str]]) -> Any:
    """The raw value of what was typed: codes, or the words that stand for them; None for nothing.

    Raises: Unreadable.
    """
    cleaned = text.strip() if attribute.kind == "text" else line(text)
    if not cleaned:
        return None
    return READERS[attribute.kind](attribute, cleaned, lists)


Lists = Mapping[str, Mapping[str, str]]
LONGEST = {"group": 40, "unit": 20, "label": 60, "code": 60, "pattern": 200}
LONGEST_HELP = 500


def _read_line(attribute: Attribute, text: str, lists: Lists) -> str:
    most = LONGEST_HELP if attribute.kind == "text" else LONGEST.get(attribute.key, 200)
    if len(text) > most:
        message = _("“%(label)s”最多 %(most)d 字，现有 %(now)d 字。")
        raise Unreadable(message % {"label": attribute.label, "most": most, "now": len(text)})
    if attribute.kind == "text":
        return "\n".join(line(part) for part in text.splitlines())
    return text


def _read_int(attribute: Attribute, text: str, lists: Lists) -> int:
    plain = narrow(text).removesuffix(".0")
    if not plain.isascii() or not plain.isdecimal() or len(plain) > 6:
        raise Unreadable(_("“%(label)s”应是不带小数的数字。") % {"label": attribute.label})
    return int(plain)


def _read_decimal(attribute: Attribute, text: str, lists: Lists) -> str:
    try:
        number = Decimal(narrow(text).replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise Unreadable(_("“%(label)s”应是数字。") % {"label": attribute.label})
    return f"{number:f}"


FLAGS = {"是": True, "true": True, "1": True, "on": True, "否": False, "false": False, "0": False}


def _read_flag(attribute: Attribute, text: str, lists: Lists) -> bool:
    flag = FLAGS.get(narrow(text).lower())
    if flag is None:
        raise Unreadable(_("“%(label)s”应是“是”或“否”。") % {"label": attribute.label})
    return flag


def _read_one(attribute: Attribute, text: str, lists: Lists) -> Any:
    code = _code_of(text, attribute.options)
    if code is None:
        message = _("“%(label)s”没有“%(value)s”，可选：%(options)s。")
        raise Unreadable(
            message
            % {
                "label": attribute.label,
                "value": text[:40],
                "options": "、".join(str(label) for label in attribute.options.values()),
            }
        )
    return int(code) if attribute.key == "sensitivity" else str(code)


def _code_of(text: str, options: Mapping[str, Any]) -> str | None:
    if text in options:
        return text
    return next((code for code, label in options.items() if str(label) == text), None)


def _read_list(attribute: Attribute, text: str, lists: Lists) -> str:
    if text != REGION_LIST and text not in lists:
        message = _("没有名为“%(name)s”的代码表，请先选定代码表。")
        raise Unreadable(message % {"name": text[:40]})
    return text


def _read_codes(attribute: Attribute, text: str, lists: Lists) -> list[str]:
    offered = lists.get(attribute.of, {})
    found = []
    for part in _parts(text):
        code = _code_of(part, offered)
        if code is None:
            message = _("“%(label)s”没有“%(value)s”，可选：%(options)s。")
            raise Unreadable(
                message
                % {
                    "label": attribute.label,
                    "value": part[:40],
                    "options": "、".join(offered.values()),
                }
            )
        found.append(code)
    return [code for code in offered if code in found]


def _read_several(attribute: Attribute, text: str, lists: Lists) -> str:
    """Codes joined by a stroke, whoever leads first: U/F."""
    found = [_read_one(attribute, part, lists) for part in _parts(text.replace("/", "、"))]
    return "/".join(dict.fromkeys(found))


def _read_tokens(attribute: Attribute, text: str, lists: Lists) -> list[str]:
    return list(dict.fromkeys(_parts(text)))


def _parts(text: str) -> list[str]:
    return [
        part for part in (part.strip() for part in text.translate(SEPARATORS).split("、")) if part
    ]


READERS = {
    "line": _read_line,
    "text": _read_line,
    "int": _read_int,
    "decimal": _read_decimal,
    "flag": _read_flag,
    "one": _read_one,
    "several": _read_several,
    "list": _read_list,
    "codes": _read_codes,
    "field": _read_line,
    "column": _read_line,
    "tokens": _read_tokens,
}


def read_all(
    texts: Mapping[str, str],
    attributes: Iterable[Attribute],
    lists: Lists,
    *,
    kept: Mapping[str, Any],
) -> tuple[Raw, dict[str, str]]:
    """The raw field of the texts by path, and a sentence for each text that cannot be.

    `kept`: the parts as they were; what the platform keeps for itself comes from there. What
    does not belong to the type is dropped.
    """
    parts: Raw = {}
    wrong: dict[str, str] = {}
    for attribute in attributes:
        if attribute.system:
            parts[attribute.key] = kept.get(attribute.key)
            continue
        try:
            parts[attribute.key] = read(attribute, texts.get(attribute.key, ""), lists)
        except Unreadable as why:
            wrong[attribute.key] = str(why)
    kind = parts.get("type") or T.TEXT
    parts["type"] = kind
    fitting = {
        one.key: parts.get(one.key)
        for one in attributes
        if one.fits(kind) and not _pointless(one.key, parts)
    }
    return nested(fitting), wrong


def _pointless(key: str, parts: Mapping[str, Any]) -> bool:
    """Half a rule: conditions without their field, sums without their column."""
    if key in ("classes", "when.field", "when.any_of", "when.none_of") or (
        key == "gas_uses" and "required" in parts
    ):
        return parts.get("required") != "when" or (
            key in ("when.any_of", "when.none_of") and not parts.get("when.field")
        )
    outer, _dot, inner = key.partition(".")
    return bool(inner) and outer != "when" and not parts.get(f"{outer}.column")


def write(attribute: Attribute, value: Any, lists: Lists) -> str:
    """The text that `read` takes back: words for kinds and classes, codes for fields and lists."""
    if value is None or value == "" or value is False:
        return ""
    if value is True:
        return _("是")
    if attribute.kind == "several":
        return "、".join(str(attribute.options.get(code, code)) for code in value.split("/"))
    if attribute.kind == "one":
        return str(attribute.options.get(str(value), value))
    if attribute.kind == "codes":
        offered = lists.get(attribute.of, {})
        return "、".join(offered.get(code, code) for code in value)
    if attribute.kind == "tokens":
        return "、".join(value)
    return str(value)


def said(
    attribute: Attribute,
    value: Any,
    *,
    lists: Lists,
    labels: Mapping[str, str],
    tokens: Mapping[str, str] | None = None,
) -> str:
    """The value in words, as the difference tells it. `labels`: of fields by code."""
    if value is None or value == "" or value is False or value == []:
        return str(NONE)
    if attribute.kind == "field":
        return _("今天") if value == TODAY else labels.get(str(value), str(value))
    if attribute.kind == "list":
        return _("行政区划（GB/T 2260）") if value == REGION_LIST else str(value)
    if attribute.kind == "tokens":
        return "、".join((tokens or {}).get(code, code) for code in value)
    return write(attribute, value, lists)


def list_names(definition: Mapping[str, Any]) -> Sequence[str]:
    """The code lists of a raw definition, the regions last."""
    return [*definition.get("lists", {}), REGION_LIST]
