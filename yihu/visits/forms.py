"""What a browser sends to plan a visit, to write it up, or to correct its minutes."""

from typing import Any, cast

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from yihu.dossiers.models import Dossier
from yihu.org.models import Staff
from yihu.papers.content import ACCEPT
from yihu.visits.actions import Content, Guest, Promise, Wish
from yihu.visits.choices import Kind, Level, NeedKind, Priority, Side, Topic
from yihu.visits.models import Visit
from yihu.visits.queries import colleagues, contacts_of, sides_of
from yihu.visits.rules import PROMISED_DAYS, SUMMARY_LEAST

ROWS_MOST = 20
PLAN, WRITE, CORRECT = "plan", "write", "correct"
ONLY_WRITTEN = (
    "held_on", "summary", "conclusions", "market_intel", "competitor_intel", "risk_signal",
    "risk_note", "file",
)  # fmt: skip
BAD_DAY = _("日期应写成 2026-11-05 这样。")


def _day(label: Any, *, missing: Any = "", help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=bool(missing),
        help_text=help_text,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": BAD_DAY, "required": missing},
    )


def _line(label: Any, most: int, *, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )


def _words(label: Any, rows: int, *, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        help_text=help_text,
        strip=True,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": rows}),
    )


def _choice(label: Any, options: Any, missing: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=bool(missing),
        choices=options,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": missing, "invalid_choice": _("请从列表中选择。")},
    )


def _checks(label: Any, options: Any = (), *, help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=options,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={"invalid_choice": _("请从列表中选择。")},
    )


def key_of(name: str, post: str) -> str:
    """How a checkbox names a person of the customer's."""
    return f"{name}/{post}"


class VisitForm(forms.Form):
    """A visit of one file: what is planned, or what its minutes say."""

    held_on = _day(_("访谈日期"), missing=_("请填写访谈日期。"))
    planned_on = _day(_("计划日期"), missing=_("请填写计划日期。"))
    moment = forms.TimeField(
        label=_("时间"),
        required=False,
        widget=forms.TimeInput(attrs={"class": "form-control", "type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("时间应写成 09:30 这样。")},
    )
    minutes = forms.IntegerField(
        label=_("预计时长（分钟）"),
        required=False,
        min_value=5,
        max_value=1440,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    kind = _choice(_("形式"), Kind.choices, _("请选择访谈形式。"))
    level = _choice(_("层级"), Level.choices, _("请选择访谈层级。"))
    place = _line(_("地点"), 120)
    lead = _choice(_("负责人"), (), _("请选择负责人。"))
    purpose = _line(_("目的"), 300)
    topics = _checks(_("议题"), Topic.choices)
    ours = _checks(_("我方参加人"))
    theirs = _checks(_("客户方参加人（档案联系人）"))
    summary = _words(_("纪要"), 7)
    conclusions = _words(_("结论"), 3)
    market_intel = _words(_("市场信息"), 2)
    competitor_intel = _words(_("竞争信息"), 2)
    risk_signal = forms.BooleanField(
        label=_("有风险信号"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    risk_note = _line(
        _("风险信号说明"), 300, help_text=_("有风险信号时填写；另请登记风险备注（§6.2.2）。")
    )
    file = forms.FileField(
        label=_("签字纪要"),
        required=False,
        max_length=255,
        help_text=_("扫描件或照片，存入本档案的资料；网络中断时文件不保留，需重新选择。"),
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ACCEPT}),
    )
    reason = _line(_("更正原因"), 200)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    client_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, dossier: Dossier, mode: str, visit: Visit | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.mode = mode
        people = colleagues(dossier.unit_id)
        self._people = {str(person.pk): person for person in people}
        said = [(key, f"{one.name}（{one.employee_no}）") for key, one in self._people.items()]
        for name in ("lead", "ours"):
            cast("forms.ChoiceField", self.fields[name]).choices = said
        known = [Guest(row["name"], row["post"]) for row in contacts_of(dossier)]
        if visit is not None:
            known += [Guest(row.name, row.post) for row in sides_of(visit)["theirs"]]
        self._guests = {key_of(guest.name, guest.post): guest for guest in known}
        contacts = cast("forms.ChoiceField", self.fields["theirs"])
        contacts.choices = [
            (key, f"{guest.name}（{guest.post}）" if guest.post else guest.name)
            for key, guest in self._guests.items()
        ]
        if mode == PLAN:
            for name in ONLY_WRITTEN:
                del self.fields[name]
        else:
            for name in ("planned_on", "minutes"):
                del self.fields[name]
            self.fields["summary"].help_text = _("至少 %(least)d 字，或附上签字的纪要。") % {
                "least": SUMMARY_LEAST
            }
        if mode != CORRECT:
            del self.fields["reason"]
        else:
            self.fields["reason"].help_text = _("更正前的内容保留在更正记录中。")

    def content(self, rows: "Rows") -> Content:
        """The checked values for the action."""
        data = self.cleaned_data
        sent = data.get("file")
        values = {
            name: data[name]
            for name in (
                "kind", "level", "planned_on", "moment", "held_on", "place", "topics", "purpose",
                "summary", "conclusions", "market_intel", "competitor_intel", "risk_signal",
                "risk_note",
            )
            if name in data
        }  # fmt: skip
        return Content(
            **values,
            minutes=data.get("minutes") or 60,
            lead=self._people[data["lead"]],
            ours=[self._people[key] for key in data["ours"]],
            theirs=[*(self._guests[key] for key in data["theirs"]), *rows.guests()],
            promises=rows.promises(self._people),
            wishes=rows.wishes(),
            file=None if sent is None else (sent.file, sent.name or ""),
        )


class GuestForm(forms.Form):
    """Somebody who does not stand among the contacts."""

    name = _line(_("姓名"), 60)
    post = _line(_("职务"), 60)


class PromiseForm(forms.Form):
    """A promise; without a text the row counts for nothing."""

    side = _choice(_("谁的承诺"), Side.choices)
    owner = _choice(_("责任人"), ())
    due_on = _day(_("期限"), help_text=_("不填按访谈后 %(days)d 天。") % {"days": PROMISED_DAYS})
    text = _line(_("事项"), 300)

    def __init__(self, *args: Any, people: list[Staff], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["owner"]).choices = [
            ("", _("访谈负责人")),
            *((str(person.pk), person.name) for person in people),
        ]


class WishForm(forms.Form):
    """A need or an opinion; without a text the row counts for nothing."""

    category = _choice(_("类别"), NeedKind.choices)
    priority = forms.ChoiceField(
        label=_("优先级"),
        required=False,
        choices=Priority.choices,
        initial=Priority.NORMAL,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    text = _line(_("诉求与反馈"), 500)


def _set(form: Any) -> Any:
    return formset_factory(form, extra=0, max_num=ROWS_MOST, validate_max=True)


class Rows:
    """The rows that a form may have besides: people, promises, wishes."""

    def __init__(self, data: Any, dossier: Dossier, mode: str) -> None:
        people = colleagues(dossier.unit_id)
        self.sets: dict[str, BaseFormSet[Any]] = {"guests": _set(GuestForm)(data, prefix="guests")}
        if mode == WRITE:
            self.sets["promises"] = _set(PromiseForm)(
                data, prefix="promises", form_kwargs={"people": people}
            )
            self.sets["wishes"] = _set(WishForm)(data, prefix="wishes")

    def is_valid(self) -> bool:
        """Whether each row can be read."""
        return all(list(map(BaseFormSet.is_valid, self.sets.values())))

    def problems(self) -> list[str]:
        """Every refused value in a sentence."""
        found = []
        for rows in self.sets.values():
            found += [str(error) for error in rows.non_form_errors()]
            for form in rows.forms:
                for name, errors in form.errors.items():
                    label = form.fields[name].label if name in form.fields else ""
                    found += [f"{label}：{error}" for error in errors]
        return found

    def _said(self, name: str, word: str) -> list[dict[str, Any]]:
        rows = self.sets.get(name)
        if rows is None:
            return []
        return [form.cleaned_data for form in rows.forms if form.cleaned_data.get(word)]

    def guests(self) -> list[Guest]:
        """People by name."""
        return [Guest(row["name"], row["post"]) for row in self._said("guests", "name")]

    def promises(self, people: dict[str, Staff]) -> list[Promise]:
        """What was promised."""
        return [
            Promise(row["side"], row["text"], people.get(row["owner"]), row["due_on"])
            for row in self._said("promises", "text")
        ]

    def wishes(self) -> list[Wish]:
        """What was asked for."""
        return [
            Wish(row["category"], row["text"], row["priority"] or Priority.NORMAL)
            for row in self._said("wishes", "text")
        ]
