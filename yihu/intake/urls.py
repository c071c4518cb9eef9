"""Spreadsheets in."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.intake import views
from yihu.intake.whole import views as whole

app_name = "intake"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("history/", views.history, name="history"),
    path("templates/month.xlsx", way_out("intake.month"), name="month"),
    path("templates/<str:kind>/", views.template, name="template"),
    path("dossiers/<uuid:pk>/workbook/", whole.page, name="whole"),
    path("dossiers/<uuid:pk>/workbook.xlsx", way_out("intake.whole"), name="whole-file"),
    path("dossiers/<uuid:pk>/workbook/preview/", whole.preview, name="whole-preview"),
    path("dossiers/<uuid:pk>/workbook/confirm/", whole.confirm, name="whole-confirm"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/rows/", views.rows, name="rows"),
    path("<uuid:pk>/progress/", views.progress, name="progress"),
    path("<uuid:pk>/confirm/", views.confirm, name="confirm"),
    path("<uuid:pk>/discard/", views.discard, name="discard"),
    path("<uuid:pk>/errors/", way_out("intake.rejected"), name="errors"),
]
