"""What writers that were killed left of files is taken away (§4.2b)."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages

from yihu.kit import disk
from yihu.papers.storage import sweep

ABANDONED = timedelta(days=1)
"""Nobody writes at one file for so long."""


def tidy(at: datetime) -> int:
    """Uploads, documents and copies that were begun a day ago and never ended; how many."""
    before = at - ABANDONED
    uploads = disk.sweep(Path(settings.MEDIA_ROOT), before=before)
    return uploads + sum(sweep(storages[name], before=before) for name in ("papers", "backups"))
