"""A round of this year being judged, and the next scheme drafted and tried beside it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from yihu.access.models import User
from yihu.access.rules import Role
from yihu.customers.rules import Klass
from yihu.dossiers.models import Dossier
from yihu.ratings import actions, schemes
from yihu.ratings.queries import latest_month
from yihu.ratings.rules import parse

JUDGED = {Klass.STRATEGIC: 82, Klass.VIP: 46}
"""What headquarters gives for strategic value, about."""
OF_A_UNIT = 12


def rate(*, today: date, now: datetime) -> None:
    """A round of this year, judged in part, computed, waiting for its review; a draft scheme."""
    supervisors = list(
        User.objects.filter(assignments__role=Role.SUPERVISOR, is_active=True).order_by("username")
    )
    if not supervisors:
        return
    maker = supervisors[0]
    began = now - timedelta(days=2)
    rating = actions.open_round(
        maker, year=today.year, cut_off_on=latest_month(today), at=began, today=today
    )
    keyed = Dossier.objects.filter(klass__in=JUDGED).order_by("number")[:60]
    for place, file in enumerate(keyed):
        points = Decimal(JUDGED[Klass(file.klass)] + place * 7 % 15)
        actions.judge(maker, rating.pk, file, code="strategic_value", points=points, at=began)
    steward = User.objects.filter(assignments__role=Role.STEWARD, assignments__unit__code="GD")
    for by in steward[:1]:
        mine = Dossier.objects.filter(unit__code="GD", state="active").order_by("number")
        for place, file in enumerate(mine[:OF_A_UNIT]):
            actions.judge(
                by,
                rating.pk,
                file,
                code="cooperation",
                points=Decimal(70 + place * 11 % 26),
                at=began,
            )
    actions.ask_to_compute(maker, rating.pk, at=began)
    actions.compute(rating.pk, at=began)
    _draft(maker, today=today, now=now)


def _draft(maker: User, *, today: date, now: datetime) -> None:
    """The next edition weighs payment more than volume, and is tried beside the one in force."""
    made = schemes.draft(maker, at=now - timedelta(days=1))
    scheme = parse(made.definition)
    weights = {"volume": Decimal(15), "punctuality": Decimal(25)}
    schemes.edit(
        maker,
        made.number,
        version=made.version,
        title=made.title,
        effective_year=today.year + 1,
        definition=replace(
            scheme,
            indicators=tuple(
                replace(line, weight=weights.get(line.code, line.weight))
                for line in scheme.indicators
            ),
        ),
        at=now - timedelta(days=1),
    )
    trial = schemes.try_out(
        maker, made.number, cut_off_on=latest_month(today), at=now - timedelta(days=1)
    )
    actions.compute(trial.pk, at=now - timedelta(days=1))
