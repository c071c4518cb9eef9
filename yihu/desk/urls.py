"""The desk's addresses."""

from django.urls import path

from yihu.desk import views
from yihu.desk.dossier_page import views as dossier_page

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("search/live/", views.search_live, name="search-live"),
    path("dossiers/", views.dossiers, name="dossiers"),
    path("dossiers.xlsx", views.dossiers_file, {"kind": "xlsx"}, name="dossiers-xlsx"),
    path("dossiers.csv", views.dossiers_file, {"kind": "csv"}, name="dossiers-csv"),
    path("duties/", views.duties, name="duties"),
    path("timeliness/", views.timeliness, name="timeliness"),
    path("customers/", views.customers, name="customers"),
    path("dossiers/<uuid:pk>/", dossier_page.show, name="dossier"),
    path("customers/<uuid:pk>/", dossier_page.customer, name="customer"),
    path("events/", views.events, name="events"),
]
