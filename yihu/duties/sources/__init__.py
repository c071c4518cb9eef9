"""What brings duties besides the cycles: one SELECT a kind of occasion (§6.2.1a-e, 4.1b).

A source says for every occasion of its kind, of every unit and file, done or not:

    unit_id, dossier_id   whose it is
    subject_id            the contract, result, visit …; one duty each
    happened_on           the day, by which the policy's number of working days is taken
    due_on                a date of its own, or NULL for those working days
    counts_from           a version approved from this moment on fulfils it; NULL: `done_at` does,
                          and the source is not `by_version`
    done_at               when the thing itself was done, NULL while it is not

It may use `%(as_of)s`. It needs to know of no policy, unit or calendar, and of no other source:
planning and settling are the same two statements for all (`sql/events.sql`, `settle_versions`).
A new one is a file here and a line in `SOURCES`; of tables in a slice above, that slice hands it in
with `contribute` in its `AppConfig.ready`. What has a past twice (a follow-up is due by its own
date, and its result asks for an update of the file) is two sources of one kind.
"""

from dataclasses import dataclass
from pathlib import Path

from yihu.duties.choices import DutyKind

HERE = Path(__file__).parent
RUNS = (HERE / "_followup_runs.sql").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of occasion: `name` is what a duty's `source` says, `sql` the SELECT."""

    name: str
    kind: DutyKind
    sql: str
    by_version: bool = True


def of_file(name: str, kind: DutyKind, *, by_version: bool = True) -> Source:
    """The source whose SELECT stands beside this page; `{runs}` in it are those of follow-ups."""
    sql = (HERE / f"{name}.sql").read_text("utf-8").replace("{runs}", RUNS)
    return Source(name, kind, sql, by_version)


SOURCES = (
    of_file("new_customer", DutyKind.NEW_CUSTOMER),
    of_file("new_contract", DutyKind.NEW_CONTRACT),
    of_file("rating", DutyKind.RATING),
    of_file("basic_change", DutyKind.BASIC_CHANGE),
    of_file("guide", DutyKind.GUIDE),
    of_file("visit", DutyKind.VISIT, by_version=False),
    of_file("visit_followup", DutyKind.VISIT, by_version=False),
    of_file("visit_result", DutyKind.VISIT),
    of_file("risk_check", DutyKind.RISK, by_version=False),
)


def named(*names: str) -> tuple[Source, ...]:
    """The sources of those names."""
    return tuple(source for source in SOURCES if source.name in names)


_more: dict[str, Source] = {}


def contribute(source: Source) -> None:
    """Plan the occasions of a slice above as well. Raises: ValueError where the name is taken."""
    taken = _more.get(source.name, source) is not source
    if taken or any(own.name == source.name for own in SOURCES):
        raise ValueError(f"two sources are called {source.name}")
    _more[source.name] = source


def sources() -> tuple[Source, ...]:
    """Every source: those that stand here, and those handed in."""
    return (*SOURCES, *_more.values())
