"""What a password must be: 等保 (GB/T 22239 8.1.4.1 a) by default, or ASVS 5.0 by a switch."""

from datetime import datetime, timedelta
from difflib import SequenceMatcher

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from yihu.access.credentials import encoded_of
from yihu.access.entering import for_door
from yihu.access.models import PastPassword, User

LONGEST = 128
ALIKE = 0.7
SHORTEST_NAME = 3


class KindsValidator:
    """Three of four kinds: small letters, capitals, digits, other characters."""

    def __init__(self, least: int = 3) -> None:
        self.least = least

    def validate(self, password: str, user: User | None = None) -> None:
        digits = any(c.isdigit() for c in password)
        others = any(not c.isdigit() and not (c.isascii() and c.isalpha()) for c in password)
        small = any("a" <= c <= "z" for c in password)
        capital = any("A" <= c <= "Z" for c in password)
        if small + capital + digits + others < self.least:
            raise ValidationError(
                _("新密码须含大写字母、小写字母、数字、其他符号中的三种，请补上缺少的种类。")
            )

    def get_help_text(self) -> str:
        return _("含大写字母、小写字母、数字、其他符号中的至少三种。")


class HistoryValidator:
    """None of the last passwords, the present one among them."""

    def __init__(self, last: int = 5) -> None:
        self.last = last

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        with for_door():
            past = PastPassword.objects.filter(user=user).order_by("-at", "-pk")[: self.last - 1]
            known = {encoded_of(user), *(row.encoded for row in past)}
        if any(check_password(password, encoded) for encoded in known):
            raise ValidationError(
                _("新密码不能与最近 %(n)d 次用过的相同，请换一个没有用过的。") % {"n": self.last}
            )

    def get_help_text(self) -> str:
        return _("不是最近 %(n)d 次用过的密码。") % {"n": self.last}


class OwnWordsValidator:
    """Neither the number nor the name, in characters or pinyin."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None:
            return
        from pypinyin import lazy_pinyin

        low = password.lower()
        words = {user.username.lower(), user.name.lower(), "".join(lazy_pinyin(user.name)).lower()}
        for word in words:
            known = len(word) >= SHORTEST_NAME or not word.isascii()
            alike = SequenceMatcher(None, low, word).quick_ratio() >= ALIKE
            if word and ((known and word in low) or alike):
                raise ValidationError(
                    _("新密码不能含有或近似您的姓名、姓名拼音或工号，请换一个无关的。")
                )

    def get_help_text(self) -> str:
        return _("不含姓名、姓名拼音和工号。")


class LengthValidator:
    """Twelve characters and more; every character counts, Chinese ones too."""

    def __init__(self, least: int = 12) -> None:
        self.least = least

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < self.least:
            raise ValidationError(
                _("新密码有 %(n)d 个字符，至少要 %(least)d 个，请加长。")
                % {"n": len(password), "least": self.least}
            )
        if len(password) > LONGEST:
            raise ValidationError(_("新密码最长 %(most)d 个字符，请缩短。") % {"most": LONGEST})

    def get_help_text(self) -> str:
        return _("至少 %(least)d 个字符，可以用汉字和空格。") % {"least": self.least}


def must_change(user: User, at: datetime) -> bool:
    """Whether the password is one-time or too old for the policy."""
    if user.password_one_time:
        return True
    days: int | None = settings.PASSWORD_DAYS
    set_at = user.password_set_at or user.opened_at
    return days is not None and user.has_usable_password() and at - set_at > timedelta(days=days)
