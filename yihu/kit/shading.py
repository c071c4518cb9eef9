"""What a map is shaded by: a figure a province, with where it leads; drawn by `{% china_map %}`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Shade:
    """A province's figure. `code`: two digits of GB/T 2260, "" for those of no province.

    `url`: the list behind the figure. `more`: texts of the table's further columns.
    """

    code: str
    name: str
    value: int | Decimal
    url: str = ""
    more: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The figure as people read it, without noughts at its end."""
        said = f"{self.value:,f}" if isinstance(self.value, Decimal) else f"{self.value:,}"
        return said.rstrip("0").rstrip(".") if "." in said else said


@dataclass(frozen=True, slots=True)
class ChinaMap:
    """A map and the table beside it. `key`: unique in its page; `measure` in `unit`: 客户 in 户.

    `heads`: of the further columns.
    """

    key: str
    caption: str
    measure: str
    unit: str
    shades: Sequence[Shade]
    heads: Sequence[str] = ()

    @property
    def data(self) -> dict[str, Any]:
        """What the script draws."""
        return {
            "measure": self.measure,
            "unit": self.unit,
            "shades": [
                {
                    "code": shade.code,
                    "name": shade.name,
                    "value": float(shade.value),
                    "text": shade.text,
                    "url": shade.url,
                }
                for shade in self.shades
                if shade.code
            ],
        }
