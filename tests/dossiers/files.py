"""A dossier that lacks nothing, and the people who fill and approve it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers import actions
from yihu.dossiers.models import Dossier, FileVersion, Submission
from yihu.dossiers.rules import Mark
from yihu.guide.actions import load_first_edition
from yihu.kit.clock import SHANGHAI
from yihu.org.models import OrgUnit

TODAY = date(2026, 11, 5)
SECTIONS = ("basic", "cooperation", "performance", "interviews")


def moment(day: int = 5, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of November 2026 in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def complete_document(code: str) -> dict[str, Any]:
    """What edition 1 requires of a general city-gas customer on the pipeline."""
    return {
        "entity_type": "legal_person",
        "ownership": "private",
        "reg_capital": "3000.00",
        "legal_rep": "李明",
        "established_on": "2011-08-08",
        "term_to": "9999-12-31",
        "reg_status": "existing",
        "reg_addr": "广州市黄埔区科学大道 1 号",
        "office_addr": "广州市黄埔区科学大道 1 号",
        "admin_code": "440112",
        "industry_code": "45",
        "scope_check": True,
        "supply_form": ["pipeline"],
        "admitted_on": "2022-11-27",
        "admission_no": "准入〔2022〕1 号",
        "first_deal_on": "2022-12-01",
        "gas_licence": [{"number": "燃证1", "valid_to": "2030-01-01"}],
        "franchise": [{"area": "黄埔区", "grantor": "区人民政府", "valid_to": "2040-01-01"}],
        "invoice_info": [{"tax_no": code, "bank": "演示银行", "account": "6222000000000001"}],
        "annual_demand": "1200.0000",
        "demand_12m": [{"month": str(n), "volume": "100.0000"} for n in range(1, 13)],
        "intake": [{"station": "黄埔门站", "pressure": "2.500"}],
        "downstream": [{"households": "20000", "businesses": "300"}],
        "compliance_check": [{"checked_on": "2026-10-01", "result": "passed"}],
        "contacts": [
            {"name": "王芳", "post": "经理", "role": ["purchasing"], "mobile": "13800000001"}
        ],
        "our_team": [{"role": "filler", "staff": "演示填报员"}],
        "coop_summary": "自 2022 年起采购天然气，合作平稳。",
        "coop_areas": ["trade"],
        "history": [{"year": "2025", "volume": "1100.0000"}],
    }


@dataclass(frozen=True)
class Desk:
    """A unit with its filler and reviewer."""

    unit: OrgUnit
    filler: User
    reviewer: User


def desk(code: str = "GD") -> Desk:
    """The people, and the guide's first edition."""
    load_first_edition()
    unit = plant.unit(code)
    return Desk(unit, plant.person(Role.FILLER, unit), plant.person(Role.REVIEWER, unit))


def complete_dossier(at: Desk, **more: Any) -> Dossier:
    """A file that can be submitted as it stands."""
    made = plant.dossier(at.unit, filler=at.filler.staff, **more)
    made.document = complete_document(made.credit_code)
    made.save(update_fields=["document"])
    return made


def attest(at: Desk, dossier: Dossier, *, basis: str = "已电话核实", at_time: datetime) -> None:
    """核对无变化 for every section."""
    for section in SECTIONS:
        actions.mark_section(
            at.filler, dossier, section, mark=Mark.UNCHANGED, basis=basis, at=at_time, today=TODAY
        )


def submitted(at: Desk, dossier: Dossier, *, at_time: datetime, **values: Any) -> Submission:
    """The values saved, and the draft handed in."""
    if values:
        actions.save_fields(at.filler, dossier, values=values, seen={}, at=at_time, today=TODAY)
    else:
        attest(at, dossier, at_time=at_time)
    return actions.submit(at.filler, dossier, at=at_time, today=TODAY)


def approved(
    at: Desk, dossier: Dossier, *, at_time: datetime | None = None, **values: Any
) -> FileVersion:
    """A version of the file, with the values (none: nothing changed)."""
    when = at_time or moment()
    if values and dossier.version_number:
        for section in SECTIONS:
            actions.mark_section(
                at.filler, dossier, section, mark=Mark.UNCHANGED, basis="已电话核实",
                at=when, today=TODAY,
            )  # fmt: skip
    waiting = submitted(at, dossier, at_time=when, **values)
    version = actions.approve(at.reviewer, waiting, digest=waiting.digest, at=when, today=TODAY)
    dossier.refresh_from_db()
    return version
