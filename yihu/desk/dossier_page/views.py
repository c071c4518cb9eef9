"""One dossier (§6.1.1), and all dossiers of one customer for headquarters."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.scope import Unreachable, reach, scope_of
from yihu.audit import actions as audit
from yihu.contracts.queries import performance_of
from yihu.customers.models import Customer
from yihu.customers.rules import GasUse, Klass
from yihu.desk.dossier_page import parts, queries
from yihu.disclosure.policy import may_mark
from yihu.disclosure.queries import view_of
from yihu.disclosure.views import bar_of
from yihu.dossiers import marks
from yihu.dossiers.policy import may_fill, may_review_in, may_take_out
from yihu.dossiers.rules import State, highest
from yihu.duties.policy import may_ask, may_reopen
from yihu.duties.queries import closure_of
from yihu.exports.quota import counted_read
from yihu.grants.policy import may_rule
from yihu.guide.queries import definition_in_force
from yihu.kit import clock
from yihu.org.regions import name_of
from yihu.risks.policy import knows, may_check, may_write
from yihu.risks.queries import contracts_at_risk


@require_GET
@counted_read
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The whole file of one customer at one unit; 404 for whoever may not see it."""
    user = cast("User", request.user)
    dossier = reach(queries.page_rows(), user, pk=pk)
    audit.record(user, "dossier.read", dossier, dossier_id=dossier.pk)
    marks.put(user, [dossier])
    risks = knows(user, dossier.unit_id, dossier.region_code)
    today = clock.today()
    guide = definition_in_force(today)
    edition, definition = guide or (None, None)
    sections, kept_back = [], 0
    view = view_of(user, dossier, clock.now())
    if definition is not None:
        facts = parts.known_facts(definition, dossier, dossier.final_rating)
        sections = parts.parts_of(definition, facts, dossier.klass, dossier.gas_uses, view)
        kept_back = parts.kept_back(definition, view)
    resting = view.whole and dossier.state != State.ACTIVE
    rests = may_reopen(user, dossier.unit_id)
    performance = performance_of(dossier, today)
    duties = queries.duties_of(dossier)
    rows = parts.duty_rows(duties, today)
    return render(
        request,
        "desk/dossier.html",
        {
            "dossier": dossier,
            "klass": Klass(dossier.klass).label if dossier.klass else "",
            "region": name_of(dossier.region_code) if dossier.region_code else "",
            "uses": _uses(dossier.gas_uses),
            "state": State(dossier.state).label,
            "edition": edition,
            "sections": sections,
            "done": parts.whole(sections),
            "clocks": parts.clocks_of(duties, today),
            "open_duties": [row for row in rows if row.done_on is None and not row.waived],
            "done_duties": [row for row in rows if row.done_on is not None or row.waived],
            "waives": may_ask(user, dossier.unit_id),
            "rests": rests,
            "closure": closure_of(dossier) if resting or rests else None,
            "groups": parts.source_groups(
                performance,
                contracts_at_risk(user, dossier) if dossier.risk else {},
                prices=view.prices,
            ),
            "knows_risks": risks,
            "writes_risks": may_write(user, dossier.unit_id),
            "signs": may_check(user),
            "charts": parts.charts_of(performance, prices=view.prices),
            "events": parts.happened(queries.timeline_of([dossier.pk], risks=risks)),
            "fills": may_fill(user, dossier),
            "reviews": may_review_in(user, dossier.unit_id),
            "retired": [line for _code, line in sorted(view.retired(dossier.retired).items())],
            "whole": view.whole,
            "prices": view.prices,
            "bar": bar_of(user, dossier, view, definition),
            "marks": may_mark(user, dossier.unit_id),
            "kept_back": kept_back,
            "prints": may_take_out(user, dossier.unit_id),
            "sees_who": may_rule(user, dossier.unit_id) or scope_of(user).holds(Role.SUPERVISOR),
            "supervises": scope_of(user).holds(Role.SUPERVISOR),
            "today": today,
        },
    )


@require_GET
@counted_read
def customer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """信息聚合: what all units state about one customer, side by side; supervisors only."""
    user = cast("User", request.user)
    found = (
        Customer.objects.filter(pk=pk).first() if scope_of(user).holds(Role.SUPERVISOR) else None
    )
    if found is None:
        raise Unreachable("customers.customer", {"pk": pk})
    if found.joined_into_id is not None:
        return redirect("desk:customer", pk=found.joined_into_id)
    audit.record(user, "customer.read", found)
    today = clock.today()
    files = queries.files_of(found.pk)
    marks.put(user, files)
    totals = queries.totals_of(files, today)
    guide = definition_in_force(today)
    rows = parts.compared(guide[1], files) if guide is not None else []
    units = {file.unit_id: file.unit.short_name for file in files}
    return render(
        request,
        "desk/dossier_customer.html",
        {
            "customer": found,
            "klass": Klass(found.klass).label if found.klass else "",
            "risk": marks.highest(files),
            "files": parts.summaries(files, totals),
            "totals": parts.group_totals(totals.values()),
            "rows": rows,
            "mark": highest(file.mark for file in files),
            "differing": sum(row.differs for row in rows),
            "events": parts.happened(
                queries.timeline_of([file.pk for file in files], risks=True), units
            ),
            "year": today.year,
        },
    )


def _uses(codes: list[str]) -> str:
    labels = {use.value: str(use.label) for use in GasUse}
    return "、".join(labels.get(code, code) for code in codes) or _("未填")
