"""The addresses of reminders."""

from django.urls import path

from yihu.notices import settings_views, views

app_name = "notices"
urlpatterns = [
    path("", views.notices, name="list"),
    path("badge/", views.badge, name="badge"),
    path("read/", views.read_all, name="read-all"),
    path("calendar/", views.month, name="calendar"),
    path("calendar/<str:secret>.ics", views.feed, name="feed"),
    path("settings/", settings_views.settings_page, name="settings"),
    path("settings/hours/", settings_views.hours, name="hours"),
    path("settings/channels/", settings_views.add, name="channel-add"),
    path("settings/channels/<uuid:pk>/<slug:act>/", settings_views.act, name="channel-act"),
    path("settings/feed/<slug:act>/", settings_views.feed, name="feed-act"),
    path("ladder/", settings_views.ladder, name="ladder"),
    path("<uuid:pk>/", views.follow, name="follow"),
]
