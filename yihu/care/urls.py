"""The addresses of segments, suggestions and the page before a visit."""

from django.urls import path

from yihu.care import views
from yihu.exports.door import way_out

app_name = "care"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("condition/", views.condition, name="condition"),
    path("suggestions/", views.suggestions, name="suggestions"),
    path("suggestions/<uuid:pk>/take/", views.take_up, name="take"),
    path("suggestions/<uuid:pk>/dismiss/", views.dismiss, name="dismiss"),
    path("of/<uuid:pk>/", views.of, name="of"),
    path("of/<uuid:pk>.pdf", way_out("care.brief"), name="brief"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>.xlsx", way_out("care.segment"), name="xlsx"),
    path("<uuid:pk>/edit/", views.edit, name="edit"),
    path("<uuid:pk>/retire/", views.retire, name="retire"),
]
