"""查询权限: asked for, refused, taken back, ended (§6.3.1–6.3.4).

Hands that give somebody rights ask for fresh proof of the person, which no token has: agreeing,
opening and confirming stay on their page.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.access.scope import Unreachable
from yihu.access.tokens.rules import Use
from yihu.grants import actions, queries
from yihu.grants.forms import AskForm
from yihu.grants.models import Grant
from yihu.grants.policy import may_ask
from yihu.grants.rules import Section, State
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body, Given
from yihu.interface.writing.deeds import Call, Deed, Made, Nothing
from yihu.interface.writing.forms import Reason
from yihu.interface.writing.things import Thing, plain
from yihu.org.models import OrgUnit


def _one(user: User, pk: UUID) -> Grant:
    """One's own, or of a unit that one stewards; all for those who open or decide.

    Raises: Unreachable.
    """
    found: Grant | None = Grant.objects.select_related("unit").filter(pk=pk).first()
    if found is None or not (
        found.person_id == user.pk
        or holds(user, Role.STEWARD, unit_id=found.unit_id)
        or holds(user, Role.SUPERVISOR, Role.ITC)
    ):
        raise Unreachable("grants.grant", {"pk": pk})
    return found


GRANT = Thing(
    "readGrant",
    _one,
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "unit": Part(parts.TEXT, lambda row: row.unit.code),
        "state": Part({"enum": State.values}, lambda row: str(row.state)),
        "sections": Part(
            {"type": "array", "items": {"enum": Section.values}}, lambda row: list(row.sections)
        ),
        "regions": Part({"type": "array", "items": parts.TEXT}, lambda row: list(row.regions)),
        **plain(parts.COUNT, "level"),
        **plain(parts.TEXT, "purpose", "reason"),
        **plain(parts.DAY, "since", "until"),
        **plain(parts.MAYBE_DAY, "confirmed_until"),
    },
    path="grants/<uuid:pk>",
    summary=_("一项查询权限（§6.3.2）"),
)


class Sent(AskForm):
    """The page's form, in which the unit is named by its code."""

    unit = forms.CharField(label=_("档案所属单位的编码"), max_length=20)  # type: ignore[assignment]
    regions = forms.MultipleChoiceField(label=_("区域的行政区划代码"), required=False)

    def clean_unit(self) -> OrgUnit:
        """The unit that is meant."""
        found = queries.units_to_ask().filter(code=self.cleaned_data["unit"]).first()
        if found is None:
            raise forms.ValidationError(_("没有这个单位，或不能向它申请。"), code="unknown_unit")
        unit: OrgUnit = found
        return unit


def _ask_form(_form: type[forms.Form], given: Given, user: User, _row: Any) -> forms.Form:
    require(may_ask(user), gettext("申请查询客户档案的"))
    unit = queries.units_to_ask().filter(code=given.data.get("unit", "")).first()
    form = Sent(given.data, unit=unit)
    form.fields["unit"] = Sent.base_fields["unit"]
    return form


def _ask(call: Call) -> Made:
    data = dict(call.data)
    made = actions.ask(call.user, data.pop("unit"), **data, at=call.at, today=call.today)
    return Made(made.pk)


def _refuse(call: Call) -> Made:
    actions.refuse(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


def _withdraw(call: Call) -> Made:
    actions.withdraw(call.user, call.row, at=call.at)
    return Made(call.row.pk)


def _end(call: Call) -> Made:
    actions.end(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


USE, ONE = Use.GRANTS, "grants/<uuid:pk>"
DEEDS = [
    Deed("askGrant", "grants", USE, _("申请查询权限"), None, _ask, Body(Sent), GRANT, _ask_form,
         once=True),
    Deed("refuseGrant", f"{ONE}/refuse", USE, _("退回查询权限申请"), GRANT, _refuse, Body(Reason)),
    Deed("withdrawGrant", f"{ONE}/withdraw", USE, _("撤回查询权限申请"), GRANT, _withdraw,
         Body(Nothing)),
    Deed("endGrant", f"{ONE}/end", USE, _("注销查询权限"), GRANT, _end, Body(Reason)),
]  # fmt: skip
