"""The addresses of the boards."""

from django.urls import path

from yihu.boards import views
from yihu.exports.door import way_out

app_name = "boards"
urlpatterns = [
    path("", views.home, name="home"),
    path("files/", views.files, name="files"),
    path("files.xlsx", way_out("boards.files"), name="export"),
]
