"""The addresses of the library of regulations."""

from django.urls import path

from yihu.regulations import views

app_name = "regulations"
urlpatterns = [
    path("", views.library, name="library"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/pages/<int:number>.webp", views.picture, name="picture"),
    path("<uuid:pk>/file/", views.download, name="download"),
    path("<uuid:pk>/check/", views.check, name="check"),
    path("<uuid:pk>/amend/", views.amend, name="amend"),
    path("<uuid:pk>/repeal/", views.repeal, name="repeal"),
]
