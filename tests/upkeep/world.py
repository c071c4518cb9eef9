"""A small world to copy."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import plant
from tests.dossiers.files import approved, complete_dossier, desk, moment
from yihu.audit import chain
from yihu.kit import clock
from yihu.papers import actions as papers
from yihu.papers.models import Document
from yihu.upkeep.chest import Key, key, made_key


def own_places(settings: Any, folder: Path) -> None:
    """Files, copies, key and sent heads lie in this folder."""
    settings.MEDIA_ROOT = folder / "uploads"
    settings.ANCHOR_FILE = folder / "anchors.log"
    settings.BACKUP_KEY_FILE = str(folder / "key")
    backups = {**settings.STORAGES["backups"], "OPTIONS": {"location": str(folder / "backups")}}
    settings.STORAGES = {**settings.STORAGES, "backups": backups}


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
