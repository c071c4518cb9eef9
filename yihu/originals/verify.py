"""Are the certificates of what was destroyed what they were when they were signed? (§6.3.3)"""

from yihu.dossiers.rules import digest_of
from yihu.originals.models import Disposal, Original
from yihu.originals.rules import DisposalState, State


def verify_disposals() -> tuple[int, list[str]]:
    """How many certificates there are, and the numbers of those that do not hold.

    One holds where its digest does, and each original that it names lies there as destroyed.
    """
    wrong: list[str] = []
    checked = 0
    for done in Disposal.objects.filter(state=DisposalState.DONE).order_by("number").iterator():
        checked += 1
        named = [line["barcode"] for line in done.certificate["originals"]]
        gone = Original.objects.filter(
            unit=done.unit_id, barcode__in=named, state=State.DESTROYED
        ).count()
        if digest_of(done.certificate) != done.sha256 or gone != len(named):
            wrong.append(done.number)
    return checked, wrong
