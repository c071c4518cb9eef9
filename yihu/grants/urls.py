from django.urls import path

from yihu.grants import views

app_name = "grants"
urlpatterns = [
    path("", views.home, name="home"),
    path("ask/", views.ask, name="ask"),
    path("policy/", views.policy, name="policy"),
    path("holders/", views.holders, name="holders"),
    path("<uuid:pk>/<slug:act>/", views.act, name="act"),
]
