"""Files go over to a new edition of the guide whole: nothing typed is lost (§4.1b, 6.1.4)."""

from datetime import date, datetime

import pytest

from tests import plant
from tests.dossiers.editions import Step, added, next_edition, raw, removed, renamed, taken_up
from tests.dossiers.files import SECTIONS, TODAY, approved, complete_dossier, desk, moment
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.dossiers import actions, impact
from yihu.dossiers.carrying import adopt
from yihu.dossiers.models import Draft, FileVersion
from yihu.dossiers.problems import Unfit
from yihu.dossiers.rules import Mark
from yihu.dossiers.verify import verify_versions
from yihu.guide import actions as guide
from yihu.guide.models import Adoption, Edition
from yihu.guide.problems import Unanswered
from yihu.guide.queries import definition_in_force, to_adopt

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.1b")]
LATER = date(2026, 11, 10)


def test_a_renamed_field_keeps_its_value_in_file_and_draft() -> None:
    gd, boss = desk(), plant.person(Role.SUPERVISOR)
    dossier = complete_dossier(gd)
    actions.save_fields(
        gd.filler, dossier, values={"legal_rep": "王五"}, seen={}, at=moment(), today=TODAY
    )
    done = taken_up(boss, renamed("legal_rep", "legal_person"), on=TODAY, at=moment())
    dossier.refresh_from_db()
    assert dossier.document["legal_person"] == "李明"
    assert "legal_rep" not in dossier.document
    draft = Draft.objects.get()
    assert (draft.changes, draft.bases) == ({"legal_person": "王五"}, {"legal_person": "李明"})
    assert (done.dossiers, done.drafts, done.set_aside) == (1, 1, 0)
    assert Event.objects.filter(verb="edition.adopted").count() == 1


def test_a_removed_field_stays_readable_in_the_file_and_in_its_versions() -> None:
    gd, boss = desk(), plant.person(Role.SUPERVISOR)
    dossier = complete_dossier(gd)
    first = approved(gd, dossier)
    taken_up(boss, removed("legal_rep"), on=TODAY, at=moment(6))
    dossier.refresh_from_db()
    assert "legal_rep" not in dossier.document
    kept = dossier.retired["legal_rep"]
    assert (kept["label"], kept["shown"], kept["edition"]) == ("法定代表人", "李明", 1)
    for section in SECTIONS:
        actions.mark_section(
            gd.filler,
            dossier,
            section,
            mark=Mark.UNCHANGED,
            basis="电话",
            at=moment(7),
            today=TODAY,
        )
    second = approved(gd, dossier, at_time=moment(8))
    assert first.content["facts"]["legal_rep"] == "李明"
    assert second.content["retired"]["legal_rep"]["value"] == "李明"
    assert second.content["edition"] == 2
    assert verify_versions().faults == []


def test_a_value_typed_into_a_draft_is_set_aside_with_the_field_and_reaches_the_file() -> None:
    gd, boss = desk(), plant.person(Role.SUPERVISOR)
    dossier = complete_dossier(gd)
    actions.save_fields(
        gd.filler,
        dossier,
        values={"legal_rep": "王五", "reg_addr": "广州市天河区 2 号"},
        seen={},
        at=moment(),
        today=TODAY,
    )
    taken_up(boss, removed("legal_rep"), on=TODAY, at=moment())
    draft = Draft.objects.get()
    assert draft.changes == {"reg_addr": "广州市天河区 2 号"}
    assert draft.retired["legal_rep"]["value"] == "王五"
    with pytest.raises(Unfit, match="现行填报指南里没有“legal_rep”"):
        actions.save_fields(
            gd.filler, dossier, values={"legal_rep": "赵六"}, seen={}, at=moment(), today=TODAY
        )


def test_until_its_day_and_until_adopted_the_old_edition_is_in_force() -> None:
    gd, boss = desk(), plant.person(Role.SUPERVISOR)
    dossier = complete_dossier(gd)
    edition = next_edition(boss, renamed("legal_rep", "legal_person"), on=LATER, at=moment())
    assert to_adopt(date(2026, 11, 9)) == []
    assert to_adopt(LATER) == [edition]
    for day in (TODAY, LATER):
        found = definition_in_force(day)
        assert found is not None
        assert found[0].number == 1
    adopt(edition, at=moment(10))
    again = adopt(edition, at=moment(11))
    assert again == Adoption.objects.get(edition=edition)
    now, before = definition_in_force(LATER), definition_in_force(TODAY)
    assert now is not None
    assert before is not None
    assert (now[0].number, before[0].number) == (2, 1)
    dossier.refresh_from_db()
    assert dossier.document["legal_person"] == "李明"


def test_a_rename_alone_is_no_change_of_any_section() -> None:
    gd, boss = desk(), plant.person(Role.SUPERVISOR)
    dossier = complete_dossier(gd)
    approved(gd, dossier)
    taken_up(boss, renamed("legal_rep", "legal_person"), on=TODAY, at=moment(6))
    dossier.refresh_from_db()
    done = actions.confirm_unchanged(
        gd.filler, [dossier], basis="已电话核实", at=moment(7), today=TODAY
    )
    assert done.left_out == []
    assert set(done.submissions[0].draft.attestations.values_list("mark", flat=True)) == {
        Mark.UNCHANGED
    }
    assert FileVersion.objects.count() == 1


def test_what_publishing_would_mean_is_counted_before() -> None:
    gd, fj = desk("GD"), desk("FJ")
    boss = plant.person(Role.SUPERVISOR)
    for at in (gd, gd, fj):
        complete_dossier(at)
    draft = _draft(boss, added("dispatcher", "调度联系人"), removed("legal_rep"))
    asked = impact.ask(boss, draft, at=moment())
    heard: list[int] = []
    impact.reckon(asked, tell=heard.append)
    asked.refresh_from_db()
    assert asked.result == {
        "dossiers": 3,
        "lacking": 3,
        "fields": [["调度联系人", 3]],
        "units": [["GD销售分公司", 2], ["FJ销售分公司", 1]],
        "classes": [["general", 3]],
        "set_aside": [["法定代表人", 3]],
    }
    assert (asked.done, asked.total, heard) == (3, 3, [3])


def _draft(boss: User, *steps: Step) -> Edition:
    last = guide.last_published()
    assert last is not None
    draft = guide.start_draft(boss, last, at=moment(), today=TODAY)
    for step in steps:
        draft = step(boss, draft, moment())
    return draft


def test_an_unfinished_mapping_is_told_before_anything_is_counted() -> None:
    desk()
    boss = plant.person(Role.SUPERVISOR)

    def retyped(by: User, draft: Edition, at: datetime) -> Edition:
        section, field = raw(draft, "legal_rep")
        field = {**field, "type": "number"}
        return guide.edit_field(
            by, draft, "legal_rep", field, section=section, version=draft.version, at=at
        )

    with pytest.raises(Unanswered, match="法定代表人"):
        impact.ask(boss, _draft(boss, retyped), at=moment())
