"""Looks behind masks, marks and a sealed contact in the demo group."""

from datetime import date, datetime, timedelta

from yihu.access.models import User
from yihu.disclosure.actions import reveal, seal_contact, set_mark
from yihu.disclosure.queries import contacts_of
from yihu.disclosure.rules import Group, Purpose
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.rules import PENDING, Secrecy, later_by

UNIT = "GD"
LOOKS = (  # who, group, purpose, note, minutes ago
    ("RM0001", Group.PRICES, Purpose.INSPECTION, "十月价格抽查", 190),
    ("RM0001", Group.PERSONAL, Purpose.CONTACT, "", 185),
    ("RM0001", Group.CORE, Purpose.INSPECTION, "毛利核对", 60),
    ("RM0001", Group.PRICES, Purpose.RISK, "到期未回款", 45),
)


def look_and_seal(*, today: date, now: datetime) -> None:
    """As the supervisor and the steward of Guangdong would."""
    steward = User.objects.get(username=f"{UNIT}0005")
    drafts = Draft.objects.filter(state__in=PENDING).values("dossier")
    files = list(
        Dossier.objects.filter(unit__code=UNIT).exclude(pk__in=drafts).order_by("number")[:6]
    )
    for place, (who, group, purpose, note, minutes) in enumerate(LOOKS):
        reveal(
            User.objects.get(username=who),
            files[place],
            group=group,
            purpose=purpose,
            note=note,
            at=now - timedelta(minutes=minutes),
        )
    raised, lowered = files[0], files[1]
    for file, years, reason in ((raised, 20, "含长协价格策略"), (lowered, 1, "合同已到期多年")):
        set_mark(
            steward,
            file,
            secrecy=Secrecy(file.mark.secrecy),
            until=later_by(file.opened_on, years),
            circle="本单位市场部、集团资源与市场部",
            reason=reason,
            at=now - timedelta(days=1),
        )
    sealed = files[4]
    seal_contact(
        steward,
        sealed,
        name=contacts_of(sealed)[0]["name"],
        requested_on=today - timedelta(days=3),
        reason="本人来电要求停止使用其信息",
        at=now - timedelta(days=1),
    )
