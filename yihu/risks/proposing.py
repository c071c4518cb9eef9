"""The group's nightly work: rules propose, and checks whose day has passed are told (§6.2.2)."""

from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.db.models import F

from yihu.audit import actions as audit
from yihu.audit.actions import Line
from yihu.risks.models import Proposal, Remark
from yihu.risks.queries import numbers_on
from yihu.risks.rules import RULES

SQL = Path(__file__).parent / "sql"


@transaction.atomic
def propose(*, today: date) -> dict[str, int]:
    """Every rule over every file, one statement a rule; how many proposals are new, by rule.

    Twice on a day gives nothing new. A person judges each: nothing is remarked by itself.
    """
    numbers = numbers_on(today)
    frame = (SQL / "propose.sql").read_text("utf-8")
    told: dict[str, int] = {}
    for rule in RULES:
        found = (SQL / f"{rule.code}.sql").read_text("utf-8")
        with connection.cursor() as cursor:
            cursor.execute(
                frame.replace("{found}", found),
                {"today": today, "number": numbers[rule.code], "rule": rule.code},
            )
            rows = cursor.fetchall()
        audit.record_many(
            None,
            "risk.proposed",
            [Line(Proposal(pk=pk), unit, file, {"rule": rule.code}) for pk, unit, file in rows],
        )
        told[rule.code] = len(rows)
    return told


@transaction.atomic
def tell_overdue(*, today: date) -> int:
    """Record `risk.check_overdue` once for each day of check that has passed; how many."""
    late = list(
        Remark.objects.select_for_update()
        .filter(next_check_on__lt=today)
        .exclude(told_overdue_on=F("next_check_on"))
        .order_by("unit", "id")
    )
    for remark in late:
        audit.record(
            None,
            "risk.check_overdue",
            remark,
            dossier_id=remark.dossier_id,
            data={"number": remark.number, "due_on": remark.next_check_on},
        )
    Remark.objects.filter(pk__in=[remark.pk for remark in late]).update(
        told_overdue_on=F("next_check_on")
    )
    return len(late)
