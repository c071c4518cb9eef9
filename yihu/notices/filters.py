"""What the list of notices can be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yihu.kit.filters import Filter, choice
from yihu.kit.paging import Order
from yihu.notices.choices import Topic


class NoticeFilter(Filter):
    """Sort of notice, and whether it was seen; the newest first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "told": Order("told_at", datetime.fromisoformat),
    }
    topic: Any = choice(_("类别"), Topic.choices)
    state: Any = choice(_("状态"), [("unread", _("未读"))])

    def clean_sort(self) -> str:
        return super().clean_sort() if self.cleaned_data["sort"] else "-told"
