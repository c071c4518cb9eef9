"""What an order brings: each finding is a duty of its file, due when the order says (§6.4.2)."""

from pathlib import Path

from yihu.duties.choices import DutyKind
from yihu.duties.sources import Source

RECTIFICATION = Source(
    "rectification",
    DutyKind.RECTIFICATION,
    (Path(__file__).parent / "sql" / "rectification.sql").read_text("utf-8"),
    by_version=False,
)
