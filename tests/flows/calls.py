"""What an operation of the interface wants to be told: a body that its schema takes."""

from typing import Any

from yihu.interface.writing.bodies import Body, Schema

SAMPLES: dict[str, Any] = {
    "date": "2026-11-05",
    "uuid": "5d6c1d2e-0000-4000-8000-000000000000",
    "integer": 1,
    "boolean": True,
    "string": "试一试",
    "object": {"legal_rep": "张三"},
}


def sample(says: Schema) -> Any:
    """A value that the schema takes."""
    if "enum" in says:
        return says["enum"][0]
    kind = says["type"] if isinstance(says["type"], str) else says["type"][0]
    if "content" in says.get("properties", {}):
        return {"name": "试.txt", "content": "6K+V"}
    if "properties" in says:
        return dict.fromkeys(says["required"], "试一试")
    if "minimum" in says:
        return says["minimum"]
    if kind == "array":
        return [sample(says["items"])]
    if "pattern" in says:
        return "1"
    return SAMPLES[says.get("format", kind)]


def body_of(body: Body) -> dict[str, Any]:
    said = body.schema()
    return {name: sample(said["properties"][name]) for name in said["required"]}
