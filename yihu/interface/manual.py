"""The description of the interface as chapters of a page: plain values, one chapter an address."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter or a field: what it is called, what it may be, what it means."""

    name: str
    kind: str
    label: str
    required: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """One method of an address."""

    anchor: str
    method: str
    summary: str
    description: str
    parameters: list[Line]
    body: list[Line]
    answers: list[Line]
    problems: list[tuple[str, str]]
    example: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """An address and what it serves."""

    path: str
    title: str
    deeds: list[Deed]


def chapters(document: Mapping[str, Any], address: str) -> list[Chapter]:
    """The document by address, in its order."""
    return [
        Chapter(
            path=path,
            title=str(next(iter(methods.values()))["summary"]),
            deeds=[_deed(path, method, said, address) for method, said in methods.items()],
        )
        for path, methods in document["paths"].items()
    ]


def _deed(path: str, method: str, said: Mapping[str, Any], address: str) -> Deed:
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    rows = body.get("schema", {})
    found = next(iter(said["responses"]["200"]["content"].values()))["schema"]
    told = found.get("properties", {}).get("items", {}).get("items", found)
    return Deed(
        anchor=said["operationId"],
        method=method.upper(),
        summary=str(said["summary"]),
        description=str(said["description"]),
        parameters=[_parameter(one) for one in said["parameters"]],
        body=_fields(rows.get("items", rows)),
        answers=_fields(told),
        problems=[
            (status, str(answer["description"]))
            for status, answer in said["responses"].items()
            if status != "200"
        ],
        example=_example(path, method, said, rows, address),
    )


HEADERS = {"Idempotency-Key": "batch-2026-10-001", "If-Match": "$ETAG"}
SAMPLES = {
    "date": "2026-11-05", "uuid": "5d6c1d2e-0000-4000-8000-000000000000", "integer": 1,
    "boolean": True, "number": 1, "string": "…", "object": {},
}  # fmt: skip


def _sample(schema: Mapping[str, Any]) -> Any:
    """A body as it might be: the given example, or the fields that are needed."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "array":
        return [_sample(schema.get("items", {}))]
    if kind == "object" and "properties" in schema:
        known = schema["properties"]
        return {name: _sample(known[name]) for name in schema.get("required", known)}
    return SAMPLES[schema.get("format", kind)]


def _parameter(given: Mapping[str, Any]) -> Line:
    label = str(given.get("description", ""))
    where = {"header": _("请求头"), "path": _("地址")}.get(given["in"], "")
    words = "；".join(filter(None, (where, label)))
    return Line(given["name"], kind_of(given["schema"]), words, given.get("required", False))


def _fields(schema: Mapping[str, Any]) -> list[Line]:
    required = schema.get("required", ())
    return [
        Line(name, kind_of(one), str(one.get("description", "")), name in required)
        for name, one in schema.get("properties", {}).items()
    ]


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "enum" in schema:
        return " | ".join("null" if one is None else str(one) or '""' for one in schema["enum"])
    kinds = schema.get("type", "")
    kind = kinds if isinstance(kinds, str) else " | ".join(kinds)
    return " ".join(filter(None, (kind, schema.get("format", ""))))


def _example(
    path: str, method: str, said: Mapping[str, Any], rows: Mapping[str, Any], address: str
) -> str:
    """A call for the command line; the token stands in the environment."""
    parts = ["curl"]
    if said["security"]:
        parts.append('-H "Authorization: Bearer $YIHU_TOKEN"')
    if method != "get":
        parts.append(f"-X {method.upper()}")
        parts += [
            f'-H "{name}: {value}"'
            for name, value in HEADERS.items()
            if any(one["name"] == name for one in said["parameters"])
        ]
        sample = json.dumps(_sample(rows), ensure_ascii=False)
        parts += ['-H "Content-Type: application/json"', f"-d '{sample}'"]
    query = "?limit=100" if any(one["name"] == "limit" for one in said["parameters"]) else ""
    parts.append(f'"{address}{path.replace("{pk}", "$ID")}{query}"')
    return " \\\n  ".join(parts)
