"""The unified social credit code (统一社会信用代码, GB 32100-2015)."""

import re
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from yihu.kit.text import code

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z
LENGTH = 18
WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))
PLACE = {character: place for place, character in enumerate(ALPHABET)}
SAFE_NUMBER = 10**15  # Excel keeps 15 digits of a number
_LOOK_ALIKE = str.maketrans({"I": "1", "O": "0", "Z": "2", "S": "5", "V": "U"})
_SEPARATORS = re.compile(r"[-.·_]")
_WELL_FORMED = re.compile(f"[{ALPHABET}]{{18}}")


class BadCreditCode(ValueError):
    """No valid code; the message says in Chinese which character fails and what to do."""


def check_character(body: str) -> str:
    """The 18th character for the first 17; a weighted sum of 0 modulo 31 gives "0"."""
    total = sum(PLACE[character] * weight for character, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


@lru_cache(maxsize=16_384)
def is_valid(text: str) -> bool:
    """Whether this is a code as it stands: 18 characters of the alphabet, check character right."""
    return _WELL_FORMED.fullmatch(text) is not None and check_character(text[:17]) == text[17]


def normalise(text: str) -> str:
    """Full width, lower case, spaces and dashes taken away; no letter is changed."""
    return _SEPARATORS.sub("", code(text))


def read(value: object) -> str:
    """The code that a cell holds.

    A letter that the alphabet lacks is read as the one it looks like (O → 0, I → 1, Z → 2,
    S → 5, V → U) only where the check character then agrees. Raises: BadCreditCode.
    """
    if isinstance(value, bool) or (isinstance(value, int | float | Decimal) and value < 0):
        raise BadCreditCode(_("应为 18 位代码。"))
    if isinstance(value, int | float | Decimal):
        if value >= SAFE_NUMBER:
            raise BadCreditCode(
                _(
                    "单元格是数字格式，15 位以后的数字已丢失；"
                    "请把该列设为文本格式，再照营业执照重新填写。"
                )
            )
        value = str(int(value))
    text = normalise(str(value))
    if is_valid(text):
        return text
    likely = text.translate(_LOOK_ALIKE)
    if likely != text and is_valid(likely):
        return likely
    raise BadCreditCode(_why(text))


def _why(text: str) -> str:
    if re.fullmatch(r"\d+E\+?\d{1,3}", text):
        return _("是科学计数法，数字已丢失；请把该列设为文本格式，再照营业执照重新填写。")
    for place, character in enumerate(text, start=1):
        if character not in PLACE:
            return _(
                "第 %(place)d 位“%(character)s”不在代码字符集内（不用 I、O、S、V、Z）；"
                "请照营业执照核对。"
            ) % {"place": place, "character": character}
    if len(text) != LENGTH:
        return _("应为 18 位，现有 %(actual)d 位；请照营业执照核对。") % {"actual": len(text)}
    return _("校验位不符（第 18 位按前 17 位应为“%(right)s”）；请照营业执照核对。") % {
        "right": check_character(text[:17])
    }
