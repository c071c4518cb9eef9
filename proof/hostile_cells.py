"""C16: hostile cells through every list that leaves the house, and what spreadsheets make of them.

Names, numbers of letters, subjects, titles, posts are hostile text: formulas by every beginning
that a spreadsheet knows, half and full width, DDE, links, tabs. Each list is taken out by its
page, opened again by openpyxl (and by LibreOffice where there is one) and each cell looked at. A
month's figures go through the workbook of a file and must come back to the last digit. Control:
the same texts written as a careless program does are seen as formulas.
"""

import csv
import io
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from django.test import Client, override_settings
from pypdf import PdfReader

from tests import plant
from tests.dossiers.files import TODAY, complete_dossier, desk, moment
from tests.exports.taking import take
from tests.originals.shelf import ORIGINAL
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.contracts.models import Offtake
from yihu.dossiers.models import Dossier
from yihu.exports.models import Takeout
from yihu.letters.models import Letter
from yihu.org.models import Staff
from yihu.originals.actions import add_place, register
from yihu.originals.models import Original

FIGURE, TRIALS, SEED = "C16", 10_000, 16
BEGINNINGS = (
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "\t=",
    " =",
    "'=",
    '"=',
    "=-",
    "@@",
    "%0A=",
)
BODIES = (
    "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x.example","看")', "SUM(A1:A9)", "A1",
    "IMPORTXML(CONCAT(A1),1)", "WEBSERVICE(A1)", "1e309", "0x1F", "DDE(1;2;3)",
)  # fmt: skip
PLAIN = ("http://x.example/a", "mailto:x@x.example", "1e5", "00123", "2026-13-45", "TRUE", "#REF!")
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def hostile(chance: random.Random, number: int) -> str:
    """One of them, told apart by its number."""
    if number % 9 == 0:
        return f"{chance.choice(PLAIN)} {number}"
    return f"{chance.choice(BEGINNINGS)}{chance.choice(BODIES)} {number}"


def sown(chance: random.Random, trials: int) -> tuple[User, User, set[str], Dossier]:
    """Rows of every list with hostile words; returns who takes them, and the words."""
    gd = desk()
    keeper = plant.person(Role.STEWARD, gd.unit)
    custodian = plant.person(Role.CUSTODIAN, gd.unit)
    numbers = iter(range(10**9))
    words: set[str] = set()

    def word() -> str:
        said = hostile(chance, next(numbers))
        words.add(said)
        return said

    rows = max(trials // 10, 10)
    files = [plant.dossier(gd.unit) for _row in range(rows)]
    for file in files:
        file.name_full = word()
    Dossier.objects.bulk_update(files, ["name_full"], batch_size=500)
    assert gd.filler.staff is not None
    Letter.objects.bulk_create(
        Letter(
            unit=gd.unit, dossier=file, direction="in", year=2026, serial=place,
            number=word(), dated_on=TODAY, counterpart=word(), subject=word(),
            entered_by=gd.filler.staff, entered_at=moment(),
        )
        for place, file in enumerate(files, 1)
    )  # fmt: skip
    where = add_place(custodian, gd.unit.pk, parent=None, kind="room", code="R1")
    for file in files[: max(rows // 10, 1)]:
        kept = register(
            custodian,
            file,
            place=where,
            at=moment(),
            today=TODAY,
            **{**ORIGINAL, "title": "原件", "secrecy": "ordinary"},
        )
        Original.objects.filter(pk=kept.pk).update(title=word(), contract_number=word()[:40])
    people = [
        Staff(unit=gd.unit, employee_no=f"H{place}", name=word()[:80], post=word()[:80])
        for place in range(rows)
    ]
    Staff.objects.bulk_create(people)
    whole = complete_dossier(gd)
    return keeper, gd.filler, words, whole


def cells_of_book(content: bytes) -> Iterator[Any]:
    """Every cell that says something."""
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
        for line in sheet.iter_rows():
            yield from (cell for cell in line if cell.value is not None)


def by_libreoffice(content: bytes, folder: Path) -> int | None:
    """How many formulas LibreOffice sees; None where there is none."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        return None
    (folder / "in.xlsx").write_bytes(content)
    subprocess.run(
        [office, "--headless", "--convert-to", "fods", "--outdir", str(folder), "in.xlsx"],
        cwd=folder, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return (folder / "in.fods").read_text(encoding="utf-8").count("table:formula=")


def careless(words: list[str]) -> int:
    """The control: the words as a program writes that does not care."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for place, word in enumerate(words):
        sheet.write(place, 0, word)
    book.close()
    return sum(cell.data_type == "f" for cell in cells_of_book(target.getvalue()))


def stamped(said: str, row: Takeout, by: User) -> bool:
    """Watermark, trace, mark and how many rows."""
    number = by.staff.employee_no if by.staff is not None else by.username
    wanted = (by.name, number, row.trace, str(row.get_level_display()), str(row.rows))
    packed = "".join(said.split())
    return all("".join(word.split()) in packed for word in wanted)


def run(trials: int, seed: int) -> dict[str, Any]:
    """Sow, take out, open again, count."""
    chance = random.Random(seed)
    with override_settings(EXPORTS_A_DAY=10**6, EXPORT_ROWS=10**6, EXPORT_AT_ONCE=10**6):
        return _run(chance, trials)


def _run(chance: random.Random, trials: int) -> dict[str, Any]:
    steward, filler, words, whole = sown(chance, trials)
    counts: Counter[str] = Counter()
    unstamped: list[str] = []
    office: list[int] = []
    kinds = [
        (steward, "desk:dossiers-xlsx", ()), (steward, "letters:xlsx", ()),
        (steward, "originals:export", ()), (steward, "handover:export", ()),
        (filler, "intake:whole-file", (whole.pk,)), (steward, "desk:dossiers-csv", ()),
        (steward, "letters:pdf", ()), (filler, "reports:dossier", (whole.pk,)),
    ]  # fmt: skip
    contract = plant.contract(whole)
    figures = {}
    for month in range(1, 11):
        price = Decimal(chance.randrange(10**4, 10**6)).scaleb(-4)
        volume = Decimal(chance.randrange(10**6, 10**9)).scaleb(-4)
        on = date(2026, month, 1)
        plant.month(contract, on, actual=str(volume), price=str(price))
        figures[on] = Offtake.objects.get(contract=contract, month=on)
    found_words: set[str] = set()
    equal = 0
    for by, name, args in kinds:
        client = Client()
        client.force_login(by)
        if name == "letters:pdf":
            answer = take(client, name, query={"until": "2026-11-05", "q": f"{1:d}0"})
        else:
            answer = take(client, name, *args)
        assert answer.status_code == 200, (name, answer.status_code, answer.content[:300])
        row = Takeout.objects.get(trace=answer["X-Yihu-Trace"])
        content = answer.content
        counts["files"] += 1
        if content.startswith(b"PK"):
            cells = list(cells_of_book(content))
            counts["cells"] += len(cells)
            counts["formulas"] += sum(cell.data_type == "f" for cell in cells)
            counts["links"] += sum(cell.hyperlink is not None for cell in cells)
            found_words |= {str(cell.value) for cell in cells} & words
            said = "\n".join(str(cell.value) for cell in cells)
            with tempfile.TemporaryDirectory() as folder:
                seen = by_libreoffice(content, Path(folder))
            if seen is not None:
                office.append(seen)
            if name == "intake:whole-file":
                numbers = {Decimal(str(cell.value)) for cell in cells if cell.data_type == "n"}
                equal = sum(
                    month.actual in numbers and month.price_yuan in numbers
                    for month in figures.values()
                )
        elif content.startswith(b"%PDF"):
            pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
            said = "".join("".join(pages).split())
            counts["pages"] += len(pages)
        else:
            lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
            counts["cells"] += sum(len(line) for line in lines)
            counts["formulas"] += sum(cell.startswith(STARTS) for line in lines for cell in line)
            said = "\n".join(cell for line in lines for cell in line)
        if not stamped(said, row, by):
            unstamped.append(name)
    control = careless(sorted(words))
    return {
        "hostile": len(words),
        "came_back_as_they_were": len(found_words),
        **counts,
        "libreoffice_formulas": sum(office) if office else "not run: no LibreOffice here",
        "figures_equal": f"{equal} of {len(figures)}",
        "unstamped": unstamped,
        "control_formulas_of_a_careless_program": control,
        "held": not counts["formulas"]
        and not counts["links"]
        and not sum(office)
        and not unstamped
        and equal == len(figures)
        and control > len(words) // 10
        and len(found_words) > len(words) * 9 // 10,
    }
