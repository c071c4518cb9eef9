"""The addresses of visits, follow-ups, needs and the yearly plan."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.visits import lists, views

app_name = "visits"
urlpatterns = [
    path("", lists.register, name="register"),
    path("register.xlsx", way_out("visits.xlsx"), name="xlsx"),
    path("register.csv", way_out("visits.csv"), name="csv"),
    path("begin/", views.begin, name="begin"),
    path("plan/", lists.plan, name="plan"),
    path("followups/", lists.followups, name="followups"),
    path("followups/<uuid:pk>/<slug:act>/", views.followup_act, name="followup-act"),
    path("needs/", lists.needs, name="needs"),
    path("needs.xlsx", way_out("visits.needs"), name="needs-xlsx"),
    path("needs/<uuid:pk>/<slug:act>/", views.need_act, name="need-act"),
    path("of/<uuid:pk>/", views.of, name="of"),
    path("of/<uuid:pk>/new/", views.new, name="new"),
    path("of/<uuid:pk>/write/", views.write_new, name="write-new"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/replan/", views.replan, name="replan"),
    path("<uuid:pk>/write/", views.write, name="write"),
    path("<uuid:pk>/correct/", views.correct, name="correct"),
    path("<uuid:pk>/invitation.ics", way_out("visits.invitation"), name="invite"),
    path("<uuid:pk>/hold/", views.hold, name="hold"),
    path("<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("<uuid:pk>/follow/", views.follow, name="follow"),
    path("<uuid:pk>/need/", views.need, name="need"),
    path("<uuid:pk>/minutes.pdf", way_out("visits.minutes"), name="minutes"),
]
