"""The addresses of prints."""

from django.urls import path

from yihu.reports import views

app_name = "reports"
urlpatterns = [
    path("dossiers/<uuid:pk>.pdf", views.dossier, name="dossier"),
    path("dossiers/<uuid:pk>/versions/<int:number>.pdf", views.version, name="version"),
    path("customers/<uuid:pk>.pdf", views.customer, name="customer"),
]
