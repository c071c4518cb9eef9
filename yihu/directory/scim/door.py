"""The one address of SCIM. The protocol's library takes half a second to load: when first asked."""

from importlib import import_module

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from yihu.access.entering import for_group
from yihu.directory.models import ScimToken
from yihu.directory.provisioning import Source
from yihu.kit import clock


@csrf_exempt  # a token alone opens it, never a session
@login_not_required
def scim(request: HttpRequest, rest: str) -> HttpResponse:
    """Every resource and method of SCIM 2.0, for whose token is proven already (middleware)."""
    protocol = import_module("yihu.directory.scim.protocol")
    token: ScimToken | None = getattr(request, "scim_token", None)
    if token is None:
        refused: HttpResponse = protocol.error(
            401, _("令牌无效、已到期或已吊销，请联系信息技术中心。")
        )
        refused["WWW-Authenticate"] = 'Bearer realm="yihu"'
        return refused
    name = _("身份系统：%(label)s") % {"label": token.label}
    source = Source(name, clock.today(), clock.now())
    with for_group():  # the identity system tells of every unit's people
        answered: HttpResponse = protocol.answer(request, source, rest)
    return answered
