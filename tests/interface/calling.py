"""A program that calls with a token of somebody's own."""

import json
from typing import Any

from django.test import Client

from yihu.access.models import User
from yihu.access.tokens.actions import issue
from yihu.access.tokens.rules import Days, Use
from yihu.kit.clock import now


class Program:
    """Calls as the person, with a token for these uses."""

    def __init__(self, user: User, *uses: Use, language: str = "") -> None:
        self.user = user
        _row, self.secret = issue(user, label="试验", uses=uses, days=Days.WEEK, at=now())
        self.headers = {"Authorization": f"Bearer {self.secret}"}
        if language:
            self.headers["Accept-Language"] = language
        self.client = Client()

    def get(self, path: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
        return self.client.get(
            f"/api/v1/{path}", given, headers={**self.headers, **(headers or {})}
        )

    def do(
        self,
        path: str,
        body: Any = None,
        *,
        method: str = "post",
        key: str = "",
        match: str = "",
    ) -> Any:
        """An operation; `match`: the tag that was seen."""
        given = {"Idempotency-Key": key, "If-Match": match}
        return getattr(self.client, method)(
            f"/api/v1/{path}",
            body if isinstance(body, str) else json.dumps(body or {}),
            content_type="application/json",
            headers={**self.headers, **{name: one for name, one in given.items() if one}},
        )

    def post(self, path: str, rows: Any, *, key: str = "batch-0001") -> Any:
        return self.client.post(
            f"/api/v1/{path}",
            rows if isinstance(rows, str) else json.dumps(rows),
            content_type="application/json",
            headers={**self.headers, "Idempotency-Key": key},
        )
