"""What the demo units changed, tightened and were let off (§4.3a, 6.2.1)."""

from datetime import date, datetime, timedelta

from django.db import connection

from yihu.access.models import User
from yihu.duties.cadence import begin_draft, correct_day, save_draft, tighten
from yihu.duties.choices import DutyKind, PeriodKind
from yihu.duties.models import Duty
from yihu.duties.queries import lines_of
from yihu.duties.waiving import ask, consent, refuse
from yihu.org.models import OrgUnit

SUPERVISOR = "RM0001"
STRICTER = (  # unit, kind, class, period, days, basis
    (
        "GD",
        DutyKind.REVIEW,
        "vip",
        PeriodKind.MONTH,
        None,
        "《广东公司客户档案管理实施细则》第八条",
    ),
    ("GD", DutyKind.OFFTAKE, "", "", 8, "《广东公司客户档案管理实施细则》第九条"),
    ("FJ", DutyKind.NEW_CONTRACT, "", "", 3, "《福建公司客户档案实施办法》第十二条"),
)
WAIVED = (  # unit, kind, reason, answer, note
    (
        "GD",
        "review",
        "客户全年停产检修，厂区封闭，本期没有可更新的资料",
        "consented",
        "同意，复产后补做",
    ),
    ("GD", "offtake", "该月管道切改停供，计量表已拆除送检", "consented", "附停供通知，同意"),
    ("FJ", "review", "客户厂区搬迁，新址投产前没有可更新的资料", "asked", ""),
    (
        "ZJ",
        "rating",
        "评级结果与上年相同，档案内容没有变化",
        "refused",
        "评级年度、得分仍须更新（§6.1.3）",
    ),
    ("BJ", "new_contract", "补签的框架协议不含气量，正文尚未用印", "asked", ""),
)
CHANGED = 14

CHANGE = """
UPDATE dossiers_dossier d
SET document = d.document || jsonb_build_object('legal_rep',
    (ARRAY['陈国强', '李文彬', '黄志远', '林少峰', '郑海燕', '吴建业'])[1 + chosen.place %% 6])
FROM (SELECT id, row_number() OVER (ORDER BY right(number, 4), id) AS place
    FROM dossiers_dossier WHERE document ? 'legal_rep'
    ORDER BY right(number, 4), id LIMIT %s) AS chosen
WHERE chosen.id = d.id
"""


def change_facts(today: date) -> None:
    """A few customers have another legal representative: a material change (§6.2.1e)."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, [CHANGED])
        cursor.execute(
            "UPDATE duties_occasion SET happened_at = %s::date + time '10:00' - "
            "('x' || substr(id::text, 1, 2))::bit(8)::int %% 12 * interval '1 day'",
            [today],
        )


def set_cadence(*, today: date, now: datetime) -> None:
    """Stricter cycles, a corrected day, waivers, and a draft of the policy on its way."""
    supervisor = User.objects.get(username=SUPERVISOR)
    for code, tightened, klass, period, days, basis in STRICTER:
        tighten(
            User.objects.get(username=f"{code}0005"),
            OrgUnit.objects.get(code=code),
            key=(tightened, klass),
            period=period,
            due_days=days,
            since=today,
            basis=basis,
            at=now,
            today=today,
        )
    correct_day(
        supervisor,
        today + timedelta(days=40),
        working=False,
        note="集团系统切换，全集团停办业务一天",
        at=now,
        today=today,
    )
    for place, (code, kind, reason, answer, note) in enumerate(WAIVED):
        at = now - timedelta(hours=3 * (len(WAIVED) - place))
        duty = (
            Duty.objects.filter(unit__code=code, kind=kind, done_at=None, dropped_at=None)
            .filter(waived_at=None)
            .order_by("-due_on", "id")
            .first()
        )
        if duty is None:
            continue
        row = ask(User.objects.get(username=f"{code}0005"), duty, reason=reason, at=at)
        if answer == "consented":
            consent(supervisor, row, note=note, at=at, today=today)
        elif answer == "refused":
            refuse(supervisor, row, note=note, at=at)
    draft = begin_draft(supervisor, today=today)
    save_draft(
        supervisor,
        draft,
        effective_on=date(today.year + 1, 1, 1),
        reason="VIP 客户由每季度改为每月，与集团客户经理月度走访同步",
        lines={
            (line.kind.value, line.klass): (
                PeriodKind.MONTH.value
                if (line.kind, line.klass) == (DutyKind.REVIEW, "vip")
                else line.period.value,
                line.due_days,
            )
            for line in lines_of(draft)
        },
    )
