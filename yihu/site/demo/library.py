"""Letters and regulations of the demo group: a handful, some of them waiting for somebody."""

import io
from datetime import date, datetime, time, timedelta

from yihu.access.models import User
from yihu.dossiers.models import Dossier
from yihu.kit.clock import SHANGHAI
from yihu.letters import actions as letters
from yihu.letters.actions import Content as Line
from yihu.letters.choices import Direction
from yihu.letters.models import Letter
from yihu.org.models import OrgUnit
from yihu.org.rules import UnitKind
from yihu.regulations import actions as regulations
from yihu.regulations.actions import Content as Rule
from yihu.regulations.models import Regulation

LETTERS = (  # days ago, direction, subject, reply due after days (0: none), answered, the text
    (26, Direction.IN, "关于申请增加冬季保供气量的函", 10, True,
     "因采暖季用气增长，申请十一月至次年二月增加供气量，请予支持。"),
    (24, Direction.IN, "关于调整次月提气计划的函", 7, False,
     "因生产线检修，拟将次月提气计划下调百分之十五，请函复。"),
    (12, Direction.OUT, "关于核对上半年结算量的函", 15, False,
     "请核对上半年各月结算量、价，并于十五日内书面回复。"),
    (9, Direction.IN, "关于变更开票信息的通知", 0, False, "我司开户银行变更，开票信息见附。"),
    (5, Direction.IN, "关于续签年度购销合同的意向函", 14, False,
     "年度购销合同即将到期，拟按原条件续签，请安排洽谈。"),
)  # fmt: skip
UNITS = ("GD", "FJ", "ZJ")
A_UNIT = 2

NUMBER, TITLE = "RPSM-01-16-02", "天然气客户档案管理细则"
SUMMARY = (
    "规定客户档案一户一档的建立、填报、更新、查询保管和监督考核：更新周期按客户分类，"
    "查询按单位和区域授权，人员离岗即注销权限，由资源与市场部检查考核。"
)
FORMER = "上一版细则，自 2024-1 版发布之日起废止。"
OWN = (  # unit, edition carried out ("new" or "former"), effective on
    ("GD", "new", date(2024, 9, 1)),
    ("FJ", "former", date(2023, 6, 1)),
    ("ZJ", "former", date(2023, 7, 1)),
)


def write_letters(today: date) -> None:
    """Letters in and out on a few files of three units, registered in the order of their dates."""
    for code in UNITS:
        by = User.objects.get(username=f"{code}0001")
        files = Dossier.objects.filter(unit__code=code, filler=by.staff).order_by("number")
        wanted = [
            (today - timedelta(days=row[0]), place, dossier, row)
            for place, dossier in enumerate(files[:A_UNIT])
            for row in LETTERS[place:]
        ]
        for on, _place, dossier, row in sorted(wanted, key=lambda line: line[:2]):
            _correspond(by, dossier, row, on)


def _correspond(
    by: User, dossier: Dossier, row: tuple[int, Direction, str, int, bool, str], on: date
) -> None:
    ago, direction, subject, due, answered, words = row
    asked = _register(
        by,
        dossier,
        direction,
        Line(
            dated_on=on,
            counterpart=dossier.name_full,
            subject=subject,
            number=f"〔{on.year}〕{ago} 号",
            reply_due_on=on + timedelta(days=due) if due else None,
            file=(io.BytesIO(f"{subject}\n\n{words}\n".encode()), f"{subject}.txt"),
        ),
        on,
    )
    if answered:
        then = on + timedelta(days=2)
        answer = Line(
            dated_on=then,
            counterpart=dossier.name_full,
            subject=f"关于《{subject}》的复函",
            answers=asked,
        )
        _register(by, dossier, Direction.OUT, answer, then)


def _register(by: User, dossier: Dossier, direction: Direction, content: Line, on: date) -> Letter:
    return letters.register(by, dossier, direction=direction, content=content, at=_at(on), today=on)


def issue_regulations() -> None:
    """The rule that Yihu carries out, the one before it, and three units' own."""
    by = User.objects.get(username="RM0001")
    group = OrgUnit.objects.get(kind=UnitKind.GROUP)
    former = _issue(by, group, Rule(NUMBER, TITLE, "2023-1", date(2023, 3, 1), FORMER))
    new = Rule(NUMBER, TITLE, "2024-1", date(2024, 5, 1), SUMMARY, supersedes=former)
    carried = {"former": former, "new": _issue(by, group, new)}
    _issue(by, group, Rule("RPSM-01-16", "天然气客户管理办法", "2023", date(2023, 1, 1)))
    for code, which, since in OWN:
        steward = User.objects.get(username=f"{code}0005")
        unit = OrgUnit.objects.get(code=code)
        title = f"{unit.short_name}客户档案管理实施细则"
        summary = "明确本单位填报、审核、保管和查询的岗位分工及时限。"
        number, edition = f"{code}-KH-01", f"{since.year}-1"
        rule = Rule(number, title, edition, since, summary, carries_out=carried[which])
        _issue(steward, unit, rule)


def _issue(by: User, unit: OrgUnit, rule: Rule) -> Regulation:
    return regulations.issue(by, unit, content=rule, at=_at(rule.effective_on))


def _at(day: date) -> datetime:
    return datetime.combine(day, time(10), SHANGHAI)
