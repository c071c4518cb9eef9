"""What the work lists can be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from yihu.identity.rules import FACTS, DisagreementState
from yihu.kit.filters import Filter, choice, text
from yihu.kit.paging import Order


class DisagreementFilter(Filter):
    """State, field and customer; the latest found first."""

    orders: ClassVar[Mapping[str, Order]] = {
        "found": Order("found_at", datetime.fromisoformat, descending=True)
    }
    q: Any = text(_("客户"), _("名称或信用代码"))
    state: Any = choice(_("状态"), DisagreementState.choices)
    field: Any = choice(_("栏目"), [(code, code) for code in FACTS])

    def label_fields(self, labels: Mapping[str, str]) -> None:
        """Say the fields by the guide's names."""
        options = [("", _("全部")), *((code, labels.get(code, code)) for code in FACTS)]
        self.fields["field"].choices = options  # type: ignore[attr-defined]  # a ChoiceField
