"""The addresses of schemes, rounds and scores."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.ratings import scheme_views, views

app_name = "ratings"
urlpatterns = [
    path("", views.home, name="home"),
    path("schemes/draft/", scheme_views.draft, name="scheme-draft"),
    path("schemes/<int:number>/", scheme_views.scheme, name="scheme"),
    path("schemes/<int:number>/edit/", scheme_views.edit, name="scheme-edit"),
    path("schemes/<int:number>/check/", scheme_views.check, name="scheme-check"),
    path("schemes/<int:number>/try/", scheme_views.try_out, name="scheme-try"),
    path("schemes/<int:number>/publish/", scheme_views.publish, name="scheme-publish"),
    path("schemes/<int:number>/discard/", scheme_views.discard, name="scheme-discard"),
    path("rounds/new/", views.new, name="new"),
    path("rounds/<uuid:rating>/", views.round_, name="round"),
    path("rounds/<uuid:rating>/progress/", views.progress, name="progress"),
    path("rounds/<uuid:rating>/<slug:act>/do/", views.act, name="act"),
    path("rounds/<uuid:rating>/scores/", views.scores, name="scores"),
    path("rounds/<uuid:rating>/scores.xlsx", way_out("ratings.xlsx"), name="xlsx"),
    path("rounds/<uuid:rating>/classes/", views.classes, name="classes"),
    path("rounds/<uuid:rating>/classes/decide/", views.decide, name="decide"),
    path("rounds/<uuid:rating>/classes/carrying/", views.carrying, name="carrying"),
    path("rounds/<uuid:rating>/judge/", views.judge, name="judge"),
    path("rounds/<uuid:rating>/judge/<uuid:pk>/<slug:code>/", views.judge_one, name="judge-one"),
    path("scores/<uuid:pk>/", views.score, name="score"),
    path("of/<uuid:pk>/", views.of, name="of"),
]
