"""The way from a page that went wrong to a report of it."""

from typing import Any

from django import template

from yihu.kit.asking import request_id

register = template.Library()


@register.inclusion_tag("helpdesk/_link.html", takes_context=True)
def report_link(context: dict[str, Any]) -> dict[str, Any]:
    """A link that takes along the page's path and the number of its request, and no more."""
    request = context.get("request")
    return {"path": request.path if request is not None else "", "number": request_id.get()}
