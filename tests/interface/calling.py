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
        _row, self.secret = issue(user, label="试验", uses=uses, days=Days.WEEK, at=now())
        self.headers = {"Authorization": f"Bearer {self.secret}"}
        if language:
            self.headers["Accept-Language"] = language
        self.client = Client()

    def get(self, path: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
        return self.client.get(
            f"/api/v1/{path}", given, headers={**self.headers, **(headers or {})}
        )

    def post(self, path: str, rows: Any, *, key: str = "batch-0001") -> Any:
        return self.client.post(
            f"/api/v1/{path}",
            rows if isinstance(rows, str) else json.dumps(rows),
            content_type="application/json",
            headers={**self.headers, "Idempotency-Key": key},
        )
