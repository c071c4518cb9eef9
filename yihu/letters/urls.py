"""The addresses of the register of letters."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.letters import views

app_name = "letters"
urlpatterns = [
    path("", views.register, name="register"),
    path("begin/", views.begin, name="begin"),
    path("register.xlsx", way_out("letters.xlsx"), name="xlsx"),
    path("register.pdf", way_out("letters.pdf"), name="pdf"),
    path("of/<uuid:pk>/", views.of, name="of"),
    path("of/<uuid:pk>/new/", views.new, name="new"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/correct/", views.correct, name="correct"),
    path("<uuid:pk>/waive/", views.waive, name="waive"),
    path("<uuid:pk>/void/", views.void, name="void"),
]
