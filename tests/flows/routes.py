"""Every route of the project, and for each what a unit owns under the names of its arguments."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from tests import plant
from tests.desk.duties import duty
from tests.helpdesk.screens import screenshot
from tests.originals.shelf import ORIGINAL
from yihu.access.models import RoleRequest, User
from yihu.access.rules import Role
from yihu.assessment import actions as assessments
from yihu.assessment.models import Assessment, Entry, Line, Objection
from yihu.assessment.schemes import load_first_scheme as load_first_assessment_scheme
from yihu.care.actions import Content as SegmentContent
from yihu.care.actions import make as make_segment
from yihu.care.models import Suggestion
from yihu.care.rules import read_all
from yihu.contracts.models import Stray
from yihu.directory.actions import map_group
from yihu.disclosure.models import Marking, Seal
from yihu.dossiers.models import Comment, Dossier, Draft, Submission
from yihu.dossiers.rules import DraftState
from yihu.dossiers.rules import State as FileState
from yihu.duties.actions import load_first_policy
from yihu.duties.cadence import tighten
from yihu.duties.choices import Ground
from yihu.duties.models import Closure
from yihu.duties.waiving import ask as ask_waiver
from yihu.exports.models import Takeout
from yihu.exports.rules import Level, Purpose, State, new_trace
from yihu.guide.actions import load_first_edition
from yihu.handover.actions import open_handover
from yihu.helpdesk.actions import report as report_problem
from yihu.identity.models import Disagreement, Offer
from yihu.inspections import actions as inspections
from yihu.inspections import checking, inspecting, rectifying
from yihu.inspections.actions import Content as InspectionContent
from yihu.inspections.inspecting import Seen
from yihu.inspections.models import Finding, Order
from yihu.intake.choices import ImportKind, ImportState
from yihu.intake.models import Import
from yihu.interface.writing.urls import DEEDS, THINGS, name_of
from yihu.kit.clock import now, today
from yihu.letters.actions import Content as LetterContent
from yihu.letters.actions import register as register_letter
from yihu.notices.choices import Topic
from yihu.notices.models import Notice
from yihu.org.models import OrgUnit, PersonnelEvent
from yihu.originals.actions import add_place, register
from yihu.outbox.models import Endpoint
from yihu.papers.actions import upload as upload_document
from yihu.ratings.models import RatingRound, RatingScore
from yihu.ratings.schemes import load_first_scheme
from yihu.regulations.actions import Content as RuleContent
from yihu.regulations.actions import issue
from yihu.risks.actions import Content as RiskContent
from yihu.risks.actions import raise_remark
from yihu.risks.models import Proposal
from yihu.supervision.actions import ask as ask_report
from yihu.supervision.actions import make as make_report
from yihu.supervision.models import Report
from yihu.supervision.rules import Kind as ReportKind
from yihu.supervision.rules import last_period
from yihu.visits.actions import Content as VisitContent
from yihu.visits.actions import Guest, Promise, Wish
from yihu.visits.actions import write as write_visit

Registry = dict[str, dict[str, object]]
NOT_YET = (
    "stocktake",
    "stocktake-sheet",
    "stocktake-look",
    "stocktake-close",
    "disposal",
    "transfer-list",
)
"""Rows that this page does not plant; tests/originals look at them for themselves."""


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named pattern with its full name."""
    space = f"{prefix}{resolver.namespace}:" if resolver.namespace else prefix
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, space)
        else:
            yield f"{space}{entry.name}", entry


ROUTES = sorted((name, pattern) for name, pattern in routes(get_resolver()))


def arguments(pattern: URLPattern, owned: dict[str, object]) -> dict[str, object]:
    """Values for the pattern's arguments. An argument that nobody registered fails here."""
    return {name: owned[name] for name in pattern.pattern.converters}


def owned(
    at: OrgUnit, word: str, *, region: str = "440100", code: str = "", besides: str = ""
) -> Registry:
    """Plant a row of the unit for every route, each of its words beginning with `word`.

    `code`: of the customer whom the file is about; `besides`: the word of what is not that file's.
    """
    besides = besides or word
    shelf = besides.replace("-", "")[:12]
    filler = plant.person(Role.FILLER, at)
    file = plant.dossier(at, name=f"{word}的陶瓷有限公司", code=code, region=region)
    plant.month(plant.contract(file), date(2026, 10, 1))
    upload = Import.objects.create(
        unit=at,
        kind=ImportKind.OFFTAKE,
        state=ImportState.REFUSED,
        file_name=f"{besides}的台账.xlsx",
        sha256="0" * 64,
        size=1,
        by=filler,
    )
    upload.refresh_from_db()
    paper = upload_document(
        filler, file, BytesIO(f"{word}的资料".encode()), name=f"{word}.txt", at=now()
    ).document
    custodian = plant.person(Role.CUSTODIAN, at)
    original = register(
        custodian,
        file,
        place=add_place(custodian, at.pk, parent=None, kind="room", code=shelf),
        at=now(),
        today=today(),
        **{**ORIGINAL, "title": f"{word}的合同原件"},
    )
    letter = register_letter(
        filler,
        file,
        direction="in",
        content=LetterContent(today(), f"{word}的对方", f"{word}的函"),
        at=now(),
        today=today(),
    )
    remark = raise_remark(
        filler,
        file,
        content=RiskContent(
            kind="c", found_on=today(), found_how=f"{word}的对账", facts=f"{word}的货款逾期",
            owner_id=filler.staff_id or UUID(int=0), verified_by=f"{word}的核实人",
        ),
        level=2,
        next_check_on=today() + timedelta(days=30),
        at=now(),
        today=today(),
    )  # fmt: skip
    proposal = Proposal.objects.create(
        unit=at, dossier=file, rule="registration", occasion=word, level=3,
        figures={"status": f"{word}的状态"}, found_on=today(),
    )  # fmt: skip
    proposal.refresh_from_db()
    assert filler.staff is not None
    visit = write_visit(
        filler,
        file,
        None,
        content=VisitContent(
            "paid",
            "business",
            filler.staff,
            held_on=today(),
            topics=["price"],
            purpose=f"{word}的来意",
            summary=f"{word}的纪要。" * 12,
            ours=[filler.staff],
            theirs=[Guest(f"{word}的经理")],
            promises=[Promise("ours", f"{word}的承诺")],
            wishes=[Wish("price", f"{word}的诉求")],
        ),
        seen=0,
        at=now(),
        today=today(),
    )
    segment = make_segment(
        filler,
        at,
        content=SegmentContent(
            f"{besides}的客群"[-60:], "all",
            read_all([{"fact": "contracts", "op": "ge", "values": ["0"]}]),
        ),
        at=now(),
    )  # fmt: skip
    suggestion = Suggestion.objects.create(
        unit=at, dossier=file, rule="need", occasion=word, found_on=today(),
        figures={"on": "2026-11-01", "text": f"{word}的诉求", "days": "20", "number": "1"},
    )  # fmt: skip
    suggestion.refresh_from_db()
    rule = issue(
        plant.person(Role.STEWARD, at),
        at,
        content=RuleContent(f"{at.code}-1", f"{besides}的细则", "1", today()),
        at=now(),
    )
    draft = Draft.objects.create(
        unit=at,
        dossier=file,
        state=DraftState.SUBMITTED,
        edition=load_first_edition(),
        opened_by=filler.staff,
        opened_at=now(),
        changed_at=now(),
    )
    draft.refresh_from_db()
    waiting = Submission.objects.create(
        unit=at,
        draft=draft,
        number=1,
        digest="0" * 64,
        submitted_by=filler.staff,
        submitted_at=now(),
    )
    waiting.refresh_from_db()
    said = Comment.objects.create(
        unit=at, draft=draft, code="", text=f"{word}的意见", by=filler.staff, at=now()
    )
    said.refresh_from_db()
    owing, waived = duty(file), duty(file, start=date(2026, 9, 1))
    steward = plant.person(Role.STEWARD, at)
    waiver = ask_waiver(steward, waived, reason=f"{besides}停供", at=now())
    closure = Closure.objects.create(
        unit=at,
        dossier=file,
        state=FileState.CLOSED,
        ground=Ground.OTHER,
        reason=f"{besides}不再用气",
        asked_by=steward,
        asked_at=now(),
    )
    closure.refresh_from_db()
    load_first_policy()
    stricter = tighten(
        steward,
        at,
        key=("offtake", ""),
        period="",
        due_days=5,
        since=today(),
        basis=f"{besides}的细则",
        at=now(),
        today=today(),
    )
    leaver = plant.staff(at, name=f"{besides}的人")
    PersonnelEvent.objects.create(
        unit=at, staff=leaver, kind="leave", effective_on=date(2027, 1, 1)
    )
    plant.dossier(at, name=f"{besides}的交接有限公司", region=region, filler=leaver)
    handing = open_handover(plant.person(Role.STEWARD, at), leaver, at=now())
    told = Notice.objects.create(
        user=filler, topic=Topic.DUTY, verb="draft.returned", key="1", url="/duties/"
    )
    told.refresh_from_db()
    rating, score = _rated(file, filler)
    finding, order = _inspected(file, filler, word)
    line, entry, objection = _assessed(at, besides)
    taken = Takeout.objects.create(
        by=filler,
        kind="desk.dossiers",
        title=f"{besides}的清单",
        args={"kind": "xlsx"},
        rows=1,
        level=Level.CORE,
        concerns=[at.pk],
        purpose=Purpose.OTHER,
        note=f"{besides}的用途",
        trace=new_trace(),
        state=State.WAITING,
        waits_why="含核心商密内容",
        asked_at=now(),
        expires_at=now() + timedelta(days=7),
    )
    difference = Disagreement.objects.create(customer=file.customer, field="legal_rep")
    difference.refresh_from_db()
    offer = Offer.objects.create(
        unit=at, dossier=file, disagreement=difference, field="legal_rep", value=f"{word}的法人",
        stated="", basis=f"{word}的执照", offered_at=now(),
    )  # fmt: skip
    offer.refresh_from_db()
    steward = plant.person(Role.STEWARD, at)
    marking = Marking.objects.create(
        unit=at, dossier=file, secrecy="ordinary", circle=f"{word}的市场部", reason=word,
        state="proposed", proposed_by=steward, proposed_at=now(),
    )  # fmt: skip
    seal = Seal.objects.create(
        unit=at, dossier=file, name=f"{word}的联系人", kept=[], requested_on=today(), reason=word,
        sealed_by=steward, sealed_at=now(), lift_by=steward, lift_at=now(), lift_reason=word,
    )  # fmt: skip
    marking.refresh_from_db()
    seal.refresh_from_db()
    stray = Stray.objects.create(
        unit=at, what="contract", named=f"{besides}-HT-1"[-60:], customer=f"{besides}的客户",
        ledger="offtake", import_id=upload.pk, file_name=f"{besides}.xlsx", row=2, seen_at=now(),
    )  # fmt: skip
    stray.refresh_from_db()
    itc = plant.person(Role.ITC)
    endpoint = Endpoint.objects.create(
        unit=at, name=f"{besides}的系统"[-60:], url="https://erp.example.com/hook",
        purpose=f"{besides}的同步", owner=itc, asked_by=itc, asked_at=now(), secret="sealed",
    )  # fmt: skip
    endpoint.refresh_from_db()
    mapping = map_group(
        itc, group=f"{besides}的目录组", role=Role.READER, unit=at, reason=besides, at=now()
    )
    problem = report_problem(
        filler,
        text=f"{besides}的问题",
        page="/",
        number="",
        picture=screenshot(),
        name="1.png",
        at=now(),
    )
    done_to = {
        "dossiers": file.pk,
        "visits": visit.pk,
        "followups": visit.followups.get().pk,
        "needs": visit.needs.get().pk,
        "letters": letter.pk,
        "risks": remark.pk,
        "proposals": proposal.pk,
        "duties": owing.pk,
        "waivers": waiver.pk,
        "closures": closure.pk,
        "submissions": waiting.pk,
        "remarks": said.pk,
        "grants": UUID(int=0),
        "findings": finding.pk,
        "assessment-lines": line.pk,
        "objections": objection.pk,
        "documents": paper.pk,
        "stricter-cycles": stricter.pk,
        "points": entry.pk,
        "inspections": finding.inspection_id,
        "differences": difference.pk,
        "strays": stray.pk,
        "markings": marking.pk,
        "seals": seal.pk,
        "offers": offer.pk,
        "suggestions": suggestion.pk,
        "regulations": rule.pk,
        "originals": original.pk,
        "loans": UUID(int=0),
    }
    reviewing = ("review", "review-approve", "review-return", "review-comment", "review-settle")
    return {
        "desk:customer": {"pk": file.customer_id},
        "desk:log-person": {"pk": filler.pk},
        "desk": {"pk": file.pk, "number": 1},
        "directory": {"pk": mapping.pk},
        "directory:token-revoke": {"pk": UUID(int=0)},
        "scim": {"rest": "Users"},
        "api-dossier": {"pk": file.pk},
        "desk:gap-aside": {"pk": stray.pk},
        **{f"desk:{name}": {"pk": waiting.pk} for name in reviewing},
        "guide": {"number": 1},
        "grants": {"pk": UUID(int=0), "act": "agree"},
        "intake": {"pk": upload.pk, "kind": "offtake", "tab": "new"},
        "originals": {"pk": original.pk, "act": "approve"},
        "originals:of": {"pk": file.pk},
        "originals:new": {"pk": file.pk},
        "originals:label": {"pk": original.place_id},
        **{f"originals:{name}": {"pk": UUID(int=0)} for name in NOT_YET},
        "originals:loan-act": {"pk": UUID(int=0), "act": "approve"},
        "originals:disposal-act": {"pk": UUID(int=0), "act": "approve"},
        "exports": {"pk": taken.pk, "secret": "nobody-has-this-one"},
        "letters": {"pk": letter.pk},
        "letters:of": {"pk": file.pk},
        "letters:new": {"pk": file.pk},
        "risks": {"pk": remark.pk},
        "risks:of": {"pk": file.pk},
        "risks:new": {"pk": file.pk},
        "risks:dismiss": {"pk": proposal.pk},
        "care": {"pk": segment.pk},
        "clauses": {"number": "6.2.1"},
        "assessment": {
            "pk": line.pk,
            "assessment": line.assessment_id,
            "unit": at.pk,
            "number": 1,
            "act": "publish",
        },
        "assessment:entry-withdraw": {"pk": entry.pk},
        **{f"assessment:{name}": {"pk": objection.pk} for name in ("withdraw", "decide")},
        "api-assessment": {"year": line.assessment.year, "period": "Y"},
        "care:of": {"pk": file.pk},
        "care:brief": {"pk": file.pk},
        "care:take": {"pk": suggestion.pk},
        "care:dismiss": {"pk": suggestion.pk},
        "visits": {"pk": visit.pk},
        **{f"visits:{name}": {"pk": file.pk} for name in ("of", "new", "write-new")},
        "visits:followup-act": {"pk": visit.followups.get().pk, "act": "progress"},
        "visits:need-act": {"pk": visit.needs.get().pk, "act": "answer"},
        "duties": {"pk": waiver.pk},
        "duties:waive": {"pk": owing.pk},
        **{f"duties:{name}": {"pk": file.pk} for name in ("close", "reopen")},
        **{
            f"duties:closure-{name}": {"pk": closure.pk}
            for name in ("consent", "refuse", "withdraw")
        },
        "duties:stricter-end": {"pk": stricter.pk},
        "duties:forget-day": {"pk": 0},
        "identity": {"pk": difference.pk},
        "identity:customer": {"pk": file.customer_id},
        "identity:rename": {"pk": file.customer_id},
        "identity:code": {"pk": file.customer_id},
        "identity:alike-dismiss": {"pk": UUID(int=0)},
        "identity:join-undo": {"pk": UUID(int=0)},
        "identity:code-decide": {"pk": UUID(int=0), "act": "confirm"},
        "handover": {"pk": leaver.pk},
        **{
            f"handover:{name}": {"pk": handing.pk, "act": "sign"}
            for name in ("show", "assign", "witness", "act")
        },
        "handover:event-cancel": {"pk": PersonnelEvent.objects.get(staff=leaver).pk},
        "notices": {"pk": told.pk, "act": "remove", "secret": "nobody's"},
        "disclosure": {"pk": file.pk, "group": "personal"},
        "disclosure:mark-act": {"pk": marking.pk, "act": "agree"},
        "disclosure:seal-act": {"pk": seal.pk, "act": "agree"},
        "inspections": {
            "pk": finding.inspection_id,
            "kind": "special",
            "code": "two_people",
        },
        **{
            f"inspections:{name}": {"pk": finding.pk}
            for name in ("finding", "reply", "verify", "withdraw")
        },
        **{f"inspections:{name}": {"pk": order.pk} for name in ("order", "notice", "report")},
        **{
            f"inspections:{name}": {"pk": finding.subject_id}
            for name in ("file", "claim", "release", "mark", "find", "judge-one", "done")
        },
        "inspections:evidence": {"pk": finding.papers.get().pk},
        "outbox": {"pk": endpoint.pk, "act": "pause"},
        "outbox:dead-act": {"pk": 0, "act": "retry"},
        "help": {"pk": problem.pk},
        "papers": {"pk": paper.pk, "number": 1},
        "supervision": {"pk": _reported(steward, at).pk, "kind": "monthly"},
        "papers:of": {"pk": file.pk},
        "papers:upload": {"pk": file.pk},
        "ratings": {"pk": score.pk, "rating": rating.pk, "number": 1, "act": "hand-in"},
        "ratings:of": {"pk": file.pk},
        "ratings:judge-one": {"rating": rating.pk, "pk": file.pk, "code": "cooperation"},
        "regulations": {"pk": rule.pk, "number": 1},
        **{
            f"intake:whole{name}": {"pk": file.pk} for name in ("", "-file", "-preview", "-confirm")
        },
        "reports:customer": {"pk": file.customer_id},
        "reports": {"pk": file.pk, "number": 1},
        "account": {"username": filler.username},
        "token-revoke": {"pk": UUID(int=0)},
        "reset-hand": {"username": filler.username},
        "role-person": {"pk": filler.staff_id},
        "role-act": {"pk": _wished(filler, word).pk, "act": "agree"},
        "role-end": {"username": filler.username, "held": filler.assignments.get().pk},
        "account-act": {"username": filler.username, "act": "suspend"},
        **{
            f"do:{name_of(deed.path)}": {"pk": done_to[deed.path.split("/")[0]]}
            for deed in DEEDS
            if deed.thing is not None
        },
        **{
            f"do:{name_of(thing.path)}-one": {"pk": done_to[thing.path.split("/")[0]]}
            for thing in THINGS
            if thing.path.endswith(">")
        },
        "": {},
    }


def _reported(by: User, at: OrgUnit) -> Report:
    """Last month's supervision report of the unit."""
    start = last_period(ReportKind.MONTHLY, today()).start
    row = ask_report(by, ReportKind.MONTHLY, start, at, at=now(), today=today())
    return make_report(by, row.pk, at=now())


def _inspected(file: Dossier, filler: User, word: str) -> tuple[Finding, Order]:
    """An inspection of this unit alone: one file in hand, one finding answered, one to be sent."""
    by = plant.person(Role.SUPERVISOR)
    inspections.load_first_checklist(at=now())
    row = inspections.plan(
        by,
        InspectionContent(
            "special", f"{word}的检查"[-80:], today(), today(), today(), today(), today(), "all",
            100, 0, units=[file.unit_id], inspectors=[by],
        ),
        at=now(), today=today(),
    )  # fmt: skip
    inspections.begin(by, row, seed="0" * 32, at=now(), today=today())
    checking.run(row.pk, at=now())
    row.refresh_from_db()
    subject = row.subjects.select_related("inspection").get(dossier=file)
    subject = inspecting.claim(by, subject, at=now())
    picture = BytesIO(f"{word}的证据".encode())

    def found(text: str) -> Finding:
        seen = Seen(
            "file", text, 2, "wrong", "5.2", "", "整份档案", files=[(picture, f"{word}.txt")]
        )
        picture.seek(0)
        return inspecting.find(by, subject, seen, at=now())

    first = found(f"{word}的问题")
    order = rectifying.order(
        by, row, file.unit, due_on=today() + timedelta(days=9), text=f"{word}的要求",
        at=now(), today=today(),
    )  # fmt: skip
    rectifying.reply(filler, first, text=f"{word}的整改", root="care", at=now())
    found(f"{word}的又一个问题")
    first.refresh_from_db()
    return first, order


def _assessed(at: OrgUnit, word: str) -> tuple[Line, Entry, Objection]:
    """The unit's line in a published period, an objection to it, points written down."""
    by, steward = plant.person(Role.SUPERVISOR), plant.person(Role.STEWARD, at)
    load_first_assessment_scheme()
    year = 2026 + Assessment.objects.count()
    held = assessments.open_assessment(
        by, year=year, period="Y", at=now(), today=date(year + 1, 1, 1)
    )
    assessments.ask_to_compute(by, held.pk, at=now())
    assessments.compute(held.pk, at=now())
    assessments.publish(by, held.pk, at=now(), today=today())
    line = Line.objects.select_related("assessment").get(
        assessment=held, unit=at, code="confidentiality"
    )
    objection = assessments.object_to(steward, line, words=f"{word}的申诉", at=now(), today=today())
    entry = assessments.enter(
        by, at, kind="bonus", happened_on=date(2026, 9, 9), points=Decimal(1),
        words=f"{word}的加分", basis=f"{word}的通报", at=now(), today=today(),
    )  # fmt: skip
    return line, entry, objection


def _wished(user: User, why: str) -> RoleRequest:
    """A role of the group for one of the unit's people, which waits for a second supervisor."""
    assert user.staff is not None
    made = RoleRequest.objects.create(
        unit=user.staff.unit, staff=user.staff, role=Role.SUPERVISOR, reason=why,
        asked_by=plant.person(Role.SUPERVISOR), asked_at=now(),
    )  # fmt: skip
    made.refresh_from_db()
    return made


def _rated(file: Dossier, by: User) -> tuple[RatingRound, RatingScore]:
    """The file's score in a round, as its unit may read it."""
    rating, _new = RatingRound.objects.get_or_create(
        kind="real", year=2026, scheme=load_first_scheme(),
        defaults={"scheme_version": 1, "cut_off_on": today(), "opened_at": now(), "opened_by": by},
    )  # fmt: skip
    rating.refresh_from_db()
    score = RatingScore.objects.create(
        unit_id=file.unit_id, round=rating, dossier=file, customer=file.customer, score=70,
        grade="A", joined=70, klass="vip", figures=[], final=True,
    )  # fmt: skip
    score.refresh_from_db()
    return rating, score


def owned_by(name: str, rows: Registry) -> dict[str, object]:
    return rows.get(name) or rows.get(name.split(":")[0]) or rows[""]
