"""What an assessment counts: a line here, a SELECT in `sql/` (§6.4.2).

The SELECT gives one row for each thing counted: `unit_id`, `id` of the thing, `hit` (whether it
speaks for the unit) and `amount` (its points, NULL where things are only counted). Its values:
`since`, `until`: first and last day of the period; `moment`: the end of the last; `units`. A thing
that falls into a period by its date counts as it stands when the facts are frozen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from yihu.assessment.rules import Measure
from yihu.ratings.indicators.source import Source as RatingSource
from yihu.ratings.rules import Better

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Source(RatingSource):
    """`hit`, `miss`: what the things are called that speak for and against the unit. `least`: a
    unit owes so many in every period, whether or not there is a row.
    """

    kind: str = Measure.SHARE
    hit: Any = ""
    miss: Any = ""
    of: str = ""
    least: int = 0


PERCENT, POINTS = _("%"), _("分")
DUTIES, FILES, SUBJECTS, FINDINGS, INSPECTIONS = (
    "duties", "files", "subjects", "findings", "inspections",
)  # fmt: skip
VERSIONS, STOCKTAKES, PEOPLE, ENTRIES = "versions", "stocktakes", "people", "entries"
"""What the things behind a line are, for the list that shows them."""


def _source(
    code: str, name: Any, clause: str, says: Any, hit: Any, miss: Any, of: str, *,
    kind: str = Measure.SHARE, least: int = 0,
) -> Source:  # fmt: skip
    share = kind == Measure.SHARE
    return Source(
        code=code,
        name=name,
        measure=PERCENT if share else POINTS,
        better=Better.HIGHER if share else Better.LOWER,
        says=says,
        sql=(SQL / f"{code}.sql").read_text("utf-8"),
        evidence={},
        clause=clause,
        kind=kind,
        hit=hit,
        miss=miss,
        of=of,
        least=least,
    )


SOURCES: Sequence[Source] = (
    _source(
        "timeliness", _("及时性"), "§5.1、6.2.1",
        _("期内到期的更新任务中按期完成的占比；豁免、取消的不计，检查整改另计。"),
        _("按期完成"), _("迟办或未办"), DUTIES,
    ),
    _source(
        "completeness", _("完整性"), "§5.4、6.1.2、6.1.4",
        _("期末在管的客户档案中，已有审核通过的版本、且本单位应填栏目全部填齐的占比；按该版本所用的指南。"),
        _("已填齐"), _("未填齐或无审核版本"), FILES,
    ),
    _source(
        "accuracy", _("准确性"), "§5.2、5.3",
        _("集团对本期的检查中，整份检查的档案没有被列出一般以上准确性问题的占比；"
          "未及时、漏填、原件、跟进类的问题不在此计。"),
        _("没有问题"), _("有问题"), SUBJECTS,
    ),
    _source(
        "rectification", _("整改落实"), "§4.3b、6.4.2",
        _("期内应完成整改的检查问题中，按期整改并经复核销号的占比。"),
        _("按期整改"), _("逾期或未销号"), FINDINGS,
    ),
    _source(
        "selfcheck", _("单位自查"), "§6.2.1",
        _("对本期的自查中已完成的占比；每期至少应有一次。"),
        _("已完成"), _("未完成"), INSPECTIONS, least=1,
    ),
    _source(
        "confidentiality", _("保密"), "§5.5",
        _("集团认定并登记的保密扣分合计；没有的按 0 分扣。"),
        "", _("扣分记录"), ENTRIES, kind=Measure.DEDUCTION,
    ),
    _source(
        "unchanged", _("更新实效"), "§5.2、6.2.1",
        _("期内审核通过的版本中，至少有一部分实际变更的占比；各部分都只是“核对无变化”的不算。"),
        _("有变更"), _("全部核对无变化"), VERSIONS,
    ),
    _source(
        "originals", _("原件盘点"), "§6.3.3",
        _("期内结束的盘点中，查见的原件（含借出登记在册的）占应盘的比例。"),
        _("查见"), _("未见或未盘"), STOCKTAKES,
    ),
    _source(
        "leavers", _("离岗注销"), "§6.3.4",
        _("期内离岗且有账号的人员中，权限在生效次日前注销的占比。"),
        _("按期注销"), _("迟注销或未注销"), PEOPLE,
    ),
    _source(
        "bonus", _("工作加分"), "§6.4.2",
        _("集团登记的加分合计，加在加权得分之上，不超过方案的上限。"),
        _("加分记录"), "", ENTRIES, kind=Measure.BONUS,
    ),
)  # fmt: skip
SOURCE = {source.code: source for source in SOURCES}
WEIGHED = {code: source for code, source in SOURCE.items() if source.kind != Measure.BONUS}
"""Those that a scheme gives a weight."""


def ways() -> dict[str, str]:
    """Of each that is weighed, which way is the better one."""
    return {code: source.better for code, source in WEIGHED.items()}
