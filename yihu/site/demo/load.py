"""The whole demo group into an empty installation, in one transaction."""

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from yihu.access.models import User
from yihu.dossiers.models import Dossier
from yihu.dossiers.rules import later_by
from yihu.dossiers.text import pinyin_of, search_text
from yihu.duties.actions import load_first_policy, refresh
from yihu.duties.rules import POLICY, POLICY_FROM, PolicyEdition, slots
from yihu.guide.actions import load_first_edition
from yihu.guide.rules import parse
from yihu.identity.actions import compare_customers
from yihu.identity.joining import find_look_alikes
from yihu.kit import clock
from yihu.kit.calendar import WorkingDays
from yihu.kit.clock import SHANGHAI
from yihu.kit.copy import copy_rows
from yihu.notices.actions import remind
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import UnitKind
from yihu.ratings.schemes import load_first_scheme
from yihu.site.demo.assessment import assess
from yihu.site.demo.cadence import change_facts, set_cadence
from yihu.site.demo.care import tell_apart
from yihu.site.demo.clauses import judge
from yihu.site.demo.closures import rest_files
from yihu.site.demo.contracts import Deal, deals, months_before, offtake
from yihu.site.demo.customers import File, files, legal_entities, random_id
from yihu.site.demo.events import ask_for_help, tell_others
from yihu.site.demo.gaps import UNAPPROVED, leave_gaps
from yihu.site.demo.grants import grant
from yihu.site.demo.inspections import inspect
from yihu.site.demo.leavers import hand_over
from yihu.site.demo.library import issue_regulations, write_letters
from yihu.site.demo.masks import look_and_seal
from yihu.site.demo.people import employ_everybody
from yihu.site.demo.ratings import rate
from yihu.site.demo.reviews import hand_in
from yihu.site.demo.risks import remark
from yihu.site.demo.roles import give_roles
from yihu.site.demo.shelves import shelve
from yihu.site.demo.supervision import report
from yihu.site.demo.takeouts import take_out
from yihu.site.demo.versions import Version, versions
from yihu.site.demo.visits import Made, visits
from yihu.site.demo.visits import plant as plant_visits
from yihu.site.group import DEFAULT, plant, read_group

SEED = "一户演示集团 2026"
LIVE_MONTHS = 24
STEPS = 28
Step = Callable[[str], None]
GRADES = ((90, "AAA"), (80, "AA"), (70, "A"), (60, "B"), (0, "C"))


class NotEmpty(Exception):
    """The installation already holds dossiers; the demo group does not mix with them."""


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)


@transaction.atomic
def load(today: date, step: Step) -> None:
    """Plant everything; the same rows for the same day. `step` is told what comes next.

    Raises: NotEmpty, and changes nothing.
    """
    if Dossier.objects.exists():
        raise NotEmpty
    rng = random.Random(SEED)
    days = WorkingDays()
    live_from = months_before(today)[-LIVE_MONTHS]
    step("组织与人员")
    edition = load_first_edition()
    load_first_policy()
    load_first_scheme()
    plant(read_group(DEFAULT), today=today)
    OrgUnit.objects.filter(kind=UnitKind.SUBSIDIARY).update(live_from=live_from)
    fillers = employ_everybody(rng, today=today, since=live_from)
    step("客户与档案")
    legal = legal_entities(rng)
    made = files(rng, legal, fillers, today=today)
    copy_rows(
        "customers_customer",
        ("id", "credit_code", "name", "klass", "created_at"),
        ((e.id, e.credit_code, e.name, e.klass, _at(live_from)) for m in legal.values() for e in m),
    )
    copy_rows("dossiers_dossier", DOSSIER, (_dossier(f, edition.pk, live_from) for f in made))
    copy_rows(
        "dossiers_classchange",
        ("id", "unit_id", "dossier_id", "klass", "effective_on", "source", "basis", "entered_at"),
        (
            (random_id(rng), f.unit.pk, f.id, klass, since, source, "", _at(since))
            for f in made
            for since, klass, source in f.classes
        ),
    )
    step("合同")
    signed = deals(rng, made, today=today)
    copy_rows("contracts_contract", CONTRACT, map(_contract, signed))
    step("36 个月提气量、价")
    copy_rows("contracts_offtake", OFFTAKE, offtake(rng, signed, days, today=today))
    step("评级结果")
    copy_rows("ratings_ratingresult", RATING, _ratings(rng, made, today))
    step("历次版本")
    planned = slots([PolicyEdition(POLICY_FROM, POLICY)], days, first=live_from, as_of=today)
    definition = parse(edition.definition)
    happened: dict[UUID, list[date]] = {file.id: list(rated_on(file, today)) for file in made}
    for deal in signed:
        happened[deal.file.id].append(deal.signed_on)
    told = versions(
        rng,
        made,
        planned,
        edition,
        definition,
        happened={file: sorted(days) for file, days in happened.items()},
        first=live_from,
        today=today,
    )
    waiting = {file.id for file in made[UNAPPROVED::UNAPPROVED]}
    approved = [version for version in told if version.file.id not in waiting]
    copy_rows("dossiers_fileversion", VERSION, (_version(v, edition.pk) for v in approved))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_dossier d SET version_number = v.number FROM ("
            "SELECT dossier_id, max(number) AS number FROM dossiers_fileversion GROUP BY 1) v "
            "WHERE v.dossier_id = d.id"
        )
    step("客户访谈")
    met = visits(made, today=today)
    plant_visits(met)
    step("大事记")
    accounts = dict(User.objects.exclude(staff=None).values_list("staff_id", "id"))
    copy_rows("audit_event", EVENT, _events(made, signed, approved, met, accounts))
    step("函件与制度")
    write_letters(today)
    issue_regulations()
    step("更新任务")
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE dossiers_dossier, dossiers_classchange, dossiers_fileversion, "
            "contracts_contract, contracts_offtake, org_orgunit, visits_visit, visits_followup"
        )
    change_facts(today)
    refresh(today)
    step("风险备注")
    remark(today=today)
    step("周期与豁免")
    set_cadence(today=today, now=clock.now())
    step("待审核的提交")
    hand_in(definition, today=today, now=clock.now())
    step("原件")
    shelve(rng, today=today, now=clock.now())
    step("查询权限")
    grant(today=today, now=clock.now())
    give_roles(now=clock.now())
    look_and_seal(today=today, now=clock.now())
    step("导出登记")
    take_out(today=today, now=clock.now())
    step("离岗与交接")
    hand_over(today=today, now=clock.now())
    step("单位间差异与相似客户")
    compare_customers(None, at=clock.now())
    find_look_alikes(at=clock.now())
    step("客户评级")
    rate(today=today, now=clock.now())
    step("检查与整改")
    inspect(today=today)
    step("单位考核")
    assess(today=today)
    step("客群与建议")
    tell_apart(today=today, now=clock.now())
    step("档案缺口")
    leave_gaps(now=clock.now())
    rest_files(today=today, now=clock.now())
    step("条款指标与看板")
    judge(today=today, now=clock.now())
    step("事件外发与问题报告")
    tell_others(now=clock.now())
    ask_for_help(now=clock.now())
    step("监督报告")
    report(today=today, now=clock.now())
    step("提醒")
    remind(today, at=clock.now())
    step("完成")
    ContentType.objects.clear_cache()


DOSSIER = (
    "id", "unit_id", "customer_id", "credit_code", "number", "name_full", "pinyin", "initials",
    "search_text", "klass", "klass_from", "region_code", "gas_uses", "opened_on", "filler_id",
    "reviewer_id", "secrecy", "secrecy_until", "circle", "document", "edition_id", "entered_at",
    "changed_at",
)  # fmt: skip


def _dossier(file: File, edition_id: int, live_from: date) -> tuple[object, ...]:
    entity = file.legal
    pinyin, initials = pinyin_of(entity.name)
    text = search_text(
        name_full=entity.name,
        credit_code=entity.credit_code,
        number=file.number,
        pinyin=pinyin,
        initials=initials,
    )
    core = entity.klass == "strategic"
    entered = _at(max(file.opened_on, live_from))
    return (
        file.id, file.unit.pk, entity.id, entity.credit_code, file.number, entity.name, pinyin,
        initials, text, file.klass, file.classes[-1][0], entity.region_code, [entity.use],
        file.opened_on, file.filler.pk, file.reviewer.pk, "core" if core else "ordinary",
        None if core else later_by(file.opened_on, 10),
        "本单位市场部、集团资源与市场部" if core else "本单位市场部",
        Jsonb(file.document), edition_id, entered, entered,
    )  # fmt: skip


CONTRACT = (
    "id", "unit_id", "dossier_id", "number", "title", "direction", "source", "signed_on",
    "effective_on", "ends_on", "terminated_on", "quantity_unit", "acq", "mdq",
    "take_or_pay_percent", "price_yuan", "price_mechanism", "settlement", "entered_at",
)  # fmt: skip


def _contract(deal: Deal) -> tuple[object, ...]:
    return (
        deal.id, deal.file.unit.pk, deal.file.id, deal.number,
        f"{deal.file.legal.name}天然气购销合同", "sale", deal.source.value, deal.signed_on,
        deal.effective_on, deal.ends_on, deal.terminated_on, deal.quantity_unit.value, deal.acq,
        round(deal.acq / 300, 2), deal.percent, deal.price, deal.mechanism, deal.settlement,
        _at(deal.signed_on, 16),
    )  # fmt: skip


OFFTAKE = (
    "unit_id", "contract_id", "month", "quantity_unit", "planned", "actual", "price_yuan",
    "amount_yuan", "paid_yuan", "basis", "note", "entered_at", "changed_at",
)  # fmt: skip

RATING = (
    "id", "unit_id", "dossier_id", "year", "score", "grade", "klass", "rated_on", "state",
    "entered_at",
)  # fmt: skip


def rated_on(file: File, today: date) -> Iterable[date]:
    """The file's last three ratings."""
    days = (date(year, 4, 20) for year in range(today.year - 2, today.year + 1))
    return (on for on in days if file.opened_on <= on <= today)


def _ratings(rng: random.Random, made: Iterable[File], today: date) -> Iterable[tuple[object, ...]]:
    for file in made:
        base = rng.randint(580, 950)
        for on in rated_on(file, today):
            score = min(1000, max(500, base + rng.randint(-40, 40))) / 10
            grade = next(name for least, name in GRADES if score >= least)
            klass = [k for since, k, _ in file.classes if since <= on][-1]
            yield (
                random_id(rng), file.unit.pk, file.id, on.year, score, grade, klass, on, "final",
                _at(on),
            )  # fmt: skip


VERSION = (
    "id", "unit_id", "dossier_id", "number", "content", "sha256", "previous_sha256", "edition_id",
    "filled_by_id", "approved_by_id", "approved_at",
)  # fmt: skip


def _version(version: Version, edition_id: int) -> tuple[object, ...]:
    file = version.file
    return (
        version.id, file.unit.pk, file.id, version.number, Jsonb(version.content), version.sha256,
        version.previous_sha256, edition_id, file.filler.pk, file.reviewer.pk, version.approved_at,
    )  # fmt: skip


EVENT = (
    "at", "actor_id", "actor_name", "unit_id", "verb", "subject_type", "subject_id", "dossier_id",
    "data", "request_id",
)  # fmt: skip


def _events(
    made: list[File],
    signed: list[Deal],
    approved: list[Version],
    met: Made,
    accounts: dict[UUID, int],
) -> Iterable[tuple[object, ...]]:
    """The timeline of each file, in the order in which things happened."""
    rows: list[tuple[datetime, Staff, File, str, str, UUID, dict[str, object]]] = [
        (_at(f.opened_on), f.filler, f, "dossier.opened", "dossiers.dossier", f.id, {})
        for f in made
    ]
    rows += [
        (
            _at(d.signed_on, 15), d.file.filler, d.file, "contract.signed", "contracts.contract",
            d.id, {"number": d.number},
        )
        for d in signed
    ]  # fmt: skip
    rows += [
        (
            v.approved_at, v.file.reviewer, v.file, "version.approved", "dossiers.fileversion",
            v.id, {"number": v.number, "sha256": v.sha256},
        )
        for v in approved
    ]  # fmt: skip
    rows += met.events
    rows.sort(key=lambda row: (row[0], str(row[5])))
    for at, staff, file, verb, kind, subject, data in rows:
        yield (
            at, accounts[staff.pk], staff.name, file.unit.pk, verb, kind, str(subject), file.id,
            Jsonb(data), "",
        )  # fmt: skip
