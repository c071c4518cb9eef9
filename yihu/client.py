"""A client of the interface for programs in Python: pages, one file, batches.

It needs `requests` and nothing else of this package, so the file can be copied.

    yihu = Yihu("https://yihu.example.cn", token)
    for row in yihu.offtake(month="2026-10", fields=["number", "actual", "quantity_unit"]):
        ...
    result = yihu.report_offtake(rows)

Whatever is read comes as plain values: decimals as text with their unit beside them, dates as
2026-10-01. A problem (RFC 9457) is raised as `Problem`. Where the server asks to wait (429, 503)
the call waits as it says and tries again; a batch keeps its idempotency key, so it counts once.
"""

import hashlib
import json
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


class Problem(Exception):
    """The interface says why it cannot: `code` for programs, `detail` for people."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(said.get("code", ""))
        self.detail = str(said.get("detail", ""))
        self.rows: list[Fault] = (
            list(said.get("problems", ())) if self.code == "invalid_rows" else []
        )
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
        held = {"If-None-Match": kept.etag} if kept is not None else {}
        answer = self._call("GET", f"dossiers/{key}", headers=held)
        if kept is not None and answer.status_code == requests.codes.not_modified:
            return kept
        return Kept(answer.json(), answer.headers["ETag"])

    # Batches

    def report_offtake(
        self, rows: Iterable[Mapping[str, Any]], *, unit: str = "", key: str = ""
    ) -> Result:
        """Report months, at most 5,000: all or none. Raises: Problem, with its `rows`."""
        return self._batch("offtake", rows, unit, key)

    def report_contracts(
        self, rows: Iterable[Mapping[str, Any]], *, unit: str = "", key: str = ""
    ) -> Result:
        """Report contracts, at most 5,000: all or none. Raises: Problem, with its `rows`."""
        return self._batch("contracts", rows, unit, key)

    # Within

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
