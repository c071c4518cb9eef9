"""Kinds of documents, how secret they are, what became of their text."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    LICENCE = "licence", _("营业执照")
    CONTRACT = "contract", _("合同扫描件")
    PERMIT = "permit", _("许可证")
    LETTER = "letter", _("函件")
    MINUTES = "minutes", _("访谈纪要")
    OTHER = "other", _("其他")


class Sensitivity(models.TextChoices):
    """As the guide's fields: what everybody of the unit may see, and the three kinds above it."""

    OPEN = "open", _("内部")
    ORDINARY = "ordinary", _("普通商密")
    CORE = "core", _("核心商密")
    PERSONAL = "personal", _("个人信息")


MASKED = (Sensitivity.CORE, Sensitivity.PERSONAL)
"""Told to the keepers of the unit's files; to others for ten minutes, on a stated purpose."""
PUBLIC = (Kind.LICENCE, Kind.PERMIT)
"""What authorities publish, whatever the mark of the file."""
RANK = {level: rank for rank, level in enumerate(Sensitivity)}


def level_of(kind: str, stated: str, *, core_file: bool) -> Sensitivity:
    """How secret a document is: as stated, but never less than its kind and its file make it.

    A contract is a core secret; so is whatever lies in a core file but what is public anyway.
    """
    core = kind == Kind.CONTRACT or (core_file and kind not in PUBLIC)
    least = Sensitivity.CORE if core else Sensitivity.OPEN
    return max(Sensitivity(stated), least, key=RANK.__getitem__)


class TextState(models.TextChoices):
    WAITING = "waiting", _("等待识别")
    LAYER = "layer", _("文件自带文字")
    RECOGNISED = "recognised", _("已识别")
    EMPTY = "empty", _("没有文字")
    LOCKED = "locked", _("加密，无法识别")
    ABSENT = "absent", _("未安装文字识别")
    FAILED = "failed", _("识别失败")
    NONE = "none", _("不识别")


class Fault(models.TextChoices):
    """What a re-hash found of a stored file."""

    NONE = "", _("相符")
    MISSING = "missing", _("存储中找不到文件")
    CHANGED = "changed", _("内容与入库时的摘要不符")
