"""Spreadsheets in."""

from django.urls import path

from yihu.intake import views

app_name = "intake"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("history/", views.history, name="history"),
    path("templates/<str:kind>/", views.template, name="template"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/rows/", views.rows, name="rows"),
    path("<uuid:pk>/progress/", views.progress, name="progress"),
    path("<uuid:pk>/confirm/", views.confirm, name="confirm"),
    path("<uuid:pk>/discard/", views.discard, name="discard"),
    path("<uuid:pk>/errors/", views.errors, name="errors"),
]
