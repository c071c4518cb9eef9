from django.urls import path

from yihu.disclosure import views

app_name = "disclosure"
urlpatterns = [
    path("", views.register, name="register"),
    path("seals/", views.seals, name="seals"),
    path("dossiers/<uuid:pk>/reveal/<slug:group>/", views.reveal, name="reveal"),
    path("dossiers/<uuid:pk>/mark/", views.mark, name="mark"),
    path("dossiers/<uuid:pk>/seal/", views.seal, name="seal"),
    path("marks/<uuid:pk>/<slug:act>/", views.decide_mark, name="mark-act"),
    path("seals/<uuid:pk>/<slug:act>/", views.seal_act, name="seal-act"),
]
