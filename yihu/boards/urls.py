"""The addresses of the boards."""

from django.urls import path

from yihu.boards import views

app_name = "boards"
urlpatterns = [
    path("", views.home, name="home"),
    path("files/", views.files, name="files"),
]
