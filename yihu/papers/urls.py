"""The addresses of documents."""

from django.urls import path

from yihu.papers import views

app_name = "papers"
urlpatterns = [
    path("", views.search, name="search"),
    path("of/<uuid:pk>/", views.of, name="of"),
    path("of/<uuid:pk>/upload/", views.upload, name="upload"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/pages/<int:number>.webp", views.picture, name="picture"),
    path("<uuid:pk>/licence/", views.licence, name="licence"),
    path("<uuid:pk>/file/", views.download, name="download"),
    path("<uuid:pk>/title/", views.retitle, name="retitle"),
    path("<uuid:pk>/take-off/", views.take_off, name="take-off"),
]
