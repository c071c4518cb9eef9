"""The addresses of assessments, units' lines, objections, schemes, points written down."""

from django.urls import path

from yihu.assessment import scheme_views, views
from yihu.exports.door import way_out

app_name = "assessment"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("entries/", views.entries, name="entries"),
    path("entries/<uuid:pk>/withdraw/", views.withdraw_entry, name="entry-withdraw"),
    path("lines/<uuid:pk>/", views.line, name="line"),
    path("lines/<uuid:pk>/object/", views.object_to, name="object"),
    path("objections/<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("objections/<uuid:pk>/decide/", views.decide, name="decide"),
    path("schemes/draft/", scheme_views.draft, name="scheme-draft"),
    path("schemes/<int:number>/", scheme_views.scheme, name="scheme"),
    path("schemes/<int:number>/edit/", scheme_views.edit, name="scheme-edit"),
    path("schemes/<int:number>/check/", scheme_views.check, name="scheme-check"),
    path("schemes/<int:number>/what-if/", scheme_views.what_if, name="what-if"),
    path("schemes/<int:number>/publish/", scheme_views.publish, name="scheme-publish"),
    path("schemes/<int:number>/discard/", scheme_views.discard, name="scheme-discard"),
    path("<uuid:assessment>/", views.show, name="show"),
    path("<uuid:assessment>/progress/", views.progress, name="progress"),
    path("<uuid:assessment>/units/<int:unit>/", views.unit, name="unit"),
    path(
        "<uuid:assessment>/places.xlsx",
        way_out("assessment.places"),
        {"kind": "xlsx"},
        name="xlsx",
    ),
    path("<uuid:assessment>/places.csv", way_out("assessment.places"), {"kind": "csv"}, name="csv"),
    path("<uuid:assessment>/<slug:act>/", views.act, name="act"),
]
