"""What a browser sends to raise, check or correct a remark, and to set a rule."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from yihu.contracts.models import Contract
from yihu.risks.actions import FACTS_MOST, MEASURES_MOST, Content
from yihu.risks.choices import CLAUSE_SAYS, STANDING, Kind, Level, State
from yihu.risks.rules import RULES


def _day(label: Any, *, missing: Any = "", help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=bool(missing),
        help_text=help_text,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("日期应写成 2026-11-05 这样。"), "required": missing},
    )


def _line(label: Any, most: int, *, missing: Any = "", help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=bool(missing),
        max_length=most,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": missing} if missing else {},
    )


def _words(label: Any, most: int, *, missing: Any = "", help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=bool(missing),
        max_length=most,
        help_text=help_text,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4}),
        error_messages={"required": missing} if missing else {},
    )


def _choice(label: Any, options: Any, missing: Any, help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=options,
        help_text=help_text,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": missing, "invalid_choice": missing},
    )


LEVEL_MISSING = _("请选择等级：关注、较重或严重。")
NEXT_MISSING = _("请填写下次复核日。")


class RemarkForm(forms.Form):
    """A remark as it is raised, or with `reason` as it is corrected."""

    kind = _choice(
        _("类别"),
        [("", _("请选择")), *((k.value, f"{k.value}）{k.label}") for k in Kind)],
        _("请选择风险类别（§6.2.2 a–d）。"),
        _("四类依据 §6.2.2 a–d。"),
    )
    level = _choice(_("等级"), [("", _("请选择")), *Level.choices], LEVEL_MISSING)
    found_on = _day(_("发现日"), missing=_("请填写发现日。"))
    happened_on = _day(_("发生日"), help_text=_("不详的留空。"))
    found_how = _line(
        _("发现方式"), 200, missing=_("请填写发现方式。"),
        help_text=_("例如：月度对账、工商公示、客户来函、现场走访。"),
    )  # fmt: skip
    loss_yuan = forms.DecimalField(
        label=_("损失金额（元）"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        help_text=_("没有或无法估计的留空。"),
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "0.01"}),
        error_messages={
            "invalid": _("损失金额应是数字，例如 125000.00。"),
            "min_value": _("损失金额不能为负数，没有损失请留空。"),
        },
    )
    facts = _words(
        _("事实"), FACTS_MOST, missing=_("请填写事实。"),
        help_text=_("何时、何事、涉及多少；只写已知的事实，不写推测。"),
    )  # fmt: skip
    measures = _words(_("措施"), MEASURES_MOST, help_text=_("已采取和将采取的防范措施。"))
    verified_by = _line(
        _("核实人"), 80, help_text=_("已核实的填写姓名，备注即生效；留空则为“待核实”。")
    )
    owner = _choice(_("责任人"), (), _("请选择责任人。"))
    next_check_on = _day(_("下次复核日"), missing=NEXT_MISSING, help_text=_("到期未复核即为逾期。"))
    contracts = forms.MultipleChoiceField(
        label=_("影响合同"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("影响合同应是这份档案的合同，请重新选择。")},
    )

    def __init__(
        self,
        *args: Any,
        owners: Sequence[tuple[str, str]],
        contracts: Sequence[Contract],
        correcting: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["owner"]).choices = [("", _("请选择")), *owners]
        cast("forms.ChoiceField", self.fields["contracts"]).choices = [
            (str(row.pk), f"{row.number}（{row.effective_on} – {row.last_on}）")
            for row in contracts
        ]
        if not contracts:
            del self.fields["contracts"]
        if correcting:
            del self.fields["level"], self.fields["next_check_on"]
            self.fields["reason"] = _line(
                _("更正原因"), 200, missing=_("请写明更正的原因，例如“金额录错”。")
            )

    @property
    def says(self) -> list[tuple[str, Any]]:
        """What the clause says of each kind."""
        return [(kind.value, CLAUSE_SAYS[kind]) for kind in Kind]

    def content(self) -> Content:
        """The checked values for the action."""
        data = self.cleaned_data
        return Content(
            kind=data["kind"],
            found_on=data["found_on"],
            happened_on=data["happened_on"],
            found_how=data["found_how"],
            facts=data["facts"],
            loss_yuan=data["loss_yuan"],
            verified_by=data["verified_by"],
            measures=data["measures"],
            owner_id=UUID(data["owner"]),
            contracts=[UUID(key) for key in data.get("contracts", ())],
        )


class CheckForm(forms.Form):
    """复核."""

    found = _words(
        _("复核情况"), MEASURES_MOST, missing=_("请填写复核情况。"),
        help_text=_("核实了什么、措施做到哪一步、风险是否变化。"),
    )  # fmt: skip
    level = _choice(_("等级"), Level.choices, LEVEL_MISSING)
    state = _choice(
        _("状态"),
        [(state.value, state.label) for state in STANDING],
        _("状态请选待核实、生效或缓释；解除须另行申请并经批准。"),
        _("“缓释”指措施已见效；解除须另行申请，由第二人批准。"),
    )
    verified_by = _line(_("核实人"), 80)
    next_check_on = _day(_("下次复核日"), missing=NEXT_MISSING)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        state = data.get("state")
        if state and state != State.PENDING and not data.get("verified_by"):
            self.add_error("verified_by", _("请填写核实人；尚未核实的，状态选“待核实”。"))
        return data


class RuleForm(forms.Form):
    """A parameter from a day on."""

    rule = _choice(
        _("规则"),
        [(rule.code, rule.label) for rule in RULES if rule.number is not None],
        _("请选择规则。"),
    )
    number = forms.IntegerField(
        label=_("参数"),
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages={"invalid": _("参数应是整数。"), "required": _("请填写参数。")},
    )
    effective_on = _day(_("生效日"), missing=_("请填写生效日。"))
    reason = _line(_("理由"), 200, missing=_("请写明调整的理由。"))
