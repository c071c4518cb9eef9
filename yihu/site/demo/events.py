"""Where the demo group's events go, what got stuck there, and problems that people reported."""

from datetime import datetime, timedelta

from yihu.access.models import User
from yihu.access.signing.seal import seal
from yihu.helpdesk.actions import answer, report
from yihu.org.models import OrgUnit
from yihu.outbox.actions import publish
from yihu.outbox.choices import Sent, State, Why
from yihu.outbox.models import Delivery, Endpoint
from yihu.outbox.rules import new_secret

Place = tuple[str, str, str, str, tuple[str, ...], str]
"""Name, host, unit ("" for the group), who agreed ("" for nobody yet), types, how it stands."""
PLACES: tuple[Place, ...] = (
    ("ERP 合同系统", "erp", "", "RM0001", ("contracts.imported", "class.decided"), "open"),
    ("广东计量系统", "metering", "GD", "GD0005", ("offtake.imported",), "failing"),
    ("广东营销看板", "boards", "GD", "GD0005", (), "stuck"),
    ("福建合同台账", "ledger", "FJ", "", ("contracts.imported",), "asked"),
)  # fmt: skip
PROBLEMS = (  # who, on which page, what, ITC's answer ("" for none yet), and whether that was all
    ("GD0001", "/imports/", "上传十月气量台账后页面一直转圈，换浏览器也一样。", "", False),
    ("GD0005", "/dossiers/", "客户档案列表按类别筛选后，翻到第二页又变成全部。",
     "已复现，是翻页时丢了条件，今晚更新后再试。", False),
    ("RM0001", "/boards/", "经营看板的图例在投影上看不清，能否加大？",
     "可在账号菜单切换为深色或浅色；下月更新会加大图例。", True),
    ("FJ0001", "", "第一次登录时验证码总说不对。", "手机时间不准，请校准后再试。", True),
)  # fmt: skip


def tell_others(*, now: datetime) -> int:
    """Set the endpoints up and publish what happened so far. Returns how many endpoints."""
    itc = User.objects.get(username="ITC0001")
    for place, (name, host, unit, agreed, kinds, stands) in enumerate(PLACES):
        at = now - timedelta(days=20 - place)
        Endpoint.objects.create(
            name=name,
            url=f"https://{host}.example.com/yihu",
            unit=OrgUnit.objects.get(code=unit) if unit else None,
            kinds=sorted(kinds),
            purpose=f"{name}及时得知档案变动",
            owner=itc,
            asked_by=itc,
            asked_at=at,
            agreed_by=User.objects.get(username=agreed) if agreed else None,
            agreed_at=at + timedelta(hours=3) if agreed else None,
            state=State.ASKED if stands == "asked" else State.PAUSED,
            why=Why.NONE if stands == "asked" else WHYS[stands],
            failures=14 if stands == "failing" else 0,
            failing_since=now - timedelta(hours=24) if stands == "failing" else None,
            last_at=None if stands == "asked" else now - timedelta(hours=25),
            secret=seal(new_secret()),
        )
    publish()
    _stick(now)
    return len(PLACES)


WHYS = {"open": Why.HAND, "failing": Why.FAILING, "stuck": Why.HAND}
"""The demo group sends nothing to anybody: its endpoints stand, paused."""


def _stick(now: datetime) -> None:
    """Of one endpoint, most arrived and the first of three files were refused."""
    rows = Delivery.objects.filter(endpoint__name="广东营销看板")
    lanes = list(rows.order_by("published").values_list("lane", flat=True))
    held = list(dict.fromkeys(lanes))[:3]
    rows.exclude(lane__in=held).update(
        state=Sent.DELIVERED, tried_at=now - timedelta(hours=25),
        delivered_at=now - timedelta(hours=25),
    )  # fmt: skip
    for place, lane in enumerate(held):
        first = rows.filter(lane=lane).order_by("published").values("pk")[:1]
        rows.filter(pk__in=first).update(
            state=Sent.DEAD,
            tries=8,
            problem="对方答复 422",
            tried_at=now - timedelta(hours=26 + place),
        )


def ask_for_help(*, now: datetime) -> int:
    """Report and answer as these people would. Returns how many reports."""
    itc = User.objects.get(username="ITC0001")
    for place, (who, page, text, said, closes) in enumerate(PROBLEMS):
        by = User.objects.filter(username=who).first()
        if by is None:
            continue
        at = now - timedelta(hours=5 * (len(PROBLEMS) - place))
        row = report(by, text=text, page=page, number=f"{place:032x}", at=at)
        if said:
            answer(itc, row, text=said, closes=closes, at=at + timedelta(hours=2))
    return len(PROBLEMS)
