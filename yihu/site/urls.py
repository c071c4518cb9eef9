"""Where everything is."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from yihu.assessment.api import assessment, assessments
from yihu.directory.scim.door import scim
from yihu.outbox.api import events
from yihu.risks.api import risk_check

urlpatterns = [
    # first: of slices without a prefix every address is tried in turn
    path("api/v1/risk-check", risk_check, name="risk-check"),
    path("api/v1/", include("yihu.interface.urls")),
    path("api/v1/events", events, name="events-feed"),
    path("api/v1/assessments", assessments, name="api-assessments"),
    path("api/v1/assessments/<int:year>/<slug:period>", assessment, name="api-assessment"),
    path("", include("yihu.access.urls")),
    path("", include("yihu.desk.urls")),
    path("imports/", include("yihu.intake.urls")),
    path("guide/", include("yihu.guide.urls")),
    path("originals/", include("yihu.originals.urls")),
    path("letters/", include("yihu.letters.urls")),
    path("risks/", include("yihu.risks.urls")),
    path("visits/", include("yihu.visits.urls")),
    path("care/", include("yihu.care.urls")),
    path("outbox/", include("yihu.outbox.urls")),
    path("help/", include("yihu.helpdesk.urls")),
    path("assessment/", include("yihu.assessment.urls")),
    path("inspections/", include("yihu.inspections.urls")),
    path("cadence/", include("yihu.duties.urls")),
    path("regulations/", include("yihu.regulations.urls")),
    path("ratings/", include("yihu.ratings.urls")),
    path("print/", include("yihu.reports.urls")),
    path("identity/", include("yihu.identity.urls")),
    path("exports/", include("yihu.exports.urls")),
    path("grants/", include("yihu.grants.urls")),
    path("handover/", include("yihu.handover.urls")),
    path("directory/", include("yihu.directory.urls")),
    path("scim/v2/<path:rest>", scim, name="scim"),
    path("notices/", include("yihu.notices.urls")),
    path("disclosure/", include("yihu.disclosure.urls")),
    path("papers/", include("yihu.papers.urls")),
    path("boards/", include("yihu.boards.urls")),
    path("supervision/", include("yihu.supervision.urls")),
    path("upkeep/", include("yihu.upkeep.urls")),
    path("clauses/", include("yihu.clauses.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
]

handler404 = "yihu.site.erring.missing"
handler500 = "yihu.site.erring.failed"
