"""The addresses of how the installation fares."""

from django.urls import path

from yihu.upkeep import views

app_name = "upkeep"
urlpatterns = [
    path("", views.home, name="home"),
    path("slow/", views.slow, name="slow"),
]
