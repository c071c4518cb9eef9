"""Any sequence of save, submit, return, approve and publish keeps every acknowledged value.

A value that a save acknowledged is found again: as the file's or the draft's value, among what was
set aside, or in an approved version, and always in the journal; and every chain verifies (§3c).
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests import plant
from tests.dossiers.editions import removed, renamed, taken_up
from tests.dossiers.files import SECTIONS, attest, complete_dossier, desk, moment
from yihu.access.rules import Role
from yihu.dossiers import actions
from yihu.dossiers.models import Draft, FieldSave, FileVersion
from yihu.dossiers.problems import Refused
from yihu.dossiers.queries import last_submission, pending_draft
from yihu.dossiers.rules import DraftState
from yihu.dossiers.verify import verify_versions
from yihu.guide.queries import definition_in_force

FIELDS = ("legal_rep", "reg_addr", "office_addr", "coop_summary")
WORDS = st.text("甲乙丙丁𠮷Ａ1 <b>&'\"", min_size=1, max_size=12).filter(lambda word: word.strip())
START = date(2026, 11, 5)


class Filling(RuleBasedStateMachine):
    """One file, its filler and reviewer, headquarters with its guide."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.at = desk()
        self.boss = plant.person(Role.SUPERVISOR)
        self.dossier = complete_dossier(self.at)
        self.today = START
        self.minute = 0
        self.names = {code: code for code in FIELDS}
        self.acknowledged: list[tuple[str, Any]] = []
        self.last_word: dict[str, Any] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def now(self) -> Any:
        self.minute += 1
        return moment(5, 9) + timedelta(minutes=self.minute)

    def draft(self) -> Draft | None:
        return pending_draft(self.dossier)

    def is_open(self) -> bool:
        draft = self.draft()
        return draft is None or draft.state == DraftState.OPEN

    def is_waiting(self) -> bool:
        draft = self.draft()
        return draft is not None and draft.state == DraftState.SUBMITTED

    @precondition(is_open)
    @rule(field=st.sampled_from(FIELDS), word=WORDS)
    def save(self, field: str, word: str) -> None:
        code = self.names[field]
        found = definition_in_force(self.today)
        assert found is not None
        if code not in found[1].by_code:
            return
        saved = actions.save_fields(
            self.at.filler,
            self.dossier,
            values={code: word},
            seen={},
            at=self.now(),
            today=self.today,
        )
        self.acknowledged.append((code, saved.values[code]))
        self.last_word[field] = saved.values[code]

    @precondition(is_open)
    @rule()
    def submit(self) -> None:
        draft = self.draft()
        changed = draft is not None and bool(draft.changes)
        try:
            with transaction.atomic():
                if not changed and self.dossier.version_number:
                    attest(self.at, self.dossier, at_time=self.now())
                else:
                    for section in SECTIONS:
                        actions.mark_section(
                            self.at.filler, self.dossier, section, mark=actions.Mark.CHANGED,
                            basis="", at=self.now(), today=self.today,
                        )  # fmt: skip
                actions.submit(self.at.filler, self.dossier, at=self.now(), today=self.today)
        except Refused:  # incomplete: a required field was removed from the draft
            pass

    @precondition(is_waiting)
    @rule()
    def withdraw(self) -> None:
        actions.withdraw(self.at.filler, self.dossier, at=self.now())

    @precondition(is_waiting)
    @rule()
    def send_back(self) -> None:
        draft = self.draft()
        assert draft is not None
        waiting = last_submission(draft)
        assert waiting is not None
        actions.send_back(self.at.reviewer, waiting, reason="请补充", at=self.now())

    @precondition(is_waiting)
    @rule()
    def approve(self) -> None:
        draft = self.draft()
        assert draft is not None
        waiting = last_submission(draft)
        assert waiting is not None
        edition, definition = actions.in_force(self.today)
        self.dossier.refresh_from_db()
        contents = actions.review_contents(
            [self.dossier], {self.dossier.pk: draft}, edition, definition
        )
        actions.approve(
            self.at.reviewer,
            waiting,
            digest=actions.digest_of(contents[self.dossier.pk]),
            at=self.now(),
            today=self.today,
        )
        self.dossier.refresh_from_db()

    @rule(field=st.sampled_from(FIELDS))
    def rename_in_the_guide(self, field: str) -> None:
        code = self.names[field]
        found = definition_in_force(self.today)
        assert found is not None
        if code not in found[1].by_code:
            return
        self.today += timedelta(days=1)
        new = f"{field}_{found[0].number + 1}"
        taken_up(self.boss, renamed(code, new), on=self.today, at=self.now())
        self.names[field] = new
        self.dossier.refresh_from_db()

    @rule(field=st.sampled_from(FIELDS[2:]))
    def remove_from_the_guide(self, field: str) -> None:
        code = self.names[field]
        found = definition_in_force(self.today)
        assert found is not None
        if code not in found[1].by_code:
            return
        self.today += timedelta(days=1)
        taken_up(self.boss, removed(code), on=self.today, at=self.now())
        self.dossier.refresh_from_db()

    def places(self) -> Iterator[Any]:
        """Everywhere that a person can find a value."""
        yield self.dossier.document
        yield self.dossier.retired
        yield from Draft.objects.values_list("changes", flat=True)
        yield from Draft.objects.values_list("retired", flat=True)
        yield from FileVersion.objects.values_list("content", flat=True)

    @invariant()
    def the_last_word_on_each_field_is_in_sight(self) -> None:
        self.dossier.refresh_from_db()
        seen = json.dumps(list(self.places()), ensure_ascii=False)
        for value in self.last_word.values():
            assert json.dumps(value, ensure_ascii=False) in seen

    @invariant()
    def the_journal_has_every_word(self) -> None:
        kept = list(FieldSave.objects.order_by("id").values_list("code", "new"))
        place = iter(kept)
        previous: dict[str, Any] = {}
        for code, value in self.acknowledged:
            if previous.get(code) == value:  # said again: nothing new to write down
                continue
            previous[code] = value
            assert any((code, value) == line for line in place) or self._stood(code, value)

    def _stood(self, code: str, value: Any) -> bool:
        """The file or the draft said so already when it was typed."""
        return json.dumps(value, ensure_ascii=False) in json.dumps(
            list(self.places()), ensure_ascii=False
        )

    @invariant()
    def every_chain_verifies(self) -> None:
        assert verify_versions().faults == []


@pytest.mark.django_db
@pytest.mark.clause("3c")
def test_any_sequence_keeps_every_acknowledged_value() -> None:
    run_state_machine_as_test(
        Filling,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
