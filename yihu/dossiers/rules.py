"""Choices of the file itself, and the chain of its versions."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    ACTIVE = "active", _("在用")
    DORMANT = "dormant", _("休眠")
    CLOSED = "closed", _("关闭")


class DraftState(models.TextChoices):
    OPEN = "open", _("填报中")
    SUBMITTED = "submitted", _("待审核")
    APPROVED = "approved", _("已通过")
    DISCARDED = "discarded", _("已放弃")


PENDING = (DraftState.OPEN, DraftState.SUBMITTED)


class Mark(models.TextChoices):
    """What a filler says of a section: it changed, or it was checked and did not."""

    CHANGED = "changed", _("有变更")
    UNCHANGED = "unchanged", _("核对无变化")


class Decision(models.TextChoices):
    APPROVED = "approved", _("通过")
    RETURNED = "returned", _("退回")
    WITHDRAWN = "withdrawn", _("撤回")


class Secrecy(models.TextChoices):
    ORDINARY = "ordinary", _("普通商密")
    CORE = "core", _("核心商密")


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes that a version's SHA-256 is taken over: UTF-8 JSON, keys sorted, no spaces."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def chain_hash(content: Mapping[str, Any], previous_sha256: str) -> str:
    """SHA-256 (64 hex digits) over the hash of the version before and the canonical content."""
    return hashlib.sha256(previous_sha256.encode() + b"\n" + canonical(content)).hexdigest()


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 (64 hex digits) of what a reviewer sees: an approval is pinned to it."""
    return hashlib.sha256(canonical(content)).hexdigest()
