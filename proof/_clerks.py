"""Clerks at work by HTTP while things break, each noting what they were told is done.

`Clerk.act` does one piece and notes what was acknowledged; `missing` says what of that is not in
the database, `wrong` what is there and must not be. Both ask as the group's own work.
"""

import io
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, ClassVar
from uuid import UUID

import xlsxwriter
from django.urls import reverse

from proof._site import Person, acknowledged
from tests import plant
from tests.dossiers.files import SECTIONS
from yihu.dossiers.models import Attestation, Dossier, Draft, FieldSave, FileVersion, Submission
from yihu.dossiers.rules import Decision
from yihu.intake import actions as intake
from yihu.intake import files as ledgers
from yihu.intake.choices import ImportState
from yihu.intake.models import Import
from yihu.papers.choices import TextState
from yihu.papers.models import Document
from yihu.papers.storage import place_of, shelf

HEAD = ["客户名称", "统一社会信用代码", "客户类别", "省份", "用气类型"]
SMALL_ROWS, LARGE_ROWS = 30, 300
DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')
IMPORT = re.compile(r"/imports/([0-9a-f-]{36})/")
_serials = count(800_000)
"""Of credit codes: those of a ledger follow each other and are nobody else's."""


@dataclass
class Clerk(ABC):
    """Somebody with one kind of work; `told` is what was acknowledged, in order."""

    name: ClassVar[str]
    person: Person
    chance: Random
    told: list[Any] = field(default_factory=list)
    tried: int = 0

    @abstractmethod
    def act(self) -> None:
        """One piece of work, as far as it comes."""

    @abstractmethod
    def missing(self, since: int = 0) -> list[str]:
        """What was acknowledged, from the n-th on, and is not there."""

    def wrong(self) -> list[str]:
        """What is there and must not be."""
        return []

    def settled(self) -> bool:
        """Whether no job has still to do something for it."""
        return True


@dataclass
class Saver(Clerk):
    """Types into a file, saved as one goes."""

    name = "autosave"
    file: Dossier = field(kw_only=True)

    def act(self) -> None:
        self.tried += 1
        body = {"values": {"coop_summary": f"第{self.tried}次保存"}, "seen": {}}
        address = reverse("desk:fill-save", args=[self.file.pk])
        if acknowledged(self.person.post(address, json=body)):
            self.told.append(self.tried)

    def journal(self) -> list[int]:
        """The saves that are written down, in order."""
        rows = FieldSave.objects.filter(draft__dossier=self.file, code="coop_summary")
        return [int(row.new[1:-3]) for row in rows.order_by("id")]

    def missing(self, since: int = 0) -> list[str]:
        lost = set(self.told[since:]) - set(self.journal())
        return [f"save {number} of {self.file.number}" for number in sorted(lost)]

    def wrong(self) -> list[str]:
        kept = self.journal()
        if kept != sorted(set(kept)):
            return [f"saves of {self.file.number} twice or out of order"]
        draft = Draft.objects.filter(dossier=self.file).first()
        last = f"第{kept[-1]}次保存" if kept else None
        says = draft.changes.get("coop_summary") if draft is not None else None
        return [] if says == last else [f"draft of {self.file.number} says {says}, not {last}"]


@dataclass
class Approver(Clerk):
    """Fills a file without changes and has it approved, again and again; two people."""

    name = "approval"
    file: Dossier = field(kw_only=True)
    reviewer: Person = field(kw_only=True)

    def act(self) -> None:
        self.tried += 1
        waiting = self._waiting()
        if waiting is None:
            self._fill()
            waiting = self._waiting()
        if waiting is not None:
            address = reverse("desk:review", args=[waiting])
            page = self.reviewer.get(address)
            found = DIGEST.search(page.text) if page is not None else None
            if found is None:
                return
            done = self.reviewer.post(address + "approve/", data={"digest": found[1]})
            if acknowledged(done) and done is not None and done.status_code == 302:
                self.told.append(waiting)

    def _waiting(self) -> UUID | None:
        rows = Submission.objects.filter(draft__dossier=self.file, decision="")
        found: UUID | None = rows.values_list("pk", flat=True).first()
        return found

    def _fill(self) -> None:
        address = reverse("desk:fill", args=[self.file.pk])
        for section in SECTIONS:
            words = {"section": section, "basis": "已电话核实"}
            if not acknowledged(self.person.post(address + "mark/", data=words)):
                return
        self.person.post(address + "submit/")

    def missing(self, since: int = 0) -> list[str]:
        wanted = set(self.told[since:])
        kept = set(
            Submission.objects.filter(
                pk__in=wanted, decision=Decision.APPROVED, draft__state="approved"
            ).values_list("pk", flat=True)
        )
        return [f"approval {key} of {self.file.number}" for key in wanted - kept]

    def wrong(self) -> list[str]:
        numbers = list(
            FileVersion.objects.filter(dossier=self.file)
            .order_by("number")
            .values_list("number", flat=True)
        )
        approved = Submission.objects.filter(
            draft__dossier=self.file, decision=Decision.APPROVED
        ).count()
        found = []
        if numbers != list(range(1, approved + 1)):
            found.append(f"{approved} approvals of {self.file.number} made versions {numbers}")
        if Draft.objects.filter(dossier=self.file, state__in=["open", "submitted"]).count() > 1:
            found.append(f"two drafts of {self.file.number}")
        half = Submission.objects.filter(draft__dossier=self.file).exclude(
            pk__in=Submission.objects.filter(
                draft__in=Attestation.objects.values("draft").distinct()
            ).values("pk")
        )
        return found + [f"submission {row.pk} without its sections" for row in half]


@dataclass
class Importer(Clerk):
    """Brings ledgers of new customers in: `rows` a ledger, large ones by jobs."""

    name = "import"
    unit_id: int = field(kw_only=True)
    rows: int = SMALL_ROWS
    made: dict[UUID, list[str]] = field(default_factory=dict)
    """Which credit codes stand in an import."""

    def act(self) -> None:
        self.tried += 1
        open_ones = [key for key in self.made if key not in self.told]
        if self.rows > SMALL_ROWS and len(open_ones) > 1:
            for waiting in open_ones:
                self._go_on(waiting)
            return
        codes = [plant.credit_code(next(_serials)) for _row in range(self.rows)]
        key = self._upload(codes)
        if key is not None:
            self.made[key] = codes
            self._go_on(key)

    def _upload(self, codes: list[str]) -> UUID | None:
        sent = self.person.post(
            reverse("intake:new"),
            data={"kind": "customers", "unit": self.unit_id},
            files={"file": ("台账.xlsx", self._ledger(codes))},
        )
        if sent is None or sent.status_code != 302:
            return None
        found = IMPORT.search(sent.headers["Location"])
        return UUID(found[1]) if found else None

    def _ledger(self, codes: list[str]) -> bytes:
        """A column of noise makes the larger one large enough for a job."""
        out = io.BytesIO()
        noise = intake.LARGE_BYTES // self.rows if self.rows > SMALL_ROWS else 0
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            page = book.add_worksheet("台账")
            page.write_row(0, 0, [*HEAD, "内部流水"])
            for line, code in enumerate(codes, 1):
                extra = self.chance.randbytes(noise).hex()
                page.write_row(
                    line, 0, [f"广州{code[-8:]}号厂", code, "一般", "广东", "工业", extra]
                )
        return out.getvalue()

    def _go_on(self, key: UUID) -> None:
        """Confirm what is shown, if it is."""
        page = self.person.get(reverse("intake:detail", args=[key]))
        found = DIGEST.search(page.text) if page is not None else None
        if found is None:
            return
        done = self.person.post(reverse("intake:confirm", args=[key]), data={"digest": found[1]})
        if acknowledged(done) and done is not None and done.status_code == 302:
            self.told.append(key)

    def missing(self, since: int = 0) -> list[str]:
        """A confirmed ledger is in, or with the job that brings it in."""
        told, made = self.told[since:], list(self.made)  # now: the clerk works on
        states = dict(Import.objects.filter(pk__in=made).values_list("pk", "state"))
        found = [f"upload {key}" for key in made if key not in states]
        within = {ImportState.COMMITTED}
        if self.rows > SMALL_ROWS:
            within.add(ImportState.COMMITTING)
        found += [f"import {key} is {states.get(key)}" for key in told
                  if states.get(key) not in within]  # fmt: skip
        return found

    def wrong(self) -> list[str]:
        """All rows of a ledger or none."""
        found = []
        for row in Import.objects.filter(by=self.person.user):
            try:
                ledgers.load(row.sha256)
            except (OSError, ValueError):
                found.append(f"the file of import {row.pk} is gone")
        states = dict(Import.objects.filter(pk__in=self.made).values_list("pk", "state"))
        for key, codes in self.made.items():
            there = Dossier.objects.filter(credit_code__in=codes).count()
            whole = len(codes) if states.get(key) == ImportState.COMMITTED else 0
            if there != whole:
                found.append(f"import {key} ({states.get(key)}) has {there} of {len(codes)} rows")
        return found

    def settled(self) -> bool:
        waiting = [ImportState.PARSING, ImportState.COMMITTING]
        return not Import.objects.filter(by=self.person.user, state__in=waiting).exists()


@dataclass
class Uploader(Clerk):
    """Adds documents to a file; a job reads their text."""

    name = "upload"
    file: Dossier = field(kw_only=True)

    def act(self) -> None:
        self.tried += 1
        name = f"材料{self.person.user.pk}-{self.tried}"
        sent = self.person.post(
            reverse("papers:upload", args=[self.file.pk]),
            headers={"Accept": "application/json"},
            files={
                "file": (f"{name}.txt", f"{name} {self.chance.random()}".encode(), "text/plain")
            },
        )
        if acknowledged(sent):
            self.told.append(name)

    def missing(self, since: int = 0) -> list[str]:
        wanted = set(self.told[since:])
        rows = Document.objects.filter(dossier=self.file, title__in=wanted)
        kept = {title for title, sha256 in rows.values_list("title", "blob") if _whole(sha256)}
        return [f"document {title}" for title in sorted(wanted - kept)]

    def wrong(self) -> list[str]:
        rows = Document.objects.filter(dossier=self.file)
        found = [f"{row.title} has no content" for row in rows if not _whole(row.blob_id)]
        titles = [row.title for row in rows]
        return found + [f"{title} twice" for title in set(titles) if titles.count(title) > 1]

    def settled(self) -> bool:
        rows = Document.objects.filter(dossier=self.file, text_state=TextState.WAITING)
        return not rows.exists()


def _whole(sha256: str) -> bool:
    return shelf().exists(place_of(sha256))
