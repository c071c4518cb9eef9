"""What ended with a post is kept for the certificate, in the transaction that ended it."""

from yihu.audit.models import Event
from yihu.handover.models import Ending


def on_closed(event: Event) -> None:
    """On `account.closed`: one row of what the account held."""
    said = event.data
    assert event.unit_id is not None
    Ending.objects.create(
        unit_id=event.unit_id,
        staff_id=said["staff"],
        username=said["account"],
        status=said["status"],
        ended=said["ended"],
        at=event.at,
    )
