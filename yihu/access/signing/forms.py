"""What people type at the door."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.forms import SetPasswordForm
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.access.signing.queries import State, units
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order


def _line(label: Any, needed: Any, *, most: int = 150, **attributes: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        widget=forms.TextInput(attrs={"class": "form-control", **attributes}),
        error_messages={"required": needed, "max_length": _("太长，请核对。")},
    )


def _secret(label: Any, needed: Any, complete: str = "current-password") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": complete}),
        error_messages={"required": needed, "max_length": _("太长，请核对。")},
    )


class SignInForm(forms.Form):
    """Employee number and password."""

    username = _line(_("工号"), _("请填写工号。"), autocomplete="username", autocapitalize="none")
    password = _secret(_("密码"), _("请填写密码。"))


class CodeForm(forms.Form):
    """A code of the authenticator or a recovery code."""

    code = _line(
        _("动态验证码或恢复码"),
        _("请填写验证码。"),
        most=40,
        autocomplete="one-time-code",
        autofocus="autofocus",
    )


class FirstCodeForm(forms.Form):
    """The first code of a new authenticator."""

    code = _line(
        _("手机上的六位数"),
        _("请填写六位数。"),
        most=12,
        autocomplete="one-time-code",
        inputmode="numeric",
    )


class ConfirmForm(forms.Form):
    """Proof of oneself once more; one of the two is enough."""

    password = _secret(_("密码"), "")
    code = _line(_("动态验证码"), "", most=40, autocomplete="one-time-code", inputmode="numeric")

    def __init__(self, data: QueryDict | None, *, user: User, ldap: bool) -> None:
        super().__init__(data)
        for field in self.fields.values():
            field.required = False
        if user.factor_since is None:
            del self.fields["code"]
        if not (user.has_usable_password() or ldap):
            del self.fields["password"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.values()):
            raise forms.ValidationError(_("请填写密码或动态验证码。"))
        return cleaned


class ChosenPassword(SetPasswordForm):  # type: ignore[type-arg]  # not generic when it runs
    """A new password, twice."""

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        super().__init__(user, data)
        self.fields["new_password1"].label = _("新密码")
        self.fields[
            "new_password1"
        ].help_text = password_validation.password_validators_help_text_html()
        self.fields["new_password2"].label = _("再输一次新密码")
        self.fields["new_password2"].help_text = ""
        for name in ("new_password1", "new_password2"):
            self.fields[name].widget.attrs["class"] = "form-control"
            self.fields[name].error_messages["required"] = _("请填写新密码。")
        self.error_messages = {"password_mismatch": _("两次输入的新密码不一致，请重新输入。")}


class NewPasswordForm(ChosenPassword):
    """The old password once, the new one twice."""

    old_password = _secret(_("原密码"), _("请填写原密码。"))
    field_order = ("old_password", "new_password1", "new_password2")


class ResetForm(forms.Form):
    """The number and the one-time code that ITC told."""

    username = _line(_("工号"), _("请填写工号。"), autocomplete="username", autocapitalize="none")
    code = _line(_("重置码"), _("请填写重置码。"), most=40, autocomplete="off")


class ReasonForm(forms.Form):
    """Why ITC does this to an account; the log keeps it."""

    why = _line(_("原因"), _("请填写原因，例如申请单号、申请单位和申请人。"), most=200)


class AccountFilter(Filter):
    """Unit, role, state, near dormancy, number or name."""

    orders: ClassVar = {"username": Order("username")}
    q = text(_("工号或姓名"), _("工号、姓名"))
    role = choice(_("角色"), Role.choices)
    state = choice(_("状态"), State.choices)
    dormant = choice(_("使用"), ())

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        long = _("%(n)d 天以上未使用") % {"n": settings.DORMANT_WARN_DAYS}
        dormant = cast(forms.ChoiceField, self.fields["dormant"])
        dormant.choices = [("", _("全部")), ("1", long)]
        offered: Iterable[tuple[Any, Any]] = units()
        self.fields["unit"] = choice(_("单位"), offered)
