"""The addresses of 导出与打印登记."""

from django.urls import path

from yihu.exports import views

app_name = "exports"
urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("trace/", views.trace, name="trace"),
    path("links/<str:secret>", views.fetch, name="fetch"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/link/", views.link, name="link"),
    path("<uuid:pk>/destroy/", views.destroy, name="destroy"),
    path("<uuid:pk>/agree/", views.decide, {"act": "agree"}, name="agree"),
    path("<uuid:pk>/refuse/", views.decide, {"act": "refuse"}, name="refuse"),
]
