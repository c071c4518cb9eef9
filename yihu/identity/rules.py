"""Which statements are registry facts, and the states of the work on them (§5.1, DESIGN §2)."""

import re
import unicodedata

from django.db import models
from django.utils.translation import gettext_lazy as _

COLUMNS = {
    "name_full": "name_full",
    "name_former": "former_names",
    "region_code": "region_code",
    "gas_use": "gas_uses",
}
"""Registry facts that are columns of a dossier: field code → column."""
FACTS = (
    *COLUMNS,
    "foreign_reg_no",
    "entity_type",
    "ownership",
    "parent_group",
    "controller",
    "reg_capital",
    "capital_currency",
    "legal_rep",
    "established_on",
    "term_to",
    "reg_status",
    "reg_addr",
    "office_addr",
    "admin_code",
    "industry_code",
)
"""Facts of the legal entity, the same whoever asks. What a unit agreed with it is not one."""
BASIS_MOST = 200
REASON_MOST = 200


class DisagreementState(models.TextChoices):
    OPEN = "open", _("待核定")
    SETTLED = "settled", _("已核定")
    WITHDRAWN = "withdrawn", _("已自行一致")


class OfferState(models.TextChoices):
    OPEN = "open", _("待处理")
    DECLINED = "declined", _("未采用")
    FULFILLED = "fulfilled", _("已更正")
    LAPSED = "lapsed", _("已失效")


class CodeState(models.TextChoices):
    PROPOSED = "proposed", _("待确认")
    CONFIRMED = "confirmed", _("已变更")
    REFUSED = "refused", _("未同意")
    WITHDRAWN = "withdrawn", _("已撤回")


class AlikeState(models.TextChoices):
    OPEN = "open", _("待核对")
    DISMISSED = "dismissed", _("不是同一家")
    JOINED = "joined", _("已合并")


ALIKE_FROM = 88
"""Names whose stems are at least so alike (rapidfuzz ratio, 0 to 100) are proposed."""
_LEGAL_FORM = re.compile(
    r"(集团)?(股份有限公司|有限责任公司|有限公司|分公司|公司|总厂|厂)$|[()（）·\s]"
)
_PLACE = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,3}[市县区])")


def stem(name: str) -> str:
    """What tells a name from others: without legal form, brackets and the place it begins with."""
    plain = unicodedata.normalize("NFKC", name)
    plain = _LEGAL_FORM.sub("", re.sub(r"[()\s]", "", plain))
    rest = _PLACE.sub("", plain)
    return rest if len(rest) >= 2 else plain
