"""Visits of the demo group over two years, with what was promised, asked for and done about it."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from yihu.kit.clock import SHANGHAI
from yihu.kit.copy import copy_rows
from yihu.org.models import Staff
from yihu.site.demo.customers import File, random_id
from yihu.site.demo.names import person_name

SEED = "一户演示访谈 2026"
DAYS = 720
SHARE = 0.6
"""Of the files that have any visits at all."""
A_YEAR: Mapping[str, int] = {"strategic": 4, "vip": 2, "internal": 1, "general": 1}
Row = tuple[object, ...]

THEMES = (  # purpose, topics, minutes, conclusion, the need and its kind, our promise, theirs
    (
        "冬季保供气量沟通", ("demand", "contract"),
        "双方就采暖季用气安排交换意见。客户预计十二月至次年二月日均用气较上年增加约一成，"
        "希望在合同量之外落实调峰气源；我方介绍了今冬资源池和管容安排，说明超合同量部分按月确认。",
        "由我方测算可增供量并书面答复，客户按旬报送用气计划。",
        ("采暖季每日增供 2 万方，并提前一周确认调峰气量", "supply"),
        "测算采暖季可增供气量并书面答复", "按旬报送十二月至次年二月用气计划",
    ),
    (
        "年度合同续签洽谈", ("contract", "price"),
        "围绕下一年度购销合同的气量、价格机制和结算周期进行会谈。客户希望保持现有照付不议比例，"
        "并将结算周期由月结改为半月结；我方说明价格机制按集团统一口径执行，结算周期可以协商。",
        "合同文本由双方法务并行审核，争取到期前一个月签署。",
        ("结算周期由月结改为半月结", "settlement"),
        "提供续签合同文本及价格测算", "提供下一年度分月用气计划",
    ),
    (
        "计量差异核对", ("performance", "complaint"),
        "客户反映上月计量与其自装流量计相差约百分之一点二，要求核查。双方现场查看了流量计算机参数"
        "和检定证书，一致同意以贸易计量表为准，并对温压补偿参数复核一次，复核结果由双方签字确认。",
        "十个工作日内完成参数复核，差异部分在次月结算中调整。",
        ("对近三个月计量数据做一次比对", "metering"),
        "组织计量中心复核温压补偿参数", "提供自装流量计的检定证书",
    ),
    (
        "新增用气项目对接", ("project", "demand"),
        "客户介绍二期生产线建设进度，计划明年下半年投产，达产后年用气量约 1,800 万立方米。双方讨论"
        "了接气点位置、压力等级和配套支线的投资界面，客户希望我方提供用气可行性意见供其立项。",
        "由我方出具供气意向函，双方成立对接小组按月沟通进度。",
        ("提供二期项目供气意向函", "project"),
        "出具二期项目供气意向函", "提供二期项目可研和负荷曲线",
    ),
    (
        "回款安排沟通", ("arrears", "performance"),
        "就上季度逾期气款的回款安排进行沟通。客户说明下游回款放缓造成短期资金周转压力，承诺分两期"
        "付清逾期气款；我方重申合同约定的付款期限和预付要求，并说明逾期将影响后续供气安排和评级。",
        "客户分两期付清，首期在本月底前到账。",
        ("逾期期间暂不调减日指定气量", "settlement"),
        "核对逾期气款明细并发对账单", "本月底前支付首期逾期气款",
    ),
    (
        "安全供气例行回访", ("safety", "cooperation"),
        "例行回访客户用气安全和服务情况。客户对调度响应和停气检修的提前通知表示满意，希望检修计划"
        "能够提前一个月告知；双方核对了应急联系人和应急处置流程，约定每年联合演练一次。",
        "检修计划提前三十日书面通知，联合演练安排在下季度。",
        ("检修停气提前一个月通知", "service"),
        "提前三十日书面通知检修计划", "更新应急联系人名单",
    ),
)  # fmt: skip
MARKET = (
    "当地两家陶瓷企业年底前完成煤改气，区域用气量预计增加。",
    "周边 LNG 到厂价较上月下降约百元每吨，客户关注现货与管道气价差。",
    "园区计划引入热电联产项目，正在比选气源。",
    "",
)
RIVALS = (
    "另一上游供应商拟以降低照付不议比例为条件争取该客户。",
    "有贸易商以短期现货低价接触客户采购部门。",
    "",
    "",
)
RISK = "客户下游两家主要用户停产检修，短期资金偏紧。"
PROGRESS = ("已与相关部门对接，正在测算。", "已形成初稿，正在内部会签。", "已电话告知客户进度。")
RESULTS = ("已书面答复客户，客户认可。", "资料已收齐并归档。", "已完成复核，双方签字确认。")
ANSWERS = ("已当面答复，按合同约定安排。", "已书面答复，纳入下月计划。", "已答复，需报集团统筹。")


@dataclass(slots=True)
class Made:
    """Rows by table, and what the log says of them."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    events: list[tuple[datetime, Staff, File, str, str, UUID, dict[str, object]]] = field(
        default_factory=list
    )

    def add(self, table: str, *row: object) -> None:
        """One row, its values in the order of COLUMNS."""
        self.rows.setdefault(table, []).append(row)


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "visits_visit": (
        "id", "unit_id", "dossier_id", "year", "serial", "number", "state", "kind", "level",
        "planned_on", "moment", "held_on", "place", "lead_id", "topics", "purpose", "summary",
        "conclusions", "market_intel", "competitor_intel", "risk_signal", "risk_note",
        "invited_at", "recorded_by_id", "written_at", "cancelled_by_id", "cancelled_at",
        "cancelled_reason", "entered_by_id", "entered_at", "changed_at",
    ),
    "visits_participant": (
        "id", "unit_id", "dossier_id", "visit_id", "side", "staff_id", "name", "post", "known",
        "place",
    ),
    "visits_followup": (
        "id", "unit_id", "dossier_id", "visit_id", "side", "text", "owner_id", "due_on", "state",
        "result", "resulted_at", "confirmed", "closed_at", "entered_by_id", "entered_at",
    ),
    "visits_progress": (
        "id", "unit_id", "dossier_id", "followup_id", "entry", "text", "by_id", "at",
    ),
    "visits_need": (
        "id", "unit_id", "dossier_id", "visit_id", "category", "text", "priority", "owner_id",
        "state", "heard_on", "answer", "answered_on", "outcome", "done_on",
    ),
}  # fmt: skip


def visits(files: Sequence[File], *, today: date) -> Made:
    """Everything about the visits of these files; the same for the same day."""
    rng = random.Random(SEED)
    made = Made()
    serial: dict[tuple[int, int], int] = {}
    for day, file in sorted(_days(rng, files, today), key=lambda one: (one[0], one[1].number)):
        entered = min(day, today)
        place = (file.unit.pk, entered.year)
        serial[place] = serial.get(place, 0) + 1
        _visit(rng, made, file, day, entered, serial[place], today)
    return made


def plant(made: Made) -> None:
    """The rows into the database, parents first."""
    for table, columns in COLUMNS.items():
        copy_rows(table, columns, made.rows.get(table, []))


def _days(rng: random.Random, files: Iterable[File], today: date) -> Iterator[tuple[date, File]]:
    for file in files:
        if file.klass == "general" and rng.random() > SHARE:
            continue
        step = DAYS // (A_YEAR[file.klass] * 2)
        begun = max((today - file.opened_on).days, 0)
        ago = min(DAYS, begun) - rng.randint(0, step)
        while ago > 0:
            yield _workday(today - timedelta(days=ago)), file
            ago -= step + rng.randint(-step // 5, step // 5)
        if rng.random() < 0.25:
            yield _workday(today + timedelta(days=rng.randint(2, 45))), file


def _workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour, 20), SHANGHAI)


def _visit(
    rng: random.Random, made: Made, file: File, day: date, entered: date, serial: int, today: date
) -> None:
    key, by = random_id(rng), file.filler
    theme = rng.choice(THEMES)
    purpose, topics, summary, conclusion, *_rest = theme
    ahead = day >= today
    cancelled = not ahead and rng.random() < 0.04
    held = not ahead and not cancelled and (today - day).days < 6 and rng.random() < 0.4
    state = "planned" if ahead else "cancelled" if cancelled else "held" if held else "written"
    written = state == "written"
    visited = rng.random() < 0.35
    risk = written and "arrears" in topics
    number = f"访{entered.year}-{serial:04d}"
    put = max(day, min(day + timedelta(days=rng.randint(0, 6)), today - timedelta(days=1)))
    registered = min(day, today) - timedelta(days=rng.randint(1, 9))
    kind = "received" if visited else rng.choice(("paid", "paid", "meeting", "video", "survey"))
    made.add(
        "visits_visit", key, file.unit.pk, file.id, entered.year, serial, number, state, kind,
        rng.choice(("business", "business", "department", "top")), day,
        time(rng.choice((9, 10, 14, 15)), rng.choice((0, 30))),
        None if ahead or cancelled else day,
        f"{file.unit.short_name}会议室" if visited else f"{file.legal.name}办公楼", by.pk,
        list(topics), purpose, summary if written else "", conclusion if written else "",
        rng.choice(MARKET) if written else "", rng.choice(RIVALS) if written else "", risk,
        RISK if risk else "", _at(registered, 15) if ahead else None,
        by.pk if written else None, _at(put, 16) if written else None,
        by.pk if cancelled else None, _at(min(day, today), 9) if cancelled else None,
        "客户临时改期，另行约定" if cancelled else "", by.pk, _at(registered),
        _at(put, 16) if written else _at(registered),
    )  # fmt: skip
    _people(rng, made, file, key)
    made.events.append(
        (_at(registered), by, file, "visit.planned", "visits.visit", key, {"number": number})
    )
    if written or held:
        made.events.append(
            (_at(day, 17), by, file, "visit.held", "visits.visit", key, {"number": number})
        )
    if written:
        made.events.append(
            (_at(max(put, day), 18), by, file, "visit.written", "visits.visit", key,
             {"number": number})
        )  # fmt: skip
        _came_of(rng, made, file, key, day, theme, today)


def _people(rng: random.Random, made: Made, file: File, key: UUID) -> None:
    contacts = file.document.get("contacts") or []
    guests = [(row["name"], row["post"], True) for row in contacts]
    if rng.random() < 0.15 or not guests:
        guests.append((person_name(rng), "副总经理", False))
    ours = (file.filler, *((file.reviewer,) if rng.random() < 0.4 else ()))
    for place, person in enumerate(ours):
        made.add(
            "visits_participant", random_id(rng), file.unit.pk, file.id, key, "ours", person.pk,
            person.name, person.post, True, place,
        )  # fmt: skip
    for place, (name, post, known) in enumerate(guests, len(ours)):
        made.add(
            "visits_participant", random_id(rng), file.unit.pk, file.id, key, "theirs", None,
            name, post, known, place,
        )  # fmt: skip


def _came_of(
    rng: random.Random, made: Made, file: File, key: UUID, day: date, theme: tuple[object, ...],
    today: date,
) -> None:  # fmt: skip
    need, ours, theirs = theme[4:]
    for side, text in (("ours", ours), ("theirs", theirs)):
        if rng.random() < 0.75:
            _followup(rng, made, file, key, day, side, text, today)
    if rng.random() < 0.8 and isinstance(need, tuple):
        _need(rng, made, file, key, day, need, today)


def _followup(
    rng: random.Random, made: Made, file: File, key: UUID, day: date, side: str, text: object,
    today: date,
) -> None:  # fmt: skip
    promise, by = random_id(rng), file.filler
    due = day + timedelta(days=rng.randint(10, 45))
    late = due < today and (today - due).days < 40 and rng.random() < 0.3
    over = (due < today or rng.random() < 0.2) and not late
    begun = over or rng.random() < 0.5
    state = "closed" if over else "doing" if begun else "todo"
    ended = min(due - timedelta(days=rng.randint(0, 5)), today)
    if over and (today - due).days < 45 and rng.random() < 0.25:
        state = "resulted"
    result = rng.choice(RESULTS) if over else ""
    confirmed = state == "closed" and rng.random() < 0.7
    made.add(
        "visits_followup", promise, file.unit.pk, file.id, key, side, text, by.pk, due, state,
        result, _at(ended) if over else None, confirmed,
        _at(ended, 17) if state == "closed" else None, by.pk, _at(day, 18),
    )  # fmt: skip
    if begun:
        when = min(day + timedelta(days=3), today, ended)
        made.add(
            "visits_progress", random_id(rng), file.unit.pk, file.id, promise, "progress",
            rng.choice(PROGRESS), by.pk, _at(max(when, day)),
        )  # fmt: skip
    if over:
        made.add(
            "visits_progress", random_id(rng), file.unit.pk, file.id, promise, "result", result,
            by.pk, _at(ended),
        )  # fmt: skip
        made.events.append(
            (_at(ended), by, file, "followup.resulted", "visits.followup", promise, {})
        )
    if state == "closed":
        made.add(
            "visits_progress", random_id(rng), file.unit.pk, file.id, promise, "close",
            "客户已确认" if confirmed else "客户未确认", by.pk, _at(ended, 17),
        )  # fmt: skip


def _need(
    rng: random.Random, made: Made, file: File, key: UUID, day: date, need: tuple[str, str],
    today: date,
) -> None:  # fmt: skip
    text, category = need
    age = (today - day).days
    state = "done" if age > 90 and rng.random() < 0.85 else "answered" if age > 20 else "heard"
    answered = min(day + timedelta(days=rng.randint(2, 15)), today) if state != "heard" else None
    done = min(day + timedelta(days=rng.randint(30, 80)), today) if state == "done" else None
    made.add(
        "visits_need", random_id(rng), file.unit.pk, file.id, key, category, text,
        rng.choice(("high", "normal", "normal", "low")), file.filler.pk, state, day,
        rng.choice(ANSWERS) if answered else "", answered, "已按答复落实。" if done else "", done,
    )  # fmt: skip
