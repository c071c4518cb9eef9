"""The addresses of the directory's page; SCIM's own stands in the root."""

from django.urls import path

from yihu.directory import views

app_name = "directory"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/agree/", views.agree, name="agree"),
    path("<uuid:pk>/end/", views.end, name="end"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", views.revoke, name="token-revoke"),
]
