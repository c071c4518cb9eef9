"""What people type to come in."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Employee number and password; one answer for every reason why not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        refusal = _("工号或密码不正确。请检查大小写；忘记密码请联系信息技术中心。")
        self.error_messages = {"invalid_login": refusal, "inactive": refusal}
        self.fields["username"].label = _("工号")
        self.fields["password"].label = _("密码")
        self.fields["username"].error_messages["required"] = _("请填写工号。")
        self.fields["password"].error_messages["required"] = _("请填写密码。")
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class NewPasswordForm(PasswordChangeForm):
    """The old password once, the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("原密码")
        self.fields["new_password1"].label = _("新密码")
        self.fields["new_password2"].label = _("再输一次新密码")
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"
