"""The addresses of the clause map."""

from django.urls import path

from yihu.clauses import views
from yihu.exports.door import way_out

app_name = "clauses"
urlpatterns = [
    path("", views.home, name="home"),
    path("compare/", views.compare, name="compare"),
    path("map.pdf", way_out("clauses.map"), name="pdf"),
    path("<str:number>/", views.show, name="show"),
]
