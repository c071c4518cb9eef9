"""The addresses of reports."""

from django.urls import path

from yihu.helpdesk import views

app_name = "help"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("new/", views.new, name="new"),
    path("desk/", views.desk, name="desk"),
    path("<uuid:pk>/", views.show, name="report"),
    path("<uuid:pk>/close/", views.close, name="close"),
    path("<uuid:pk>/picture/", views.picture, name="picture"),
]
