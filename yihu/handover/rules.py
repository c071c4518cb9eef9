"""States of a hand-over, who signs it, and its digest (§3d, 6.3.4)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

REASON_MOST = 200
EARLIEST_YEAR = 2000
LATEST_DAYS = 366
"""A personnel event lies at most so many days ahead."""
ROWS_MOST = 5_000
"""Personnel events of one file or one call."""


class State(models.TextChoices):
    DRAFT = "draft", _("选定接收人")
    FROZEN = "frozen", _("待各方确认")
    DONE = "done", _("已完成")
    CANCELLED = "cancelled", _("已取消")


OPEN = (State.DRAFT, State.FROZEN)


class Part(models.TextChoices):
    LEAVER = "leaver", _("移交人")
    SUCCESSOR = "successor", _("接收人")
    WITNESS = "witness", _("监交人")


ENDED = {
    "access.user": _("账号"),
    "access.roleassignment": _("角色"),
    "access.session": _("登录会话"),
    "access.passwordreset": _("密码重置码"),
    "exports.link": _("下载链接"),
    "exports.takeout": _("导出申请"),
    "grants.grant": _("查询权限"),
}
"""How the kinds of `access.ending` are said; one that is not here by its own name."""


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 (64 hex digits) of the list that everybody signs."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
