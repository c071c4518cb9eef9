"""The door: in by password, code, reset or the group's identity; out again; one's own sessions."""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yihu.access.models import User
from yihu.access.signing import actions, devices, outside, queries, sessions
from yihu.access.signing.answers import safe_next
from yihu.access.signing.forms import (
    ChosenPassword,
    CodeForm,
    ConfirmForm,
    FirstCodeForm,
    NewPasswordForm,
    ResetForm,
    SignInForm,
)
from yihu.access.signing.passwords import must_change
from yihu.access.signing.rules import Why, fresh_key
from yihu.access.signing.seal import seal, unseal
from yihu.access.signing.stepping_up import reauthenticated
from yihu.access.signing.welcome import welcome
from yihu.kit.clock import now

BACKEND = "django.contrib.auth.backends.ModelBackend"
HALF_IN = timedelta(minutes=10)
"""How long a right password waits for its code."""


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _wait(
    request: HttpRequest, template: str, context: dict[str, Any], wait: timedelta
) -> HttpResponse:
    """429 with the time to wait, in minutes for people and seconds for programs."""
    seconds = max(1, ceil(wait.total_seconds()))
    held = _("尝试次数过多，请 %(n)d 分钟后再试；在以前登录过的电脑上不受他人影响。") % {
        "n": ceil(seconds / 60)
    }
    answer = render(request, template, {**context, "held": held}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def _enter(
    request: HttpRequest, user: User, *, means: str, follow: str, at: datetime
) -> HttpResponse:
    """A session for who has proven to be this person, and a device that the account now knows."""
    login(request, user, backend=BACKEND)
    request.session["means"] = means
    sessions.begin(
        request.session,
        address=devices.address_of(request),
        user_agent=request.headers.get("User-Agent", ""),
        at=at,
    )
    actions.note_sign_in(user, means=means, at=at)
    answer = redirect(safe_next(request, follow))
    devices.remember(request, answer, user)
    return answer


def _go_on(
    request: HttpRequest, user: User, *, means: str, follow: str, at: datetime
) -> HttpResponse:
    """In, or on to the question for the code."""
    if user.factor_since is None:
        return _enter(request, user, means=means, follow=follow, at=at)
    request.session.cycle_key()
    request.session["half_in"] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),  # a new password since then voids this
        "means": means,
        "next": follow,
        "at": at.isoformat(),
    }
    return redirect("sign-in-code")


# In ----------------------------------------------------------------------------------------------


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door. Whoever is in already goes on to the desk."""
    follow = request.POST.get("next") or request.GET.get("next", "")
    if isinstance(request.user, User):
        return redirect(safe_next(request, follow))
    why = request.GET.get("why", "")
    form = SignInForm(request.POST or None)
    context = {
        "form": form,
        "next": follow,
        "why": Why(why).label if why in Why.values else "",
        "oidc": outside.has_provider(),
        "demo": settings.DEMO,
        "factor_off": not settings.SECOND_FACTOR,
    }
    if request.method == "POST" and form.is_valid():
        at = now()
        answer = actions.knock(
            form.cleaned_data["username"],
            form.cleaned_data["password"],
            address=devices.address_of(request),
            cookie=devices.cookie_of(request),
            at=at,
        )
        if answer.user is not None:
            return _go_on(request, answer.user, means="password", follow=follow, at=at)
        if answer.wait:
            return _wait(request, "access/sign_in.html", context, answer.wait)
        form.add_error(None, _("工号或密码不正确。请检查大小写；忘记密码请联系信息技术中心。"))
    return render(request, "access/sign_in.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second question, for who has given the right password within ten minutes."""
    half = request.session.get("half_in")
    at = now()
    if half is None or at - datetime.fromisoformat(half["at"]) > HALF_IN:
        return redirect("sign-in")
    user = queries.half_in(half["user"])
    if user is None or user.get_session_auth_hash() != half["hash"]:
        request.session.flush()
        return redirect("sign-in")
    form = CodeForm(request.POST or None)
    context = {"form": form}
    if request.method == "POST" and form.is_valid():
        answer = actions.prove_again(
            user,
            form.cleaned_data["code"],
            code=True,
            lane="code",
            address=devices.address_of(request),
            at=at,
        )
        if answer.user is not None:
            del request.session["half_in"]
            return _enter(request, user, means=half["means"], follow=half["next"], at=at)
        if answer.wait:
            return _wait(request, "access/code.html", context, answer.wait)
        form.add_error(
            "code",
            _("验证码不正确或已用过。请等手机上出现下一个六位数，或使用一个没用过的恢复码。"),
        )
    return render(request, "access/code.html", context)


@login_not_required
@never_cache
@sensitive_post_parameters("new_password1", "new_password2", "code")
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """A new password by the one-time code that ITC told; signing in comes after."""
    if isinstance(request.user, User):
        return redirect("password")
    at = now()
    form = ResetForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "access/reset.html", context)
    code = form.cleaned_data["code"]
    answer = actions.try_reset_code(
        form.cleaned_data["username"], code, address=devices.address_of(request), at=at
    )
    if answer.wait:
        return _wait(request, "access/reset.html", context, answer.wait)
    if answer.user is None:
        form.add_error(
            None,
            _("工号或重置码不正确，或重置码已用过、已满 24 小时。请核对，或请信息技术中心重发。"),
        )
        return render(request, "access/reset.html", context)
    chosen = ChosenPassword(answer.user, request.POST if "new_password1" in request.POST else None)
    if chosen.is_valid() and actions.redeem_reset(
        answer.user, code, chosen.cleaned_data["new_password1"], at=at
    ):
        messages.success(request, _("密码已设定，请用新密码登录。"))
        return redirect("sign-in")
    return render(request, "access/reset.html", {**context, "chosen": chosen})


@login_not_required
@never_cache
def oidc_start(request: HttpRequest) -> HttpResponse:
    """Off to the group's identity provider, if there is one."""
    if not outside.has_provider():
        return redirect("sign-in")
    from yihu.access.signing import oidc

    request.session["oidc_next"] = request.GET.get("next", "")
    try:
        return oidc.start(request)
    except oidc.NotProven:
        messages.error(request, _("统一身份认证没有应答，请稍后再试，或用工号和密码登录。"))
        return redirect("sign-in")


@login_not_required
@never_cache
def oidc_back(request: HttpRequest) -> HttpResponse:
    """Back from the provider: whom it vouches for comes in if the account here is open."""
    if not outside.has_provider():
        return redirect("sign-in")
    from yihu.access.signing import oidc

    follow = request.session.pop("oidc_next", "")
    try:
        said = oidc.vouched(request)
    except oidc.NotProven:
        messages.error(request, _("统一身份认证没有完成，请重新登录。"))
        return redirect("sign-in")
    welcome(said.number, said.groups, opens=True, at=now())
    user = queries.open_account_of(said.number)
    if user is None:
        actions.note_refused_identity()
        messages.error(
            request, _("统一身份认证通过，但您没有可用的一户账号；请联系本单位管理员申请。")
        )
        return redirect("sign-in")
    return _go_on(request, user, means="oidc", follow=follow, at=now())


# Out ---------------------------------------------------------------------------------------------


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """By POST only, so that no link of another site can do it."""
    actions.note_sign_out(_person(request))
    logout(request)
    answer = redirect("sign-in")
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


# One's own account -------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A new password for oneself."""
    user, at = _person(request), now()
    if not user.has_usable_password():
        return render(request, "access/password.html", {"outside": True})
    form = NewPasswordForm(user, request.POST or None)
    context = {"form": form, "must": must_change(user, at), "one_time": user.password_one_time}
    if request.method == "POST" and form.is_valid():
        answer = actions.prove_again(
            user,
            form.cleaned_data["old_password"],
            code=False,
            lane="confirm",
            address=devices.address_of(request),
            at=at,
        )
        if answer.wait:
            return _wait(request, "access/password.html", context, answer.wait)
        if answer.user is not None:
            actions.choose_password(
                user,
                form.cleaned_data["new_password1"],
                at=at,
                current_key=request.session.session_key,
            )
            update_session_auth_hash(request, user)
            sessions.prove(request.session, at)
            messages.success(request, _("密码已修改，其他设备上的登录已全部退出。"))
            done = redirect(safe_next(request, request.GET.get("next", "")))
            devices.remember(request, done, user)
            return done
        form.add_error("old_password", _("原密码不正确，请重新输入。"))
    return render(request, "access/password.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@reauthenticated
def factor(request: HttpRequest) -> HttpResponse:
    """二次验证: begin with an authenticator, or see that there is one."""
    user, at = _person(request), now()
    if user.factor_since is not None:
        left = queries.codes_left(user)
        return render(request, "access/factor.html", {"account": user, "left": left})
    sealed = request.session.get("new_key")
    key = unseal(sealed) if sealed else fresh_key()
    if not sealed:
        request.session["new_key"] = seal(key)
    form = FirstCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = actions.enrol(
                user,
                key,
                form.cleaned_data["code"],
                at=at,
                current_key=request.session.session_key,
            )
        except actions.NotSo as reason:
            form.add_error("code", str(reason))
        else:
            del request.session["new_key"]
            sessions.prove(request.session, at)
            follow = safe_next(request, request.GET.get("next", ""))
            return render(request, "access/codes.html", {"codes": codes, "next": follow})
    import segno

    label = f"一户:{user.username}"
    uri = f"otpauth://totp/{label}?{urlencode({'secret': key, 'issuer': '一户'})}"
    return render(
        request,
        "access/factor.html",
        {
            "account": user,
            "form": form,
            "qr": segno.make(uri, error="m").svg_data_uri(scale=5, light="white"),
            "key": " ".join(key[i : i + 4] for i in range(0, len(key), 4)),
            "owed": queries.owes_factor(user),
        },
    )


@never_cache
@require_POST
def factor_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown once; the code of the authenticator is asked for it."""
    user, at = _person(request), now()
    if user.factor_since is None:
        return redirect("factor")
    answer = actions.prove_again(
        user,
        request.POST.get("code", "")[:40],
        code=True,
        lane="code",
        address=devices.address_of(request),
        at=at,
    )
    if answer.user is None:
        said = (
            _("尝试次数过多，请稍后再试。") if answer.wait else _("验证码不正确，恢复码没有更换。")
        )
        messages.error(request, said)
        return redirect("factor")
    codes = actions.renew_codes(user)
    return render(request, "access/codes.html", {"codes": codes, "next": reverse("factor")})


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """验证身份: the password or a code once more, before an act that matters."""
    user, at = _person(request), now()
    follow = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    form = ConfirmForm(request.POST or None, user=user, ldap=bool(settings.LDAP["url"]))
    context = {"form": form, "next": follow, "oidc": outside.has_provider()}
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data.get("code", "")
        answer = actions.prove_again(
            user,
            code or form.cleaned_data.get("password", ""),
            code=bool(code),
            lane="code" if code else "confirm",
            address=devices.address_of(request),
            at=at,
        )
        if answer.user is not None:
            sessions.prove(request.session, at)
            return redirect(follow)
        if answer.wait:
            return _wait(request, "access/confirm.html", context, answer.wait)
        form.add_error(None, _("密码或验证码不正确，请重新输入。"))
    return render(request, "access/confirm.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def own_sessions(request: HttpRequest) -> HttpResponse:
    """登录设备: where one is signed in; end one (`handle`), or all others."""
    user, key = _person(request), request.session.session_key
    if request.method == "POST":
        handle = request.POST.get("handle", "")
        if not handle:
            ended = actions.end_own_others(user, current_key=key)
            messages.success(request, _("已退出其他 %(n)d 处登录。") % {"n": ended})
        elif actions.end_own_session(user, handle):
            messages.success(request, _("已退出该处登录。"))
        else:
            messages.info(request, _("该处登录已经结束。"))
        return redirect("sessions")
    rows = sessions.sessions_of(user, current_key=key)
    context = {"rows": rows, "idle": settings.IDLE_SECONDS // 60, "others": len(rows) > 1}
    return render(request, "access/sessions.html", context)
