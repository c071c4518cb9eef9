"""The interface described beside its views: what a view says of itself, gathered (OpenAPI 3.1)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from django.urls import URLPattern, URLResolver
from django.urls.converters import IntConverter, SlugConverter, UUIDConverter
from django.utils.functional import Promise

from yihu.kit.problem import MEDIA_TYPE, TITLES

View = TypeVar("View", bound=Callable[..., Any])
PROBLEM = "#/components/schemas/Problem"
FORMATS: dict[type, dict[str, Any]] = {
    UUIDConverter: {"type": "string", "format": "uuid"},
    IntConverter: {"type": "integer", "minimum": 0},
    SlugConverter: {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    `answers`: the schema of 200, or its media type where it is no JSON; `problems`: the statuses
    that are answered by problem details, `empty` those without a body; `security`: names of
    schemes, any of which opens it; none: open to all. `body`: the schema of the JSON that is sent;
    `links`: by name what can be called next, with what of this answer.
    """

    method: str
    name: str
    summary: str | Promise
    description: str | Promise
    answers: Mapping[str, Any] | str
    problems: Sequence[int]
    security: Sequence[str] = ()
    parameters: Sequence[Mapping[str, Any]] = ()
    body: Mapping[str, Any] | None = None
    empty: Sequence[int] = ()
    links: Mapping[str, Any] = field(default_factory=dict)

    def described(self, path: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """As the document has it."""
        media = self.answers if isinstance(self.answers, str) else "application/json"
        schema = {"type": "string"} if isinstance(self.answers, str) else self.answers
        said: dict[str, Any] = {
            "operationId": self.name,
            "summary": self.summary,
            "description": self.description,
            "parameters": [*path, *self.parameters],
            "security": [{name: []} for name in self.security],
            "responses": {
                "200": {
                    "description": "OK",
                    "content": {media: {"schema": schema}},
                    **({"links": self.links} if self.links else {}),
                },
                **{
                    str(status): {"description": HTTPStatus(status).phrase} for status in self.empty
                },
                **{
                    str(status): {
                        "description": str(TITLES[status]),
                        "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM}}},
                    }
                    for status in self.problems
                },
            },
        }
        if self.body is not None:
            content = {"application/json": {"schema": self.body}}
            said["requestBody"] = {"required": True, "content": content}
        return said


@dataclass(frozen=True, slots=True)
class Described:
    """An address with its operations."""

    path: str
    operations: Sequence[Operation]
    parameters: list[dict[str, Any]] = field(default_factory=list)


def describes(*operations: Operation) -> Callable[[View], View]:
    """Say of a view which operations it serves."""

    def said(view: View) -> View:
        view.operations = operations  # type: ignore[attr-defined]  # read by `gathered`
        return view

    return said


def gathered(resolver: URLResolver, prefix: str = "/") -> Iterator[Described]:
    """Every address whose view says what it serves."""
    for entry in resolver.url_patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from gathered(entry, here)
        elif operations := getattr(entry.callback, "operations", ()):
            yield _described(entry, here, operations)


def _described(entry: URLPattern, path: str, operations: Sequence[Operation]) -> Described:
    parameters = []
    for name, converter in entry.pattern.converters.items():
        kind = "".join(part for part in path.split("<") if part.partition(">")[0].endswith(name))
        path = path.replace(f"<{kind.partition('>')[0]}>", f"{{{name}}}")
        schema = FORMATS.get(type(converter), {"type": "string", "minLength": 1})
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    return Described(path, operations, parameters)


def document(
    resolver: URLResolver, *, title: str, version: str, schemes: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole description; paths in the order of their addresses."""
    paths = {
        one.path: {op.method: op.described(one.parameters) for op in one.operations}
        for one in sorted(gathered(resolver), key=lambda one: one.path)
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM_SCHEMA}, "securitySchemes": dict(schemes)},
    }


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "minLength": 1},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
    },
}
