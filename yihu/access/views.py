"""Signing in, signing out, a new password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from yihu.access.forms import NewPasswordForm, SignInForm
from yihu.access.models import User
from yihu.access.sign_in import note_failure, note_new_password, note_sign_in, note_sign_out


class SignIn(views.LoginView):
    """The door. Whoever is in already goes on to the desk."""

    template_name = "access/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        note_sign_in(form.get_user())
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        if form.cleaned_data.get("username") and form.cleaned_data.get("password"):
            note_failure(form.cleaned_data["username"])
        return super().form_invalid(form)


class SignOut(views.LogoutView):
    """By POST only, so that no link of another site can do it."""

    next_page = "sign-in"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(request.user, User):
            note_sign_out(request.user)
        return super().post(request, *args, **kwargs)


class NewPassword(views.PasswordChangeView):
    """A new password for oneself."""

    template_name = "access/password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("desk:home")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        note_new_password(form.user)
        messages.success(self.request, _("密码已修改，其他设备上的登录已全部退出。"))
        return answer
