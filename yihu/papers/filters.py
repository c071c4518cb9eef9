"""What the search of documents can be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order
from yihu.papers.choices import Kind


class DocumentFilter(Filter):
    """Words of a title, a file name or the text, and the kind; newest first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "latest": Order("uploaded_at", datetime.fromisoformat, descending=True)
    }
    q: Any = text(_("文字"), _("标题、文件名或文件中的文字"))
    kind: Any = choice(_("类别"), Kind.choices)
