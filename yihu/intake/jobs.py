"""Large ledgers are read and committed here; the page asks how far it is."""

import logging
from collections.abc import Callable
from uuid import UUID

from procrastinate.contrib.django import app

from yihu.access.entering import for_bearer
from yihu.access.models import User
from yihu.intake import actions
from yihu.intake.models import Import
from yihu.kit import clock
from yihu.kit.lost import lost

log = logging.getLogger(__name__)


def _progress_of(import_id: UUID) -> Callable[[int], None]:
    """Tell the page how far it is; outside any transaction, so that it can be seen."""

    def tell(percent: int) -> None:
        Import.objects.filter(pk=import_id).update(progress=percent)

    return tell


@app.task(name="intake.preview")
def preview(import_id: str, ticket: str) -> None:
    """Read an uploaded file; twice is harmless."""
    key = UUID(import_id)
    with for_bearer(ticket, "intake.preview", import_id):
        try:
            actions.preview(key, progress=_progress_of(key))
        except Exception as why:
            if lost(why):
                raise  # the queue tries again
            log.exception("import %s could not be read", import_id)
            actions.fail(key)


@app.task(name="intake.commit")
def commit(import_id: str, ticket: str, digest: str) -> None:
    """Commit a confirmed file; twice is once, and what was given up meanwhile stays so."""
    with for_bearer(ticket, "intake.commit", import_id) as user_id:
        _commit(UUID(import_id), user_id, digest)


def _commit(key: UUID, user_id: int, digest: str) -> None:
    try:
        actions.confirm(
            User.objects.get(pk=user_id),
            Import.objects.get(pk=key),
            digest=digest,
            today=clock.today(),
            at=clock.now(),
        )
    except actions.NotReady as late:
        log.info("import %s is %s, nothing to commit", key, late.state)
    except Exception as why:
        if lost(why):
            raise
        log.exception("import %s could not be committed", key)
        actions.fail(key)
