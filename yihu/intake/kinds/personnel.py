"""人事变动: who joins, moves, retires or leaves, and when (§6.3.4)."""

from django.utils.translation import gettext_lazy

from yihu.intake import cells, rules
from yihu.intake.columns import Column, Complain, Facts, Values, kind
from yihu.org.rules import PersonnelEventKind

event = cells.listed(
    rules.EVENT_OF,
    "unknown_personnel_event",
    gettext_lazy("变动类型“%(value)s”不在范围内；只导入入职、调离、退休、离职。"),
)


def finish(_row: Values, _facts: Facts, _complain: Complain) -> None:
    """Nothing takes several cells here."""


PERSONNEL = kind(
    name="personnel",
    title=gettext_lazy("人事变动"),
    clause="6.3.4",
    columns=(
        Column(
            "employee_no",
            "工号",
            cells.paper_number(30),
            "员工编号 员工号 人员编号 职工号 人员工号 员工工号",
            missing="missing_value",
            header=True,
        ),
        Column("staff_name", "姓名", cells.words(80), "员工姓名 人员姓名"),
        Column("post", "岗位", cells.words(80), "职务 岗位名称"),
        Column(
            "kind",
            "变动类型",
            event,
            "异动类型 变动类别 变动 异动 变动事项 人事变动类型",
            missing="missing_value",
            header=True,
            choices=tuple(
                kind.label for kind in PersonnelEventKind if kind != PersonnelEventKind.CONCURRENT
            ),
        ),
        Column(
            "effective_on",
            "生效日期",
            cells.day(),
            "变动日期 异动日期 生效时间 变动时间 日期 离岗日期",
            missing="missing_value",
            header=True,
        ),
    ),
    staged={
        "employee_no": "text",
        "staff_name": "text",
        "post": "text",
        "kind": "text",
        "effective_on": "date",
    },
    finish=finish,
    ignored="原行号 问题说明 序号 NO 行号 单位 所属单位 单位名称 工作单位 部门 所属部门",
)
