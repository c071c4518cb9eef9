"""The addresses of inspections, of their desk, of what was found and put right."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.inspections import checklist_views, desk_views, rectify_views, views

app_name = "inspections"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/<slug:kind>/", views.new, name="new"),
    path("checks/", checklist_views.checks, name="checks"),
    path("checks/begin/", checklist_views.begin, name="checklist-begin"),
    path("checks/draft/", checklist_views.draft, name="checklist-draft"),
    path("checks/publish/", checklist_views.publish, name="checklist-publish"),
    path("checks/discard/", checklist_views.discard, name="checklist-discard"),
    path("findings/", rectify_views.register, name="findings"),
    path("findings/<uuid:pk>/", rectify_views.show, name="finding"),
    path("findings/<uuid:pk>/reply/", rectify_views.reply, name="reply"),
    path("findings/<uuid:pk>/verify/", rectify_views.verify, name="verify"),
    path("findings/<uuid:pk>/withdraw/", rectify_views.withdraw, name="withdraw"),
    path("orders/", rectify_views.orders, name="orders"),
    path("orders/<uuid:pk>/", rectify_views.order, name="order"),
    path("orders/<uuid:pk>/notice.pdf", way_out("inspections.notice"), name="notice"),
    path("orders/<uuid:pk>/report.pdf", way_out("inspections.report"), name="report"),
    path("evidence/<uuid:pk>/", rectify_views.evidence, name="evidence"),
    path("file/<uuid:pk>/", desk_views.show, name="file"),
    path("file/<uuid:pk>/claim/", desk_views.claim, name="claim"),
    path("file/<uuid:pk>/release/", desk_views.release, name="release"),
    path("file/<uuid:pk>/mark/", desk_views.mark, name="mark"),
    path("file/<uuid:pk>/find/", desk_views.find, name="find"),
    path("file/<uuid:pk>/judge/", desk_views.judge, name="judge-one"),
    path("file/<uuid:pk>/done/", desk_views.done, name="done"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/progress/", views.progress, name="progress"),
    path("<uuid:pk>/begin/", views.begin, name="begin"),
    path("<uuid:pk>/resume/", views.resume, name="resume"),
    path("<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("<uuid:pk>/finish/", views.finish, name="finish"),
    path("<uuid:pk>/draw/", views.draw, name="draw"),
    path("<uuid:pk>/draw.xlsx", way_out("inspections.draw"), name="draw-book"),
    path("<uuid:pk>/report.pdf", way_out("inspections.round"), name="round"),
    path("<uuid:pk>/check/<slug:code>/", views.check, name="check"),
    path("<uuid:pk>/judge/<slug:code>/", views.judge, name="judge"),
    path("<uuid:pk>/next/", desk_views.next_file, name="next"),
    path("<uuid:pk>/order/", rectify_views.issue, name="issue"),
]
