"""How much of a file a person reads: all of it, or the sections and levels that grants open."""

from collections.abc import Mapping
from dataclasses import dataclass

from yihu.access.models import User
from yihu.access.scope import scope_of


@dataclass(frozen=True, slots=True)
class Lens:
    """`levels`: section → the highest sensitivity read there; None: everything."""

    levels: Mapping[str, int] | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing of the file is kept back."""
        return self.levels is None

    def reads(self, section: str, sensitivity: int) -> bool:
        """Whether a field of that section and sensitivity is shown."""
        return self.levels is None or sensitivity <= self.levels.get(section, 0)

    def opens(self, section: str) -> bool:
        """Whether anything of the section is shown."""
        return self.levels is None or section in self.levels


def lens_of(user: User, unit_id: int, region_code: str) -> Lens:
    """The lens for a file that the person has reached."""
    scope = scope_of(user)
    if scope.everything or unit_id in scope.own_ids:
        return Lens()
    levels: dict[str, int] = {}
    for grant in scope.grants:
        if grant.reaches(unit_id, region_code):
            for section in grant.sections:
                levels[section] = max(levels.get(section, 0), grant.level)
    return Lens(levels)
