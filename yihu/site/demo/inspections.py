"""Inspections of the demo group: a quarter that is over, a month that runs, a unit's self-check."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import cycle

from yihu.access.models import User
from yihu.inspections import actions, checking, checklists, inspecting, queries, rectifying
from yihu.inspections.actions import Content
from yihu.inspections.checklist import FIRST, Item, items_of
from yihu.inspections.choices import Kind, Verdict
from yihu.inspections.inspecting import Seen
from yihu.inspections.models import Finding, Inspection, Subject
from yihu.inspections.rules import PLAN, Plan, period_of
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

UNITS = ("GD", "FJ", "ZJ", "BJ")
FROM_CHECKS = ("ledger", "original", "followups", "risks", "licence", "on_time")
"""Of these checks the failures become findings, a few a unit."""
A_UNIT = 5
SEEN = (  # item, verdict, place, sort, what, on what evidence
    ("demand", Verdict.NORMAL, "annual_demand", "wrong",
     "年需求 1,200 万方，近十二个月实际提气不足一半，需求数据没有随生产调整更新。",
     "近十二个月提气量合计与年需求对照"),
    ("cooperation", Verdict.MINOR, "coop_summary", "wrong",
     "合作概况三个季度未改，未反映七月签订的补充协议。", "第 2 版与第 4 版逐字相同"),
    ("visit", Verdict.NORMAL, "interviews", "follow",
     "最近一次拜访只有寒暄，没有写出客户需求和结论。", "访谈纪要"),
    ("contacts", Verdict.SERIOUS, "contacts", "late",
     "联系人王经理已于上半年离职，档案仍列其为唯一决策人。", "六月来函落款为新任经理"),
)  # fmt: skip
WEIGHTS = {"identity": 8, "contract": 10, "offtake": 8, "risk": 10, "next": 3, "class": 4}
GRAVE = ("contract", "risk")
SECRET = Item("", "", "密级标志与知悉范围相符", "密级、期限、知悉范围与内容", "5.5", 3, 6)
REPLIES = (
    ("已按最新资料更新并提交审核，新版本已通过；对同类档案做了一次排查。", "care"),
    ("已补登并附扫描件；今后签约当日即登记原件。", "rules"),
    ("已与客户核实，数据已更正；计量系统接口口径同步调整。", "system"),
)
THIN = "已整改。"


def inspect(*, today: date) -> int:
    """Returns how many findings there are."""
    first, second = (User.objects.get(username=name) for name in ("RM0001", "RM0002"))
    actions.load_first_checklist(at=_at(today - timedelta(days=200)))
    _editions(first, second, today)
    units = list(OrgUnit.objects.filter(code__in=UNITS).order_by("code"))
    _quarter(first, second, units, today)
    _month(first, second, today)
    _self_check(User.objects.get(username="GD0005"), today)
    return Finding.objects.count()


def _editions(first: User, second: User, today: date) -> None:
    """The checklist as it came to weigh, and the next one on the desk."""
    on = today - timedelta(days=160)
    items = [
        replace(item, weight=WEIGHTS.get(item.code, item.weight),
                severity=3 if item.code in GRAVE else item.severity)
        for item in FIRST
    ]  # fmt: skip
    draft = checklists.begin_draft(first, today=on)
    checklists.save_draft(
        first, draft, effective_on=on, reason="按去年统查的问题分布调整权重；合同、风险两项从严。",
        items=[*items, SECRET],
    )  # fmt: skip
    checklists.publish(first, draft, at=_at(on), today=on)
    later = checklists.begin_draft(second, today=today)
    checklists.save_draft(
        second, later, effective_on=today + timedelta(days=20),
        reason="跟进事项改看有没有量化结果。",
        items=[
            replace(item, look="未办结事项的责任人、期限和可核对的结果", weight=8)
            if item.code == "followup" else item
            for item in items_of(later.items)
        ],
    )  # fmt: skip


def _content(plan: Plan, name: str, cutoff: date, *people: User, **more: object) -> Content:
    span = period_of(plan.kind, cutoff)
    values: dict[str, object] = {
        "kind": plan.kind, "name": name, "period_start": span.start, "period_end": span.end,
        "cutoff_on": cutoff, "begins_on": cutoff, "ends_on": cutoff + timedelta(days=30),
        "method": plan.method, "amount": plan.amount, "minimum": plan.minimum,
        "klasses": plan.klasses, "offtake": plan.offtake, "inspectors": people, **more,
    }  # fmt: skip
    return Content(**values)  # type: ignore[arg-type]  # by name, as the plan has them


def _begun(by: User, content: Content, seed: str) -> Inspection:
    on = content.cutoff_on
    made = actions.plan(by, content, at=_at(on, 9), today=on)
    actions.begin(by, made, seed=seed, at=_at(on, 10), today=on)
    checking.run(made.pk, at=_at(on, 11))
    return queries.one(by, made.pk)


def _quarter(first: User, second: User, units: list[OrgUnit], today: date) -> None:
    """The last whole quarter: drawn, checked, inspected by two, ordered, answered, ended."""
    span = period_of(Kind.QUARTERLY, today)
    cutoff = min(span.end + timedelta(days=8), today)
    quarter = (span.start.month + 2) // 3
    name = f"{span.start.year} 年第 {quarter} 季度 VIP 客户档案抽查"
    content = _content(
        PLAN[Kind.QUARTERLY], name, cutoff, first, second,
        units=[unit.pk for unit in units], weighted=True,
    )  # fmt: skip
    row = _begun(first, content, f"{span.start.year}Q{quarter}-7f3a91c2")
    people, seen, day = cycle((first, second)), cycle(SEEN), _at(cutoff + timedelta(days=3))
    while True:
        by = next(people)
        subject = inspecting.claim_next(by, row, at=day)
        if subject is None:
            break
        _look(by, subject, next(seen), day)
        day += timedelta(minutes=35)
    for unit in units:
        for code in FROM_CHECKS:
            keys = queries.open_results(first, row, code, unit.pk)[:A_UNIT]
            inspecting.accept(first, row, keys, at=day)
    _right(first, second, row, units, cutoff, today)
    row.refresh_from_db()
    actions.finish(
        first,
        row,
        conclusion="VIP 档案总体完整，合同台账与档案的一致性和跟进事项的落实是短板；"
        "重复出现的问题列入下季度重点，原件未登记的单位限期补齐。",
        at=_at(min(cutoff + timedelta(days=30), today)),
    )


def _look(by: User, subject: Subject, one: tuple[str, ...], at: datetime) -> None:
    item, verdict, place, cause, text, evidence = one
    for code in queries.items_of(subject.inspection):
        said = verdict if code == item else Verdict.OK
        inspecting.mark(by, subject, item=code, verdict=said, at=at)
    kind = "section" if place == "interviews" else "field"
    labels = queries.labels_of(subject.inspection)
    clause = queries.items_of(subject.inspection)[item].clause
    severity = {Verdict.MINOR: 1, Verdict.NORMAL: 2, Verdict.SERIOUS: 3}[Verdict(verdict)]
    inspecting.find(
        by, subject,
        Seen(kind, text, severity, cause, clause, place, labels.get(place, place),
             evidence=evidence, item=item),
        at=at,
    )  # fmt: skip
    inspecting.done(by, subject, at=at + timedelta(minutes=20))


def _right(
    first: User, second: User, row: Inspection, units: list[OrgUnit], cutoff: date, today: date
) -> None:
    """Each unit answers in its own way: all, most, with one sent back, late."""
    issued = cutoff + timedelta(days=12)
    for place, unit in enumerate(units):
        if not Finding.objects.filter(unit=unit, inspection=row).exists():
            continue
        due = issued + timedelta(days=20)
        order = rectifying.order(
            first, row, unit, due_on=due, text="请举一反三，对同类档案一并排查。",
            at=_at(issued), today=issued,
        )  # fmt: skip
        steward = User.objects.get(username=f"{unit.code}0005")
        found = list(order.findings.select_related("inspection", "subject").order_by("serial"))
        for number, finding in enumerate(found):
            answered = issued + timedelta(days=6 + number % 9)
            if answered > today or (place and number % (place + 3) == place):
                continue
            thin = number % 7 == 3
            text, root = (THIN, "care") if thin else REPLIES[number % len(REPLIES)]
            rectifying.reply(steward, finding, text=text, root=root, at=_at(answered))
            if place and number % 5 == 1:
                continue
            judged = answered + timedelta(days=2)
            rectifying.verify(
                second if number % 2 else first, finding,
                judgement="returned" if thin else "accepted",
                note="请写明改了什么、新版本号，并附截图。" if thin else "",
                due_on=today + timedelta(days=9) if thin else None,
                at=_at(judged), today=judged,
            )  # fmt: skip


def _month(first: User, second: User, today: date) -> None:
    """The last whole month, as far as it got by today."""
    span = period_of(Kind.MONTHLY, today)
    name = f"{span.start.year} 年 {span.start.month} 月检查"
    cutoff = today - timedelta(days=min(3, (today - span.end).days - 1))
    content = _content(PLAN[Kind.MONTHLY], name, cutoff, first, second)
    row = _begun(first, content, f"{span.start:%Y%m}-c41d08ee")
    for number, by in enumerate((first, second, first, second, second)):
        subject = inspecting.claim_next(by, row, at=_at(today, 9))
        if subject is not None and number < 4:
            _look(by, subject, SEEN[number], _at(today, 9))


def _self_check(steward: User, today: date) -> None:
    """GD looks at its own files before headquarters does; planned for tomorrow."""
    span = period_of(Kind.MONTHLY, today)
    actions.plan(
        steward,
        Content(
            Kind.SELF, f"{span.start.month} 月档案自查", span.start, span.end, today, today,
            today + timedelta(days=10), "share", 10, 5, weighted=True, inspectors=[steward],
        ),
        at=_at(today, 9),
        today=today,
    )  # fmt: skip


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)
