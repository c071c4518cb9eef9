"""Lists of single things, so that a program finds the keys that it reads and writes by.

They tell keys, states and days, no words and no figures of anybody: those are read one by one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.access.tokens.door import by_token
from yihu.access.tokens.rules import Use
from yihu.assessment import queries as assessed
from yihu.assessment.policy import may_read as may_read_assessments
from yihu.audit import actions as audit
from yihu.care import queries as suggested
from yihu.contracts.models import Stray
from yihu.desk.desks import desk_of
from yihu.desk.review.queries import queue
from yihu.disclosure import queries as disclosed
from yihu.disclosure.models import Marking
from yihu.duties import queries as duties
from yihu.grants import queries as grants
from yihu.identity.models import Offer
from yihu.inspections import queries as inspections
from yihu.interface import parts
from yihu.interface.asking import asked, bad_place, checked, said_plainly
from yihu.interface.operations import list_of
from yihu.interface.parts import Part, Parts
from yihu.interface.writing import duties as waiving
from yihu.interface.writing import grants as granting
from yihu.interface.writing import letters, papers, reviewing, supervision, visits
from yihu.interface.writing.deeds import person, said
from yihu.interface.writing.things import Thing, plain
from yihu.kit import clock
from yihu.kit.filters import Filter
from yihu.kit.openapi import Operation
from yihu.kit.paging import BadCursor, Order, page_by_key
from yihu.letters import queries as lettered
from yihu.org.models import Staff
from yihu.org.rules import EmploymentStatus
from yihu.originals import queries as shelved
from yihu.papers.models import Document
from yihu.regulations import queries as library
from yihu.risks import queries as remarked
from yihu.risks.choices import ProposalState
from yihu.visits import queries as visited
from yihu.visits.policy import may_begin

KEY = {"id": Part(parts.KEY, lambda row: str(row.pk))}
OF_FILE = {**KEY, "dossier": Part(parts.KEY, lambda row: str(row.dossier_id))}


class Conditions(Filter):
    """Of one file, or all in reach."""

    orders: ClassVar[Mapping[str, Order]] = {"key": Order("pk")}
    dossier: Any = forms.UUIDField(
        label=_("客户档案"),
        required=False,
        error_messages={"invalid": _("不是档案的标识，应取自 dossiers 的 id。")},
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """`rows`: all in reach of the person; `of`: where a row says of which file it is, "" where it
    is of none. May raise Denied.
    """

    name: str
    path: str
    summary: Any
    thing: Thing | None
    parts: Parts
    rows: Callable[[User], QuerySet[Any]]
    of: str = "dossier"

    def operation(self) -> Operation:
        """As the description has it; each key can be read by the thing's own operation."""
        return list_of(self.name, self.summary, self.parts, self.thing.name if self.thing else None,
                       of_file=bool(self.of))  # fmt: skip


def _some(thing: Thing, *names: str) -> Parts:
    return {name: thing.parts[name] for name in ("id", *names)}


def _reads(user: User) -> None:
    require(desk_of(user).reads_customers, gettext("查阅客户档案"))


def _readers(find: Callable[[User], QuerySet[Any]]) -> Callable[[User], QuerySet[Any]]:
    """For those who read customers: neither ITC nor the auditor does."""

    def rows(user: User) -> QuerySet[Any]:
        _reads(user)
        return find(user)

    return rows


def _objections(user: User) -> QuerySet[Any]:
    require(may_read_assessments(user), gettext("查阅单位考核的"))
    return assessed.objections(user)


def _keepers(find: Callable[[User], QuerySet[Any]]) -> Callable[[User], QuerySet[Any]]:
    """For those who keep files, or look after who does."""

    def rows(user: User) -> QuerySet[Any]:
        wanted = holds(user, Role.STEWARD, Role.SUPERVISOR, Role.REVIEWER)
        require(wanted, gettext("查阅封存登记"))
        return find(user)

    return rows


def _people(user: User) -> QuerySet[Any]:
    """Who can be named as lead, owner, filler: those whom the pages offer."""
    require(user.staff is not None and may_begin(user), gettext("登记客户访谈的"))
    assert user.staff is not None
    rows: QuerySet[Any] = Staff.objects.filter(
        unit=user.staff.unit_id, status=EmploymentStatus.ACTIVE
    )
    return rows


LISTINGS = [
    Listing("listVisits", "visits", _("访谈"), visits.VISIT,
            _some(visits.VISIT, "dossier", "number", "state", "kind", "level", "planned_on",
                  "held_on", "lead"),
            _readers(lambda user: visited.register(user, {}))),
    Listing("listFollowups", "followups", _("跟进事项"), visits.FOLLOWUP,
            _some(visits.FOLLOWUP, "dossier", "visit", "owner", "side", "state", "due_on"),
            _readers(lambda user: visited.followups(user, {}, clock.today()))),
    Listing("listNeeds", "needs", _("客户诉求"), visits.NEED,
            _some(visits.NEED, "dossier", "visit", "owner", "category", "priority", "state",
                  "heard_on"),
            _readers(lambda user: visited.needs(user, {}))),
    Listing("listLetters", "letters", _("往来函件"), letters.LETTER,
            _some(letters.LETTER, "dossier", "direction", "register_number", "dated_on",
                  "reply_due_on", "answers", "waived", "voided"),
            _readers(lambda user: lettered.register(user, {}, clock.today()))),
    Listing("listDocuments", "documents", _("档案资料"), papers.DOCUMENT,
            _some(papers.DOCUMENT, "dossier", "kind", "sensitivity", "removed"),
            _readers(lambda user: Document.objects.visible_to(user).defer("text"))),
    Listing("listProposals", "proposals", _("待处理的风险提示"), None,
            {**OF_FILE, **plain(parts.TEXT, "rule", "state"), **plain(parts.COUNT, "level"),
             **plain(parts.DAY, "found_on")},
            _readers(lambda user: remarked.proposals(user, {"state": ProposalState.OPEN}))),
    Listing("listSubmissions", "submissions", _("等待审核的提交"), reviewing.SUBMISSION,
            {**KEY, "dossier": Part(parts.KEY, lambda row: str(row.draft.dossier_id)),
             **plain(parts.COUNT, "number"), **plain(parts.TRUTH, "plain"),
             **plain(parts.TEXT, "submitted_at")},
            _readers(lambda user: queue(user, {})), of="draft__dossier"),
    Listing("listWaivers", "waivers", _("任务豁免"), waiving.WAIVER,
            _some(waiving.WAIVER, "dossier", "duty", "verdict"), _readers(duties.waivers)),
    Listing("listClosures", "closures", _("休眠与关闭"), waiving.CLOSURE,
            _some(waiving.CLOSURE, "dossier", "state", "ground", "verdict", "since"),
            _readers(duties.closures)),
    Listing("listStrays", "strays", _("台账里查无编号的行"), None,
            {**KEY, **plain(parts.TEXT, "what", "ledger", "named")},
            _readers(lambda user: Stray.objects.visible_to(user).filter(aside_at=None)), of=""),
    Listing("listOffers", "offers", _("集团核定的值"), None,
            {**OF_FILE, **plain(parts.TEXT, "field", "state")},
            _readers(lambda user: Offer.objects.visible_to(user))),
    Listing("listSuggestions", "suggestions", _("维护建议"), None,
            {**OF_FILE, **plain(parts.TEXT, "rule", "state"), **plain(parts.DAY, "found_on")},
            _readers(lambda user: suggested.suggestions(user, {}))),
    Listing("listMarkings", "markings", _("定密和变更"), None,
            {**OF_FILE, **plain(parts.TEXT, "secrecy", "state")},
            _keepers(lambda user: Marking.objects.visible_to(user))),
    Listing("listSeals", "seals", _("封存登记"), None,
            {**OF_FILE, "asked": Part(parts.TRUTH, lambda row: row.lift_at is not None),
             "lifted": Part(parts.TRUTH, lambda row: row.lifted_at is not None)},
            _keepers(disclosed.seals)),
    Listing("listOriginals", "originals", _("原件"), None,
            {**OF_FILE, **plain(parts.TEXT, "barcode", "state")},
            _readers(lambda user: shelved.register(user, {}))),
    Listing("listLoans", "loans", _("原件借阅"), None,
            {**KEY, "original": Part(parts.KEY, lambda row: str(row.original_id)),
             **plain(parts.TEXT, "state"), **plain(parts.MAYBE_DAY, "due_on")},
            _readers(lambda user: shelved.loans(user, {}, clock.today())), of="original__dossier"),
    Listing("listRegulations", "regulations", _("制度"), None,
            {**KEY, **plain(parts.TEXT, "number", "title", "edition"),
             **plain(parts.DAY, "effective_on"), **plain(parts.MAYBE_DAY, "ended_on")},
            lambda user: library.library(user, {}, clock.today()), of=""),
    Listing("listPeople", "people", _("本单位在岗人员"), None,
            {**KEY, **plain(parts.TEXT, "name", "employee_no")}, _people, of=""),
    Listing("listGrants", "grants", _("我申请的查询权限"), granting.GRANT,
            _some(granting.GRANT, "unit", "state", "since", "until", "confirmed_until"),
            grants.mine, of=""),
    Listing("listFindings", "findings", _("检查问题"), supervision.FINDING,
            _some(supervision.FINDING, "number", "dossier", "state", "severity", "clause",
                  "due_on"),
            _readers(inspections.findings)),
    Listing("listObjections", "objections", _("考核申诉"), supervision.OBJECTION,
            _some(supervision.OBJECTION, "line", "verdict"), _objections, of=""),
]  # fmt: skip


def listing(known: Listing) -> Callable[..., HttpResponse]:
    """The view of a list."""

    @by_token(Use.READ)
    @said_plainly
    def view(request: HttpRequest) -> HttpResponse:
        user, wish = person(request), asked(request, known.parts)
        chosen = Conditions(wish.given)
        if not known.of:
            del chosen.fields["dossier"]
        given = checked(chosen)
        rows = known.rows(user)
        if file := given.get("dossier"):
            rows = rows.filter(**{known.of: file})
        try:
            page = page_by_key(rows.order_by(), after=given["after"], size=wish.limit)
        except BadCursor:
            raise bad_place() from None
        data = {
            "what": known.path,
            "conditions": audit.conditions({"dossier": file} if file else {}),
            "rows": len(page.rows),
        }
        audit.record(user, "interface.read", rows.model._meta.label_lower, data=data)
        lines = parts.tell(known.parts, wish.fields, page.rows)
        return said({"items": lines, "next": page.after or None})

    return view
