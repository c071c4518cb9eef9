"""Draft, submission, approval, version: what is acknowledged is kept, by two people."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests import plant
from tests.dossiers.files import (
    SECTIONS,
    TODAY,
    approved,
    attest,
    complete_dossier,
    desk,
    moment,
    submitted,
)
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.audit.models import Event
from yihu.customers.rules import Klass
from yihu.dossiers import actions
from yihu.dossiers.models import Dossier, Draft, FieldSave, FileVersion, Submission
from yihu.dossiers.problems import Incomplete, Lapsed, Refused, Unfit
from yihu.dossiers.queries import version_on
from yihu.dossiers.rules import DraftState, Mark, chain_hash
from yihu.dossiers.verify import verify_versions

pytestmark = pytest.mark.django_db


def save(at, dossier, seen=None, **values):
    return actions.save_fields(
        at.filler, dossier, values=values, seen=seen or {}, at=moment(), today=TODAY
    )


def test_a_save_opens_the_one_draft_and_reads_what_was_typed() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    saved = save(gd, dossier, reg_capital="3，600万", legal_rep="  张  三 ")
    assert saved.values == {"reg_capital": "3600.00", "legal_rep": "张 三"}
    assert saved.problems == []
    again = save(gd, dossier, legal_rep="张三")
    assert again.draft.pk == saved.draft.pk
    draft = Draft.objects.get()
    assert draft.changes == {"reg_capital": "3600.00", "legal_rep": "张三"}
    assert draft.bases == {"reg_capital": "3000.00", "legal_rep": "李明"}
    dossier.refresh_from_db()
    assert dossier.document["legal_rep"] == "李明"


def test_every_acknowledged_value_stays_in_the_journal() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    for name in ("甲", "乙", "丙"):
        save(gd, dossier, legal_rep=name)
    lines = FieldSave.objects.order_by("id").values_list("code", "old", "new")
    assert list(lines) == [
        ("legal_rep", "李明", "甲"),
        ("legal_rep", "甲", "乙"),
        ("legal_rep", "乙", "丙"),
    ]
    with pytest.raises(Exception, match="only ever added"), transaction.atomic():
        FieldSave.objects.update(new="丁")


def test_the_second_to_save_sees_both_values_and_nothing_is_overwritten() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    other = plant.person(Role.FILLER, gd.unit)
    save(gd, dossier, seen={"legal_rep": "李明"}, legal_rep="甲")
    mine = actions.save_fields(
        other,
        dossier,
        values={"legal_rep": "乙", "reg_capital": "4000"},
        seen={"legal_rep": "李明", "reg_capital": "3000.00"},
        at=moment(minute=1),
        today=TODAY,
    )
    assert mine.values == {"reg_capital": "4000.00"}
    (clash,) = mine.conflicts
    assert (clash.code, clash.seen, clash.theirs, clash.mine) == ("legal_rep", "李明", "甲", "乙")
    assert clash.by == gd.filler.staff.name
    assert Draft.objects.get().changes == {"legal_rep": "甲", "reg_capital": "4000.00"}


def test_putting_a_value_back_is_no_change() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    save(gd, dossier, legal_rep="甲")
    save(gd, dossier, legal_rep="李明")
    assert Draft.objects.get().changes == {}


@pytest.mark.parametrize(
    ("code", "value", "told"),
    [
        ("nonsense", "x", "现行填报指南里没有"),
        ("cust_class", "vip", "由系统或集团维护"),
        ("legal_rep", "李\u202e明", "控制字符"),
        ("legal_rep", "\x00", "控制字符"),
        ("coop_summary", "长" * 100_000, "最多 20000 字"),
        ("contacts", [{"name": "甲", "shoe": "42"}], "不是填报指南里的列"),
        ("contacts", "甲", "应是一张表"),
        ("contacts", [{"name": "甲"}] * 501, "最多 500 行"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_words(code: str, value: object, told: str) -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    with pytest.raises(Unfit, match=told):
        save(gd, dossier, **{"legal_rep": "甲", code: value})
    assert not Draft.objects.exists()


def test_rare_characters_and_html_are_kept_as_text() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    saved = save(gd, dossier, legal_rep="𠮷田🙂", coop_summary="<script>alert(1)</script>\n第二行")
    assert saved.values == {
        "legal_rep": "𠮷田🙂",
        "coop_summary": "<script>alert(1)</script>\n第二行",
    }


def test_an_impossible_date_is_kept_as_typed_and_blocks_the_submission() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    saved = save(gd, dossier, established_on="2024-02-30")
    assert [problem.code for problem in saved.problems] == ["invalid_date"]
    with pytest.raises(Incomplete) as blocked:
        actions.submit(gd.filler, dossier, at=moment(), today=TODAY)
    assert [problem.field for problem in blocked.value.problems] == ["established_on", "term_to"][
        :1
    ]


@pytest.mark.clause("5.2")
def test_nobody_approves_what_they_typed_or_submitted() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    steward = plant.person(Role.STEWARD, gd.unit)
    actions.save_fields(
        steward, dossier, values={"legal_rep": "甲"}, seen={}, at=moment(), today=TODAY
    )
    waiting = actions.submit(gd.filler, dossier, at=moment(), today=TODAY)
    for person in (steward,):
        with pytest.raises(Refused, match="须由另一人审核"):
            actions.approve(person, waiting, digest=waiting.digest, at=moment(), today=TODAY)
    with pytest.raises(Denied):
        actions.approve(gd.filler, waiting, digest=waiting.digest, at=moment(), today=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.update(
            decision="approved", decided_by=gd.filler.staff, decided_at=moment()
        )
    version = actions.approve(gd.reviewer, waiting, digest=waiting.digest, at=moment(), today=TODAY)
    assert version.number == 1


def test_submitting_needs_every_section_answered_for() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    approved(gd, dossier)
    save(gd, dossier, legal_rep="甲")
    with pytest.raises(Incomplete) as blocked:
        actions.submit(gd.filler, dossier, at=moment(), today=TODAY)
    assert blocked.value.problems == []
    assert blocked.value.sections == ["与海油合作情况", "合同执行情况", "客户访谈情况"]


def test_what_a_class_requires_blocks_it() -> None:
    gd = desk()
    dossier = complete_dossier(gd, klass=Klass.VIP)
    with pytest.raises(Incomplete) as blocked:
        submitted(gd, dossier, at_time=moment())
    missing = {problem.field for problem in blocked.value.problems}
    assert {"shareholders", "finance", "demand_forecast"} <= missing
    assert "class_basis" not in missing


def test_a_section_with_changes_is_not_unchanged_and_a_change_takes_the_word_back() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    attest(gd, dossier, at_time=moment())
    save(gd, dossier, legal_rep="甲")
    marks = dict(Draft.objects.get().attestations.values_list("section", "mark"))
    assert marks == dict.fromkeys(SECTIONS[1:], "unchanged")
    with pytest.raises(Refused, match="法定代表人"):
        actions.mark_section(
            gd.filler, dossier, "basic", mark=Mark.UNCHANGED, basis="x", at=moment(), today=TODAY
        )
    with pytest.raises(Unfit, match="核对依据"):
        actions.mark_section(
            gd.filler, dossier, "basic", mark=Mark.UNCHANGED, basis=" ", at=moment(), today=TODAY
        )


@pytest.mark.clause("3c")
def test_a_version_holds_the_whole_file_and_chains_to_the_one_before() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    contract = plant.contract(dossier)
    plant.month(contract, TODAY.replace(month=10, day=1))
    first = approved(gd, dossier, at_time=moment(3), legal_rep="甲")
    second = approved(gd, dossier, at_time=moment(4), name_full="广州新名燃气有限公司")
    assert (first.number, second.number) == (1, 2)
    assert second.previous_sha256 == first.sha256
    assert second.sha256 == chain_hash(second.content, first.sha256)
    content = FileVersion.objects.get(pk=second.pk).content
    assert content["facts"]["legal_rep"] == "甲"
    assert content["facts"]["name_full"] == "广州新名燃气有限公司"
    assert [row["number"] for row in content["tables"]["contracts"]] == [contract.number]
    assert content["tables"]["offtake"][0]["actual"] == "100.0000"
    assert content["sections"]["basic"]["mark"] == "changed"
    assert content["sections"]["interviews"] == {
        "mark": "unchanged",
        "basis": "已电话核实",
        "by": gd.filler.staff.name,
        "at": "2026-11-04T09:00:00+08:00",
    }
    assert (content["filled_by"], content["approved_by"]) == (
        gd.filler.staff.name,
        gd.reviewer.name,
    )
    dossier.refresh_from_db()
    assert dossier.version_number == 2
    assert len(dossier.former_names) == 1
    assert dossier.pinyin.startswith("guangzhouxinming")
    assert verify_versions().faults == []


def test_the_database_refuses_to_rewrite_a_version() -> None:
    gd = desk()
    approved(gd, complete_dossier(gd))
    for statement in (
        "UPDATE dossiers_fileversion SET number = 9",
        "DELETE FROM dossiers_fileversion",
        "TRUNCATE dossiers_fileversion",
    ):
        with (
            pytest.raises(Exception, match=r"only ever added|denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_an_approval_lapses_when_what_was_seen_has_changed() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    waiting = submitted(gd, dossier, at_time=moment(), legal_rep="甲")
    plant.contract(dossier)
    with pytest.raises(Lapsed):
        actions.approve(gd.reviewer, waiting, digest=waiting.digest, at=moment(), today=TODAY)
    assert not FileVersion.objects.exists()


def test_a_value_that_came_in_meanwhile_must_be_settled_first() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    save(gd, dossier, legal_rep="甲")
    Dossier.objects.filter(pk=dossier.pk).update(
        document={**dossier.document, "legal_rep": "导入的"}
    )
    with pytest.raises(Refused, match="法定代表人"):
        actions.submit(gd.filler, dossier, at=moment(), today=TODAY)
    actions.keep_own_value(gd.filler, dossier, "legal_rep", at=moment(), today=TODAY)
    actions.submit(gd.filler, dossier, at=moment(), today=TODAY)
    assert Draft.objects.get().changes == {"legal_rep": "甲"}


def test_returned_with_a_reason_it_is_open_again_and_a_second_round_counts() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    waiting = submitted(gd, dossier, at_time=moment(), legal_rep="甲")
    with pytest.raises(Refused, match="等审核结束"):
        save(gd, dossier, legal_rep="乙")
    with pytest.raises(Unfit, match="原因"):
        actions.send_back(gd.reviewer, waiting, reason="  ", at=moment())
    actions.send_back(gd.reviewer, waiting, reason="请附营业执照", at=moment())
    save(gd, dossier, legal_rep="乙")
    again = actions.submit(gd.filler, dossier, at=moment(), today=TODAY)
    assert again.number == 2
    with pytest.raises(Refused, match="已被处理"):
        actions.send_back(gd.reviewer, waiting, reason="再退", at=moment())


def test_withdrawn_and_given_up() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    submitted(gd, dossier, at_time=moment(), legal_rep="甲")
    with pytest.raises(Refused, match="请先撤回"):
        actions.discard_draft(gd.filler, dossier, at=moment())
    actions.withdraw(gd.filler, dossier, at=moment())
    actions.discard_draft(gd.filler, dossier, at=moment())
    assert Draft.objects.get().state == DraftState.DISCARDED
    assert FieldSave.objects.get().new == "甲"
    save(gd, dossier, legal_rep="丙")
    assert Draft.objects.filter(state=DraftState.OPEN).count() == 1


def test_a_closed_file_takes_nothing() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    Dossier.objects.filter(pk=dossier.pk).update(state="closed")
    with pytest.raises(Refused, match="已经关闭"):
        save(gd, dossier, legal_rep="甲")


def test_readers_and_other_units_do_not_fill() -> None:
    gd, fj = desk(), desk("FJ")
    dossier = complete_dossier(gd)
    for person in (fj.filler, plant.person(Role.READER, gd.unit), plant.person(Role.SUPERVISOR)):
        with pytest.raises(Denied):
            actions.save_fields(
                person, dossier, values={"legal_rep": "甲"}, seen={}, at=moment(), today=TODAY
            )


@pytest.mark.clause("6.2.1")
def test_many_unchanged_files_at_once_each_its_own_record() -> None:
    gd = desk()
    files = [complete_dossier(gd) for _ in range(4)]
    for dossier in files[:3]:
        approved(gd, dossier)
    plant.contract(files[1])
    save(gd, files[2], legal_rep="甲")
    done = actions.confirm_unchanged(
        gd.filler, files, basis="已与客户经理核实", at=moment(6), today=TODAY
    )
    assert {row.draft.dossier_id for row in done.submissions} == {files[0].pk, files[1].pk}
    assert {(row.pk, why) for row, why in done.left_out} == {
        (files[2].pk, "已有草稿或待审核的提交"),
        (files[3].pk, "还没有审核通过的版本，首次须逐份填报"),
    }
    marks = {
        row.draft.dossier_id: dict(row.draft.attestations.values_list("section", "mark"))
        for row in done.submissions
    }
    assert marks[files[0].pk] == dict.fromkeys(SECTIONS, "unchanged")
    assert marks[files[1].pk]["performance"] == "changed"
    made = actions.approve_plain(
        gd.reviewer,
        gd.unit.pk,
        [actions.Approval(row.pk, row.digest) for row in done.submissions],
        at=moment(7),
        today=TODAY,
    )
    assert [version.number for version in made] == [2, 2]
    assert Event.objects.filter(verb="version.approved").count() == 5
    assert verify_versions().faults == []


def test_a_batch_is_all_or_nothing_and_only_for_the_plain() -> None:
    gd = desk()
    one, two = complete_dossier(gd), complete_dossier(gd)
    approved(gd, one)
    approved(gd, two)
    plain = actions.confirm_unchanged(
        gd.filler, [one], basis="核实", at=moment(6), today=TODAY
    ).submissions[0]
    attest(gd, two, at_time=moment(6))
    changed = submitted(gd, two, at_time=moment(6), legal_rep="甲")
    wanted = [actions.Approval(row.pk, row.digest) for row in (plain, changed)]
    with pytest.raises(Refused, match="逐份审核"):
        actions.approve_plain(gd.reviewer, gd.unit.pk, wanted, at=moment(7), today=TODAY)
    assert FileVersion.objects.count() == 2


@pytest.mark.clause("3c")
def test_the_file_as_of_any_day() -> None:
    gd = desk()
    dossier = complete_dossier(gd)
    first = approved(gd, dossier, at_time=moment(3, 23, 59))
    second = approved(gd, dossier, at_time=moment(4, 0, 0), legal_rep="甲")
    assert version_on(dossier, moment(2).date()) is None
    assert version_on(dossier, moment(3).date()) == first
    assert version_on(dossier, moment(4).date()) == second
