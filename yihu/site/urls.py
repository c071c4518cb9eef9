"""Where everything is."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("", include("yihu.access.urls")),
    path("", include("yihu.desk.urls")),
    path("imports/", include("yihu.intake.urls")),
    path("guide/", include("yihu.guide.urls")),
    path("originals/", include("yihu.originals.urls")),
    path("letters/", include("yihu.letters.urls")),
    path("regulations/", include("yihu.regulations.urls")),
    path("print/", include("yihu.reports.urls")),
    path("identity/", include("yihu.identity.urls")),
    path("exports/", include("yihu.exports.urls")),
    path("grants/", include("yihu.grants.urls")),
    path("handover/", include("yihu.handover.urls")),
    path("papers/", include("yihu.papers.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
]

handler500 = "yihu.site.failing.failed"
