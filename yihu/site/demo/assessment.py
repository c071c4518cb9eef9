"""Assessments of the demo group: two periods that are final, one published and objected to."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from yihu.access.models import User
from yihu.assessment import actions, rules, schemes
from yihu.assessment.choices import Kind
from yihu.assessment.models import Assessment, Line
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

ENTRIES = (  # unit, kind, points, what for, on what basis, days into the period
    ("GD", "bonus", "2", "在集团交流会上介绍“一户一档”经验", "市场部简报第 9 期", 12),
    ("FJ", "breach", "10", "用个人邮箱外发客户联系人名单", "保密检查通报〔2026〕3 号", 16),
    ("ZJ", "bonus", "1.5", "协助集团核定三户重名客户", "差异核定记录", 20),
)


def assess(*, today: date) -> None:
    """The last three months; the latest waits for decisions, a draft scheme beside it."""
    first, second = (User.objects.get(username=name) for name in ("RM0001", "RM0002"))
    schemes.load_first_scheme()
    latest = rules.before(*rules.coded(Kind.MONTH, today))
    middle = rules.before(*latest)
    oldest = rules.before(*middle)
    _enter(first, latest)
    for period in (oldest, middle):
        held = _published(first, period, rules.span(*period).end + timedelta(days=5))
        assert held.objections_until is not None
        settled = min(held.objections_until + timedelta(days=1), today)
        if settled > held.objections_until:
            actions.finalise(second, held.pk, at=_at(settled), today=settled)
    held = _published(first, latest, today - timedelta(days=min(2, today.day - 1)))
    _object(held, second, today)
    _draft(first, today)


def _published(by: User, period: tuple[int, str], on: date) -> Assessment:
    year, code = period
    held = actions.open_assessment(by, year=year, period=code, at=_at(on, 9), today=on)
    actions.ask_to_compute(by, held.pk, at=_at(on, 9))
    actions.compute(held.pk, at=_at(on, 10))
    return actions.publish(by, held.pk, at=_at(on, 11), today=on)


def _enter(by: User, period: tuple[int, str]) -> None:
    start = rules.span(*period).start
    for code, kind, points, words, basis, days in ENTRIES:
        day = start + timedelta(days=days)
        actions.enter(
            by, OrgUnit.objects.get(code=code), kind=kind, happened_on=day,
            points=Decimal(points), words=words, basis=basis, at=_at(day, 16), today=day,
        )  # fmt: skip


def _object(held: Assessment, judge: User, today: date) -> None:
    """GD is granted a little, FJ waits for its answer."""
    for code, indicator, words in (
        ("GD", "timeliness", "其中一项到期日正值计量系统停机，停机通知见 10 月 12 日函件。"),
        ("FJ", "confidentiality", "外发名单已脱敏，且经单位负责人口头同意，请酌情减轻。"),
    ):
        line = Line.objects.select_related("assessment").get(
            assessment=held, unit__code=code, code=indicator
        )
        steward = User.objects.get(username=f"{code}0005")
        made = actions.object_to(steward, line, words=words, at=_at(today, 9), today=today)
        if code == "GD" and line.bottom > line.top:
            actions.decide(
                judge, made, grant=True, reason="停机属实，该项按期计。", by_how_much=Decimal(1),
                at=_at(today, 10),
            )  # fmt: skip


def _draft(by: User, today: date) -> None:
    """The next edition is being drafted, to be tried on what is frozen."""
    made = schemes.draft(by, at=_at(today, 9))
    start = rules.span(*rules.coded(Kind.MONTH, today)).start
    schemes.edit(
        by,
        made.number,
        version=made.version,
        title=made.title,
        effective_on=start,
        definition=rules.parse(made.definition),
        at=_at(today, 9),
    )


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)
