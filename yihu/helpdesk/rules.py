"""What of the page goes with a report: never what was searched for, never a secret address."""

import re
from uuid import UUID

from django.urls import Resolver404, resolve

PATH_MOST = 300
_NUMBER = re.compile(r"[0-9A-Za-z-]{8,40}")


def page_of(said: str) -> str:
    """The path of one of our pages without query and fragment; "" for anything else.

    Keys of rows stay, since they say which page it was and nothing of anybody; words in the path
    (a calendar's secret, an account) do not.
    """
    path = said.partition("?")[0].partition("#")[0]
    if len(path) > PATH_MOST:
        return ""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    for value in match.kwargs.values():
        if not isinstance(value, UUID | int):
            path = path.replace(str(value), "…")
    return path


def number_of(said: str) -> str:
    """The number of a request, as pages and answers show it; "" for anything else."""
    return said if _NUMBER.fullmatch(said) else ""
