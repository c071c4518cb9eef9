"""The addresses of people and hand-overs."""

app_name = "handover"
urlpatterns: list[object] = []
