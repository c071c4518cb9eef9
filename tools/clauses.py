"""Which tests prove which clause, for the clause map: read from the marks, kept in git.

    python tools/clauses.py update     writes yihu/clauses/data/tests.json
    python tools/clauses.py check      exit 1 where it is stale, or a binding clause lacks a page,
                                       code that names it, or a test

A mark counts on a function, a class or a whole file (`pytestmark`). Code names a clause by its
sign (§6.2.1d) in a slice. Nothing is imported from the tests.
"""

import ast
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "yihu" / "clauses" / "data" / "tests.json"
SIGN = re.compile(r"§\s?([0-9a-z.]+(?:[,、 -]+(?:§ ?)?[0-9][0-9.]*[a-e]?(?:-[a-e])?)*)")
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:[a-e](?:-[a-e])?)?")
ANNEX = re.compile(r"annex ([12]\.[0-9])(?: to ([12]\.[0-9]))?")


def marks(node: ast.AST) -> Iterator[str]:
    """The clauses that the marks in an expression name."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.clause"):
            yield from (str(given.value) for given in call.args if isinstance(given, ast.Constant))


def of_file(path: Path) -> Iterator[tuple[str, str]]:
    """Clause and test of one file."""
    name = path.relative_to(ROOT).as_posix()

    def inside(body: list[ast.stmt], above: list[str], before: str) -> Iterator[tuple[str, str]]:
        for one in body:
            if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                own = [*above, *(found for mark in one.decorator_list for found in marks(mark))]
                if isinstance(one, ast.ClassDef):
                    yield from inside(one.body, own, f"{before}{one.name}::")
                elif one.name.startswith("test"):
                    yield from ((clause, f"{name}::{before}{one.name}") for clause in own)

    tree = ast.parse(path.read_text("utf-8"))
    whole = [
        found
        for one in tree.body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "pytestmark"
        for found in marks(one.value)
    ]
    yield from inside(tree.body, whole, "")


def collected() -> dict[str, list[str]]:
    """Every clause that a test names, with its tests."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for clause, test in of_file(path):
            found[clause].add(test)
    return {clause: sorted(found[clause]) for clause in sorted(found)}


def marked() -> dict[str, list[str]]:
    """Every clause that code names, with the files; the map itself does not count."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "yihu").rglob("*")):
        if path.suffix not in {".py", ".sql", ".html", ".toml", ".typ", ".js"}:
            continue
        if "clauses" in path.parts or "locale" in path.parts or not path.is_file():
            continue
        text = path.read_text("utf-8")
        name = path.relative_to(ROOT).as_posix()
        for said in SIGN.finditer(text):
            for number in NUMBER.findall(said[1]):
                for one in spread(number):
                    found[one].add(name)
        for first, last in ANNEX.findall(text):
            for one in between(first, last or first):
                found[f"annex {one}"].add(name)
        if path.suffix in {".py", ".toml"}:
            for number in re.findall(r"\"([3-7](?:\.[0-9])+[a-e]?)\"", text):
                found[number].add(name)
    return {clause: sorted(found[clause]) for clause in sorted(found)}


def spread(number: str) -> list[str]:
    """6.2.1a-e → each of the five."""
    stem, dash, last = number.partition("-")
    if not dash:
        return [number]
    return [f"{stem[:-1]}{letter}" for letter in "abcde" if stem[-1] <= letter <= last]


def between(first: str, last: str) -> list[str]:
    """2.5 to 2.8 → each of the four."""
    chapter, number = first.split(".")
    return [f"{chapter}.{n}" for n in range(int(number), int(last.split(".")[1]) + 1)]


def main(act: str) -> int:
    """Write the file, or judge it."""
    tests = collected()
    text = json.dumps(tests, ensure_ascii=False, indent=1) + "\n"
    if act == "update":
        KEPT.write_text(text, "utf-8")
        return 0
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
    import django

    django.setup()
    from yihu.clauses.editions import editions
    from yihu.clauses.places import PLACES
    from yihu.clauses.rules import proven

    wrong = []
    if not KEPT.exists() or KEPT.read_text("utf-8") != text:
        wrong.append(f"{KEPT.relative_to(ROOT)} is stale: run tools/clauses.py update")
    newest = editions()[0]
    wrong += [f"{number} lacks a {what}" for number, what in proven(newest, tests, marked())]
    known = {clause.number for edition in editions() for clause in edition}
    wrong += [f"no edition has the clause {number}" for number in sorted(set(tests) - known)]
    wrong += [
        f"{clause.number} names the page {key}, which nobody knows"
        for clause in newest
        for key in clause.places
        if key not in PLACES
    ]
    print("\n".join(wrong) or "clauses: every binding clause has page, code and test")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {"update", "check"}:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1]))
