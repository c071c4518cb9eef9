"""The addresses of people and hand-overs."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.handover import api, people_views, views

app_name = "handover"
urlpatterns = [
    path("", people_views.people, name="people"),
    path("people.xlsx", way_out("handover.people"), name="export"),
    path("people/join/", people_views.join, name="join"),
    path("people/<uuid:pk>/", people_views.show, name="person"),
    path("people/<uuid:pk>/event/", people_views.event, name="event"),
    path("people/<uuid:pk>/certificate.pdf", way_out("handover.certificate"), name="certificate"),
    path("people/<uuid:pk>/begin/", views.begin, name="begin"),
    path("people/<uuid:pk>/reassign/", views.reassign, name="reassign"),
    path("events/<uuid:pk>/cancel/", people_views.cancel, name="event-cancel"),
    path("upload/", people_views.upload, name="upload"),
    path("upload/confirm/", people_views.confirm, name="upload-confirm"),
    path("upload/template.xlsx", people_views.template, name="template"),
    path("lists/", views.handovers, name="handovers"),
    path("lists/<uuid:pk>/", views.show, name="show"),
    path("lists/<uuid:pk>/assign/", views.assign, name="assign"),
    path("lists/<uuid:pk>/witness/", views.witness, name="witness"),
    path("lists/<uuid:pk>/<slug:act>/", views.act, name="act"),
    path("orphans/", views.orphans, name="orphans"),
    path("api/personnel", api.personnel, name="api-personnel"),
]
