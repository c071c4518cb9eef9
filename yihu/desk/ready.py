"""Lines of the file list as the server itself writes them: a whole CSV costs little more than COPY.

`export.dossier_lines` says what stands in them, and tests/desk/test_ready.py holds the two alike.
The words come along as JSON, so that no line is touched here.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import chain
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from yihu.access.models import User
from yihu.access.scope import ScopedQuerySet
from yihu.customers.rules import Klass
from yihu.desk.export import FIELDS, FORMULA_STARTS, FileRow
from yihu.desk.queries import GAS_USE
from yihu.dossiers import marks
from yihu.dossiers.models import NEVER
from yihu.dossiers.rules import State
from yihu.exports.rules import Stamp
from yihu.org.regions import COUNTIES, REGIONS, name_of

CHUNK, ASKS = 2500, 2
"""Lines that come at once, and so many chunks later an export that is made so asks whether it still
may: some milliseconds."""
END = "\r\n"
COLUMNS = ", ".join(field.name for field in fields(FileRow) if field.name != "risk")
STARTS = ", ".join(str(ord(start)) for start in sorted(FORMULA_STARTS - {"\0"}))


def _text(value: str) -> str:
    """Text that may hold anything, as a cell: quoted, and no formula."""
    mute = f"CASE WHEN ascii({value}) IN ({STARTS}) THEN '''' ELSE '' END"
    return f"""'"' || {mute} || replace({value}, '"', '""') || '"'"""


def _word(words: str, code: str) -> str:
    """What a code means, a cell already; one that nobody knows as any text."""
    return f"coalesce({words} ->> {code}, {_text(code)})"


LINES = f"""
SELECT concat_ws(',',
    {_text("f.number")},
    {_text("f.name")},
    {_text("f.credit_code")},
    {_word("w.klasses", "f.klass")},
    {_word("w.regions", "f.region_code")},
    CASE cardinality(f.gas_uses)
        WHEN 0 THEN ''
        WHEN 1 THEN {_word("w.uses", "f.gas_uses[1]")}
        ELSE (SELECT {_text("said")} FROM (
                SELECT string_agg(coalesce(w.plain ->> code, code), '、' ORDER BY place) AS said
                FROM unnest(f.gas_uses) WITH ORDINALITY AS each (code, place)) AS several)
    END,
    {_text("f.unit")},
    {_text("coalesce(f.filler, '')")},
    {_word("w.states", "f.state")},
    to_char(f.opened_on, 'YYYY-MM-DD'),
    CASE WHEN f.due_on = w.never THEN '' ELSE to_char(f.due_on, 'YYYY-MM-DD') END,
    coalesce((SELECT jsonb_object_agg(r.file, r.word ORDER BY r.level)
              FROM ({{marks}}) AS r (file, word, level)) ->> f.pk::text, ''))
FROM (VALUES (%s, %s, %s, %s, %s, %s)) AS w (klasses, regions, uses, states, plain, never),
     ({{files}}) AS f ({COLUMNS})
"""


def lines(by: User, rows: ScopedQuerySet) -> Iterator[list[tuple[str]]]:
    """The files' lines, each alone in its row, `CHUNK` at a time from one statement: in chunks to
    the end, for what goes from hand to hand line by line takes as long as the server does."""
    files, of_files = rows.values_list(*FIELDS).query.sql_with_params()
    marked, of_marks = marks.words(by).query.sql_with_params()
    said = _words()
    cells = [{code: cell(word) for code, word in words.items()} for words in said.values()]
    given: list[Any] = [Jsonb(words) for words in (*cells, said["uses"])]
    with connection.chunked_cursor() as cursor:
        statement = LINES.format(marks=marked, files=files)
        cursor.execute(statement, (*of_marks, *given, NEVER, *of_files))
        while some := cursor.fetchmany(CHUNK):
            yield some


def _words() -> dict[str, dict[str, str]]:
    """What the codes mean, in the order of the statement."""
    return {
        "klasses": {code: str(label) for code, label in Klass.choices} | {"": _("未分类")},
        "regions": {code: name_of(code) for code in (*REGIONS, *COUNTIES)},
        "uses": {code: str(label) for code, label in GAS_USE.items()},
        "states": {code: str(label) for code, label in State.choices},
    }


def cell(text: str) -> str:
    """As it stands in a CSV."""
    target = io.StringIO()
    csv.writer(target, lineterminator="").writerow([text])
    return target.getvalue()


def write(
    columns: Sequence[tuple[str, int]], chunks: Iterable[list[tuple[str]]], stamp: Stamp
) -> tuple[bytes, int]:
    """A CSV of lines that are ready, and how many they are."""
    target = io.BytesIO()
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
    text.write(",".join(cell(head) for head, _width in columns) + END)
    count = 0
    for chunk in chunks:
        text.write(END.join(chain.from_iterable(chunk)) + END)
        count += len(chunk)
    text.write(cell(stamp.line(count)) + END)
    text.detach()
    return target.getvalue(), count
