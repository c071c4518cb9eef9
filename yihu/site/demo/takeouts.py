"""What left the demo group lately: taken, waiting, refused, ready; and one who went too far."""

from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.dossiers.models import Dossier
from yihu.exports.actions import ask, decide, make
from yihu.exports.kinds import Asked, kind_of
from yihu.exports.models import Alert
from yihu.exports.quota import raise_alert
from yihu.exports.rules import Purpose, State

Wish = tuple[str, str, dict[str, str], str, Purpose, str, str]
"""Who, which kind, its arguments and query, what for, in which words, how far it gets."""
WISHES: tuple[Wish, ...] = (
    ("GD0001", "desk.dossiers", {"kind": "xlsx"}, "klass=vip", Purpose.REVIEW,
     "月度经营分析会", ""),
    ("GD0001", "letters.xlsx", {}, "state=overdue", Purpose.CHECK, "催办逾期未复函件", ""),
    ("GD0004", "originals.xlsx", {}, "kind=contract", Purpose.CHECK, "年度盘点前核对", ""),
    ("GD0005", "desk.dossiers", {"kind": "csv"}, "", Purpose.REPORT, "报送集团资源与市场部", ""),
    ("GD0002", "visits.xlsx", {}, "followups=open", Purpose.REVIEW, "催办访谈跟进事项", ""),
    ("GD0001", "risks.xlsx", {}, "state=standing", Purpose.REVIEW, "季度风险分析会", ""),
    ("FJ0001", "desk.dossiers", {"kind": "xlsx"}, "", Purpose.NEGOTIATE, "冬季保供洽谈", ""),
    ("GD0001", "reports.dossier", {}, "", Purpose.NEGOTIATE, "与客户核对合同执行情况", "ready"),
    ("GD0002", "reports.dossier", {}, "", Purpose.OTHER, "同学要看看", "refused"),
    ("GD0001", "intake.whole", {}, "", Purpose.MEND, "现场核对后补填", "waiting"),
    ("RM0001", "reports.customer", {}, "", Purpose.CHECK, "季度抽查", "waiting"),
)  # fmt: skip
WORDS = {"ready": "同意，洽谈后收回销毁", "refused": "用途与工作无关，不予导出"}


def take_out(*, today: date, now: datetime) -> int:
    """Asks, agrees, refuses and makes as these people would. Returns how many requests."""
    core = list(
        Dossier.objects.filter(unit__code="GD", secrecy="core").order_by("number", "pk")[:4]
    )
    files = iter(core)
    for place, (who, code, args, query, purpose, note, far) in enumerate(WISHES):
        at = now - timedelta(hours=3 * (len(WISHES) - place))
        by = User.objects.filter(username=who).first()
        if by is None:
            continue
        given = dict(args)
        if far:
            file = next(files, None)
            if file is None:
                continue
            given["pk"] = str(file.customer_id if code == "reports.customer" else file.pk)
        asked = Asked(given, query)
        row, _made = ask(by, kind_of(code), asked, purpose=purpose, note=note, at=at, today=today)
        if far in WORDS and row.state == State.WAITING:
            later = at + timedelta(minutes=40)
            steward = User.objects.get(username="GD0005")
            agreed = far == "ready"
            decide(steward, row.pk, agree=agreed, reason=WORDS[far], at=later)
            if agreed:
                make(by, row.pk, at=later, today=today)
    eager = User.objects.filter(username="GD0003").first()
    if eager is not None:
        raise_alert(eager, Alert.What.READS, limit=600, at=now - timedelta(hours=20))
    return len(WISHES)
