"""Names that are nearly the same: of one place, and at most one character apart. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from yihu.kit import text
from yihu.org.regions import REGIONS, short_name

_FORMS = re.compile(
    r"(?:股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|总公司|公司|集团|厂)(?:（.*）)?$"
)
_MARKS = re.compile(r"[（）()、·.\-—_\s]|省|市|自治区")
SHORTEST = 4
"""Below this many characters a core must be equal: 甲气 and 乙气 are not alike."""


_PLACES = {place for region in REGIONS.values() for place in (region.name, short_name(region))}
_LONGEST = max(map(len, _PLACES))


def place_and_rest(short: str) -> tuple[str, str]:
    """The place that a name begins with, and what follows: 泉州南华化工 → 泉州, 南华化工."""
    for end in range(min(_LONGEST, len(short) - 1), 1, -1):
        if short[:end] in _PLACES:
            return short[:end], short[end:]
    return "", short


def core(name: str) -> str:
    """What tells one company from another: 广东省（某某）燃气有限公司 → 广东某某燃气."""
    plain = text.name(name)
    return _MARKS.sub("", _FORMS.sub("", plain)) or plain


def _one_apart(one: str, other: str) -> bool:
    """Whether one insertion, deletion or replacement turns one into the other."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return one[at:] == other[at + 1 :] or one[at + 1 :] == other[at + 1 :]
    return True


def alike(rows: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, str, str, str]]:
    """(row, code, name) → (row, name, other code, other name), once a row; row 0 asks nothing.

    By a dictionary of every name with one character left out, so in linear time.
    """
    known = [(row, code, name, core(name)) for row, code, name in rows]
    by_key: dict[str, list[int]] = defaultdict(list)
    for place, (_row, _code, _name, short) in enumerate(known):
        for key in _keys(short):
            by_key[key].append(place)
    for place, (row, code, name, short) in enumerate(known):
        if not row:
            continue
        for other in _neighbours(short, place, by_key):
            _row, other_code, other_name, other_short = known[other]
            if other_code != code and _near(short, other_short):
                yield row, name, other_code, other_name
                break


def _near(short: str, other: str) -> bool:
    if short == other:
        return True
    if len(short) < SHORTEST or not _one_apart(short, other):
        return False
    here, there = place_and_rest(short)[0], place_and_rest(other)[0]
    return here == there or not (here and there)


def _keys(short: str) -> set[str]:
    if len(short) < SHORTEST:
        return {short}
    return {short, *(short[:at] + short[at + 1 :] for at in range(len(short)))}


MOST_NEIGHBOURS = 50


def _neighbours(short: str, place: int, by_key: dict[str, list[int]]) -> Iterator[int]:
    for key in _keys(short):
        for other in by_key[key][:MOST_NEIGHBOURS]:
            if other != place:
                yield other
