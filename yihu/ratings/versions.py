"""What of the ratings stands in a dossier's versions: the final results (§6.1.3)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yihu.customers.rules import Klass
from yihu.dossiers.content import plain
from yihu.dossiers.tables import Table
from yihu.ratings.models import RatingResult, ResultState

COLUMNS = (
    ("year", _("评级年度")),
    ("score", _("得分")),
    ("grade", _("信用等级")),
    ("klass", _("客户类别")),
    ("rated_on", _("评级日期")),
)
_CODES = [code for code, _label in COLUMNS]


def read_ratings(keys: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Final results, oldest first."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = RatingResult.objects.filter(dossier__in=keys, state=ResultState.FINAL).order_by("year")
    for key, *values in rows.values_list("dossier", *_CODES):
        found[key].append(
            {code: plain(value) for code, value in zip(_CODES, values, strict=True) if value}
        )
    return found


RATINGS = Table(
    "ratings",
    _("客户评级结果"),
    "basic",
    ("year",),
    COLUMNS,
    read_ratings,
    {"klass": dict(Klass.choices)},
    frozenset({"score"}),
)
