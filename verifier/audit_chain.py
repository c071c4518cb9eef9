"""Does the log still say what was sealed? Recomputes every block and compares the sent heads.

    python verifier/audit_chain.py --dsn postgresql://… --anchors anchors.log [--json]

This file imports nothing of Yihu and needs psycopg 3 alone, so that it can be kept, read and run
by somebody else, on another machine. Without `--dsn`, YIHU_AUDIT_DSN or the variables of libpq say
where (PGHOST, PGDATABASE, PGUSER …). The role must see every event: the owner of the tables, or
one with BYPASSRLS. `--anchors` takes any number of files in which the sent heads stand, as Yihu
wrote them, as syslog kept them, or as mails were saved: every line that holds `yihu-anchor {…}`.

Exit code: 0 all holds, 1 something is broken, 2 it could not be checked. What is hashed stands in
`yihu/audit/migrations/0005_chain.py`. JSON out: {"ok", "blocks", "events", "unsealed", "head",
"sealed_at", "anchors", "faults": [{"kind", "block", "event", "said"}], "notes": [str]}.
"""

import argparse
import hashlib
import json
import os
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEAT = timedelta(minutes=5)
"""A silence between two blocks that is worth a word; a block is due every minute."""
CLOCKS = timedelta(minutes=10)
"""How far the clock of the program may be behind that of the database."""
MARK = "yihu-anchor "

BLOCKS = """
SELECT number, sealed_at, first_id, last_id, count, root, previous, head, floor, ceiling, life
FROM audit_block ORDER BY number
"""
EVENTS = """
SELECT s.block, s.digest, s.event_id, e.id, e.at, e.actor_id, e.actor_name, e.unit_id, e.verb,
    e.subject_type, e.subject_id, e.dossier_id::text, e.data::text, e.request_id, e.xid::text
FROM audit_sealed s FULL JOIN audit_event e ON e.id = s.event_id
ORDER BY coalesce(s.event_id, e.id)
"""
TOGETHER = """
SELECT DISTINCT e.xid::text::bigint, s.block
FROM audit_event e LEFT JOIN audit_sealed s ON s.event_id = e.id
WHERE e.xid = ANY (%s::text[]::xid8[])
"""
HERE = """
SELECT now(), pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
    (SELECT system_identifier::text FROM pg_control_system()),
    (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)
    OR NOT row_security_active('audit_event')
"""


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was sealed."""

    kind: str
    block: int | None
    event: int | None
    said: str


@dataclass(frozen=True)
class Anchor:
    """A head as it was sent off the machine."""

    number: int
    head: str
    where: str


@dataclass
class Report:
    """What was checked and what was found."""

    blocks: int = 0
    events: int = 0
    unsealed: int = 0
    head: str = ""
    sealed_at: str = ""
    anchors: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def fault(self, kind: str, block: int | None, event: int | None, said: str) -> None:
        self.faults.append(Fault(kind, block, event, said))


@dataclass
class Block:
    """A block as it stands in the table, and what its events come to."""

    number: int
    sealed_at: datetime
    first_id: int | None
    last_id: int | None
    count: int
    root: str
    previous: str
    head: str
    floor: int
    ceiling: int
    life: str
    found: int = 0
    least: int | None = None
    most: int | None = None
    sum: Any = field(default_factory=hashlib.sha256)


# The canonical form -----------------------------------------------------------------------------


def said(text: str) -> str:
    return f"{len(text.encode())}:{text}"


def canonical(value: Any) -> str:
    """Migration 0005 in Python; numbers come as int or Decimal."""
    if value is None:
        return "n"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | Decimal):
        digits = format(value, "f") if isinstance(value, Decimal) else str(value)
        if "." in digits:
            digits = digits.rstrip("0").rstrip(".")
        return f"d{'0' if digits == '-0' else digits};"
    if isinstance(value, str):
        return said(value)
    if isinstance(value, list):
        return f"l{''.join(map(canonical, value))}e"
    keys = sorted(value, key=str.encode)
    return f"o{''.join(said(key) + canonical(value[key]) for key in keys)}e"


def sha256(parts: list[Any]) -> bytes:
    return hashlib.sha256(canonical(parts).encode()).digest()


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def event_digest(row: tuple[Any, ...]) -> bytes:
    """Of id, at, actor_id … request_id, xid, with `data` as JSON text and `xid` as text."""
    number, at, *others, data, request, xid = row
    content = json.loads(data, parse_float=Decimal)
    return sha256(["yihu.event.1", number, micros(at), *others, content, request, int(xid)])


def block_head(block: Block) -> str:
    return sha256(
        [
            "yihu.block.1", block.number, micros(block.sealed_at), block.first_id, block.last_id,
            block.count, block.root, block.previous, block.floor, block.ceiling, block.life,
        ]
    ).hex()  # fmt: skip


# Anchors ----------------------------------------------------------------------------------------


def read_anchors(paths: Iterable[Path], report: Report) -> list[Anchor]:
    """Every head in the files; a line that bears the mark and cannot be read is a fault."""
    found = []
    for path in paths:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for place, line in enumerate(lines, 1):
            if MARK not in line:
                continue
            where = f"{path.name} 第 {place} 行"
            try:
                sent, _ = json.JSONDecoder().raw_decode(line.split(MARK, 1)[1])
                found.append(Anchor(int(sent["number"]), str(sent["head"]), where))
            except (ValueError, KeyError, TypeError):
                report.fault("anchor_unreadable", None, None, f"锚点{where}读不出来，可能被改过。")
    return found


def compare_anchors(blocks: dict[int, Block], anchors: list[Anchor], report: Report) -> None:
    """A head that was sent and is not there: the tail was cut, or an older copy put back."""
    report.anchors = len(anchors)
    last = max(blocks, default=0)
    cut = [anchor for anchor in anchors if anchor.number > last]
    if cut:
        newest = max(cut, key=lambda anchor: anchor.number)
        report.fault(
            "cut_tail", last or None, None,
            f"已送出第 {newest.number} 块的链头（{newest.where}），库中只到第 {last} 块："
            "末尾被删去，或整个库被换成更早的一份。",
        )  # fmt: skip
    for anchor in anchors:
        block = blocks.get(anchor.number)
        if block is not None and block.head != anchor.head:
            report.fault(
                "rewritten", anchor.number, None,
                f"第 {anchor.number} 块的链头与送出的不同（{anchor.where}）："
                "这一块或更早的内容被整链改写过，或库被恢复后另行续写。",
            )  # fmt: skip
        elif block is None and anchor.number <= last:
            report.fault(
                "missing_block", anchor.number, None,
                f"已送出链头的第 {anchor.number} 块不在库中（{anchor.where}）。",
            )  # fmt: skip
    if not anchors:
        report.notes.append("没有提供已送出的链头：末尾被删、库被换回旧版，这次查不出来。")


# The check --------------------------------------------------------------------------------------


def check_chain(blocks: list[Block], report: Report) -> None:
    """Numbers without gaps, each block bound to the one before, each head as it reckons."""
    previous, expected = "", 1
    for block in blocks:
        if block.number != expected:
            text = f"第 {block.number} 块之前缺第 {expected} 块。"
            report.fault("missing_block", expected, None, text)
        elif block.previous != previous:
            text = f"第 {block.number} 块没有接在上一块之后。"
            report.fault("unchained", block.number, None, text)
        if block_head(block) != block.head:
            text = f"第 {block.number} 块的链头与其内容不符。"
            report.fault("head", block.number, None, text)
        previous, expected = block.head, block.number + 1
    quiet = [(a, b) for a, b in pairwise(blocks) if b.sealed_at - a.sealed_at > BEAT]
    if quiet:
        a, b = max(quiet, key=lambda two: two[1].sealed_at - two[0].sealed_at)
        minutes = (b.sealed_at - a.sealed_at) // timedelta(minutes=1)
        report.notes.append(
            f"有 {len(quiet)} 段超过 5 分钟没有封存，最长 {minutes} 分钟"
            f"（{a.sealed_at.astimezone():%Y-%m-%d %H:%M} 起）：请核对当时是否停机。"
        )
    for a, b in pairwise(blocks):
        if a.life == b.life and b.sealed_at < a.sealed_at - CLOCKS:
            report.notes.append(
                f"第 {b.number} 块的封存时间 {b.sealed_at.astimezone():%Y-%m-%d %H:%M} 早于"
                f"上一块的 {a.sealed_at.astimezone():%Y-%m-%d %H:%M}：数据库服务器的时钟被拨回，"
                "请核对当时是否有人校过时钟，并与送出链头的收到时间相比。"
            )


def check_event(row: tuple[Any, ...], blocks: dict[int, Block], report: Report) -> None:
    """A sealed event against its digest; its digest into the sum of its block."""
    number, digest, event_id, *event = row
    block = blocks.get(number)
    if block is None:
        text = f"记录 {event_id} 说是在第 {number} 块，没有这一块。"
        report.fault("missing_block", number, event_id, text)
        return
    block.sum.update(event_id.to_bytes(8, "big", signed=True) + digest)
    block.found += 1
    block.least, block.most = block.least or event_id, event_id
    if event[0] is None:
        text = f"第 {number} 块：记录 {event_id} 被删除。"
        report.fault("deleted", number, event_id, text)
        return
    report.events += 1
    try:
        whole = event_digest(tuple(event)) == bytes(digest)
    except ValueError:
        whole = False
    if not whole:
        text = f"第 {number} 块：记录 {event_id} 被改过，与封存时不同。"
        report.fault("edited", number, event_id, text)


def check_times(
    backward: list[tuple[int, int, datetime, int]], ordered: list[Block], report: Report
) -> None:
    """Whether events say that they were written before their transaction could begin.

    A transaction whose number had not been given out when a block was sealed wrote later than
    that; the first block takes over what was there before, and a new cluster counts anew. Where
    the server's clock was turned back meanwhile (which is told of), by the clock as it then was.
    """
    lives: dict[str, list[Block]] = {}
    for block in ordered:
        lives.setdefault(block.life, []).append(block)
    by_number = {block.number: block for block in ordered}
    for event_id, number, at, xid in backward:
        same = lives[by_number[number].life]
        over = bisect_right(same, xid, key=lambda block: block.ceiling)
        if not over or same[over - 1].number >= number:
            continue
        until = bisect_right(same, number, key=lambda block: block.number)
        earliest = min(block.sealed_at for block in same[over - 1 : until])
        if at < earliest - CLOCKS:
            report.fault(
                "backdated", number, event_id,
                f"第 {number} 块：记录 {event_id} 写的时间是 {at.astimezone():%Y-%m-%d %H:%M}，"
                f"实际写入在 {earliest.astimezone():%Y-%m-%d %H:%M} 之后（事后补插）。",
            )  # fmt: skip


def check_unsealed(
    event_id: int, xid: int, last: Block | None, here: tuple[int, str], report: Report
) -> None:
    """An event in no block may only be one that the next seal will take."""
    report.unsealed += 1
    ceiling, life = here
    if last is None or last.life != life:
        return
    if xid < last.floor or xid >= ceiling:
        text = f"记录 {event_id} 不在任何一块中，却说写于封存之前：绕过系统插入。"
        report.fault("inserted", None, event_id, text)


def check_late(
    connection: psycopg.Connection[Any], late: set[int], blocks: dict[int, Block], report: Report
) -> None:
    """A transaction that ran across a seal commits at once: all its events are in one block."""
    if not late:
        return
    rows = connection.execute(TOGETHER, [[str(xid) for xid in late]]).fetchall()
    places: dict[tuple[str, int], set[int | None]] = {}
    newest = blocks[max(blocks)].life if blocks else ""
    for xid, number in rows:
        life = blocks[number].life if number in blocks else newest
        places.setdefault((life, xid), set()).add(number)
    for (_life, xid), numbers in places.items():
        if len(numbers) > 1:
            text = f"事务 {xid} 的记录分在几处，而一个事务只会整个封存：有记录是事后插入的。"
            report.fault("inserted", max(number or 0 for number in numbers), None, text)


def check_sums(blocks: Iterable[Block], report: Report) -> None:
    """What each block's list of events comes to, against what the block says."""
    for block in blocks:
        listed = (block.found, block.least, block.most, block.sum.hexdigest())
        if listed != (block.count, block.first_id, block.last_id, block.root):
            report.fault(
                "list", block.number, None,
                f"第 {block.number} 块封存 {block.count} 条，清单现有 {block.found} 条："
                "封存清单被改过。" if block.found != block.count
                else f"第 {block.number} 块的封存清单与其摘要不符，清单被改过。",
            )  # fmt: skip


def rows_of(connection: psycopg.Connection[Any], sql: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(name="audit_chain") as cursor:
        cursor.itersize = 5000
        cursor.execute(sql)
        yield from cursor


def verify(connection: psycopg.Connection[Any], anchors: Iterable[Path] = ()) -> Report:
    """Check everything in one transaction; `connect` makes it one snapshot too.

    Raises: PermissionError where the role would not be shown every event.
    """
    with connection.transaction():
        return _verify(connection, anchors)


def _verify(connection: psycopg.Connection[Any], anchors: Iterable[Path]) -> Report:
    report = Report()
    found = connection.execute(HERE).fetchone()
    assert found is not None
    now, ceiling, life, sees_all = found
    if not sees_all:
        raise PermissionError(
            "连接所用的角色看不到全部记录；请用库表的属主，或有 BYPASSRLS 的角色。"
        )
    ordered = [Block(*row) for row in rows_of(connection, BLOCKS)]
    blocks = {block.number: block for block in ordered}
    last = ordered[-1] if ordered else None
    report.blocks = len(ordered)
    check_chain(ordered, report)
    before = {later.number: block for block, later in pairwise(ordered)}
    backward = []
    late: set[int] = set()
    seen: Any = None  # rows come in the order of their numbers
    for row in rows_of(connection, EVENTS):
        if row[3] is not None and row[3] == seen:
            text = f"记录 {seen} 有两条。"
            report.fault("inserted", row[0], row[3], text)
            continue
        seen = row[3]
        if row[0] is None:
            check_unsealed(int(row[3]), int(row[14]), last, (ceiling, life), report)
            if last is not None and int(row[14]) < last.ceiling and last.life == life:
                late.add(int(row[14]))
            continue
        check_event(row, blocks, report)
        eve = before.get(row[0])
        if row[3] is None or eve is None or eve.life != blocks[row[0]].life:
            continue
        xid = int(row[14])
        if xid < eve.floor:
            text = f"第 {row[0]} 块：记录 {row[3]} 所属的事务早已封存完毕，它是事后插入的。"
            report.fault("inserted", row[0], row[3], text)
        elif xid < eve.ceiling:
            late.add(xid)
        if row[4] < eve.sealed_at - CLOCKS:
            backward.append((row[3], row[0], row[4], xid))
    check_sums(ordered, report)
    check_late(connection, late, blocks, report)
    check_times(backward, ordered, report)
    compare_anchors(blocks, read_anchors(anchors, report), report)
    if last is not None:
        report.head, report.sealed_at = last.head, last.sealed_at.isoformat()
        if now - last.sealed_at > BEAT:
            minutes = (now - last.sealed_at) // timedelta(minutes=1)
            report.notes.append(f"最近一次封存在 {minutes} 分钟前：后台任务没有在运行。")
    else:
        report.notes.append("还没有封存过。")
    return report


def connect(dsn: str) -> psycopg.Connection[Any]:
    """A read-only snapshot of the whole."""
    connection = psycopg.connect(dsn, autocommit=False)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="核验操作日志的封存链与已送出的链头。")
    parser.add_argument(
        "--dsn",
        default=os.environ.get("YIHU_AUDIT_DSN", ""),
        help="数据库连接串；不给则用环境变量 YIHU_AUDIT_DSN 或 PGHOST 等",
    )
    parser.add_argument(
        "--anchors", type=Path, action="append", default=[], help="链头文件，可多次"
    )
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    options = parser.parse_args(arguments)
    try:
        with connect(options.dsn) as connection:
            report = verify(connection, options.anchors)
    except (psycopg.Error, OSError) as why:
        text = f"无法核验：{str(why).strip()}"
        print(json.dumps({"error": text}, ensure_ascii=False) if options.json else text)
        return 2
    if options.json:
        print(json.dumps({"ok": report.ok, **asdict(report)}, ensure_ascii=False, indent=1))
    else:
        for fault in report.faults:
            print(f"不符  {fault.said}")
        for note in report.notes:
            print(f"提示  {note}")
        if report.ok:
            print(
                f"相符  {report.blocks} 块 {report.events} 条记录，"
                f"{report.anchors} 个已送出的链头；另有 {report.unsealed} 条待封存。"
            )
        else:
            print(f"共 {len(report.faults)} 处不符。")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
