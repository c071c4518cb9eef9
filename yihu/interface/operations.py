"""How the operations are described: conditions, rows, results (OpenAPI 3.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yihu.contracts.choices import Direction, Source
from yihu.customers.rules import GasUse, Klass
from yihu.desk.boards import EVENT
from yihu.desk.choices import DutyState, Lateness
from yihu.dossiers.rules import State
from yihu.duties.choices import DutyKind
from yihu.intake.kinds import KINDS
from yihu.intake.rules import RANK
from yihu.interface import parts
from yihu.interface.queries import NAMED_BY
from yihu.interface.rules import LIMIT, MOST
from yihu.kit.batch import KEY_PARAMETER, MOST_ROWS
from yihu.kit.openapi import Operation
from yihu.risks.choices import Due, Kind, Level
from yihu.risks.choices import State as RiskState

Words = str | Promise
WORDS = {"type": "string", "minLength": 2, "maxLength": 60}
UNIT = {"type": "string", "pattern": "^[0-9A-Za-z_-]{1,20}$"}
PERIOD = {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4]|H[12])$"}
MONTH = {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"}
REGION = {"type": "string", "pattern": "^[0-9]{6}$"}
FILLER = {
    "type": "string",
    "pattern": "^(none|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$",
}
CLASS = {"enum": [*Klass.values, "none"]}
READ_PROBLEMS = (400, 401, 403, 422, 429)
OPENED_BY = ("ownToken", "session")


def _query(name: str, schema: Mapping[str, Any], label: Words) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": label, "schema": schema}


def _sorts(*names: str) -> dict[str, Any]:
    every = [*names, *(f"-{name}" for name in names)]
    return _query("sort", {"enum": every}, _("排序；前面加 - 为倒序"))


def fields_of(known: parts.Parts) -> dict[str, Any]:
    """The parameter that names the wanted fields, by commas."""
    one = "|".join(known)
    schema = {"type": "string", "pattern": f"^({one})(,({one}))*$"}
    return _query("fields", schema, _("只要这些字段，用逗号分隔"))


def _listing(
    name: str, summary: Words, description: Words, known: parts.Parts, *conditions: dict[str, Any]
) -> Operation:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}
    return Operation(
        method="get",
        name=name,
        summary=summary,
        description=description,
        parameters=[
            *conditions,
            _query("limit", limit, _("一页的行数")),
            _query("after", parts.TEXT, _("上一次答复里的 next；不给则从头")),
            fields_of(known),
        ],
        answers={
            "type": "object",
            "additionalProperties": False,
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "maxItems": MOST, "items": parts.schema(known)},
                "next": parts.MAYBE,
            },
        },
        problems=(*READ_PROBLEMS, 404) if known in OF_ONE_FILE else READ_PROBLEMS,
        security=OPENED_BY,
    )


def list_of(
    name: str, summary: Words, known: parts.Parts, read: str | None, *, of_file: bool
) -> Operation:
    """A list of keys, states and days; `read`: the operation that reads each."""
    said = _("权限范围内的全部，只有标识、状态和日期；内容逐一读取。按标识排列。")
    found = _listing(name, summary, said, known, *([OF_FILE_ONLY] if of_file else []))
    given = {"path.pk": "$response.body#/items/0/id"}
    links = {read: {"operationId": read, "parameters": given}} if read else {}
    return replace(found, links=links)


OF_FILE_ONLY = _query("dossier", parts.KEY, _("一份客户档案"))
OF_ONE_FILE = (parts.CONTRACT, parts.OFFTAKE)
Q = _query("q", WORDS, _("客户名称、简称、信用代码、拼音"))
OF_UNIT = _query("unit", UNIT, _("单位编码；看得到几个单位时可用"))
OF_FILE = _query("dossier", parts.KEY, _("一份客户档案；看得到价格的人这样才有价格和金额"))
NUMBER = _query("number", {"type": "string", "maxLength": 60}, _("合同编号"))
DOSSIERS = _listing(
    "listDossiers",
    _("客户档案名录"),
    _("权限范围内的客户档案，条件与“客户档案”页相同（§6.3.1）。"),
    parts.DOSSIER,
    Q,
    _query("klass", CLASS, _("客户分类")),
    _query("region", REGION, _("行政区划，含所辖")),
    _query("use", {"enum": GasUse.values}, _("用气类型")),
    OF_UNIT,
    _query("filler", FILLER, _("填报人")),
    _query("overdue", {"enum": ["yes", "no"]}, _("有无逾期任务")),
    _query("state", {"enum": State.values}, _("档案状态")),
    _query("gap", {"enum": ["no_filler", "no_contract", "no_class", "ended"]}, _("缺口")),
    _sorts("name", "number", "class", "due", "opened"),
)
CUSTOMERS = _listing(
    "listCustomers",
    _("集团客户总览"),
    _("集团全部客户及其档案；仅集团监督员，条件与“客户总览”页相同。"),
    parts.CUSTOMER,
    Q,
    _query("klass", CLASS, _("集团认定分类")),
    _query("shared", {"enum": ["yes"]}, _("两个及以上单位建档")),
    _sorts("name", "code"),
)
CONTRACTS = _listing(
    "listContracts",
    _("合同"),
    _("权限范围内的合同。价格和价格机制只在按 dossier 查询一份档案时答复，隐去和计数同档案页。"),
    parts.CONTRACT,
    Q,
    OF_UNIT,
    OF_FILE,
    NUMBER,
    _query("source", {"enum": Source.values}, _("气源类型")),
    _query("direction", {"enum": Direction.values}, _("购销方向")),
    _query("on", parts.DAY, _("这一天在有效期内")),
    _sorts("id"),
)
OFFTAKE = _listing(
    "listOfftake",
    _("月度提气量、价"),
    _("权限范围内的提气量。单价和金额只在按 dossier 查询一份档案时答复，隐去和计数同档案页。"),
    parts.OFFTAKE,
    Q,
    OF_UNIT,
    OF_FILE,
    NUMBER,
    _query("month", MONTH, _("月份")),
    _query("since", MONTH, _("自此月起")),
    _query("until", MONTH, _("至此月止")),
    _sorts("key"),
)
DUTIES = _listing(
    "listDuties",
    _("更新任务"),
    _("应办、已办的更新任务，条件与“更新任务”页相同（§6.2.1）。"),
    parts.DUTY,
    Q,
    _query("state", {"enum": DutyState.values}, _("状态")),
    _query("kind", {"enum": [*DutyKind.values, EVENT]}, _("任务")),
    _query("period", PERIOD, _("周期")),
    _query("month", MONTH, _("截止月份")),
    _query("since", MONTH, _("截止月份自")),
    _query("until", MONTH, _("截止月份至")),
    _query("late", {"enum": Lateness.values}, _("迟办天数")),
    _query("klass", CLASS, _("客户分类")),
    OF_UNIT,
    _query("filler", FILLER, _("填报人")),
    _sorts("due", "name"),
)
RISKS = _listing(
    "listRisks",
    _("风险备注登记簿"),
    _("可以知悉的风险备注，不含事实原文；条件与“风险备注”页相同（§6.2.2）。"),
    parts.RISK,
    _query("customer", WORDS, _("客户名称、信用代码、拼音")),
    _query("kind", {"enum": Kind.values}, _("类别")),
    _query("level", {"enum": [str(level) for level in Level.values]}, _("等级")),
    _query("state", {"enum": ["standing", *RiskState.values]}, _("状态")),
    _query("due", {"enum": Due.values}, _("复核")),
    _query("published", {"enum": ["yes"]}, _("集团通报")),
    OF_UNIT,
    _sorts("check", "level", "raised"),
)
DOSSIER = Operation(
    method="get",
    name="readDossier",
    summary=_("一份客户档案"),
    description=_(
        "审核通过的内容，按栏目；看不到、被隐去的栏目不在其中，与档案页相同（§5.5）。"
        "带上次的 ETag 于 If-None-Match，未变则答 304。每次都记日志、计查阅次数。"
    ),
    parameters=[
        {
            "name": "If-None-Match", "in": "header", "description": _("上次答复的 ETag"),
            "schema": parts.TEXT,
        },
        fields_of(parts.FILE),
    ],
    answers=parts.schema(parts.FILE),
    problems=(400, 401, 403, 404, 422, 429),
    empty=(304,),
    security=OPENED_BY,
)  # fmt: skip


ROW_TAG = {"etag": {**parts.MAYBE, "description": parts.LABELS["etag"]}}
"""What a row of a batch may say of the state in which it was read."""


def _upsert(
    kind: str, name: str, summary: Words, required: Sequence[str], example: Mapping[str, str]
) -> Operation:
    columns = KINDS[kind].columns
    return Operation(
        method="post",
        name=name,
        summary=summary,
        description=_(
            "一批全部写入或全部不写。先按导入台账的同一套规则检查：有一行不符就答 422 并逐行说明；"
            "否则答每一行是新增、变更还是未变。空着的字段保留原值。"
            "同一幂等键再次报送得到第一次的答复，三十天内有效。"
        ),
        parameters=[
            KEY_PARAMETER,
            _query("unit", UNIT, _("单位编码；只在一个单位任职的不必给")),
        ],
        body={
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_ROWS,
            "examples": [[dict(example)]],
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": list(required),
                "properties": {
                    **{
                        one.field: {
                            "type": ["string", "number"]
                            if one.field in required
                            else ["string", "number", "null"],
                            "description": f"{one.label}。{one.hint}" if one.hint else one.label,
                        }
                        for one in columns
                    },
                    **(ROW_TAG if kind in NAMED_BY else {}),
                },
            },
        },
        answers={
            "type": "object",
            "required": ["new", "changed", "unchanged", "rows", "warnings", "again"],
            "properties": {
                **{one: {"type": "integer", "minimum": 0} for one in OUTCOMES},
                "rows": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["row", "outcome"],
                        "properties": {"row": parts.COUNT, "outcome": {"enum": list(OUTCOMES)}},
                    },
                },
                "warnings": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["row", "field", "code", "message"],
                        "properties": {
                            "row": parts.COUNT, "field": parts.TEXT, "code": parts.TEXT,
                            "message": parts.TEXT,
                        },
                    },
                },
                "again": parts.TRUTH,
            },
        },
        problems=(400, 401, 403, 409, *((412,) if kind in NAMED_BY else ()), 413, 415, 422, 429),
        security=("ownToken",),
    )  # fmt: skip


OUTCOMES = ("new", "changed", "unchanged")
CODES = tuple(RANK)
"""What a row may be refused for, in the order in which it answers."""
OFFTAKE_UPSERT = _upsert(
    "offtake", "upsertOfftake", _("报送月度提气量、价（§6.2.1）"),
    ("month", "number", "actual", "unit"),
    {"month": "2026-10", "number": "HT-2026-001", "actual": "105.32", "unit": "万立方米",
     "price_yuan": "3.1"},
)  # fmt: skip
CONTRACTS_UPSERT = _upsert(
    "contracts", "upsertContracts", _("报送合同台账（§6.1.1）"),
    ("number", "source", "effective_on", "ends_on", "acq", "unit"),
    {"number": "HT-2026-001", "credit_code": "91440101000000019X", "source": "管道气",
     "effective_on": "2026-01-01", "ends_on": "2026-12-31", "acq": "1200", "unit": "万立方米"},
)  # fmt: skip
DOSSIERS_UPSERT = _upsert(
    "customers", "upsertDossiers", _("报送客户台账，建档或变更（§6.1.2、5.4）"),
    ("name_full", "credit_code", "klass", "gas_uses"),
    {"name_full": "广州甲陶瓷有限公司", "credit_code": "91440101000000019X", "klass": "一般客户",
     "province": "广东省", "city": "广州市", "gas_uses": "工业燃料"},
)  # fmt: skip
