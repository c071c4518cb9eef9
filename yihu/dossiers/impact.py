"""What a draft of the guide means for the files, before it is published (§4.1b, 6.1.4)."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.dossiers.carrying import Step, pages, step_to
from yihu.dossiers.models import Dossier, GuideImpact
from yihu.dossiers.rules import State
from yihu.guide.mapping import questions, targets
from yihu.guide.models import Edition
from yihu.guide.policy import may_edit_guide
from yihu.guide.problems import Refused, Unanswered
from yihu.guide.rules import completeness, facts_of
from yihu.org.models import OrgUnit


@dataclass(slots=True)
class Tally:
    """Counts of files: `lacking` any field more than today, by field and by unit and by class."""

    dossiers: int = 0
    lacking: int = 0
    lacks: Counter[str] = field(default_factory=Counter)
    units: Counter[int] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)

    def add(self, step: Step, aims: Mapping[str, str], file: Dossier) -> None:
        """One more file, as it is and as it would be. `aims`: old code → new code."""
        self.dossiers += 1
        carried = step.carry(file.document)
        self.set_aside.update(list(carried.retired))
        was = facts_of(step.old, file.document, file)
        now = facts_of(step.new, carried.facts, file)
        before = completeness(was, step.old, file.klass, file.gas_uses).missing
        after = completeness(now, step.new, file.klass, file.gas_uses).missing
        known = {aims.get(lacking.code, lacking.code) for lacking in before}
        more = [lacking.code for lacking in after if lacking.code not in known]
        if more:
            self.lacking += 1
            self.lacks.update(more)
            self.units[file.unit_id] += 1
            self.classes[file.klass] += 1

    def as_json(self, step: Step) -> dict[str, Any]:
        """For the page: labels beside the counts, the most frequent first."""
        units = OrgUnit.objects.in_bulk(list(self.units))
        return {
            "dossiers": self.dossiers,
            "lacking": self.lacking,
            "fields": [[step.new[code].label, count] for code, count in self.lacks.most_common()],
            "units": [[units[pk].name, count] for pk, count in self.units.most_common()],
            "classes": [[code, count] for code, count in self.classes.most_common()],
            "set_aside": [
                [step.old[code.partition(".")[0]].label, count]
                for code, count in self.set_aside.most_common()
                if code.partition(".")[0] in step.old.by_code
            ],
        }


def ask(by: User, draft: Edition, *, at: datetime) -> GuideImpact:
    """A reckoning of the draft as it stands, to be done by `reckon`; the one before is replaced.

    Raises: Denied; Unanswered while the mapping is not whole.
    """
    require(may_edit_guide(by), _("编制填报指南的"))
    step = _step_to(draft)
    open_ = questions(step.old, step.new, step.changes)
    if open_:
        labels = list(dict.fromkeys(question.label for question in open_))
        text = _("还有 %(count)d 处数据衔接没有写明：%(labels)s。")
        words = {"count": len(open_), "labels": "、".join(labels[:5])}
        raise Unanswered(text % words, labels)
    with transaction.atomic():
        made, _created = GuideImpact.objects.update_or_create(
            edition=draft,
            defaults={
                "version": draft.version,
                "asked_by": by,
                "asked_at": at,
                "done": 0,
                "total": Dossier.objects.exclude(state=State.CLOSED).count(),
                "result": None,
            },
        )
        audit.record(by, "edition.reckoned", draft, data={"version": draft.version})
    return made


def reckon(impact: GuideImpact, *, tell: Callable[[int], None]) -> Tally:
    """Go through every file that is not closed; `tell` hears how many are done."""
    step = _step_to(impact.edition)
    aims = targets(step.changes, step.old, step.new)
    tally = Tally()
    rows = Dossier.objects.exclude(state=State.CLOSED).defer("search_text", "retired")
    for page in pages(rows):
        for file in page:
            tally.add(step, aims, file)
        tell(tally.dossiers)
    impact.result = tally.as_json(step)
    impact.done = impact.total = tally.dossiers
    impact.save(update_fields=["result", "done", "total"])
    return tally


def _step_to(draft: Edition) -> Step:
    step = step_to(draft)
    if step is None:  # the first edition: no file was filled by another before it
        raise Refused(_("第一版填报指南没有上一版，不需要测算。"))
    return step
