"""Taking things out, as the page does: with a purpose."""

from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

PURPOSE = {"purpose": "review"}


def take(
    client: Client, name: str, *args: object, query: dict[str, Any] | None = None, **said: Any
) -> Any:
    """The answer to the dialog of that address."""
    path = reverse(name, args=args)
    return client.post(f"{path}?{urlencode(query, doseq=True)}" if query else path, PURPOSE | said)


def say_what_for(page: Any, link: Any) -> None:
    """In a browser: follow the link, say what for in the dialog, take it."""
    link.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("客户分析、业务例会").check()
    sheet.get_by_role("button", name="导出").click()
