"""A map of China by province with a table beside it that says the same."""

from typing import Any

from django import template

from yihu.kit.shading import ChinaMap

register = template.Library()


@register.inclusion_tag("_china_map.html")
def china_map(figure: ChinaMap) -> dict[str, Any]:
    """Draw it. The page's head needs `{% include "_china_map_head.html" %}` once."""
    return {"figure": figure}
