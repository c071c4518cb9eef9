"""The guide's addresses. Editions go by their number; there is one draft at most."""

from django.urls import path

from yihu.guide import views
from yihu.guide.editor import lists, mapping_page, workbooks
from yihu.guide.editor import views as editor

app_name = "guide"
urlpatterns = [
    path("", views.editions, name="editions"),
    path("start/", views.start, name="start"),
    path("difference/", views.difference, name="difference"),
    path("<int:number>/", views.edition, name="edition"),
    path("<int:number>/preview/", views.preview, name="preview"),
    path("<int:number>/workbook.xlsx", views.workbook, name="workbook"),
    path("draft/", editor.draft, name="draft"),
    path("draft/title/", editor.title, name="title"),
    path("draft/discard/", editor.discard, name="discard"),
    path("draft/field/", editor.field, name="field"),
    path("draft/remove/", editor.remove, name="remove"),
    path("draft/restore/", editor.restore, name="restore"),
    path("draft/move/", editor.move, name="move"),
    path("draft/group/", editor.group, name="group"),
    path("draft/lists/", lists.overview, name="lists"),
    path("draft/lists/edit/", lists.edit, name="list"),
    path("draft/lists/recode/", lists.recode, name="recode"),
    path("draft/lists/remove/", lists.remove, name="remove-list"),
    path("draft/mapping/", mapping_page.show, name="mapping"),
    path("draft/mapping/answer/", mapping_page.answer, name="answer"),
    path("draft/workbook/", workbooks.upload, name="upload"),
    path("draft/workbook/take/", workbooks.take, name="take"),
]
