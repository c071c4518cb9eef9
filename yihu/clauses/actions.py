"""Months of the clauses' figures are reckoned and closed; the map is printed (§6.4.2)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from yihu.access.models import User
from yihu.audit import actions as audit
from yihu.clauses.figures import CONTENT, sources
from yihu.clauses.models import Fact
from yihu.clauses.queries import MONTHS, months_until
from yihu.dossiers.filled import filled_of
from yihu.guide.models import Edition
from yihu.guide.rules import parse
from yihu.kit.clock import SHANGHAI

TAKE = """
INSERT INTO clauses_fact (unit_id, figure, month, top, bottom, closed, reckoned_at)
SELECT f.unit_id, f.figure, %(month)s, sum(f.top), sum(f.bottom), %(closed)s, %(at)s
FROM ({statement}) f
WHERE f.figure = ANY (%(figures)s)
GROUP BY f.unit_id, f.figure
"""


@transaction.atomic
def reckon(*, today: date, at: datetime) -> int:
    """Every figure of the last months that is not closed, one statement each; how many rows.

    A month that is over is reckoned as it stood at its end, once, and closed. `today` is the day
    of `at` in Shanghai.
    """
    closed = set(Fact.objects.filter(closed=True).values_list("figure", "month").distinct())
    rows = 0
    for month in months_until(today, MONTHS):
        values = _values(month, today, at)
        for name, numbers, statement in sources():
            wanted = {number for number in numbers if (number, month) not in closed}
            if not wanted:
                continue
            Fact.objects.filter(figure__in=wanted, month=month).delete()
            for said, more in _statements(name, statement, values):
                with connection.cursor() as cursor:
                    cursor.execute(
                        TAKE.replace("{statement}", said),
                        {**values, **more, "figures": sorted(wanted)},
                    )
                    rows += cursor.rowcount
    audit.record(None, "clauses.reckoned", "clauses.fact", data={"rows": rows})
    return rows


def _values(month: date, today: date, at: datetime) -> dict[str, Any]:
    following = (month + timedelta(days=32)).replace(day=1)
    over = following <= today
    return {
        "month": month,
        "next": following,
        "day": following if over else today,
        "after": following if over else today + timedelta(days=1),
        "since": datetime.combine(month, time(), SHANGHAI),
        "until": datetime.combine(following, time(), SHANGHAI) if over else at,
        "closed": over,
        "at": at,
    }


def _statements(
    name: str, statement: str, values: Mapping[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    """The statement itself; that of content once, over all published editions of the guide."""
    if name != CONTENT:
        return [(statement, {})]
    editions = list(Edition.objects.filter(published_at__isnull=False).order_by("number"))
    effective = [one for one in editions if one.effective_on < values["day"]]
    in_force = effective[-1].pk if effective else None
    parts, more = [], {"in_force": in_force}
    for place, edition in enumerate(editions):
        filled = filled_of(parse(edition.definition), composed=True)
        said = statement.replace("%(edition)s", f"%(edition{place})s")
        for word, sql in (
            ("{filled}", filled.filled), ("{required}", filled.required),
            ("{sections}", filled.sections),
        ):  # fmt: skip
            said = said.replace(word, sql)
        parts.append(f"SELECT * FROM ({said}) e{place}")
        more[f"edition{place}"] = edition.pk
    return [(" UNION ALL ".join(parts), more)] if parts else []


@transaction.atomic
def hand_out(by: User, *, rows: int, trace: str) -> None:
    """Write down that the map was printed (§5.5)."""
    audit.record(by, "clauses.printed", "clauses.fact", data={"rows": rows, "trace": trace})
