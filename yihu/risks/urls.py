"""The addresses of remarks on risks."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.risks import views

app_name = "risks"
urlpatterns = [
    path("", views.register, name="register"),
    path("register.xlsx", way_out("risks.xlsx"), name="xlsx"),
    path("check/", views.before_signing, name="check"),
    path("proposals/", views.proposals, name="proposals"),
    path("proposals/<uuid:pk>/dismiss/", views.dismiss, name="dismiss"),
    path("rules/", views.rules, name="rules"),
    path("of/<uuid:pk>/", views.of, name="of"),
    path("of/<uuid:pk>/new/", views.new, name="new"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/review/", views.review, name="review"),
    path("<uuid:pk>/correct/", views.correct, name="correct"),
    path("<uuid:pk>/evidence/", views.evidence, name="evidence"),
    path("<uuid:pk>/lift/", views.ask_lift, name="lift"),
    path("<uuid:pk>/lift/decide/", views.decide_lift, name="decide"),
    path("<uuid:pk>/publish/", views.publish, name="publish"),
    path("<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
]
