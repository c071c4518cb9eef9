"""The addresses of customers' identities."""

from django.urls import path

from yihu.identity import joining_views, naming_views, views

app_name = "identity"
urlpatterns = [
    path("differences/", views.differences, name="differences"),
    path("differences/<uuid:pk>/", views.difference, name="difference"),
    path("differences/<uuid:pk>/settle/", views.settle, name="settle"),
    path("customers/<uuid:pk>/", naming_views.identity, name="customer"),
    path("customers/<uuid:pk>/rename/", naming_views.rename, name="rename"),
    path("customers/<uuid:pk>/code/", naming_views.propose, name="code"),
    path("alike/", joining_views.alike, name="alike"),
    path("alike/find/", joining_views.find, name="alike-find"),
    path("alike/<uuid:pk>/dismiss/", joining_views.dismiss, name="alike-dismiss"),
    path("join/", joining_views.preview, name="join"),
    path("join/now/", joining_views.join, name="join-now"),
    path("joins/", joining_views.joins, name="joins"),
    path("joins/<uuid:pk>/undo/", joining_views.undo, name="join-undo"),
    path("codes/<uuid:pk>/<slug:act>/", naming_views.decide, name="code-decide"),
    path("offers/<uuid:pk>/take/", views.take, name="offer-take"),
    path("offers/<uuid:pk>/decline/", views.decline, name="offer-decline"),
]
