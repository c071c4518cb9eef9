"""The workbook of a dossier out and in: one transaction, through the actions that already write.

The half that writes lies beside the half that reads, in intake: both need the columns of the
ledgers, which are intake's, and reports may not import a sibling.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.contracts.models import Contract
from yihu.disclosure.lens import View
from yihu.disclosure.queries import view_of
from yihu.dossiers import actions as dossiers
from yihu.dossiers.content import compose, facts_with
from yihu.dossiers.difference import FieldChange, differ
from yihu.dossiers.models import Dossier
from yihu.dossiers.policy import may_fill, may_take_out
from yihu.dossiers.problems import Refused as FileRefused
from yihu.dossiers.queries import pending_draft
from yihu.dossiers.rules import DraftState
from yihu.exports.rules import Stamp
from yihu.guide.models import Edition
from yihu.guide.rules import Definition
from yihu.intake import files
from yihu.intake.actions import import_read, look
from yihu.intake.queries import Preview, read_through
from yihu.intake.whole import book
from yihu.intake.whole.layout import Base
from yihu.intake.whole.reading import (
    Edited,
    LedgerRow,
    Plain,
    Problem,
    edited,
    open_book,
    plain_rows,
    row_key,
)
from yihu.kit.sheet import Refused, column_letters

ORDER = ("contracts", "offtake")
SHEET_OF = {"contracts": "合同", "offtake": "月度"}


@dataclass(frozen=True, slots=True)
class Written:
    """A workbook and what it is called."""

    content: bytes
    name: str


# Out ---------------------------------------------------------------------------------------------


@transaction.atomic
@override("zh-hans")
def write_workbook(by: User, dossier: Dossier, *, stamp: Stamp, today: date) -> Written:
    """The whole dossier as a workbook; for who fills it with the open draft's values.

    `dossier` comes with unit, filler and reviewer. Raises: Denied, dossiers.Refused.
    """
    require(may_take_out(by, dossier.unit_id), _("下载档案工作簿的"))
    edition, definition = dossiers.in_force(today)
    view = view_of(by, dossier, stamp.at)
    base = _base(by, dossier, edition, definition, view)
    notes = [
        f"{dossier.name_full}　{dossier.number}　{dossier.unit.name}",
        _("密级：%(mark)s。仅供内部使用，不得复制、转发、外传（§5.5）。")
        % {"mark": dossier.mark.line},
        *([_("个人信息、核心商密或价格已隐去：此工作簿只供查阅。")] if view.masked else []),
        stamp.line(1 + len(base.contracts) + len(base.offtake)),
        _("填报指南第 %(edition)d 版，档案第 %(version)d 版。")
        % {"edition": edition.number, "version": dossier.version_number},
        _("白色单元格可改，灰色是栏目名和说明；表格在末行之下接着填。请勿改动表头。"),
        _("改好后在档案的“工作簿”页上传，先看到旧值与新值，确认后才写入草稿。"),
        _("合同和月度中删去的行不会从系统中删除；公式请先粘贴为数值。"),
    ]
    content = book.write(
        base,
        definition,
        name=f"{dossier.number}　客户档案",
        notes=notes,
        mark=f"{dossier.mark} {stamp.mark}",
    )
    audit.record(
        by,
        "workbook.exported",
        dossier,
        dossier_id=dossier.pk,
        data={
            "trace": stamp.trace,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "edition": edition.number,
            "version": dossier.version_number,
        },
    )
    safe = "".join(letter for letter in dossier.name_full if letter not in '\\/:*?"<>|')[:60]
    return Written(content, f"{dossier.number}-{safe}.xlsx")


def _base(by: User, dossier: Dossier, edition: Edition, definition: Definition, view: View) -> Base:
    """What is masked for the person is in no cell and not in the hidden sheet either (§5.5)."""
    found = view.content(compose([dossier], edition, definition)[dossier.pk], definition)
    return Base(
        dossier=str(dossier.pk),
        number=dossier.number,
        credit_code=dossier.credit_code,
        unit=dossier.unit.code,
        edition=edition.number,
        version=dossier.version_number,
        facts=_facts(by, dossier, definition, view),
        contracts=found["tables"].get("contracts", []),
        offtake=found["tables"].get("offtake", []),
    )


def _facts(by: User, dossier: Dossier, definition: Definition, view: View) -> dict[str, Any]:
    """What whoever fills the file sees: the draft's values over the file's."""
    draft = pending_draft(dossier) if may_fill(by, dossier) else None
    facts = facts_with(definition, dossier, draft.changes if draft is not None else None)
    return view.read(facts, definition)


# In ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clash:
    """A value that changed here and there: what the workbook was written from, now, and mine.

    `key` names the choice in the form; values are stored ones, rows as plain texts.
    """

    key: str
    kind: str
    label: str
    seen: Any
    now: Any
    mine: Any
    row: LedgerRow | None = None


@dataclass(slots=True)
class Plan:
    """What a confirmation would do. `digest` stands for all of it."""

    definition: Definition
    edited: Edited
    changes: list[FieldChange] = field(default_factory=list)
    now: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[LedgerRow]] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    previews: dict[str, Preview] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there is something to write or to choose."""
        return bool(self.changes or self.clashes or any(self.rows.values()))

    @property
    def digest(self) -> str:
        """SHA-256 of what the page shows."""
        whole = [
            self.values,
            self.now,
            [[one.key, one.now, one.mine] for one in self.clashes],
            {kind: [row.mine for row in rows] for kind, rows in self.rows.items()},
            {kind: preview.digest for kind, preview in self.previews.items()},
        ]
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


class Undo(Exception):
    """Ends a trial run whose writes are not to stay."""


def plan_of(
    by: User, dossier: Dossier, *, content: bytes, name: str, at: datetime, today: date
) -> Plan:
    """Read an edited workbook and say what it would do; nothing stays written.

    Raises: Denied; kit.sheet.Refused and dossiers.Refused, each with a sentence.
    """
    require(may_fill(by, dossier), _("填报客户档案的"))
    edition, definition = dossiers.in_force(today)
    base, sheets = open_book(content, name)
    _same_file(base, dossier, edition.number)
    draft = pending_draft(dossier)
    if draft is not None and draft.state == DraftState.SUBMITTED:
        raise FileRefused(_("这份档案已提交审核，等审核结束或撤回后再导入。"))
    found = edited(base, sheets, definition, name=name, today=today)
    plan = Plan(definition, found, problems=list(found.problems))
    view = view_of(by, dossier, at)
    _settle_fields(plan, _facts(by, dossier, definition, view))
    _settle_rows(plan, dossier, _base(by, dossier, edition, definition, view))
    if not plan.problems:
        _try(by, dossier, plan, name=name, content=content, at=at, today=today)
    return plan


def _same_file(base: Base, dossier: Dossier, edition: int) -> None:
    if base.unit != dossier.unit.code:
        text = _("这是另一单位的工作簿，不能导入本单位的档案；请上传从本页下载的工作簿。")
        raise Refused("wrong_unit", text)
    if base.dossier != str(dossier.pk):
        text = _("这是档案 %(other)s 的工作簿，不是本档案 %(own)s 的；请到那份档案的页面上传。")
        raise Refused("wrong_dossier", text % {"other": base.number, "own": dossier.number})
    if base.edition != edition:
        text = _(
            "工作簿按填报指南第 %(old)d 版写成，现行为第 %(new)d 版；"
            "请重新下载工作簿，把改动填进去后再上传。"
        )
        raise Refused("old_edition", text % {"old": base.edition, "new": edition})


def _settle_fields(plan: Plan, now: Mapping[str, Any]) -> None:
    before, after = {}, {}
    for code, mine in plan.edited.fields.items():
        seen, here = plan.edited.base.facts.get(code), now.get(code)
        if here == mine or (not here and not mine and here is not False and mine is not False):
            continue
        if here != seen:
            label = plan.definition[code].label
            plan.clashes.append(Clash(f"field:{code}", "fields", label, seen, here, mine))
            continue
        plan.values[code], plan.now[code] = mine, here
        before[code], after[code] = here, mine
    found = differ(_only(before), _only(after), plan.definition, ())
    plan.changes = [one for changes in found.fields.values() for one in changes]


def _only(facts: dict[str, Any]) -> dict[str, Any]:
    return {"dossier": {}, "facts": facts, "tables": {}}


def _settle_rows(plan: Plan, dossier: Dossier, fresh: Base) -> None:
    for kind, given in (("contracts", fresh.contracts), ("offtake", fresh.offtake)):
        now: dict[tuple[str, ...], Plain] = {
            row_key(kind, row): row for row in plain_rows(kind, given)
        }
        plan.rows[kind] = []
        for row in plan.edited.rows.get(kind, []):
            here = now.get(row.key, {})
            if here == row.mine:
                continue
            if here != row.seen:
                key = f"{kind}:{':'.join(row.key)}"
                label = " ".join([row.key[0], *(day[:7] for day in row.key[1:])])
                plan.clashes.append(Clash(key, kind, label, row.seen, here, row.mine, row))
                continue
            plan.rows[kind].append(row)
    _foreign_contracts(plan, dossier)


def _foreign_contracts(plan: Plan, dossier: Dossier) -> None:
    """A number that another file of the unit has: importing it would move that contract here."""
    rows = {row.key[0]: row for row in plan.edited.rows.get("contracts", [])}
    taken = Contract.objects.filter(unit=dossier.unit_id, number__in=rows).exclude(dossier=dossier)
    for number in taken.values_list("number", flat=True):
        text = _("合同编号 %(number)s 已属于另一份档案；请核对编号。") % {"number": number}
        place = (SHEET_OF["contracts"], rows[number].checked.row, "A")
        plan.problems.append(Problem(*place, "wrong_customer", text))


def _try(
    by: User,
    dossier: Dossier,
    plan: Plan,
    *,
    name: str,
    content: bytes,
    at: datetime,
    today: date,
) -> None:
    """Run the ledgers in a transaction that is undone: months may belong to a new contract."""
    try:
        with transaction.atomic():
            for kind in ORDER:
                rows = plan.rows[kind]
                if not rows:
                    continue
                read = read_through(plan.edited.ledgers[kind], rows=[row.checked for row in rows])
                with connection.cursor() as cursor:
                    plan.previews[kind] = look(cursor, read, dossier.unit_id)
                if plan.previews[kind].rejected_rows:
                    continue
                if kind == "contracts" and plan.rows["offtake"]:
                    _import(by, dossier, plan, kind, rows, name, content, at, today)
            raise Undo
    except Undo:
        pass
    for kind, preview in plan.previews.items():
        letters = _letters(plan.edited, kind)
        plan.problems.extend(
            Problem(SHEET_OF[kind], one.row, letters.get(one.column, ""), one.code, one.message)
            for one in preview.rejected
        )


def _letters(found: Edited, kind: str) -> dict[str, str]:
    claimed = found.ledgers[kind].layout.claimed
    return {one.header: column_letters(one.at + 1) for one in claimed}


def _import(
    by: User,
    dossier: Dossier,
    plan: Plan,
    kind: str,
    rows: Sequence[LedgerRow],
    name: str,
    content: bytes,
    at: datetime,
    today: date,
) -> Preview:
    read = read_through(plan.edited.ledgers[kind], rows=[row.checked for row in rows])
    return import_read(
        by, dossier.unit, read, kind=kind, name=name, content=content, at=at, today=today
    )


class Moved(Exception):
    """What the page showed is no longer what would be done; nothing was written."""


class Unchosen(Exception):
    """A conflict is left without a choice; nothing was written."""


@transaction.atomic
def import_workbook(
    by: User,
    dossier: Dossier,
    *,
    content: bytes,
    name: str,
    digest: str,
    choices: Mapping[str, str],
    at: datetime,
    today: date,
) -> Plan:
    """Write what the page showed: fields into the draft, contracts and months into their ledgers.

    `choices`: of each conflict "mine" or "now". All or nothing. Raises: Denied, Moved, Unchosen,
    kit.sheet.Refused, dossiers.Refused.
    """
    Dossier.objects.select_for_update().get(unit=dossier.unit_id, pk=dossier.pk)
    plan = plan_of(by, dossier, content=content, name=name, at=at, today=today)
    if plan.digest != digest or plan.problems:
        raise Moved
    values, seen = dict(plan.values), dict(plan.now)
    rows = {kind: list(plan.rows[kind]) for kind in ORDER}
    for clash in plan.clashes:
        chosen = choices.get(clash.key)
        if chosen not in ("mine", "now"):
            raise Unchosen
        if chosen == "now":
            continue
        if clash.row is not None:
            rows[clash.kind].append(clash.row)
        else:
            code = clash.key.removeprefix("field:")
            values[code], seen[code] = clash.mine, clash.now
    if values:
        saved = dossiers.save_fields(by, dossier, values=values, seen=seen, at=at, today=today)
        if saved.conflicts:
            raise Moved
    for kind in ORDER:
        if rows[kind]:
            preview = _import(by, dossier, plan, kind, rows[kind], name, content, at, today)
            if preview.rejected:
                raise Refused(preview.rejected[0].code, preview.rejected[0].message)
    if values or any(rows.values()):
        audit.record(
            by,
            "workbook.imported",
            dossier,
            dossier_id=dossier.pk,
            data={
                "sha256": files.digest_of(content),
                "fields": sorted(values),
                **{kind: len(rows[kind]) for kind in ORDER},
            },
        )
    return plan
