"""The addresses of supervision reports."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.supervision import views

app_name = "supervision"
urlpatterns = [
    path("", views.home, name="home"),
    path("make/<slug:kind>/", views.make, name="make"),
    path("schedule/", views.schedule, name="schedule"),
    path("schedule/<slug:kind>/", views.arrange, name="arrange"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/progress/", views.progress, name="progress"),
    path("<uuid:pk>/report.pdf", way_out("supervision.pdf"), name="pdf"),
    path("<uuid:pk>/report.docx", way_out("supervision.docx"), name="docx"),
]
