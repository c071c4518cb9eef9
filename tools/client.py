"""Writes the operations of `yihu/client.py` from the description of the interface itself.

.venv/bin/python tools/client.py update     after an operation has changed
.venv/bin/python tools/client.py check      1 where the file says something else
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLIENT = ROOT / "yihu" / "client.py"
MARK = "    # Operations, written by tools/client.py\n"
END = "    # Within\n"
BY_HAND = {
    "readDossier", "riskCheck", "listEvents", "assessments", "assessment", "calendarFeed",
    "describe", "sendPersonnel", "upsertOfftake", "upsertContracts", "upsertDossiers",
    "listDossiers", "listCustomers", "listContracts", "listOfftake", "listDuties", "listRisks",
}  # fmt: skip
KINDS = {"string": "str", "integer": "int", "boolean": "bool", "number": "int", "object": "Row"}


def snake(name: str) -> str:
    """saveDraft → save_draft."""
    return re.sub(r"([A-Z])", lambda hit: "_" + hit[1].lower(), name)


def type_of(says: Mapping[str, Any]) -> str:
    """A schema as an annotation; null is what is not sent."""
    if "enum" in says:
        offered = [one for one in says["enum"] if one is not None]
        return f"Literal[{', '.join(json.dumps(one) for one in offered)}]"
    kinds = says["type"] if isinstance(says["type"], list) else [says["type"]]
    kinds = [one for one in kinds if one != "null"]
    if kinds == ["array"]:
        return f"Sequence[{type_of(says['items'])}]"
    if kinds == ["object"] and "content" in says.get("properties", {}):
        return "File"
    return " | ".join(dict.fromkeys(KINDS[one] for one in kinds))


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Address, method and what is said of it, of those that are not written by hand."""
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if said["operationId"] not in BY_HAND:
                yield path.removeprefix("/api/v1/"), method, said


def method_of(path: str, method: str, said: Mapping[str, Any]) -> str:
    """One method of the class."""
    name, keyed = said["operationId"], "{pk}" in path
    given = "self, pk: str" if keyed else "self"
    address = f'f"{path}"' if keyed else f'"{path}"'
    doc = f'        """{said["summary"]}."""\n'
    if method == "get" and keyed:
        return (
            f"    def {snake(name)}({given}, *, kept: Kept | None = None) -> Kept:\n{doc}"
            f"        return self._one({address}, kept)\n\n"
        )
    if method == "get":
        return (
            f"    def {snake(name).removeprefix('list_')}({given}, **given: Given)"
            f" -> Iterator[Row]:\n{doc}        return self._pages({address}, given)\n\n"
        )
    schema = said["requestBody"]["content"]["application/json"]["schema"]
    fields, needed = schema["properties"], schema["required"]
    asks = [f"{one}: {type_of(fields[one])}" for one in fields if one in needed]
    may = [f"{one}: {type_of(fields[one])} | None = None" for one in fields if one not in needed]
    heads = {one["name"]: one["required"] for one in said["parameters"] if one["in"] == "header"}
    if "If-Match" in heads:
        (asks if heads["If-Match"] else may).append(
            "etag: str" if heads["If-Match"] else 'etag: str = ""'
        )
    words = ", ".join([given, "*", *asks, *may, 'key: str = ""'])
    body = "{" + ", ".join(f'"{one}": {one}' for one in fields) + "}"
    etag = "etag" if "If-Match" in heads else '""'
    return (
        f"    def {snake(name)}({words}) -> Done:\n{doc}"
        f'        return self._do("{method.upper()}", {address}, {body}, {etag}, key)\n\n'
    )


def written() -> str:
    """The client as it should be."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
    import django

    django.setup()
    from django.utils import translation

    from yihu.interface.describing import _document

    with translation.override("zh-hans"):
        document = json.loads(json.dumps(_document(), default=str))
    methods = "".join(method_of(*one) for one in operations(document))
    before, _mark, rest = CLIENT.read_text(encoding="utf-8").partition(MARK)
    text = f"{before}{MARK}\n{methods}{END}{rest.partition(END)[2]}"
    ruff = Path(sys.executable).parent / "ruff"
    done = subprocess.run(
        [ruff, "format", "--stdin-filename", str(CLIENT), "-"],
        input=text, capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return done.stdout


def main(act: str) -> int:
    """Update or check; 0 where the file is as it should be."""
    text = written()
    if act == "update":
        CLIENT.write_text(text, encoding="utf-8")
        return 0
    if text != CLIENT.read_text(encoding="utf-8"):
        print("yihu/client.py is behind the interface: tools/client.py update")
        return 1
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1]))
