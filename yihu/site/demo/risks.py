"""Risks of the demo group: a few stories in three units, and what the rules find in all of them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.contracts.models import Contract
from yihu.dossiers.models import Dossier
from yihu.kit.clock import SHANGHAI
from yihu.risks import actions
from yihu.risks.actions import Content
from yihu.risks.models import Remark
from yihu.risks.proposing import propose

UNITS = ("GD", "FJ", "ZJ")
STORIES = (  # days ago, kind, level, how, loss in yuan, verified by, next check in, facts, measures
    (96, "c", 3, "月度对账", "2860000.00", "财务部 周敏", 20,
     "七月、八月货款共 2,860,000.00 元到期未付，三次书面催收未果；开户行证实其一般户已被冻结。",
     "改为预付款供气；已发律师函；与其母公司洽谈连带担保。"),
    (61, "a", 2, "现场走访", "", "法务部 陈立", -4,
     "未经同意将合同气转供第三方，违反合同转售条款；对方口头承认，书面说明未交。",
     "书面要求停止转供并于十五日内说明；下月起逐日核对计量。"),
    (33, "b", 2, "工商公示查询", "", "法务部 陈立", 45,
     "列入经营异常名录，原因是登记住所无法联系；本年新增两起买卖合同诉讼，均为被告。",
     "续签前须移出名录并提交资信证明。"),
    (8, "d", 1, "客户来函", "", "", 60,
     "来函告知主生产线拟于明年一季度异地搬迁，搬迁期间用气量可能下降四成。",
     "已约谈搬迁安排，拟协商调整明年合同量。"),
    (140, "c", 2, "银行通知", "450000.00", "财务部 周敏", 30,
     "开立的银行承兑汇票到期拒付，金额 450,000.00 元。",
     "对方改以电汇支付；余款分两期结清。"),
)  # fmt: skip
LIFTED = "拒付票款已于上月全部结清，连续三个月按期付款。"


def remark(*, today: date) -> int:
    """Raise, check and lift; then let the rules look. Returns how many remarks there are."""
    for code in UNITS:
        filler = User.objects.get(username=f"{code}0001")
        steward = User.objects.get(username=f"{code}0005")
        files = Dossier.objects.filter(unit__code=code, filler=filler.staff).order_by("number")
        made = [
            _raise(filler, file, story, today)
            for file, story in zip(files[2 : 2 + len(STORIES)], STORIES, strict=False)
        ]
        for row in made[:1]:
            actions.check_remark(
                filler, row, found="本月仍未付款；预付款供气已执行，未再新增欠款。", level=3,
                state="active", verified_by="", next_check_on=today + timedelta(days=20),
                at=_at(today - timedelta(days=10)), today=today - timedelta(days=10),
            )  # fmt: skip
        Remark.objects.filter(pk__in=[row.pk for row in made[1:2]]).update(
            next_check_on=today - timedelta(days=4)
        )
        for row in made[4:]:
            on = today - timedelta(days=6)
            actions.ask_lift(filler, row, reason=LIFTED, at=_at(on))
            actions.decide_lift(steward, row, consent=True, note="", at=_at(on, 15), today=on)
    head = User.objects.filter(assignments__role="supervisor").earliest("pk")
    worst = Remark.objects.filter(unit__code="GD", level=3).earliest("number")
    actions.publish(
        head, worst, reason="多家单位正与其洽谈，须防扩大欠款", at=_at(today - timedelta(days=5))
    )
    with for_group():
        propose(today=today)
    return Remark.objects.count()


def _raise(
    by: User,
    file: Dossier,
    story: tuple[int, str, int, str, str, str, int, str, str],
    today: date,
) -> Remark:
    ago, kind, level, how, loss, verified, ahead, facts, measures = story
    on = today - timedelta(days=ago)
    contracts = Contract.objects.filter(unit=file.unit_id, dossier=file).order_by("-effective_on")
    assert by.staff is not None
    return actions.raise_remark(
        by,
        file,
        content=Content(
            kind=kind,
            happened_on=on - timedelta(days=12),
            found_on=on,
            found_how=how,
            facts=facts,
            owner_id=by.staff.pk,
            loss_yuan=Decimal(loss) if loss else None,
            verified_by=verified,
            measures=measures,
            contracts=list(contracts.values_list("pk", flat=True)[:1]),
        ),
        level=level,
        next_check_on=today + timedelta(days=max(ahead, 1)),
        at=_at(on),
        today=on,
    )


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)
