"""What stewards and headquarters run: cycles, rules, plans, orders, points (§4.3, 6.4)."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach, reach_all
from yihu.access.tokens.rules import Use
from yihu.assessment import actions as assessment
from yihu.assessment import queries as assessed
from yihu.assessment.forms import EntryForm
from yihu.assessment.policy import may_assess
from yihu.customers.rules import Klass
from yihu.disclosure import actions as disclosure
from yihu.disclosure.forms import SealForm
from yihu.disclosure.policy import may_mark
from yihu.disclosure.queries import contacts_of
from yihu.dossiers.actions import Approval, approve_plain
from yihu.dossiers.models import Dossier, Submission
from yihu.dossiers.problems import Unfit
from yihu.duties import cadence
from yihu.duties import queries as duties
from yihu.duties.forms import EndForm, StricterForm
from yihu.duties.policy import may_tighten
from yihu.helpdesk import actions as helpdesk
from yihu.helpdesk.forms import ReportForm
from yihu.identity import actions as identity
from yihu.identity import queries as differing
from yihu.inspections import queries as inspections
from yihu.inspections import rectifying
from yihu.interface import parts
from yihu.interface.writing.bodies import Body, Given
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Keys, Reason, day, words
from yihu.interface.writing.keeping import LOAN
from yihu.interface.writing.things import Thing
from yihu.kit.clock import today
from yihu.org.models import OrgUnit
from yihu.originals import lending
from yihu.papers.choices import TextState
from yihu.regulations import actions as regulations
from yihu.regulations import jobs as library_jobs
from yihu.regulations import queries as library
from yihu.regulations.forms import RegulationForm
from yihu.regulations.models import Regulation
from yihu.visits import actions as visits

AT_ONCE = 50
"""Submissions that are passed together, as on the page."""
MOST_A_YEAR = 366


# Forms -------------------------------------------------------------------------------------------


class Passed(forms.Form):
    """Submissions in which no field was changed."""

    submissions = Keys(label=_("提交的标识"), most=AT_ONCE)


class Quotas(forms.Form):
    """How often a year customers of each class are visited."""

    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2099)
    strategic = forms.IntegerField(label=_("战略客户"), min_value=0, max_value=MOST_A_YEAR)
    vip = forms.IntegerField(label=_("VIP 客户"), min_value=0, max_value=MOST_A_YEAR)
    internal = forms.IntegerField(label=_("内部客户"), min_value=0, max_value=MOST_A_YEAR)
    general = forms.IntegerField(label=_("一般客户"), min_value=0, max_value=MOST_A_YEAR)


class Order(forms.Form):
    """整改通知书 to a unit."""

    unit = words(_("单位编码"), 20)
    due_on = day(_("整改期限"), needed=True)
    text = words(_("要求"), needed=False)


class Settled(forms.Form):
    """Which value holds, and on what basis."""

    basis = words(_("依据"), 200)


class Decided(forms.Form):
    """Whether an original is lent."""

    approve = forms.BooleanField(label=_("同意借阅"), required=False)
    note = words(_("意见；不同意时写明理由"), 200, needed=False)


class Until(forms.Form):
    """A later day."""

    due_on = day(_("应还日期"), needed=True)


class Amended(forms.Form):
    """更正 of an edition."""

    title = words(_("名称"), 200)
    summary = words(_("内容摘要"), 1000, needed=False)
    file = forms.FileField(label=_("制度文件"), required=False, allow_empty_file=True)
    reason = words(_("理由"), 200)


class Repealed(forms.Form):
    """废止 from a day on."""

    on = day(_("废止日期"), needed=True)
    reason = words(_("理由"), 200)


class Points(EntryForm):
    """The page's form, in which the unit is named by its code."""

    unit = forms.CharField(label=_("单位编码"), max_length=20)  # type: ignore[assignment]

    def __init__(self, data: Any) -> None:
        forms.Form.__init__(self, data)

    def clean_unit(self) -> OrgUnit:
        """The unit that is meant."""
        found = assessed.units().filter(code=self.cleaned_data["unit"]).first()
        if found is None:
            raise forms.ValidationError(gettext("没有这个单位。"), code="unknown_unit")
        return found


def _stricter_form(_form: type[forms.Form], given: Given, _user: User, _row: Any) -> forms.Form:
    current = duties.in_force(today())
    return StricterForm(given.data, lines=[] if current is None else duties.lines_of(current))


def _points_form(_form: type[forms.Form], given: Given, user: User, _row: Any) -> forms.Form:
    require(may_assess(user), gettext("登记考核加减分的"))
    return Points(given.data)


def _rule_form(_form: type[forms.Form], given: Given, user: User, _row: Any) -> forms.Form:
    return RegulationForm(given.data, given.files, unit=_issuing(user))


def _seal_form(_form: type[forms.Form], given: Given, _user: User, row: Dossier) -> forms.Form:
    names = [one["name"] for one in contacts_of(row)]
    return SealForm(given.data, names=names, today=today())


# Rows --------------------------------------------------------------------------------------------


def _file(user: User, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    require(may_mark(user, found.unit_id), gettext("封存联系人的"))
    return found


def _issuing(user: User) -> OrgUnit:
    units = library.issuing_units(user)
    require(bool(units), gettext("制定、修订制度的"))
    return units[0]


RULE = Thing("", library.one)
CYCLE, ENTRY = Thing("", duties.one_stricter), Thing("", assessed.one_entry)
INSPECTION, DIFFERENCE = Thing("", inspections.one), Thing("", differing.disagreement)


# Acts --------------------------------------------------------------------------------------------


def _pass(call: Call) -> Made:
    """Unit by unit, all or none."""
    keys = [UUID(one) for one in call.data["submissions"]]
    rows = list(reach_all(Submission.objects.all(), call.user, keys))
    made = [
        version
        for unit in sorted({row.unit_id for row in rows})
        for version in approve_plain(
            call.user, unit,
            [Approval(row.pk, row.digest) for row in rows if row.unit_id == unit],
            at=call.at, today=call.today,
        )
    ]  # fmt: skip
    return Made("", {"versions": len(made)})


def _tighten(call: Call) -> Made:
    own = [unit for unit in duties.units_of(call.user) if may_tighten(call.user, unit.pk)]
    require(bool(own), gettext("设定本单位更新周期的"))
    data = call.data
    made = cadence.tighten(
        call.user, own[0], key=call.form.key(), period=data["period"], due_days=data["due_days"],
        since=data["since"], basis=data["basis"], at=call.at, today=call.today,
    )  # fmt: skip
    return Made(made.pk)


def _end_cycle(call: Call) -> Made:
    cadence.end_stricter(call.user, call.row, until=call.data["until"], today=call.today)
    return Made(call.row.pk)


def _enter(call: Call) -> Made:
    made = assessment.enter(call.user, **call.data, at=call.at, today=call.today)
    return Made(made.pk)


def _withdraw_entry(call: Call) -> Made:
    assessment.withdraw_entry(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _read_rule(rule: Regulation) -> None:
    if rule.text_state == TextState.WAITING:
        library_jobs.read.defer(regulation_id=str(rule.pk))


def _issue(call: Call) -> Made:
    made = regulations.issue(
        call.user, _issuing(call.user), content=call.form.content(), at=call.at
    )
    _read_rule(made)
    return Made(made.pk)


def _amend(call: Call) -> Made:
    data = call.data
    sent = data["file"]
    done = regulations.amend(
        call.user, call.row, title=data["title"], summary=data["summary"], reason=data["reason"],
        file=None if sent is None else (sent.file, sent.name or ""),
    )  # fmt: skip
    _read_rule(done)
    return Made(call.row.pk)


def _repeal(call: Call) -> Made:
    data = call.data
    regulations.repeal(call.user, call.row, on=data["on"], reason=data["reason"])
    return Made(call.row.pk)


def _quotas(call: Call) -> Made:
    unit = call.user.staff.unit if call.user.staff is not None else None
    require(unit is not None, gettext("制定走访计划的"))
    assert unit is not None
    data = dict(call.data)
    year = data.pop("year")
    visits.set_quotas(
        call.user, unit, year=year, visits={str(Klass(one)): n for one, n in data.items()},
        at=call.at,
    )  # fmt: skip
    return Made(f"{unit.code}-{year}")


def _order(call: Call) -> Made:
    data = call.data
    shares = inspections.shares(call.user, call.row)
    unit = next((one.unit for one in shares if one.unit.code == data["unit"]), None)
    if unit is None:
        raise Unfit(gettext("请选择单位，并填写整改期限。"))
    made = rectifying.order(
        call.user, call.row, unit, due_on=data["due_on"], text=data["text"], at=call.at,
        today=call.today,
    )  # fmt: skip
    return Made(made.pk, {"number": made.number})


def _settle(call: Call) -> Made:
    offered = identity.settle(
        call.user, call.row, value=call.values["value"]["value"], basis=call.data["basis"],
        at=call.at, today=call.today,
    )  # fmt: skip
    return Made(call.row.pk, {"offered": offered})


def _decide_loan(call: Call) -> Made:
    lending.decide(
        call.user, call.row, approve=call.data["approve"], note=call.data["note"], at=call.at,
        today=call.today,
    )  # fmt: skip
    return Made(call.row.pk)


def _renew(call: Call) -> Made:
    lending.renew(call.user, call.row, due_on=call.data["due_on"], today=call.today)
    return Made(call.row.pk)


def _seal(call: Call) -> Made:
    made = disclosure.seal_contact(call.user, call.row, **call.data, at=call.at)
    return Made(made.pk)


def _report(call: Call) -> Made:
    data: dict[str, Any] = dict(call.data)
    sent = data.pop("picture")
    if sent is not None:
        data |= {"picture": sent.file, "name": sent.name}
    return Made(helpdesk.report(call.user, **data, at=call.at).pk)


VALUE = {
    "type": "object", "additionalProperties": False, "required": ["value"],
    "properties": {"value": {}}, "description": _("核定的值，写在 value 里"),
}  # fmt: skip
DEEDS = [
    Deed("approvePlain", "approvals", Use.REVIEW, _("一并通过栏目无改动的提交"), None,
         _pass, Body(Passed), more={"versions": parts.COUNT}, once=True,
         says=_("只收栏目无改动的提交；有一份不能通过就一份也不通过。")),
    Deed("tightenCycle", "stricter-cycles", Use.STEWARD, _("设定本单位更严的周期"), None, _tighten,
         Body(StricterForm), form=_stricter_form, once=True),
    Deed("endStricterCycle", "stricter-cycles/<uuid:pk>/end", Use.STEWARD,
         _("更严的周期失效"), CYCLE, _end_cycle, Body(EndForm)),
    Deed("setVisitPlan", "visit-plans", Use.VISITS, _("制定走访计划"), None, _quotas, Body(Quotas),
         once=True),
    Deed("enterPoints", "points", Use.SUPERVISION, _("登记考核加减分"), None, _enter, Body(Points),
         form=_points_form, once=True),
    Deed("withdrawPoints", "points/<uuid:pk>/withdraw", Use.SUPERVISION, _("撤销考核加减分"), ENTRY,
         _withdraw_entry, Body(Reason)),
    Deed("orderRectification", "inspections/<uuid:pk>/orders", Use.SUPERVISION,
         _("下发整改通知书"), INSPECTION, _order, Body(Order), once=True,
         more={"number": parts.TEXT}),
    Deed("settleDifference", "differences/<uuid:pk>/settle", Use.SUPERVISION,
         _("核定各单位所载不同的值"), DIFFERENCE, _settle, Body(Settled, free={"value": VALUE}),
         more={"offered": parts.COUNT}),
    Deed("issueRegulation", "regulations", Use.STEWARD, _("制度入库"), None, _issue,
         Body(RegulationForm), form=_rule_form, once=True),
    Deed("amendRegulation", "regulations/<uuid:pk>/amend", Use.STEWARD, _("更正制度"), RULE, _amend,
         Body(Amended), once=True),
    Deed("repealRegulation", "regulations/<uuid:pk>/repeal", Use.STEWARD, _("废止制度"), RULE,
         _repeal, Body(Repealed)),
    Deed("decideLoan", "loans/<uuid:pk>/decide", Use.STEWARD, _("审批原件借阅"), LOAN, _decide_loan,
         Body(Decided)),
    Deed("renewLoan", "loans/<uuid:pk>/renew", Use.STEWARD, _("原件续借"), LOAN, _renew,
         Body(Until)),
    Deed("sealContact", "dossiers/<uuid:pk>/seals", Use.STEWARD, _("封存联系人"), Thing("", _file),
         _seal, Body(SealForm), form=_seal_form, once=True),
    Deed("reportProblem", "problems", Use.READ, _("向信息技术中心报告问题"), None, _report,
         Body(ReportForm), once=True),
]  # fmt: skip
