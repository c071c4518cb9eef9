"""The addresses of prints."""

from django.urls import path

from yihu.exports.door import way_out

app_name = "reports"
urlpatterns = [
    path("dossiers/<uuid:pk>.pdf", way_out("reports.dossier"), name="dossier"),
    path(
        "dossiers/<uuid:pk>/versions/<int:number>.pdf", way_out("reports.version"), name="version"
    ),
    path("customers/<uuid:pk>.pdf", way_out("reports.customer"), name="customer"),
]
