"""The door of the house."""

from django.urls import path, register_converter

from yihu.access.roles import views as roles
from yihu.access.signing import accounts, views
from yihu.access.tokens import views as tokens


class Act:
    """What ITC may do to an account."""

    regex = "reset|factor|suspend|reactivate"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class RoleAct(Act):
    """What may become of a request for a role."""

    regex = "agree|open|refuse|withdraw"


register_converter(RoleAct, "role-act")
register_converter(Act, "account-act")

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", views.sign_in_code, name="sign-in-code"),
    path("sign-in/reset/", views.reset, name="reset"),
    path("sign-in/oidc/", views.oidc_start, name="oidc"),
    path("sign-in/oidc/back/", views.oidc_back, name="oidc-back"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("password/", views.password, name="password"),
    path("me/factor/", views.factor, name="factor"),
    path("me/factor/codes/", views.factor_codes, name="factor-codes"),
    path("me/confirm/", views.confirm, name="confirm"),
    path("me/sessions/", views.own_sessions, name="sessions"),
    path("me/tokens/", tokens.own_tokens, name="tokens"),
    path("me/tokens/<uuid:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("resets/", accounts.resets, name="resets"),
    path("resets/<str:username>/", accounts.hand, name="reset-hand"),
    path("accounts/<str:username>/", accounts.account, name="account"),
    path("accounts/<str:username>/<account-act:act>/", accounts.account_act, name="account-act"),
    path("accounts/<str:username>/roles/<int:held>/end/", roles.end, name="role-end"),
    path("roles/", roles.people, name="roles"),
    path("roles/requests/", roles.requests, name="role-requests"),
    path("roles/requests/<uuid:pk>/<role-act:act>/", roles.request_act, name="role-act"),
    path("roles/<uuid:pk>/", roles.person, name="role-person"),
]
