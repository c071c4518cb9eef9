"""The door of the house."""

from django.urls import path

from yihu.access import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("password/", views.NewPassword.as_view(), name="password"),
]
