"""The group's identity system, as it comes to our door with its token."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests import plant
from yihu.access.rules import Role
from yihu.directory.actions import issue
from yihu.kit.clock import now

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
WORK = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class IdentitySystem:
    """Sends SCIM requests; each answer is the status and what its JSON holds."""

    secret: str

    def ask(self, method: str, place: str, body: object = None, **query: str) -> tuple[int, Any]:
        answer = Client().generic(
            method,
            f"/scim/v2/{place}",
            json.dumps(body) if body is not None else "",
            content_type="application/scim+json",
            headers={"Authorization": f"Bearer {self.secret}"},
            query_params=query or None,
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    def patch(self, place: str, *operations: dict[str, object]) -> tuple[int, Any]:
        return self.ask("PATCH", place, {"schemas": [PATCH], "Operations": list(operations)})


def identity_system() -> IdentitySystem:
    return IdentitySystem(issue(plant.person(Role.ITC), "统一身份平台", days=30, at=now()))


def somebody(number: str = "SC0001", **more: object) -> dict[str, object]:
    """A person as an identity system sends one, with much that Yihu does not keep."""
    return {
        "schemas": [USER, WORK],
        "userName": number,
        "displayName": "张三",
        "name": {"formatted": "张三", "familyName": "张", "givenName": "三"},
        "emails": [{"value": "zhang@example.com", "type": "work"}],
        "title": "客户专员",
        "active": True,
        WORK: {"organization": "GD", "department": "市场部"},
        **more,
    }


def of_group(name: str, *numbers: str) -> dict[str, object]:
    return {
        "schemas": [GROUP],
        "displayName": name,
        "members": [{"value": number} for number in numbers],
    }
