"""A client of the interface for programs in Python: lists, single things, batches, operations.

It needs `requests` and nothing else of this package, so the file can be copied.

    yihu = Yihu("https://yihu.example.cn", token)
    for row in yihu.offtake(month="2026-10", fields=["number", "actual", "quantity_unit"]):
        ...
    result = yihu.report_offtake(rows)
    draft = yihu.read_draft(key)
    done = yihu.save_draft(key, values={"legal_rep": "张三"}, etag=draft.etag)
    yihu.submit_draft(key, etag=done.etag)

Whatever writes over something takes the `etag` of what was read; `Problem` with status 412 says
that somebody else has changed it since. Each operation goes out under a key of its own, so that a
call that is tried again counts once.
Whatever is read comes as plain values: decimals as text with their unit beside them, dates as
2026-10-01. A problem (RFC 9457) is raised as `Problem`. Where the server asks to wait (429, 503)
the call waits as it says and tries again; a batch keeps its idempotency key, so it counts once.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

Row = dict[str, Any]
Given = str | int | Sequence[str]
MOST_ROWS = 5000
"""Rows of a batch, at most."""
OF_ROWS = {"invalid_rows", "changed_meanwhile"}
"""Problems that name rows of a batch."""
TRIES = 5
SECONDS = 60


class Fault(TypedDict):
    """What is wrong with a field of a row, counted from 1."""

    row: int
    field: str
    code: str
    message: str


class Outcome(TypedDict):
    """What became of a row, counted from 1."""

    row: int
    outcome: Literal["new", "changed", "unchanged"]


class File(TypedDict):
    """A file to be sent, its content in base64; `file_of` makes one."""

    name: str
    content: str


def file_of(name: str, content: bytes) -> File:
    """A file by that name."""
    return {"name": name, "content": base64.b64encode(content).decode()}


class Problem(Exception):
    """The interface says why it cannot: `code` for programs, `detail` for people."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(said.get("code", ""))
        self.detail = str(said.get("detail", ""))
        self.rows: list[Fault] = list(said.get("problems", ())) if self.code in OF_ROWS else []
        self.problems: list[Row] = list(said.get("problems", ()))
        super().__init__(f"{status} {self.code}: {self.detail}")


@dataclass(frozen=True, slots=True)
class Result:
    """What a batch did; `again`: it is the answer of the first time."""

    new: int
    changed: int
    unchanged: int
    rows: list[Outcome]
    warnings: list[Fault]
    again: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it was read, and the tag by which it is asked for again."""

    content: Row
    etag: str


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation did: the key of what was made or changed, and its tag from now on.

    `again`: it is the answer of the first time; `more`: what this operation tells besides.
    """

    id: str
    etag: str
    again: bool
    more: Row


class Yihu:
    """One installation, as the person whose token it is."""

    def __init__(self, address: str, token: str, *, language: str = "zh-CN") -> None:
        self.address = address.rstrip("/")
        self.session = requests.Session()
        self.session.headers.update(
            {"Authorization": f"Bearer {token}", "Accept-Language": language}
        )
        again = Retry(
            total=TRIES,
            status_forcelist=(429, 503),
            allowed_methods=None,  # a batch too: its key lets it count once
            backoff_factor=1,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=again))

    # Lists

    def dossiers(self, **given: Given) -> Iterator[Row]:
        """客户档案 in reach."""
        return self._pages("dossiers", given)

    def customers(self, **given: Given) -> Iterator[Row]:
        """集团客户, for supervisors."""
        return self._pages("customers", given)

    def contracts(self, **given: Given) -> Iterator[Row]:
        """合同; with `dossier`, of one file with its prices."""
        return self._pages("contracts", given)

    def offtake(self, **given: Given) -> Iterator[Row]:
        """月度提气量; with `dossier`, of one file with its prices and amounts."""
        return self._pages("offtake", given)

    def duties(self, **given: Given) -> Iterator[Row]:
        """更新任务."""
        return self._pages("duties", given)

    def risks(self, **given: Given) -> Iterator[Row]:
        """风险备注."""
        return self._pages("risks", given)

    def dossier(self, key: str, *, kept: Kept | None = None) -> Kept:
        """One file; `kept` comes back as it is where nothing changed since."""
        return self._one(f"dossiers/{key}", kept)

    # Batches

    def report_offtake(
        self, rows: Iterable[Mapping[str, Any]], *, unit: str = "", key: str = ""
    ) -> Result:
        """Report months, at most 5,000: all or none; a row with the `etag` that `offtake` told of
        it, only if nobody changed it since (412). Raises: Problem, with its `rows`."""
        return self._batch("offtake", rows, unit, key)

    def report_contracts(
        self, rows: Iterable[Mapping[str, Any]], *, unit: str = "", key: str = ""
    ) -> Result:
        """Report contracts in the same way, with `etag` of `contracts`. Raises: Problem."""
        return self._batch("contracts", rows, unit, key)

    def report_dossiers(
        self, rows: Iterable[Mapping[str, Any]], *, unit: str = "", key: str = ""
    ) -> Result:
        """Open files or report their facts, at most 5,000: all or none. Raises: Problem."""
        return self._batch("dossiers", rows, unit, key)

    # Operations, written by tools/client.py

    def approve_plain(self, *, submissions: Sequence[str], key: str = "") -> Done:
        """一并通过栏目无改动的提交."""
        return self._do("POST", "approvals", {"submissions": submissions}, "", key)

    def object_to_line(self, pk: str, *, words: str, key: str = "") -> Done:
        """对考核申诉."""
        return self._do("POST", f"assessment-lines/{pk}/objections", {"words": words}, "", key)

    def closures(self, **given: Given) -> Iterator[Row]:
        """休眠与关闭."""
        return self._pages("closures", given)

    def read_closure(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一项休眠或关闭申请（§6.1.2）."""
        return self._one(f"closures/{pk}", kept)

    def consent_closure(
        self, pk: str, *, note: str | None = None, etag: str = "", key: str = ""
    ) -> Done:
        """同意休眠或关闭."""
        return self._do("POST", f"closures/{pk}/consent", {"note": note}, etag, key)

    def refuse_closure(
        self, pk: str, *, note: str | None = None, etag: str = "", key: str = ""
    ) -> Done:
        """不同意休眠或关闭."""
        return self._do("POST", f"closures/{pk}/refuse", {"note": note}, etag, key)

    def withdraw_closure(self, pk: str, *, etag: str = "", key: str = "") -> Done:
        """撤回休眠或关闭申请."""
        return self._do("POST", f"closures/{pk}/withdraw", {}, etag, key)

    def confirm_unchanged(self, *, dossiers: Sequence[str], basis: str, key: str = "") -> Done:
        """几份档案一并核对无变化."""
        return self._do("POST", "confirmations", {"dossiers": dossiers, "basis": basis}, "", key)

    def settle_difference(self, pk: str, *, basis: str, value: Row, key: str = "") -> Done:
        """核定各单位所载不同的值."""
        return self._do(
            "POST", f"differences/{pk}/settle", {"basis": basis, "value": value}, "", key
        )

    def documents(self, **given: Given) -> Iterator[Row]:
        """档案资料."""
        return self._pages("documents", given)

    def read_document(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一份档案资料的登记（§4.3c）."""
        return self._one(f"documents/{pk}", kept)

    def take_off_document(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """撤下资料."""
        return self._do("POST", f"documents/{pk}/take-off", {"reason": reason}, etag, key)

    def retitle_document(
        self,
        pk: str,
        *,
        title: str,
        kind: Literal["licence", "contract", "permit", "letter", "minutes", "other"],
        sensitivity: Literal["open", "ordinary", "core", "personal"],
        etag: str,
        key: str = "",
    ) -> Done:
        """改资料的名称、类别、密级."""
        return self._do(
            "POST",
            f"documents/{pk}/title",
            {"title": title, "kind": kind, "sensitivity": sensitivity},
            etag,
            key,
        )

    def ask_closure(
        self,
        pk: str,
        *,
        state: Literal["dormant", "closed"],
        ground: Literal["ended", "cancelled", "moved", "double", "mistaken", "other"],
        reason: str,
        key: str = "",
    ) -> Done:
        """申请档案休眠或关闭."""
        return self._do(
            "POST",
            f"dossiers/{pk}/closure",
            {"state": state, "ground": ground, "reason": reason},
            "",
            key,
        )

    def upload_document(
        self,
        pk: str,
        *,
        file: File,
        title: str | None = None,
        kind: Literal["licence", "contract", "permit", "letter", "minutes", "other"] | None = None,
        sensitivity: Literal["open", "ordinary", "core", "personal"] | None = None,
        key: str = "",
    ) -> Done:
        """上传档案资料."""
        return self._do(
            "POST",
            f"dossiers/{pk}/documents",
            {"file": file, "title": title, "kind": kind, "sensitivity": sensitivity},
            "",
            key,
        )

    def read_draft(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一份档案的草稿（§4.3b）."""
        return self._one(f"dossiers/{pk}/draft", kept)

    def save_draft(self, pk: str, *, values: Row, etag: str, key: str = "") -> Done:
        """填写草稿的栏目."""
        return self._do("PATCH", f"dossiers/{pk}/draft", {"values": values}, etag, key)

    def choose_value(
        self, pk: str, *, code: str, keep: Literal["file", "mine"], etag: str = "", key: str = ""
    ) -> Done:
        """档案已变的栏目，选定保留哪个值."""
        return self._do(
            "POST", f"dossiers/{pk}/draft/choose", {"code": code, "keep": keep}, etag, key
        )

    def discard_draft(self, pk: str, *, etag: str = "", key: str = "") -> Done:
        """放弃草稿."""
        return self._do("POST", f"dossiers/{pk}/draft/discard", {}, etag, key)

    def submit_draft(self, pk: str, *, etag: str = "", key: str = "") -> Done:
        """提交审核."""
        return self._do("POST", f"dossiers/{pk}/draft/submit", {}, etag, key)

    def take_last_version(self, pk: str, *, section: str, etag: str, key: str = "") -> Done:
        """取回上一版的内容."""
        return self._do("POST", f"dossiers/{pk}/draft/take-last", {"section": section}, etag, key)

    def mark_unchanged(
        self, pk: str, *, section: str, basis: str, etag: str = "", key: str = ""
    ) -> Done:
        """一部分核对无变化."""
        return self._do(
            "POST",
            f"dossiers/{pk}/draft/unchanged",
            {"section": section, "basis": basis},
            etag,
            key,
        )

    def withdraw_draft(self, pk: str, *, etag: str = "", key: str = "") -> Done:
        """撤回提交."""
        return self._do("POST", f"dossiers/{pk}/draft/withdraw", {}, etag, key)

    def appoint_filler(self, pk: str, *, filler: str, key: str = "") -> Done:
        """指定填报人."""
        return self._do("POST", f"dossiers/{pk}/filler", {"filler": filler}, "", key)

    def register_letter(
        self,
        pk: str,
        *,
        dated_on: str,
        counterpart: str,
        subject: str,
        sensitivity: Literal["open", "ordinary", "core", "personal"],
        direction: Literal["in", "out"],
        number: str | None = None,
        answers: str | None = None,
        reply_due_on: str | None = None,
        file: File | None = None,
        key: str = "",
    ) -> Done:
        """登记函件."""
        return self._do(
            "POST",
            f"dossiers/{pk}/letters",
            {
                "number": number,
                "dated_on": dated_on,
                "counterpart": counterpart,
                "subject": subject,
                "answers": answers,
                "reply_due_on": reply_due_on,
                "sensitivity": sensitivity,
                "file": file,
                "direction": direction,
            },
            "",
            key,
        )

    def set_mark(
        self,
        pk: str,
        *,
        secrecy: Literal["ordinary", "core"],
        period: Literal["long", "3", "5", "10", "20"],
        circle: str,
        reason: str,
        key: str = "",
    ) -> Done:
        """定密：密级、期限、知悉范围."""
        return self._do(
            "POST",
            f"dossiers/{pk}/mark",
            {"secrecy": secrecy, "period": period, "circle": circle, "reason": reason},
            "",
            key,
        )

    def reopen_dossier(self, pk: str, *, reason: str, key: str = "") -> Done:
        """恢复档案在用."""
        return self._do("POST", f"dossiers/{pk}/reopen", {"reason": reason}, "", key)

    def raise_risk(
        self,
        pk: str,
        *,
        kind: Literal["a", "b", "c", "d"],
        level: Literal[1, 2, 3],
        found_on: str,
        found_how: str,
        facts: str,
        owner: str,
        next_check_on: str,
        happened_on: str | None = None,
        loss_yuan: str | int | None = None,
        measures: str | None = None,
        verified_by: str | None = None,
        contracts: Sequence[str] | None = None,
        proposal: str | None = None,
        key: str = "",
    ) -> Done:
        """登记风险备注."""
        return self._do(
            "POST",
            f"dossiers/{pk}/risks",
            {
                "kind": kind,
                "level": level,
                "found_on": found_on,
                "happened_on": happened_on,
                "found_how": found_how,
                "loss_yuan": loss_yuan,
                "facts": facts,
                "measures": measures,
                "verified_by": verified_by,
                "owner": owner,
                "next_check_on": next_check_on,
                "contracts": contracts,
                "proposal": proposal,
            },
            "",
            key,
        )

    def seal_contact(
        self, pk: str, *, name: str, requested_on: str, reason: str, key: str = ""
    ) -> Done:
        """封存联系人."""
        return self._do(
            "POST",
            f"dossiers/{pk}/seals",
            {"name": name, "requested_on": requested_on, "reason": reason},
            "",
            key,
        )

    def plan_visit(
        self,
        pk: str,
        *,
        planned_on: str,
        kind: Literal["received", "paid", "meeting", "video", "phone", "survey"],
        level: Literal["top", "department", "business"],
        lead: str,
        moment: str | None = None,
        minutes: int | None = None,
        place: str | None = None,
        purpose: str | None = None,
        topics: Sequence[
            Literal[
                "demand",
                "price",
                "contract",
                "performance",
                "arrears",
                "complaint",
                "project",
                "cooperation",
                "rating",
                "safety",
                "other",
            ]
        ]
        | None = None,
        ours: Sequence[str] | None = None,
        theirs: Sequence[str] | None = None,
        guests: Sequence[Row] | None = None,
        key: str = "",
    ) -> Done:
        """登记访谈计划."""
        return self._do(
            "POST",
            f"dossiers/{pk}/visits/planned",
            {
                "planned_on": planned_on,
                "moment": moment,
                "minutes": minutes,
                "kind": kind,
                "level": level,
                "place": place,
                "lead": lead,
                "purpose": purpose,
                "topics": topics,
                "ours": ours,
                "theirs": theirs,
                "guests": guests,
            },
            "",
            key,
        )

    def write_new_visit(
        self,
        pk: str,
        *,
        held_on: str,
        kind: Literal["received", "paid", "meeting", "video", "phone", "survey"],
        level: Literal["top", "department", "business"],
        lead: str,
        moment: str | None = None,
        place: str | None = None,
        purpose: str | None = None,
        topics: Sequence[
            Literal[
                "demand",
                "price",
                "contract",
                "performance",
                "arrears",
                "complaint",
                "project",
                "cooperation",
                "rating",
                "safety",
                "other",
            ]
        ]
        | None = None,
        ours: Sequence[str] | None = None,
        theirs: Sequence[str] | None = None,
        summary: str | None = None,
        conclusions: str | None = None,
        market_intel: str | None = None,
        competitor_intel: str | None = None,
        risk_signal: bool | None = None,
        risk_note: str | None = None,
        file: File | None = None,
        guests: Sequence[Row] | None = None,
        promises: Sequence[Row] | None = None,
        wishes: Sequence[Row] | None = None,
        key: str = "",
    ) -> Done:
        """写计划外访谈的纪要."""
        return self._do(
            "POST",
            f"dossiers/{pk}/visits/written",
            {
                "held_on": held_on,
                "moment": moment,
                "kind": kind,
                "level": level,
                "place": place,
                "lead": lead,
                "purpose": purpose,
                "topics": topics,
                "ours": ours,
                "theirs": theirs,
                "summary": summary,
                "conclusions": conclusions,
                "market_intel": market_intel,
                "competitor_intel": competitor_intel,
                "risk_signal": risk_signal,
                "risk_note": risk_note,
                "file": file,
                "guests": guests,
                "promises": promises,
                "wishes": wishes,
            },
            "",
            key,
        )

    def ask_waiver(self, pk: str, *, reason: str, key: str = "") -> Done:
        """申请豁免一项任务."""
        return self._do("POST", f"duties/{pk}/waive", {"reason": reason}, "", key)

    def findings(self, **given: Given) -> Iterator[Row]:
        """检查问题."""
        return self._pages("findings", given)

    def read_finding(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一个检查问题（§6.4.2）."""
        return self._one(f"findings/{pk}", kept)

    def reply_finding(
        self,
        pk: str,
        *,
        text: str,
        root: Literal["care", "rules", "skill", "hands", "system", "customer", "other"],
        file: File | None = None,
        etag: str = "",
        key: str = "",
    ) -> Done:
        """回复整改."""
        return self._do(
            "POST", f"findings/{pk}/reply", {"text": text, "root": root, "file": file}, etag, key
        )

    def verify_finding(
        self,
        pk: str,
        *,
        judgement: Literal["accepted", "returned"],
        etag: str,
        note: str | None = None,
        due_on: str | None = None,
        key: str = "",
    ) -> Done:
        """复核整改，销号或退回."""
        return self._do(
            "POST",
            f"findings/{pk}/verify",
            {"judgement": judgement, "note": note, "due_on": due_on},
            etag,
            key,
        )

    def withdraw_finding(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """撤销问题."""
        return self._do("POST", f"findings/{pk}/withdraw", {"reason": reason}, etag, key)

    def followups(self, **given: Given) -> Iterator[Row]:
        """跟进事项."""
        return self._pages("followups", given)

    def read_followup(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一个跟进事项（§6.2.1d）."""
        return self._one(f"followups/{pk}", kept)

    def close_followup(
        self,
        pk: str,
        *,
        text: str | None = None,
        confirmed: bool | None = None,
        etag: str = "",
        key: str = "",
    ) -> Done:
        """办结跟进事项."""
        return self._do(
            "POST", f"followups/{pk}/close", {"text": text, "confirmed": confirmed}, etag, key
        )

    def postpone_followup(self, pk: str, *, text: str, on: str, etag: str, key: str = "") -> Done:
        """调整跟进期限."""
        return self._do("POST", f"followups/{pk}/postpone", {"text": text, "on": on}, etag, key)

    def progress_followup(self, pk: str, *, text: str, etag: str = "", key: str = "") -> Done:
        """登记跟进进展."""
        return self._do("POST", f"followups/{pk}/progress", {"text": text}, etag, key)

    def reopen_followup(
        self, pk: str, *, text: str, on: str, etag: str = "", key: str = ""
    ) -> Done:
        """重新打开跟进事项."""
        return self._do("POST", f"followups/{pk}/reopen", {"text": text, "on": on}, etag, key)

    def result_followup(self, pk: str, *, text: str, etag: str = "", key: str = "") -> Done:
        """登记跟进结果."""
        return self._do("POST", f"followups/{pk}/result", {"text": text}, etag, key)

    def grants(self, **given: Given) -> Iterator[Row]:
        """我申请的查询权限."""
        return self._pages("grants", given)

    def ask_grant(
        self,
        *,
        unit: str,
        purpose: str,
        sections: Sequence[Literal["basic", "cooperation", "performance", "interviews"]],
        level: Literal[1, 2, 3],
        since: str,
        until: str,
        regions: Sequence[str] | None = None,
        key: str = "",
    ) -> Done:
        """申请查询权限."""
        return self._do(
            "POST",
            "grants",
            {
                "unit": unit,
                "purpose": purpose,
                "sections": sections,
                "regions": regions,
                "level": level,
                "since": since,
                "until": until,
            },
            "",
            key,
        )

    def read_grant(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一项查询权限（§6.3.2）."""
        return self._one(f"grants/{pk}", kept)

    def end_grant(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """注销查询权限."""
        return self._do("POST", f"grants/{pk}/end", {"reason": reason}, etag, key)

    def refuse_grant(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """退回查询权限申请."""
        return self._do("POST", f"grants/{pk}/refuse", {"reason": reason}, etag, key)

    def withdraw_grant(self, pk: str, *, etag: str = "", key: str = "") -> Done:
        """撤回查询权限申请."""
        return self._do("POST", f"grants/{pk}/withdraw", {}, etag, key)

    def order_rectification(
        self, pk: str, *, unit: str, due_on: str, text: str | None = None, key: str = ""
    ) -> Done:
        """下发整改通知书."""
        return self._do(
            "POST",
            f"inspections/{pk}/orders",
            {"unit": unit, "due_on": due_on, "text": text},
            "",
            key,
        )

    def letters(self, **given: Given) -> Iterator[Row]:
        """往来函件."""
        return self._pages("letters", given)

    def read_letter(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一封往来函件（§4.3c）."""
        return self._one(f"letters/{pk}", kept)

    def correct_letter(
        self,
        pk: str,
        *,
        dated_on: str,
        counterpart: str,
        subject: str,
        sensitivity: Literal["open", "ordinary", "core", "personal"],
        reason: str,
        etag: str,
        number: str | None = None,
        answers: str | None = None,
        reply_due_on: str | None = None,
        file: File | None = None,
        key: str = "",
    ) -> Done:
        """更正函件."""
        return self._do(
            "POST",
            f"letters/{pk}/correct",
            {
                "number": number,
                "dated_on": dated_on,
                "counterpart": counterpart,
                "subject": subject,
                "answers": answers,
                "reply_due_on": reply_due_on,
                "sensitivity": sensitivity,
                "file": file,
                "reason": reason,
            },
            etag,
            key,
        )

    def void_letter(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """作废函件."""
        return self._do("POST", f"letters/{pk}/void", {"reason": reason}, etag, key)

    def waive_letter(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """注明函件无需回复."""
        return self._do("POST", f"letters/{pk}/waive", {"reason": reason}, etag, key)

    def loans(self, **given: Given) -> Iterator[Row]:
        """原件借阅."""
        return self._pages("loans", given)

    def decide_loan(
        self, pk: str, *, approve: bool | None = None, note: str | None = None, key: str = ""
    ) -> Done:
        """审批原件借阅."""
        return self._do("POST", f"loans/{pk}/decide", {"approve": approve, "note": note}, "", key)

    def renew_loan(self, pk: str, *, due_on: str, key: str = "") -> Done:
        """原件续借."""
        return self._do("POST", f"loans/{pk}/renew", {"due_on": due_on}, "", key)

    def withdraw_loan(self, pk: str, *, key: str = "") -> Done:
        """撤回借阅申请."""
        return self._do("POST", f"loans/{pk}/withdraw", {}, "", key)

    def markings(self, **given: Given) -> Iterator[Row]:
        """定密和变更."""
        return self._pages("markings", given)

    def decide_mark(self, pk: str, *, agrees: bool | None = None, key: str = "") -> Done:
        """同意或不同意降密."""
        return self._do("POST", f"markings/{pk}/decide", {"agrees": agrees}, "", key)

    def needs(self, **given: Given) -> Iterator[Row]:
        """客户诉求."""
        return self._pages("needs", given)

    def read_need(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一条客户诉求（§6.2.1d）."""
        return self._one(f"needs/{pk}", kept)

    def answer_need(self, pk: str, *, text: str, etag: str = "", key: str = "") -> Done:
        """答复客户诉求."""
        return self._do("POST", f"needs/{pk}/answer", {"text": text}, etag, key)

    def finish_need(self, pk: str, *, text: str, etag: str = "", key: str = "") -> Done:
        """客户诉求已落实."""
        return self._do("POST", f"needs/{pk}/finish", {"text": text}, etag, key)

    def objections(self, **given: Given) -> Iterator[Row]:
        """考核申诉."""
        return self._pages("objections", given)

    def read_objection(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一项考核申诉（§6.4.2）."""
        return self._one(f"objections/{pk}", kept)

    def decide_objection(
        self,
        pk: str,
        *,
        reason: str,
        etag: str,
        granted: bool | None = None,
        by_how_much: str | int | None = None,
        key: str = "",
    ) -> Done:
        """裁定申诉."""
        return self._do(
            "POST",
            f"objections/{pk}/decide",
            {"granted": granted, "reason": reason, "by_how_much": by_how_much},
            etag,
            key,
        )

    def withdraw_objection(self, pk: str, *, etag: str = "", key: str = "") -> Done:
        """撤回申诉."""
        return self._do("POST", f"objections/{pk}/withdraw", {}, etag, key)

    def offers(self, **given: Given) -> Iterator[Row]:
        """集团核定的值."""
        return self._pages("offers", given)

    def decline_offer(self, pk: str, *, reason: str, key: str = "") -> Done:
        """不采用集团核定的值."""
        return self._do("POST", f"offers/{pk}/decline", {"reason": reason}, "", key)

    def take_offer(self, pk: str, *, key: str = "") -> Done:
        """采用集团核定的值."""
        return self._do("POST", f"offers/{pk}/take", {}, "", key)

    def originals(self, **given: Given) -> Iterator[Row]:
        """原件."""
        return self._pages("originals", given)

    def borrow_original(
        self,
        pk: str,
        *,
        purpose: str,
        due_on: str,
        outsider: str | None = None,
        outsider_of: str | None = None,
        wait: bool | None = None,
        key: str = "",
    ) -> Done:
        """申请借阅原件."""
        return self._do(
            "POST",
            f"originals/{pk}/borrow",
            {
                "purpose": purpose,
                "due_on": due_on,
                "outsider": outsider,
                "outsider_of": outsider_of,
                "wait": wait,
            },
            "",
            key,
        )

    def people(self, **given: Given) -> Iterator[Row]:
        """本单位在岗人员."""
        return self._pages("people", given)

    def enter_points(
        self,
        *,
        unit: str,
        kind: Literal["breach", "bonus"],
        happened_on: str,
        points: str | int,
        words: str | None = None,
        basis: str | None = None,
        key: str = "",
    ) -> Done:
        """登记考核加减分."""
        return self._do(
            "POST",
            "points",
            {
                "unit": unit,
                "kind": kind,
                "happened_on": happened_on,
                "points": points,
                "words": words,
                "basis": basis,
            },
            "",
            key,
        )

    def withdraw_points(self, pk: str, *, reason: str, key: str = "") -> Done:
        """撤销考核加减分."""
        return self._do("POST", f"points/{pk}/withdraw", {"reason": reason}, "", key)

    def report_problem(
        self,
        *,
        text: str,
        page: str | None = None,
        number: str | None = None,
        picture: File | None = None,
        key: str = "",
    ) -> Done:
        """向信息技术中心报告问题."""
        return self._do(
            "POST",
            "problems",
            {"text": text, "page": page, "number": number, "picture": picture},
            "",
            key,
        )

    def proposals(self, **given: Given) -> Iterator[Row]:
        """待处理的风险提示."""
        return self._pages("proposals", given)

    def dismiss_proposal(self, pk: str, *, reason: str, key: str = "") -> Done:
        """风险提示不予登记."""
        return self._do("POST", f"proposals/{pk}/dismiss", {"reason": reason}, "", key)

    def regulations(self, **given: Given) -> Iterator[Row]:
        """制度."""
        return self._pages("regulations", given)

    def issue_regulation(
        self,
        *,
        number: str,
        title: str,
        edition: str,
        effective_on: str,
        supersedes: str | None = None,
        carries_out: str | None = None,
        summary: str | None = None,
        file: File | None = None,
        key: str = "",
    ) -> Done:
        """制度入库."""
        return self._do(
            "POST",
            "regulations",
            {
                "number": number,
                "title": title,
                "edition": edition,
                "effective_on": effective_on,
                "supersedes": supersedes,
                "carries_out": carries_out,
                "summary": summary,
                "file": file,
            },
            "",
            key,
        )

    def amend_regulation(
        self,
        pk: str,
        *,
        title: str,
        reason: str,
        summary: str | None = None,
        file: File | None = None,
        key: str = "",
    ) -> Done:
        """更正制度."""
        return self._do(
            "POST",
            f"regulations/{pk}/amend",
            {"title": title, "summary": summary, "file": file, "reason": reason},
            "",
            key,
        )

    def check_regulation(self, pk: str, *, basis: str, key: str = "") -> Done:
        """制度核对无需修订."""
        return self._do("POST", f"regulations/{pk}/check", {"basis": basis}, "", key)

    def repeal_regulation(self, pk: str, *, on: str, reason: str, key: str = "") -> Done:
        """废止制度."""
        return self._do("POST", f"regulations/{pk}/repeal", {"on": on, "reason": reason}, "", key)

    def settle_remark(self, pk: str, *, key: str = "") -> Done:
        """审核意见已处理."""
        return self._do("POST", f"remarks/{pk}/settle", {}, "", key)

    def set_risk_rule(
        self,
        *,
        rule: Literal["overdue", "completion", "compliance", "licence", "after_end", "above_mdq"],
        number: int,
        effective_on: str,
        reason: str,
        key: str = "",
    ) -> Done:
        """设定风险规则的参数."""
        return self._do(
            "POST",
            "risk-rules",
            {"rule": rule, "number": number, "effective_on": effective_on, "reason": reason},
            "",
            key,
        )

    def read_risk(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一条风险备注（§6.2.2）."""
        return self._one(f"risks/{pk}", kept)

    def check_risk(
        self,
        pk: str,
        *,
        found: str,
        level: Literal[1, 2, 3],
        state: Literal["pending", "active", "mitigated"],
        next_check_on: str,
        etag: str,
        verified_by: str | None = None,
        key: str = "",
    ) -> Done:
        """复核风险备注."""
        return self._do(
            "POST",
            f"risks/{pk}/check",
            {
                "found": found,
                "level": level,
                "state": state,
                "verified_by": verified_by,
                "next_check_on": next_check_on,
            },
            etag,
            key,
        )

    def correct_risk(
        self,
        pk: str,
        *,
        kind: Literal["a", "b", "c", "d"],
        found_on: str,
        found_how: str,
        facts: str,
        owner: str,
        reason: str,
        etag: str,
        happened_on: str | None = None,
        loss_yuan: str | int | None = None,
        measures: str | None = None,
        verified_by: str | None = None,
        contracts: Sequence[str] | None = None,
        key: str = "",
    ) -> Done:
        """更正风险备注."""
        return self._do(
            "POST",
            f"risks/{pk}/correct",
            {
                "kind": kind,
                "found_on": found_on,
                "happened_on": happened_on,
                "found_how": found_how,
                "loss_yuan": loss_yuan,
                "facts": facts,
                "measures": measures,
                "verified_by": verified_by,
                "owner": owner,
                "contracts": contracts,
                "reason": reason,
            },
            etag,
            key,
        )

    def add_evidence(
        self, pk: str, *, file: File, title: str | None = None, etag: str = "", key: str = ""
    ) -> Done:
        """添加风险备注的证据."""
        return self._do("POST", f"risks/{pk}/evidence", {"file": file, "title": title}, etag, key)

    def ask_to_lift_risk(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """申请解除风险备注."""
        return self._do("POST", f"risks/{pk}/lift", {"reason": reason}, etag, key)

    def decide_lift(
        self,
        pk: str,
        *,
        consent: bool | None = None,
        note: str | None = None,
        etag: str = "",
        key: str = "",
    ) -> Done:
        """批准或退回解除."""
        return self._do(
            "POST", f"risks/{pk}/lift/decide", {"consent": consent, "note": note}, etag, key
        )

    def publish_risk(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """作集团通报."""
        return self._do("POST", f"risks/{pk}/publish", {"reason": reason}, etag, key)

    def withdraw_risk(self, pk: str, *, etag: str = "", key: str = "") -> Done:
        """撤回集团通报."""
        return self._do("POST", f"risks/{pk}/withdraw", {}, etag, key)

    def seals(self, **given: Given) -> Iterator[Row]:
        """封存登记."""
        return self._pages("seals", given)

    def unseal(self, pk: str, *, key: str = "") -> Done:
        """同意解封联系人."""
        return self._do("POST", f"seals/{pk}/agree", {}, "", key)

    def ask_unseal(self, pk: str, *, reason: str, key: str = "") -> Done:
        """提出解封联系人."""
        return self._do("POST", f"seals/{pk}/lift", {"reason": reason}, "", key)

    def strays(self, **given: Given) -> Iterator[Row]:
        """台账里查无编号的行."""
        return self._pages("strays", given)

    def put_aside_gap(self, pk: str, *, reason: str, key: str = "") -> Done:
        """搁置查无编号的一行."""
        return self._do("POST", f"strays/{pk}/aside", {"reason": reason}, "", key)

    def tighten_cycle(
        self,
        *,
        line: str,
        since: str,
        basis: str,
        period: Literal["month", "quarter", "half_year"] | None = None,
        due_days: int | None = None,
        key: str = "",
    ) -> Done:
        """设定本单位更严的周期."""
        return self._do(
            "POST",
            "stricter-cycles",
            {"line": line, "period": period, "due_days": due_days, "since": since, "basis": basis},
            "",
            key,
        )

    def end_stricter_cycle(self, pk: str, *, until: str, key: str = "") -> Done:
        """更严的周期失效."""
        return self._do("POST", f"stricter-cycles/{pk}/end", {"until": until}, "", key)

    def submissions(self, **given: Given) -> Iterator[Row]:
        """等待审核的提交."""
        return self._pages("submissions", given)

    def read_submission(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一次提交，与上一版的差别（§5.2）."""
        return self._one(f"submissions/{pk}", kept)

    def approve_submission(self, pk: str, *, digest: str, etag: str = "", key: str = "") -> Done:
        """审核通过."""
        return self._do("POST", f"submissions/{pk}/approve", {"digest": digest}, etag, key)

    def comment_submission(
        self, pk: str, *, text: str, code: str | None = None, etag: str = "", key: str = ""
    ) -> Done:
        """写审核意见."""
        return self._do(
            "POST", f"submissions/{pk}/remarks", {"code": code, "text": text}, etag, key
        )

    def return_submission(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """退回提交."""
        return self._do("POST", f"submissions/{pk}/return", {"reason": reason}, etag, key)

    def suggestions(self, **given: Given) -> Iterator[Row]:
        """维护建议."""
        return self._pages("suggestions", given)

    def dismiss_suggestion(self, pk: str, *, reason: str, key: str = "") -> Done:
        """不采纳维护建议."""
        return self._do("POST", f"suggestions/{pk}/dismiss", {"reason": reason}, "", key)

    def take_suggestion(self, pk: str, *, key: str = "") -> Done:
        """采纳维护建议."""
        return self._do("POST", f"suggestions/{pk}/take", {}, "", key)

    def set_visit_plan(
        self, *, year: int, strategic: int, vip: int, internal: int, general: int, key: str = ""
    ) -> Done:
        """制定走访计划."""
        return self._do(
            "POST",
            "visit-plans",
            {
                "year": year,
                "strategic": strategic,
                "vip": vip,
                "internal": internal,
                "general": general,
            },
            "",
            key,
        )

    def visits(self, **given: Given) -> Iterator[Row]:
        """访谈."""
        return self._pages("visits", given)

    def read_visit(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一次访谈（§6.2.1d）."""
        return self._one(f"visits/{pk}", kept)

    def cancel_visit(self, pk: str, *, reason: str, etag: str = "", key: str = "") -> Done:
        """取消访谈."""
        return self._do("POST", f"visits/{pk}/cancel", {"reason": reason}, etag, key)

    def correct_visit(
        self,
        pk: str,
        *,
        held_on: str,
        kind: Literal["received", "paid", "meeting", "video", "phone", "survey"],
        level: Literal["top", "department", "business"],
        lead: str,
        reason: str,
        etag: str,
        moment: str | None = None,
        place: str | None = None,
        purpose: str | None = None,
        topics: Sequence[
            Literal[
                "demand",
                "price",
                "contract",
                "performance",
                "arrears",
                "complaint",
                "project",
                "cooperation",
                "rating",
                "safety",
                "other",
            ]
        ]
        | None = None,
        ours: Sequence[str] | None = None,
        theirs: Sequence[str] | None = None,
        summary: str | None = None,
        conclusions: str | None = None,
        market_intel: str | None = None,
        competitor_intel: str | None = None,
        risk_signal: bool | None = None,
        risk_note: str | None = None,
        file: File | None = None,
        guests: Sequence[Row] | None = None,
        key: str = "",
    ) -> Done:
        """更正访谈纪要."""
        return self._do(
            "POST",
            f"visits/{pk}/correct",
            {
                "held_on": held_on,
                "moment": moment,
                "kind": kind,
                "level": level,
                "place": place,
                "lead": lead,
                "purpose": purpose,
                "topics": topics,
                "ours": ours,
                "theirs": theirs,
                "summary": summary,
                "conclusions": conclusions,
                "market_intel": market_intel,
                "competitor_intel": competitor_intel,
                "risk_signal": risk_signal,
                "risk_note": risk_note,
                "file": file,
                "reason": reason,
                "guests": guests,
            },
            etag,
            key,
        )

    def add_followup(
        self,
        pk: str,
        *,
        side: Literal["ours", "theirs"],
        text: str,
        owner: str | None = None,
        on: str | None = None,
        etag: str = "",
        key: str = "",
    ) -> Done:
        """登记跟进事项."""
        return self._do(
            "POST",
            f"visits/{pk}/followups",
            {"side": side, "text": text, "owner": owner, "on": on},
            etag,
            key,
        )

    def hold_visit(self, pk: str, *, on: str | None = None, etag: str = "", key: str = "") -> Done:
        """登记访谈已进行."""
        return self._do("POST", f"visits/{pk}/hold", {"on": on}, etag, key)

    def add_need(
        self,
        pk: str,
        *,
        category: Literal[
            "supply",
            "price",
            "contract",
            "settlement",
            "metering",
            "service",
            "project",
            "feedback",
            "other",
        ],
        text: str,
        priority: Literal["high", "normal", "low"] | None = None,
        etag: str = "",
        key: str = "",
    ) -> Done:
        """登记客户诉求."""
        return self._do(
            "POST",
            f"visits/{pk}/needs",
            {"category": category, "text": text, "priority": priority},
            etag,
            key,
        )

    def replan_visit(
        self,
        pk: str,
        *,
        planned_on: str,
        kind: Literal["received", "paid", "meeting", "video", "phone", "survey"],
        level: Literal["top", "department", "business"],
        lead: str,
        etag: str,
        moment: str | None = None,
        minutes: int | None = None,
        place: str | None = None,
        purpose: str | None = None,
        topics: Sequence[
            Literal[
                "demand",
                "price",
                "contract",
                "performance",
                "arrears",
                "complaint",
                "project",
                "cooperation",
                "rating",
                "safety",
                "other",
            ]
        ]
        | None = None,
        ours: Sequence[str] | None = None,
        theirs: Sequence[str] | None = None,
        guests: Sequence[Row] | None = None,
        key: str = "",
    ) -> Done:
        """修改访谈计划."""
        return self._do(
            "POST",
            f"visits/{pk}/replan",
            {
                "planned_on": planned_on,
                "moment": moment,
                "minutes": minutes,
                "kind": kind,
                "level": level,
                "place": place,
                "lead": lead,
                "purpose": purpose,
                "topics": topics,
                "ours": ours,
                "theirs": theirs,
                "guests": guests,
            },
            etag,
            key,
        )

    def write_visit(
        self,
        pk: str,
        *,
        held_on: str,
        kind: Literal["received", "paid", "meeting", "video", "phone", "survey"],
        level: Literal["top", "department", "business"],
        lead: str,
        etag: str,
        moment: str | None = None,
        place: str | None = None,
        purpose: str | None = None,
        topics: Sequence[
            Literal[
                "demand",
                "price",
                "contract",
                "performance",
                "arrears",
                "complaint",
                "project",
                "cooperation",
                "rating",
                "safety",
                "other",
            ]
        ]
        | None = None,
        ours: Sequence[str] | None = None,
        theirs: Sequence[str] | None = None,
        summary: str | None = None,
        conclusions: str | None = None,
        market_intel: str | None = None,
        competitor_intel: str | None = None,
        risk_signal: bool | None = None,
        risk_note: str | None = None,
        file: File | None = None,
        guests: Sequence[Row] | None = None,
        promises: Sequence[Row] | None = None,
        wishes: Sequence[Row] | None = None,
        key: str = "",
    ) -> Done:
        """写访谈纪要."""
        return self._do(
            "POST",
            f"visits/{pk}/write",
            {
                "held_on": held_on,
                "moment": moment,
                "kind": kind,
                "level": level,
                "place": place,
                "lead": lead,
                "purpose": purpose,
                "topics": topics,
                "ours": ours,
                "theirs": theirs,
                "summary": summary,
                "conclusions": conclusions,
                "market_intel": market_intel,
                "competitor_intel": competitor_intel,
                "risk_signal": risk_signal,
                "risk_note": risk_note,
                "file": file,
                "guests": guests,
                "promises": promises,
                "wishes": wishes,
            },
            etag,
            key,
        )

    def waivers(self, **given: Given) -> Iterator[Row]:
        """任务豁免."""
        return self._pages("waivers", given)

    def read_waiver(self, pk: str, *, kept: Kept | None = None) -> Kept:
        """一项豁免申请（§6.2.1）."""
        return self._one(f"waivers/{pk}", kept)

    def consent_waiver(
        self, pk: str, *, note: str | None = None, etag: str = "", key: str = ""
    ) -> Done:
        """同意豁免."""
        return self._do("POST", f"waivers/{pk}/consent", {"note": note}, etag, key)

    def refuse_waiver(
        self, pk: str, *, note: str | None = None, etag: str = "", key: str = ""
    ) -> Done:
        """不同意豁免."""
        return self._do("POST", f"waivers/{pk}/refuse", {"note": note}, etag, key)

    def withdraw_waiver(self, pk: str, *, etag: str = "", key: str = "") -> Done:
        """撤回豁免申请."""
        return self._do("POST", f"waivers/{pk}/withdraw", {}, etag, key)

    # Within

    def _one(self, path: str, kept: Kept | None) -> Kept:
        held = {"If-None-Match": kept.etag} if kept is not None else {}
        answer = self._call("GET", path, headers=held)
        if kept is not None and answer.status_code == requests.codes.not_modified:
            return kept
        return Kept(answer.json(), answer.headers["ETag"])

    def _do(self, method: str, path: str, body: Row, etag: str, key: str) -> Done:
        """`key`: by default one of this call, under which it is tried again."""
        given = {name: value for name, value in body.items() if value is not None}
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key or uuid.uuid4().hex,
            **({"If-Match": etag} if etag else {}),
        }
        sent = json.dumps(given, ensure_ascii=False, default=str).encode()
        more: Row = self._call(method, path, headers=headers, data=sent).json()
        return Done(more.pop("id"), more.pop("etag"), more.pop("again"), more)

    def _pages(self, name: str, given: Mapping[str, Given]) -> Iterator[Row]:
        asked = {
            key: value if isinstance(value, str | int) else ",".join(value)
            for key, value in given.items()
        }
        while True:
            page = self._call("GET", name, params=asked).json()
            yield from page["items"]
            if page["next"] is None:
                return
            asked["after"] = page["next"]

    def _batch(self, name: str, rows: Iterable[Mapping[str, Any]], unit: str, key: str) -> Result:
        """`key`: by default of the rows themselves, so the same rows sent again count once."""
        body = json.dumps(list(rows), ensure_ascii=False, default=str).encode()
        key = key or hashlib.sha256(f"{name}:{unit}:".encode() + body).hexdigest()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        asked = {"unit": unit} if unit else {}
        answer = self._call("POST", name, params=asked, headers=headers, data=body)
        return Result(**cast(dict[str, Any], answer.json()))

    def _call(self, method: str, path: str, **given: Any) -> requests.Response:
        answer = self.session.request(
            method, f"{self.address}/api/v1/{path}", timeout=SECONDS, **given
        )
        if not answer.ok:
            kind = answer.headers.get("Content-Type", "")
            raise Problem(answer.status_code, answer.json() if "json" in kind else {})
        return answer
