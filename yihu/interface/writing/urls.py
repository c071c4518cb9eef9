"""The addresses of what programs list, read one by one and do, each with all its methods."""

from collections import defaultdict

from django.urls import URLPattern, path

from yihu.interface.asking import View, by_method
from yihu.interface.writing import (
    duties,
    filling,
    grants,
    keeping,
    letters,
    papers,
    reviewing,
    risks,
    running,
    supervision,
    visits,
)
from yihu.interface.writing.deeds import Deed, read_operation, reading, writing
from yihu.interface.writing.listing import LISTINGS, listing
from yihu.interface.writing.things import Thing
from yihu.kit.openapi import Operation, describes

DEEDS: list[Deed] = [
    *filling.DEEDS, *visits.DEEDS, *letters.DEEDS, *risks.DEEDS, *duties.DEEDS,
    *reviewing.DEEDS, *grants.DEEDS, *supervision.DEEDS,
    *papers.DEEDS, *keeping.DEEDS, *running.DEEDS,
]  # fmt: skip
THINGS: list[Thing] = list(
    {deed.told.name: deed.told for deed in DEEDS if deed.told and deed.told.path}.values()
)


def name_of(address: str) -> str:
    """drafts/<uuid:pk>/submit → drafts-submit; the name of an address is the address."""
    return "-".join(part for part in address.split("/") if not part.startswith("<"))


def _patterns() -> list[URLPattern]:
    views: dict[str, dict[str, View]] = defaultdict(dict)
    said: dict[str, list[Operation]] = defaultdict(list)
    for thing in THINGS:
        views[thing.path]["get"] = reading(thing)
        nexts = [deed for deed in DEEDS if deed.thing is thing]
        said[thing.path].append(read_operation(thing, nexts))
    for known in LISTINGS:
        views[known.path]["get"] = listing(known)
        said[known.path].append(known.operation())
    for deed in DEEDS:
        views[deed.path][deed.method] = writing(deed)
        said[deed.path].append(deed.operation())
    return [
        path(
            address,
            describes(*said[address])(by_method(**found)),
            name=name_of(address) + ("-one" if address.endswith(">") else ""),
        )
        for address, found in sorted(views.items())
    ]


urlpatterns = _patterns()
