"""The live figure of each clause: what is counted, out of what, and by which statement.

A source is one statement that gives rows (figure, unit_id, top, bottom) for one month, as things
stood at its end, or now in the month that runs; bottom NULL is a count. Its values: `month`,
`next`: first days of the month and the one after; `day`: what was due before it is past its date;
`after`: what was before it counts; `since`, `until`: moments. A slice above, or one that knows
better, hands in its own with `contribute`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

SQL = Path(__file__).parent / "sql"
FILES, DUTIES, UNITS, PIECES, TIMES = _("份"), _("项"), _("家"), _("条"), _("次")
DUE = _("本月到期且已完成或已逾期的任务")
ON_TIME = _("其中按时完成的")
OPEN_FILES = _("未关闭的客户档案")


@dataclass(frozen=True, slots=True)
class Figure:
    """`number`: the clause. `top` over `bottom` in percent; `bottom` "" makes it a count in `unit`.

    `behind`: URL name and query of the list that stands behind it today; "{month}" is the month.
    """

    number: str
    top: Any
    bottom: Any
    unit: Any
    behind: tuple[str, str] | None = None

    @property
    def share(self) -> bool:
        """Whether it is a share and not a count."""
        return bool(self.bottom)


def _duties(number: str, kind: str, top: Any = ON_TIME) -> Figure:
    query = f"?kind={kind}&month={{month}}" if kind else "?month={month}"
    return Figure(number, top, DUE, DUTIES, ("desk:duties", query))


def _count(number: str, top: Any, unit: Any, name: str, query: str = "") -> Figure:
    return Figure(number, top, "", unit, (name, query))


_figures: dict[str, Figure] = {}
_sources: dict[str, tuple[frozenset[str], str]] = {}


def contribute(source: str, statement: str, figures: Iterable[Figure]) -> None:
    """Make figures known and the statement that reckons them; again replaces them."""
    known = list(figures)
    for figure in known:
        _figures[figure.number] = figure
    _sources[source] = (frozenset(figure.number for figure in known), statement)


def figures() -> dict[str, Figure]:
    """All of them by clause."""
    return dict(_figures)


def sources() -> list[tuple[str, frozenset[str], str]]:
    """Name, the figures that it answers for (a later source may have taken some), statement."""
    taken: dict[str, str] = {}
    for name, (numbers, _statement) in _sources.items():
        taken.update(dict.fromkeys(numbers, name))
    return [
        (name, frozenset(n for n in numbers if taken[n] == name), statement)
        for name, (numbers, statement) in _sources.items()
    ]


def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


CONTENT = "content"
"""Its statement is made from each edition of the guide (actions)."""
DOSSIERS, RISKS = "desk:dossiers", "risks:register"

contribute(
    "duties",
    _read("duties"),
    (
        _duties("4.3b", "", _("其中已完成的，含迟办")),
        _duties("5.1", ""),
        Figure("6.2.1", ON_TIME, _("本月到期的量价与档案更新任务，已完成或已逾期的"),
               DUTIES, ("desk:duties", "?month={month}")),
        _duties("6.2.1a", "new_customer"),
        _duties("6.2.1b", "new_contract"),
        _duties("6.2.1c", "rating"),
        _duties("6.2.1d", "visit"),
        _duties("6.2.1e", "basic_change"),
        _duties("6.2.2", "risk", _("其中按时复核的风险备注")),
        Figure("6.4.1", _("其中已完成的，即可供检查的"), _("本月到期的量价任务和战略客户更新任务"),
               DUTIES, ("desk:duties", "?month={month}")),
        Figure("6.4.2", _("其中及时率达到 95% 的"), _("本月有到期任务的单位"), UNITS,
               ("desk:timeliness", "?since={month}&until={month}")),
    ),
)  # fmt: skip
contribute(
    "files",
    _read("files"),
    (
        Figure("1", _("其中已有审核通过的版本的"), OPEN_FILES, FILES, (DOSSIERS, "")),
        Figure("2", _("其中已建档的"), _("已上线的销售单位"), UNITS),
        Figure("3b", _("其中已有分类的"), OPEN_FILES, FILES, (DOSSIERS, "")),
        Figure("4.1c", _("其中没有逾期任务的"), OPEN_FILES, FILES, (DOSSIERS, "?overdue=no")),
        Figure("6.1.2", _("其中档案已审核通过的"), _("签有合同的客户"), FILES, (DOSSIERS, "")),
        Figure("6.1.3", _("其中分类与最近评级结果一致的"), _("有最终评级结果的客户档案"), FILES,
               ("ratings:home", "")),
        Figure("annex 2.4", _("其中用气类型已写明、不属零售端的"), OPEN_FILES, FILES,
               (DOSSIERS, "")),
        _count("annex 2.5", _("战略客户的档案"), FILES, DOSSIERS, "?klass=strategic"),
        _count("annex 2.6", _("VIP 客户的档案"), FILES, DOSSIERS, "?klass=vip"),
        _count("annex 2.7", _("内部客户的档案"), FILES, DOSSIERS, "?klass=internal"),
        _count("annex 2.8", _("一般客户的档案"), FILES, DOSSIERS, "?klass=general"),
    ),
)  # fmt: skip
contribute(
    "papers",
    _read("papers"),
    (
        Figure("4.3c", _("其中按期回复的"), _("本月到期应回复的函件"), PIECES,
               ("letters:register", "")),
        Figure("3a", _("其中已答复的"), _("近 12 个月听到的客户诉求"), PIECES,
               ("visits:needs", "")),
        Figure("3c", _("其中原件已登记的"), _("已签订的合同"), FILES, ("originals:register", "")),
        Figure("5.2", _("其中金额与量 × 价相符的（误差 1% 以内）"), _("上月填有单价和金额的量价"),
               PIECES),
        Figure("6.3.3", _("其中未超期的"), _("借出中的原件"), PIECES, ("originals:loans", "")),
    ),
)  # fmt: skip
contribute(
    "people",
    _read("people"),
    (
        Figure("6.3.4", _("其中生效次日前账号已注销的"), _("本月离岗且有账号的人员"), TIMES),
        Figure("3d", _("其中已完成的"), _("近 12 个月发起的岗位交接"), TIMES),
        Figure("6.3.1", _("其中已发布查询权限规定的"), _("已上线的销售单位"), UNITS,
               ("grants:policy", "")),
        Figure("6.3.2", _("其中已按单位意见开通的"), _("近 12 个月单位同意的查询申请"), TIMES,
               ("grants:home", "")),
        Figure("4.2a", _("本月在平台审核通过的档案版本"), "", FILES),
        Figure("4.2b", _("本月记入操作日志的操作"), "", PIECES),
        Figure("5.5", _("本月被拒绝的越权查阅"), "", TIMES),
    ),
)  # fmt: skip
contribute(
    "rules",
    _read("rules"),
    (
        _count("4.1a", _("现行的集团制度"), FILES, "regulations:library"),
        Figure("4.3a", _("其中有本单位制度的"), _("已上线的销售单位"), UNITS,
               ("regulations:library", "")),
        Figure("7.2", _("其中已随集团现行版修订或核对的"), _("单位执行集团制度的细则"), FILES,
               ("regulations:library", "")),
        Figure("5.3", _("其中已核定的"), _("发现的单位间登记信息差异（仅集团）"), PIECES,
               ("identity:differences", "")),
    ),
)  # fmt: skip
contribute(
    "risks",
    _read("risks"),
    (
        _count("6.2.2a", _("未解除的违约类风险备注"), PIECES, RISKS, "?kind=a"),
        _count("6.2.2b", _("未解除的资信类风险备注"), PIECES, RISKS, "?kind=b"),
        _count("6.2.2c", _("未解除的财务类风险备注"), PIECES, RISKS, "?kind=c"),
        _count("6.2.2d", _("未解除的其他风险备注"), PIECES, RISKS, "?kind=d"),
    ),
)
contribute(
    CONTENT,
    _read(CONTENT),
    (
        Figure("4.1b", _("其中按现行指南填报的"), _("有审核通过版本的客户档案"), FILES,
               ("guide:editions", "")),
        Figure("5.4", _("其中已填的"), _("最新版本的应填栏目"), _("项"), (DOSSIERS, "")),
        Figure("6.1.1", _("其中四类内容都有的"), _("有审核通过版本的客户档案"), FILES,
               (DOSSIERS, "")),
        Figure("6.1.4", _("其中应填栏目全部填齐的"), _("有审核通过版本的客户档案"), FILES,
               (DOSSIERS, "")),
    ),
)  # fmt: skip
