"""Publishing editions of the guide (§4.1b)."""

import tomllib
from importlib.resources import files
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from yihu.access.models import User
from yihu.audit import actions as audit
from yihu.guide.models import Edition
from yihu.guide.rules import parse

FIRST_EDITION = "edition-1.toml"


def read_edition(name: str = FIRST_EDITION) -> dict[str, Any]:
    """The data file: number, title, effective_on (a date), lists, sections."""
    return tomllib.loads(files("yihu.guide").joinpath("data", name).read_text(encoding="utf-8"))


@transaction.atomic
def load_first_edition(by: User | None = None) -> Edition:
    """Publish the edition that a new installation holds; one that is there stays as it is.

    Raises: BrokenGuide.
    """
    content = read_edition()
    standing = Edition.objects.filter(number=content["number"]).first()
    if standing is not None:
        return standing
    definition = {"lists": content["lists"], "sections": content["sections"]}
    parse(definition)
    edition = Edition.objects.create(
        number=content["number"],
        title=content["title"],
        effective_on=content["effective_on"],
        published_at=Now(),
        definition=definition,
    )
    audit.record(by, "edition.published", edition, data={"number": edition.number})
    edition.refresh_from_db()
    return edition
