"""The addresses of events out."""

from django.urls import path

from yihu.outbox import views

app_name = "outbox"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("dead/", views.dead, name="dead"),
    path("dead/<int:pk>/<slug:act>/", views.dead_act, name="dead-act"),
    path("types/", views.types, name="types"),
    path("<uuid:pk>/", views.show, name="endpoint"),
    path("<uuid:pk>/rotate/", views.rotate, name="rotate"),
    path("<uuid:pk>/<slug:act>/", views.act, name="act"),
]
