"""What a dossier is found by: pinyin, initials, and the one text that search looks in."""

from collections.abc import Iterable


def pinyin_of(name: str) -> tuple[str, str]:
    """Full pinyin and initials of a name, lower case: 深圳燃气 → (shenzhenranqi, szrq)."""
    from pypinyin import Style, lazy_pinyin

    full = "".join(lazy_pinyin(name)).lower()
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return full, initials


def search_text(
    *,
    name_full: str,
    short_name: str = "",
    former_names: Iterable[str] = (),
    credit_code: str,
    number: str,
    pinyin: str,
    initials: str,
) -> str:
    """One lower-case line; the parts stand apart by a space, so no query matches across two."""
    parts = (name_full, short_name, *former_names, credit_code, number, pinyin, initials)
    return " ".join(part for part in parts if part).lower()
