"""The addresses of customers' identities."""

from django.urls import path

from yihu.identity import naming_views, views

app_name = "identity"
urlpatterns = [
    path("differences/", views.differences, name="differences"),
    path("differences/<uuid:pk>/", views.difference, name="difference"),
    path("differences/<uuid:pk>/settle/", views.settle, name="settle"),
    path("customers/<uuid:pk>/", naming_views.identity, name="customer"),
    path("customers/<uuid:pk>/rename/", naming_views.rename, name="rename"),
    path("customers/<uuid:pk>/code/", naming_views.propose, name="code"),
    path("codes/<uuid:pk>/<slug:act>/", naming_views.decide, name="code-decide"),
    path("offers/<uuid:pk>/take/", views.take, name="offer-take"),
    path("offers/<uuid:pk>/decline/", views.decline, name="offer-decline"),
]
