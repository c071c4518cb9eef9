"""Taking things out, as the pages do: with a purpose, and where it is secret with a second word."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.dossiers.files import TODAY, moment
from yihu.access.models import User
from yihu.exports import actions
from yihu.exports.models import Takeout
from yihu.exports.rules import State
from yihu.kit import clock

PURPOSE = {"purpose": "review"}


def take(
    client: Client, name: str, *args: object, query: dict[str, Any] | None = None, **said: Any
) -> Any:
    """The answer to the dialog of that address."""
    path = reverse(name, args=args)
    return client.post(f"{path}?{urlencode(query, doseq=True)}" if query else path, PURPOSE | said)


def take_agreed(
    by: User, decider: User, name: str, *args: object, query: dict[str, Any] | None = None
) -> Takeout:
    """What waits for somebody's word: asked for, agreed to, and made as its job makes it."""
    client = Client()
    client.force_login(by)
    assert take(client, name, *args, query=query).status_code == 409
    asked = Takeout.objects.get(by=by, state=State.WAITING)
    actions.decide(decider, asked.pk, agree=True, reason="例会要用", at=moment())
    return actions.make(by, asked.pk, at=moment(), today=TODAY)


def say_what_for(page: Any, link: Any) -> None:
    """In a browser: follow the link, say what for in the dialog, take it."""
    link.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("客户分析、业务例会").check()
    sheet.get_by_role("button", name="导出").click()


def take_however(client: Client, by: User, path: str, agrees: User) -> Any:
    """The file, also where it has to wait: `agrees` says yes and its job makes it."""
    answer = client.post(path, PURPOSE)
    if answer.status_code != 409:
        return answer
    asked = Takeout.objects.filter(by=by, state=State.WAITING).latest("asked_at")
    actions.decide(agrees, asked.pk, agree=True, reason="例会要用", at=clock.now())
    made = actions.make(by, asked.pk, at=clock.now(), today=clock.today())
    return HttpResponse(bytes(made.file.content), content_type=made.file.media_type)
