"""The addresses of originals."""

from django.urls import path

from yihu.exports.door import way_out
from yihu.originals import disposing_views, lending_views, stocktaking_views, views

app_name = "originals"
urlpatterns = [
    path("", views.register, name="register"),
    path("catalogue.xlsx", way_out("originals.xlsx"), name="export"),
    path("catalogue.pdf", way_out("originals.pdf"), name="catalogue"),
    path("of/<uuid:pk>/", views.of, name="of"),
    path("of/<uuid:pk>/new/", views.new, name="new"),
    path("places/", views.places, name="places"),
    path("places/<uuid:pk>/label.pdf", way_out("originals.label"), name="label"),
    path("transfers/", disposing_views.transfers, name="transfers"),
    path("transfers/<uuid:pk>/list.pdf", way_out("originals.transfer"), name="transfer-list"),
    path("transfers/new/", disposing_views.transfer, name="transfer"),
    path("loans/", lending_views.loans, name="loans"),
    path("loans/<uuid:pk>/<slug:act>/", lending_views.act, name="loan-act"),
    path("stocktakes/", stocktaking_views.stocktakes, name="stocktakes"),
    path("stocktakes/<uuid:pk>/", stocktaking_views.stocktake, name="stocktake"),
    path("stocktakes/<uuid:pk>/sheet.pdf", way_out("originals.count"), name="stocktake-sheet"),
    path("stocktakes/<uuid:pk>/look/", stocktaking_views.look, name="stocktake-look"),
    path("stocktakes/<uuid:pk>/close/", stocktaking_views.close, name="stocktake-close"),
    path("disposals/", disposing_views.disposals, name="disposals"),
    path("disposals/unlock/", disposing_views.unlock, name="unlock"),
    path("disposals/<uuid:pk>/", disposing_views.disposal, name="disposal"),
    path("disposals/<uuid:pk>/<slug:act>/", disposing_views.act, name="disposal-act"),
    path("<uuid:pk>/", views.show, name="show"),
    path("<uuid:pk>/correct/", views.correct, name="correct"),
    path("<uuid:pk>/move/", views.move, name="move"),
    path("<uuid:pk>/hold/", views.hold, name="hold"),
    path("<uuid:pk>/release/", views.release, name="release"),
    path("<uuid:pk>/borrow/", lending_views.borrow, name="borrow"),
]
