"""What the program says of itself: lines for people, or JSON of closed keys for a collector (§5.5).

Nothing that is somebody's: of an error its kind and the places in the code, never its message, in
which a database quotes values; of other packages' lines what is left without quoted words, long
numbers and Chinese. `audit/saying.py` is the same thought for the log of deeds.
"""

import logging
import re
import traceback
from collections.abc import MutableMapping
from typing import Any

from yihu.kit.asking import request_id

KEYS = (
    "job", "method", "ms", "queries", "query_ms", "request_id", "route", "status", "task",
)  # fmt: skip
"""Numbers, codes and names of our own: whatever else is handed over is left out."""
FRAMES = 12
OURS = "yihu"
_PRIVATE = re.compile(
    r"""'[^']*'|"[^"]*"|[^\x20-\x7e]+|\S*@\S*|\d{7,}""",
)
_LONGEST = 200
Said = MutableMapping[str, Any]


def numbered(_logger: Any, _method: str, said: Said) -> Said:
    """The line with the number of the request that is being answered."""
    if number := request_id.get():
        said.setdefault("request_id", number)
    return said


def closed(_logger: Any, _method: str, said: Said) -> Said:
    """One line: when, how grave, who says what, and of the rest the keys that stand above."""
    record: logging.LogRecord = said["_record"]
    line = {
        "at": said["timestamp"],
        "level": said["level"],
        "logger": record.name,
        "event": _event(record, said["event"]),
        **{key: said[key] for key in KEYS if key in said},
    }
    job = getattr(record, "job", None)
    if isinstance(job, dict):  # procrastinate tells all of it, with what it was given
        line["job"], line["task"] = job.get("id"), job.get("task_name")
    broken = said.get("exc_info")
    if isinstance(broken, tuple) and broken[1] is not None:
        line.update(fault(broken[1]))
    return line


def _event(record: logging.LogRecord, whole: str) -> str:
    if record.name.split(".")[0] == OURS:
        return whole
    action = getattr(record, "action", None)
    said = action if isinstance(action, str) else str(record.msg)
    return _PRIVATE.sub("…", said)[:_LONGEST]


def fault(why: BaseException) -> dict[str, Any]:
    """The kind of the error and of what it came from, and where; a database's code for it."""
    kinds: list[str] = []
    codes: list[str | None] = []
    seen: BaseException | None = why
    while seen is not None and len(kinds) < FRAMES:
        kinds.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        codes.append(getattr(seen, "sqlstate", None))
        seen = seen.__cause__ or seen.__context__
    frames = traceback.extract_tb(why.__traceback__)[-FRAMES:]
    found: dict[str, Any] = {
        "error": kinds,
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if sqlstate := next(filter(None, codes), None):
        found["sqlstate"] = sqlstate
    return found


def json_lines() -> logging.Formatter:
    """A line of JSON each: of our own lines, and of what other packages say."""
    import structlog

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            numbered,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(allow=KEYS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[closed, structlog.processors.JSONRenderer(ensure_ascii=False)],
    )


def logging_config(form: str) -> dict[str, Any]:
    """Django's LOGGING: `json` for a machine that collects, otherwise lines for people.

    A line of each request comes with JSON alone.
    """
    json = form == "json"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "console": {"()": json_lines}
            if json
            else {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "console"}},
        "loggers": {OURS: {"level": "INFO" if json else "WARNING"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
    }
