"""What leaves the house: states, purposes, levels, trace codes and the words on every file (§5.5).

Everything here is pure. The figures are this product's proposals (SECURITY B1) and can be set.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class State(models.TextChoices):
    WAITING = "waiting", gettext_lazy("待审批")
    REFUSED = "refused", gettext_lazy("不同意")
    MAKING = "making", gettext_lazy("正在生成")
    READY = "ready", gettext_lazy("可下载")
    TAKEN = "taken", gettext_lazy("已取走")
    FAILED = "failed", gettext_lazy("生成失败")
    EXPIRED = "expired", gettext_lazy("已过期")
    DESTROYED = "destroyed", gettext_lazy("已作废")


LIVE = (State.WAITING, State.MAKING, State.READY)
"""Of these something is still to come: they end with a post and with their day."""
HELD = (State.READY, State.TAKEN)
"""Of these a file may lie here."""


class Purpose(models.TextChoices):
    REVIEW = "review", gettext_lazy("客户分析、业务例会")
    REPORT = "report", gettext_lazy("向上级报送")
    NEGOTIATE = "negotiate", gettext_lazy("客户洽谈、合同办理")
    CHECK = "check", gettext_lazy("监督检查、自查")
    FILING = "filing", gettext_lazy("纸质归档、交接")
    MEND = "mend", gettext_lazy("线下填写后再导入")
    OTHER = "other", gettext_lazy("其他（请写明）")


class Level(models.TextChoices):
    """How sensitive what is taken is; the words are those of the mark on the file."""

    OPEN = "open", gettext_lazy("内部")
    ORDINARY = "ordinary", gettext_lazy("普通商密")
    PERSONAL = "personal", gettext_lazy("个人信息")
    CORE = "core", gettext_lazy("核心商密")


RANK = {level: rank for rank, level in enumerate(Level)}
NOTE_MOST = 200
FOOT_MOST = 40
"""Letters of the circle that a foot holds."""
FILE_DAYS = 7
"""How long a made file lies here for its asker."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none is mistaken for another
READS_A_MINUTE, READS_A_DAY = 60, 600
RETRY_SECONDS = 60


def highest(levels: Iterable[str]) -> Level:
    """The strictest of the levels; `OPEN` of none."""
    return max((Level(level) for level in levels), key=RANK.__getitem__, default=Level.OPEN)


def new_trace() -> str:
    """Twelve letters in three fours, 60 bits: 7K3Q-9XMA-2B4D."""
    letters = [secrets.choice(ALPHABET) for _place in range(12)]
    return "-".join("".join(letters[at : at + 4]) for at in (0, 4, 8))


def read_trace(given: str) -> str:
    """A code as somebody copies it from paper, as it was printed; "" where it is none."""
    said = "".join(filter(str.isalnum, given)).upper()
    said = said.translate(str.maketrans("OIL", "011"))
    if len(said) != 12 or not set(said) <= set(ALPHABET):
        return ""
    return "-".join(said[at : at + 4] for at in (0, 4, 8))


class Mark(Protocol):
    """The mark of a file, 密级★期限 as text."""

    @property
    def core(self) -> bool: ...

    @property
    def circle(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who takes it, when, under which mark and code: what every file says of itself."""

    name: str
    number: str
    at: datetime
    level: Level
    trace: str
    borne: str = ""
    """The mark of the files in it, 密级★期限, where it is of files."""
    circle: str = ""
    """Who may know of them: 知悉范围."""
    as_of: datetime | None = None
    """Until when everything is in it, where it was read from a replica."""

    @property
    def secrecy(self) -> str:
        """The mark that it bears: its files' own, or how sensitive its kind is."""
        return self.borne or str(self.level.label)

    def bearing(self, mark: Mark | None) -> "Stamp":
        """The same, bearing the strictest mark among the files that it is of; what is a core
        secret by its kind stays one, however its files are marked."""
        if mark is None or (self.level == Level.CORE and not mark.core):
            return self
        return replace(self, borne=str(mark), circle=mark.circle)

    def until(self, moment: datetime | None) -> "Stamp":
        """The same, saying that what was done after that moment is not in it."""
        return replace(self, as_of=moment)

    @property
    def foot(self) -> str:
        """The code and the circle, as far as a line holds it: at the foot of every sheet."""
        said = _("追溯码 %(trace)s") % {"trace": self.trace}
        if self.as_of is not None:
            said = _("%(said)s · 数据截至 %(at)s") % {"said": said, "at": self._moment}
        if not self.circle:
            return said
        circle = self.circle if len(self.circle) <= FOOT_MOST else f"{self.circle[:FOOT_MOST]}…"
        return _("%(said)s · 知悉范围：%(circle)s") % {"said": said, "circle": circle}

    @property
    def when(self) -> str:
        """The time in the house's zone."""
        return f"{localtime(self.at):%Y-%m-%d %H:%M}"

    @property
    def _moment(self) -> str:
        return f"{localtime(self.as_of):%Y-%m-%d %H:%M:%S}"

    @property
    def mark(self) -> str:
        """What stands across pages and at the head of sheets."""
        return f"{self.name} {self.number} {self.when} {self.trace}"

    @property
    def known_to(self) -> str:
        """The mark with its circle."""
        if not self.circle:
            return self.secrecy
        said = _("%(mark)s（知悉范围：%(circle)s）")
        return said % {"mark": self.secrecy, "circle": self.circle}

    def line(self, rows: int) -> str:
        """The last line of a table: all of it, with how many rows there are."""
        said = _(
            "导出人：%(name)s（%(number)s）　时间：%(when)s　密级：%(level)s　共 %(rows)d 行　"
            "追溯码：%(trace)s　仅供内部使用，不得复制、转发、外传（§5.5）"
        )
        if self.as_of is not None:
            said = _("%(said)s　数据截至：%(at)s") % {"said": said, "at": self._moment}
        return said % {
            "name": self.name,
            "number": self.number,
            "when": self.when,
            "level": self.known_to,
            "rows": rows,
            "trace": self.trace,
        }

    def header(self) -> str:
        """The header of printed sheets, in the spreadsheet's own escapes (at most 255)."""
        said = f"{self.secrecy} {self.mark}".replace("&", "&&")
        return f"&L&8{said[:200]}"
