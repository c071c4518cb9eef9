"""An event due around a review is done with it, and both clocks run on (§6.2.1)."""

from datetime import date

import pytest

from tests import plant
from tests.desk.duties import duty
from tests.duties.test_actions import at
from yihu.desk.dossier_page.parts import duty_rows
from yihu.duties.choices import DutyKind
from yihu.duties.models import Duty

pytestmark = pytest.mark.django_db


@pytest.mark.clause("6.2.1b")
@pytest.mark.parametrize(
    ("due", "folded"),
    [("2026-11-20", "2026-11-30"), ("2026-12-10", "2026-11-30"), ("2026-11-19", "None")],
)
def test_an_event_within_ten_days_of_a_review(due: str, folded: str) -> None:
    of = plant.dossier(plant.unit())
    review = duty(of, kind=DutyKind.REVIEW, due_on=date(2026, 11, 30))
    happened = date(2026, 11, 12)
    event = Duty.objects.create(
        unit=of.unit, dossier=of, kind=DutyKind.NEW_CONTRACT, source="new_contract",
        subject_id=of.pk, period_start=happened, period_end=happened,
        due_on=date.fromisoformat(due), counts_from=at(happened),
    )  # fmt: skip
    rows = duty_rows([review, event], date(2026, 11, 16))
    assert [(row.due.on, str(row.folded)) for row in rows] == [
        (review.due_on, "None"),
        (event.due_on, folded),
    ]
