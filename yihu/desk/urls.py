"""The desk's addresses."""

from django.urls import path

from yihu.desk import views
from yihu.desk.dossier_page import views as dossier_page
from yihu.desk.filling import views as filling
from yihu.desk.gaps import views as gaps
from yihu.desk.guide_publish import views as guide_publish
from yihu.desk.log import views as log
from yihu.desk.review import views as reviews
from yihu.desk.timeliness import views as timeliness
from yihu.desk.versions import views as versions
from yihu.desk.who_sees import views as who_sees
from yihu.exports.door import way_out

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("search/live/", views.search_live, name="search-live"),
    path("dossiers/", views.dossiers, name="dossiers"),
    path("dossiers.xlsx", way_out("desk.dossiers"), {"kind": "xlsx"}, name="dossiers-xlsx"),
    path("dossiers.csv", way_out("desk.dossiers"), {"kind": "csv"}, name="dossiers-csv"),
    path("duties/", views.duties, name="duties"),
    path("duties.xlsx", way_out("desk.duties"), {"kind": "xlsx"}, name="duties-xlsx"),
    path("duties.csv", way_out("desk.duties"), {"kind": "csv"}, name="duties-csv"),
    path("gaps/", gaps.show, name="gaps"),
    path("gaps/<uuid:pk>/appoint/", gaps.appoint, name="gap-appoint"),
    path("gaps/<uuid:pk>/aside/", gaps.put_aside, name="gap-aside"),
    path("gaps.xlsx", way_out("desk.gaps"), {"kind": "xlsx"}, name="gaps-xlsx"),
    path("gaps.csv", way_out("desk.gaps"), {"kind": "csv"}, name="gaps-csv"),
    path("timeliness/", timeliness.show, name="timeliness"),
    path("timeliness.xlsx", way_out("desk.timeliness"), {"kind": "xlsx"}, name="timeliness-xlsx"),
    path("timeliness.csv", way_out("desk.timeliness"), {"kind": "csv"}, name="timeliness-csv"),
    path("customers/", views.customers, name="customers"),
    path("dossiers/<uuid:pk>/", dossier_page.show, name="dossier"),
    path("dossiers/as-of/", versions.held, name="held"),
    path("dossiers/<uuid:pk>/versions/", versions.versions, name="versions"),
    path("dossiers/<uuid:pk>/versions/compare/", versions.compare, name="compare"),
    path("dossiers/<uuid:pk>/versions/<int:number>/", versions.version, name="version"),
    path("dossiers/<uuid:pk>/as-of/", versions.as_of, name="as-of"),
    path("dossiers/<uuid:pk>/fill/", filling.fill, name="fill"),
    path("dossiers/<uuid:pk>/fill/save/", filling.save, name="fill-save"),
    path("dossiers/<uuid:pk>/fill/mark/", filling.mark, name="fill-mark"),
    path("dossiers/<uuid:pk>/fill/choose/", filling.choose, name="fill-choose"),
    path("dossiers/<uuid:pk>/fill/take-last/", filling.take_last, name="fill-take-last"),
    path("dossiers/<uuid:pk>/fill/submit/", filling.submit, name="fill-submit"),
    path("dossiers/<uuid:pk>/fill/withdraw/", filling.withdraw, name="fill-withdraw"),
    path("dossiers/<uuid:pk>/fill/discard/", filling.discard, name="fill-discard"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/approve/", reviews.approve_many, name="approve-many"),
    path("reviews/<uuid:pk>/", reviews.review, name="review"),
    path("reviews/<uuid:pk>/approve/", reviews.approve, name="review-approve"),
    path("reviews/<uuid:pk>/return/", reviews.send_back, name="review-return"),
    path("reviews/<uuid:pk>/comment/", reviews.comment, name="review-comment"),
    path("reviews/<uuid:pk>/settle/", reviews.settle, name="review-settle"),
    path("guide/draft/publish/", guide_publish.publish_page, name="guide-publish"),
    path("guide/draft/publish/now/", guide_publish.publish, name="guide-publish-now"),
    path("guide/draft/publish/impact/", guide_publish.progress, name="guide-impact"),
    path("guide/draft/publish/reckon/", guide_publish.reckon, name="guide-reckon"),
    path("confirm/", filling.confirm_many, name="confirm-many"),
    path("confirm/submit/", filling.confirm, name="confirm"),
    path("regions.json", filling.regions, name="regions"),
    path("customers/<uuid:pk>/", dossier_page.customer, name="customer"),
    path("events/", log.events, name="events"),
    path("events.xlsx", way_out("desk.events"), {"kind": "xlsx"}, name="events-xlsx"),
    path("events.csv", way_out("desk.events"), {"kind": "csv"}, name="events-csv"),
    path("events/people/<int:pk>/", log.person, name="log-person"),
    path("events/dossiers/<uuid:pk>/", log.dossier, name="log-dossier"),
    path("events/refusals/", log.refusals, name="log-refusals"),
    path("events/unusual/", log.unusual, name="log-unusual"),
    path("events/seals/", log.seals, name="log-seals"),
    path("dossiers/<uuid:pk>/who-sees/", who_sees.file, name="who-sees"),
    path("seen-by/", who_sees.person, name="seen-by"),
]
