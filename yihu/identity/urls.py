"""The addresses of customers' identities."""

from django.urls import path

from yihu.identity import views

app_name = "identity"
urlpatterns = [
    path("differences/", views.differences, name="differences"),
    path("differences/<uuid:pk>/", views.difference, name="difference"),
    path("differences/<uuid:pk>/settle/", views.settle, name="settle"),
    path("offers/<uuid:pk>/take/", views.take, name="offer-take"),
    path("offers/<uuid:pk>/decline/", views.decline, name="offer-decline"),
]
