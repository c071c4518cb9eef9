"""Small signs that a page shows by the hundred: an icon, a customer's class.

Tags, not components: of a list page's time a component for each of them took a fifth.
"""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """One of `yihu/icons.svg`; says nothing to those who cannot see it."""
    return format_html(
        '<svg class="icon yh-icon" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        static("yihu/icons.svg"),
        name,
    )


@register.simple_tag
def klass(code: str, label: str) -> SafeString:
    """The class of a customer (§2.5–2.8), or that it has none."""
    if not code:
        return format_html('<span class="yh-klass yh-klass-none">{}</span>', _("未分类"))
    return format_html('<span class="yh-klass yh-klass-{}">{}</span>', code, label)
