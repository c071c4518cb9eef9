"""Every file from one edition of the guide to the next, in one transaction (§4.1b, 6.1.4).

Until it commits the older edition is in force; after it every file and every draft stands under
the newer one. Nothing typed is lost: what the newer guide has no place for is kept in `retired`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from psycopg.types.json import Jsonb

from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.rules import PENDING
from yihu.guide import actions as guide
from yihu.guide.carry import Carried, Change, carry, keep, read_changes
from yihu.guide.models import Adoption, Edition
from yihu.guide.queries import definition_of, steps
from yihu.guide.rules import Definition
from yihu.kit.copy import copy_rows

AT_ONCE = 2000
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Step:
    """From one definition to the next, by the mapping that was published with it."""

    old: Definition
    new: Definition
    changes: Sequence[Change]
    number: int

    def carry(self, facts: Mapping[str, Any]) -> Carried:
        """What was said under the old edition, said under the new one."""
        return carry(facts, self.changes, self.old, self.new, edition=self.number)


def step_to(edition: Edition) -> Step | None:
    """The step that the edition's mapping describes; None for one that follows none."""
    before = edition.based_on
    if before is None:
        return None
    return Step(
        definition_of(before),
        definition_of(edition),
        read_changes(edition.changes),
        before.number,
    )


def said_under(facts: Mapping[str, Any], written: Edition, now: Edition) -> Carried:
    """What a version said, by the codes of a later edition, for comparing; as it was, if equal."""
    found = Carried(dict(facts), {})
    if written.pk == now.pk:
        return found
    for step in steps(written, now):
        onward = carry(
            found.facts,
            step.changes,
            definition_of(step.old),
            definition_of(step.new),
            edition=step.old.number,
        )
        found = Carried(onward.facts, keep(found.retired, onward.retired))
    return found


def facts_under(facts: Mapping[str, Any], written: Edition, now: Edition) -> dict[str, Any]:
    """The facts of `said_under`."""
    return said_under(facts, written, now).facts


@transaction.atomic
def adopt(edition: Edition, *, at: datetime) -> Adoption:
    """Carry every file and every pending draft over, and put the edition in force.

    Writers wait meanwhile, readers do not; twice is once. Set-based: COPY, then one statement
    a table.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE dossiers_dossier, dossiers_draft IN EXCLUSIVE MODE")
    done = Adoption.objects.filter(edition=edition).first()
    if done is not None:
        return done
    step = step_to(edition)
    dossiers = drafts = set_aside = 0
    if step is not None:
        dossiers, aside = _carry_dossiers(step)
        drafts, more = _carry_drafts(step)
        set_aside = aside + more
    made = guide.adopt(edition, at=at, dossiers=dossiers, drafts=drafts, set_aside=set_aside)
    audit.record(
        None,
        "edition.adopted",
        edition,
        data={
            "number": edition.number,
            "dossiers": dossiers,
            "drafts": drafts,
            "set_aside": set_aside,
        },
    )
    return made


def _carry_dossiers(step: Step) -> tuple[int, int]:
    set_aside = 0
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.carried_file")
        cursor.execute(
            "CREATE TEMPORARY TABLE carried_file (unit_id integer, id uuid, document jsonb, "
            "retired jsonb) ON COMMIT DROP"
        )
        for page in pages(Dossier.objects.only("unit", "document", "retired")):
            lines = []
            for file in page:
                carried = step.carry(file.document)
                if carried.facts == file.document and not carried.retired:
                    continue
                set_aside += len(carried.retired)
                both = keep(file.retired, carried.retired)
                lines.append((file.unit_id, file.pk, Jsonb(carried.facts), Jsonb(both)))
            copy_rows("carried_file", ("unit_id", "id", "document", "retired"), lines)
        cursor.execute(
            "UPDATE dossiers_dossier d SET document = c.document, retired = c.retired "
            "FROM carried_file c WHERE d.unit_id = c.unit_id AND d.id = c.id"
        )
        return cursor.rowcount, set_aside


def _carry_drafts(step: Step) -> tuple[int, int]:
    set_aside = 0
    lines = []
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.carried_draft")
        cursor.execute(
            "CREATE TEMPORARY TABLE carried_draft (unit_id integer, id uuid, changes jsonb, "
            "bases jsonb, retired jsonb) ON COMMIT DROP"
        )
        for draft in Draft.objects.filter(state__in=PENDING).iterator(AT_ONCE):
            carried = step.carry(draft.changes)
            bases = step.carry(draft.bases).facts
            set_aside += len(carried.retired)
            lines.append(
                (
                    draft.unit_id,
                    draft.pk,
                    Jsonb(carried.facts),
                    Jsonb({code: bases.get(code) for code in carried.facts}),
                    Jsonb(keep(draft.retired, carried.retired)),
                )
            )
        copy_rows("carried_draft", ("unit_id", "id", "changes", "bases", "retired"), lines)
        cursor.execute(
            "UPDATE dossiers_draft d SET changes = c.changes, bases = c.bases, "
            "retired = c.retired FROM carried_draft c WHERE d.unit_id = c.unit_id AND d.id = c.id"
        )
        return cursor.rowcount, set_aside


def pages(rows: QuerySet[M]) -> Iterator[list[M]]:
    """All rows by key, some thousand at a time."""
    last = UUID(int=0)
    while page := list(rows.order_by("pk").filter(pk__gt=last)[:AT_ONCE]):
        yield page
        last = page[-1].pk
