"""The addresses of the cadence policy, units' own cycles, waivers and corrected days."""

from django.urls import path

from yihu.duties import closure_views, views, waiver_views

app_name = "duties"
urlpatterns = [
    path("", views.policy, name="policy"),
    path("draft/begin/", views.begin, name="begin"),
    path("draft/", views.draft, name="draft"),
    path("draft/publish/", views.publish, name="publish"),
    path("draft/discard/", views.discard, name="discard"),
    path("replan/", views.replanning, name="replan"),
    path("stricter/", views.stricter, name="stricter"),
    path("stricter/<uuid:pk>/end/", views.end_stricter, name="stricter-end"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/<int:pk>/forget/", views.forget_day, name="forget-day"),
    path("waivers/", waiver_views.waivers, name="waivers"),
    path("waivers/of/<uuid:pk>/", waiver_views.ask, name="waive"),
    path("waivers/<uuid:pk>/consent/", waiver_views.consent, name="waiver-consent"),
    path("waivers/<uuid:pk>/refuse/", waiver_views.refuse, name="waiver-refuse"),
    path("waivers/<uuid:pk>/withdraw/", waiver_views.withdraw, name="waiver-withdraw"),
    path("closures/", closure_views.closures, name="closures"),
    path("closures/of/<uuid:pk>/", closure_views.ask, name="close"),
    path("closures/of/<uuid:pk>/reopen/", closure_views.reopen, name="reopen"),
    path("closures/<uuid:pk>/consent/", closure_views.consent, name="closure-consent"),
    path("closures/<uuid:pk>/refuse/", closure_views.refuse, name="closure-refuse"),
    path("closures/<uuid:pk>/withdraw/", closure_views.withdraw, name="closure-withdraw"),
]
