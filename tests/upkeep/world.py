"""A small world to copy."""

import io
from dataclasses import dataclass
from pathlib import Path

from tests import plant
from tests.dossiers.files import approved, complete_dossier, desk, moment
from yihu.audit import chain
from yihu.kit import clock
from yihu.papers import actions as papers
from yihu.papers.models import Document
from yihu.upkeep.chest import Key, key, made_key


@dataclass
class World:
    """What is copied, in which folder, and the key that locks it."""

    folder: Path
    key: Key
    paper: Document


def planted(folder: Path) -> World:
    """A file with a version, a document, sealed events and a head that was sent."""
    gd = desk()
    approved(gd, complete_dossier(gd))
    content = io.BytesIO("合同正文".encode())
    paper = papers.upload(
        gd.filler, plant.dossier(gd.unit), content, name="合同.txt", at=moment()
    ).document
    chain.take_care(at=clock.now())
    assert made_key()
    return World(folder, key(), paper)
