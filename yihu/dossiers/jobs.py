"""The guide's change over many files: reckoned before it is published, carried out on its day."""

import logging

from procrastinate.contrib.django import app

from yihu.access.entering import for_group
from yihu.dossiers.carrying import adopt
from yihu.dossiers.impact import reckon
from yihu.dossiers.models import GuideImpact
from yihu.guide.queries import to_adopt
from yihu.kit import clock

log = logging.getLogger(__name__)


@app.task(name="dossiers.reckon")
@for_group()
def reckon_impact(impact_id: int) -> None:
    """Say what a draft of the guide would mean; twice is harmless."""
    impact = GuideImpact.objects.select_related("edition__based_on").filter(pk=impact_id).first()
    if impact is None:
        log.info("impact %s was given up", impact_id)
        return

    def tell(done: int) -> None:
        GuideImpact.objects.filter(pk=impact_id).update(done=done)

    reckon(impact, tell=tell)


@app.periodic(cron="*/5 * * * *")  # an edition takes effect with the day, whenever that was missed
@app.task(name="dossiers.adopt", queueing_lock="dossiers.adopt", pass_context=False)
@for_group()
def adopt_editions(timestamp: int) -> None:
    """Carry the files over to every edition that has taken effect, in order."""
    adopt_all()


@app.task(name="dossiers.adopt_now")
@for_group()
def adopt_now() -> None:
    """The same, when an edition takes effect on the day that it is published."""
    adopt_all()


def adopt_all() -> None:
    """Every edition that has taken effect, in order, each in its own transaction."""
    for edition in to_adopt(clock.today()):
        adopt(edition, at=clock.now())
