"""A row of a unit in every table that units own, each of its words bearing the unit's mark.

Filled from the models themselves, so a new table is planted, and guarded, without a line here
unless its constraints want more than true types.
"""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models.fields import NOT_PROVIDED

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.assessment.models import Assessment
from yihu.assessment.schemes import load_first_scheme as load_first_assessment_scheme
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier
from yihu.duties.actions import load_first_policy
from yihu.guide.actions import load_first_edition
from yihu.guide.models import Edition
from yihu.handover.models import Handover, Signature
from yihu.identity.models import Disagreement
from yihu.inspections.models import Checklist, Inspection
from yihu.kit.clock import now
from yihu.org.models import OrgUnit, Staff
from yihu.org.rules import UnitKind
from yihu.outbox.models import Published
from yihu.papers.models import Blob
from yihu.ratings.models import RatingRound
from yihu.ratings.schemes import load_first_scheme
from yihu.regulations.models import Regulation

_numbers = count(1)
DAY = date(2026, 10, 1)
WANTED: dict[str, dict[str, Any]] = {
    "assessment.entry": {"points": Decimal(1)},
    "assessment.line": {"code": "timeliness", "top": 0, "bottom": 1, "amount": Decimal(0),
                        "hits": [], "misses": [], "published": True},
    "boards.flow": {"source": "pipeline"},
    "care.segment": {"of_group": False, "match": "all",
                     "conditions": [{"fact": "contracts", "op": "ge", "values": ["0"]}]},
    "care.segmentversion": {"number": 1},
    "care.suggestion": {"rule": "need",
                        "figures": {"on": "2026-11-01", "text": "诉求",
                                    "days": "20", "number": "1"}},
    "clauses.fact": {"figure": "5.1", "closed": False},
    "contracts.contract": {"source": "pipeline", "quantity_unit": "wan_m3",
                           "ends_on": date(2027, 9, 30)},
    "contracts.stray": {"what": "contract"},
    "contracts.offtake": {"quantity_unit": "wan_m3"},
    "directory.mapping": {"role": "reader"},
    "dossiers.attestation": {"mark": "changed"},
    "duties.duty": {"kind": "review", "source": ""},
    "duties.occasion": {"kind": "basic_change"},
    "duties.strictercycle": {"kind": "offtake", "due_days": 5},
    "dossiers.draft": {"state": "submitted"},
    "grants.policyline": {"days": 30},
    "handover.line": {"follows": "随档案移交"},
    "handover.signature": {"digest": "0" * 64},
    "inspections.itemmark": {"verdict": "ok"},
    "inspections.result": {"check_code": "filler", "detail": {"why": "none"}},
    "inspections.share": {"checked": 1, "population": 1, "drawn": 1},
    "inspections.tally": {"check_code": "filler", "applied": 1, "failed": 1},
    "letters.letter": {"direction": "in"},
    "originals.loan": {"state": "asked"},
    "ratings.ratingscore": {"final": True},
    "originals.place": {"kind": "room"},
    "originals.disposal": {"state": "proposed"},
    "outbox.endpoint": {"state": "asked"},
    "regulations.regulation": {"of_group": False},
    "risks.proposal": {"rule": "registration", "figures": {"status": "revoked"}},
    "risks.remark": {"next_check_on": date(2027, 9, 30)},
    "visits.participant": {"side": "theirs"},
    "visits.visit": {"planned_on": DAY, "topics": []},
}  # fmt: skip
"""What constraints want besides."""
FILLED = {
    ("originals.loan", "borrower"), ("outbox.endpoint", "unit"), ("supervision.report", "unit"),
    ("supervision.report", "asked_by"), ("directory.mapping", "unit"),
}  # fmt: skip
"""Keys that may be empty and yet are wanted."""


def unit_models() -> list[type[models.Model]]:
    """Every model with `unit`, parents before children."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("yihu.")
        and any(field.name == "unit" for field in model._meta.concrete_fields)
    ]


def mark(unit: OrgUnit) -> str:
    """What stands in every word of the unit's rows and nowhere else."""
    return f"⟦{unit.code}-金丝雀⟧"


def of_every_table(unit: OrgUnit, *, region: str = "440100") -> Dossier:
    """Plant them all on a new file of that region; returns the file."""
    filler, second = (plant.person(role, unit) for role in (Role.FILLER, Role.CUSTODIAN))
    assert filler.staff is not None
    code = plant.credit_code(500_000 + next(_numbers))
    name = f"{mark(unit)}燃气{next(_numbers)}"
    file = plant.dossier(unit, name=name, code=code, region=region, filler=filler.staff)
    load_first_policy()
    blob, _ = Blob.objects.get_or_create(sha256=uuid4().hex * 2, defaults={"size": 1})
    row: dict[Any, Any] = {
        OrgUnit: unit,
        Dossier: file,
        Customer: file.customer,
        Staff: filler.staff,
        User: filler,
        Blob: blob,
        Edition: load_first_edition(),
        "witness": second.staff,
        Disagreement: Disagreement.objects.create(
            customer=file.customer, field="legal_rep", found_at=now()
        ),
    }
    row[Disagreement].refresh_from_db()
    row[RatingRound] = _rating(filler)
    row[Inspection] = _inspection(filler)
    row[Assessment] = _assessment(filler)
    other = {"approved_by": second.staff, "asked_by": second, "against": _of_group(filler)}
    waiting = [model for model in unit_models() if model not in row]
    while waiting:
        ready = [model for model in waiting if _needs(model) <= row.keys()]
        assert ready, [(model, _needs(model) - row.keys()) for model in waiting]
        for model in sorted(ready, key=lambda model: model is Signature):  # lines first
            if model is Signature:
                _frozen(row)
            row[model] = _made(model, row, unit, other)
            waiting.remove(model)
    _told(file)
    return file


def _told(file: Dossier) -> None:
    """An event of the file, which keeps its unit and file as plain values."""
    number = 10**9 + next(_numbers)  # far from those that are published
    Published.objects.create(
        number=number, event_id=number, at=now(), kind="visit.held", unit_id=file.unit_id,
        dossier_id=file.pk, subject_type="dossiers.dossier", subject_id=str(file.pk),
        fields=[mark(file.unit)], guarded=False,
    )  # fmt: skip


def _needs(model: type[models.Model]) -> set[type[models.Model]]:
    return {
        field.related_model
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and not field.null
        and field.related_model is not model
    }


def _frozen(row: dict[Any, Any]) -> None:
    """Only a frozen list is signed."""
    Handover.objects.filter(pk=row[Handover].pk).update(
        state="frozen", witness=row["witness"], frozen_at=now(), digest="0" * 64
    )


def _made(
    model: type[models.Model], row: dict[Any, Any], unit: OrgUnit, other: dict[str, Any]
) -> models.Model:
    if model._meta.label_lower == "access.roleassignment":
        return row[User].assignments.get()
    if model._meta.label_lower == "org.unitregion":
        return unit.regions.first()
    given: dict[str, Any] = {}
    wanted = WANTED.get(model._meta.label_lower, {})
    for field in model._meta.concrete_fields:
        if field.name in wanted:
            given[field.name] = wanted[field.name]
        elif isinstance(field, models.ForeignKey):
            if not field.null or (model._meta.label_lower, field.name) in FILLED:
                given[field.name] = other.get(field.name) or row[field.related_model]
        elif not (
            field.null
            or field.primary_key
            or field.generated
            or field.default is not NOT_PROVIDED
            or field.db_default is not NOT_PROVIDED
        ):
            given[field.name] = _value(field, unit)
    try:
        with transaction.atomic():
            made = model._default_manager.create(**given)
    except IntegrityError:  # one a unit, and it has it
        made = model._default_manager.filter(unit=unit).earliest(model._meta.pk.name)
    if not isinstance(model._meta.pk, models.CompositePrimaryKey):
        made.refresh_from_db()
    return made


def _rating(by: User) -> RatingRound:
    """A round of the year, in which units' files are scored and judged."""
    made, _ = RatingRound.objects.get_or_create(
        kind="real", year=2026, scheme=load_first_scheme(),
        defaults={"scheme_version": 1, "cut_off_on": DAY, "opened_at": now(), "opened_by": by},
    )  # fmt: skip
    made.refresh_from_db()
    return made


def _assessment(by: User) -> Assessment:
    """A period of the group's, in which the unit has lines."""
    made, _ = Assessment.objects.get_or_create(
        year=2026, period="M9",
        defaults={"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30),
                  "scheme": load_first_assessment_scheme(), "opened_by": by, "opened_at": now()},
    )  # fmt: skip
    made.refresh_from_db()
    return made


def _inspection(by: User) -> Inspection:
    """An inspection of the group's, in which the unit has a share."""
    checklist, _ = Checklist.objects.get_or_create(
        number=1, defaults={"effective_on": DAY, "items": [], "published_at": now()}
    )
    made, _ = Inspection.objects.get_or_create(
        number="检2026-900",
        defaults={
            "kind": "special", "name": "专项检查", "period_start": DAY, "period_end": DAY,
            "cutoff_on": DAY, "begins_on": DAY, "ends_on": DAY, "method": "all", "amount": 100,
            "minimum": 0, "checklist": checklist, "made_by": by, "made_at": now(),
        },
    )  # fmt: skip
    made.refresh_from_db()
    return made


def _of_group(by: User) -> Regulation:
    """An edition of the group's, which units carry out."""
    head, _ = OrgUnit.objects.get_or_create(
        code="HQ", defaults={"name": "集团总部", "short_name": "集团", "kind": UnitKind.GROUP}
    )
    made, _ = Regulation.objects.get_or_create(
        unit=head, of_group=True, number="RPSM-01", edition="1",
        defaults={"title": "客户档案管理细则", "effective_on": DAY, "chain": uuid4(),
                  "entered_by": by, "entered_at": now()},
    )  # fmt: skip
    made.refresh_from_db()
    return made


def _value(field: "models.Field[Any, Any]", unit: OrgUnit) -> Any:
    if field.choices:
        return next(iter(dict(field.flatchoices)))
    if isinstance(field, ArrayField):
        return [_value(field.base_field, unit)]
    if isinstance(field, models.JSONField):
        return {"said": mark(unit)}
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.DecimalField):
        return Decimal(10)
    if isinstance(field, models.DateTimeField):
        return now()
    if isinstance(field, models.DateField):
        return DAY
    if isinstance(field, models.IntegerField):
        return next(_numbers)
    if isinstance(field, models.UUIDField):
        return uuid4()
    assert isinstance(field, models.CharField | models.TextField), field
    text = f"{mark(unit)}{next(_numbers)}"
    return text[-(field.max_length or 200) :]
