"""The addresses of programs."""

from django.urls import include, path

from yihu.interface import api, describing
from yihu.interface.writing import urls as writing

urlpatterns = [
    path("openapi.json", describing.openapi, name="openapi"),
    path("docs/", describing.docs, name="api-docs"),
    path("dossiers", api.dossiers, name="api-dossiers"),
    path("dossiers/<uuid:pk>", api.dossier, name="api-dossier"),
    path("customers", api.customers, name="api-customers"),
    path("contracts", api.contracts, name="api-contracts"),
    path("offtake", api.offtake, name="api-offtake"),
    path("duties", api.duties, name="api-duties"),
    path("risks", api.risks, name="api-risks"),
    path("", include((writing.urlpatterns, "do"))),
]
