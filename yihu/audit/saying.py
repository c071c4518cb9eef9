"""What a line of the log may say of an act: never a value of a file (SECURITY B1, 16.3.2).

Closed lists: whoever records something new says here what it is. What stands in none of them is a
programming error: refused in the tests, veiled as a whole where people work, whose act it is not to
lose.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

_PLAIN = """
accounts added against amount anchors asked_by at barcode beside blocks bytes carrier carries_out
category cause changed checks code concurrent condition conditions contracts copied copies copy
count customers cutoff_on day deadline_on difference digest direction document dossiers drafts
draw_sha256 drawn due_on duty edited edition effective_on ended facts failures faults field fields
files findings follows found general group head held_on hits how in_place indicator inspection
inspectors internal item kind kinds klass late_days level limit lines list list_removed lookup
mapped mark means method minimum misplaced missing month months moved new of offers offtake ok old
on on_time original out page pages part pending period person planned_on population
population_sha256 proposed query regions rejected removed renamed replaced requested_on restored
retention revision role roles root route rows rule save scheme scope seconds section sections seed
sensitivity set_aside severity sha256 since size staff status step strategic supersedes tab times
topic topics trace unchanged units until up verdict version vip warnings way weighted what withdrawn
within working year
"""
PLAIN = frozenset(_PLAIN.split())
"""Codes, counts, days, keys and digests: whatever else is said under them is veiled."""
_SPOKEN = """
account basis by events for from held_for label leaver note now number path permission place
purpose reason register_number secrecy successor to was why witness
"""
SPOKEN = frozenset(_SPOKEN.split())
"""What the actor says of the act itself, colleagues, shelves and running numbers, as words."""
RULES = {
    "edition.discarded": frozenset({"title", "definition", "changes"}),
    "edition.edited": frozenset({"title", "name"}),
    "regulation.amended": frozenset({"title", "summary"}),
}
"""Verbs about headquarters' own rules, whose words are no customer's."""
LONGEST = 400
_TOKEN = re.compile(r"[A-Za-z0-9_.:/*+%@ -]{0,120}", re.ASCII)
_PRIVATE = re.compile(r"\+?[0-9]{7,15}|[0-9A-HJ-NP-RT-UW-Y]{18}|-?[0-9]+[.][0-9]+", re.ASCII)
"""A telephone number, a credit code, a price: tokens that are somebody's or something's value."""


class Unsayable(ValueError):
    """The log would say something that nobody declared: see `PLAIN` and `SPOKEN`."""


def sayable(
    verb: str, content: Mapping[str, Any], veil: Callable[[str], str], *, strict: bool
) -> dict[str, Any]:
    """The same, with whatever is no code, count or day under a plain key veiled.

    Raises: where it is strict, Unsayable for a key that no list knows.
    """
    own = RULES.get(verb, frozenset())
    said: dict[str, Any] = {}
    for key, value in content.items():
        if key == "before":
            said[key] = sayable(verb, value, veil, strict=strict)
        elif key in own:
            said[key] = value
        elif key in SPOKEN:
            said[key] = value[:LONGEST] if isinstance(value, str) else _plain(value, veil)
        elif key in PLAIN:
            said[key] = _plain(value, veil)
        elif strict:
            raise Unsayable(f"{verb}: {key}")
        else:
            said[key] = veil(str(value))
    return said


def _plain(value: Any, veil: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        plain = _TOKEN.fullmatch(value) and not _PRIVATE.fullmatch(value)
        return value if plain else veil(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(one, veil) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one, veil) for one in value]
    return value
