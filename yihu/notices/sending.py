"""The ways out of the house: mail by the group's server, bots by the vendors' webhooks.

Formats: developer.work.weixin.qq.com/document/path/91770 (企业微信), open.dingtalk.com
(自定义机器人接入), open.feishu.cn (自定义机器人使用指南). A bot's address names one of the hosts of
`YIHU_BOT_HOSTS` and nothing else, so that no address that people type reaches inside (SSRF).
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from smtplib import SMTPException
from typing import Any
from urllib.parse import quote_plus, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from yihu.access.signing.seal import unseal
from yihu.notices.choices import Way
from yihu.notices.models import Channel

SECONDS = 10
MOST_BYTES = 3500  # 企业微信 takes 4,096 bytes of markdown


class Undelivered(Exception):
    """The message did not get there; says why, without the address."""


def send(channel: Channel, title: str, lines: Sequence[str]) -> None:
    """Send one message by the channel. Raises: Undelivered."""
    address = unseal(channel.address)
    if channel.way == Way.MAIL:
        _mail(address, title, lines)
    else:
        secret = unseal(channel.secret) if channel.secret else ""
        _post(address, *BOTS[Way(channel.way)](title, _short(lines), secret, int(time.time())))


def _mail(address: str, title: str, lines: Sequence[str]) -> None:
    message = EmailMessage(title, "\n\n".join(lines) + "\n", to=[address])
    try:
        message.send()
    except (OSError, SMTPException) as why:
        raise Undelivered(_("邮件服务器没有接收")) from why


def _short(lines: Sequence[str]) -> str:
    text = "\n\n".join(lines)
    encoded = text.encode()
    return text if len(encoded) <= MOST_BYTES else encoded[:MOST_BYTES].decode(errors="ignore")


Bot = Callable[[str, str, str, int], tuple[dict[str, str], dict[str, Any]]]
"""title, text, secret, seconds → what is added to the address, and the body."""


def _wecom(title: str, text: str, secret: str, at: int) -> tuple[dict[str, str], dict[str, Any]]:
    return {}, {"msgtype": "markdown", "markdown": {"content": f"**{title}**\n{text}"}}


def _dingtalk(title: str, text: str, secret: str, at: int) -> tuple[dict[str, str], dict[str, Any]]:
    body = {"msgtype": "markdown", "markdown": {"title": title, "text": f"**{title}**\n\n{text}"}}
    if not secret:
        return {}, body
    stamp = f"{at}000"
    mac = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(mac).decode()}, body


def _feishu(title: str, text: str, secret: str, at: int) -> tuple[dict[str, str], dict[str, Any]]:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": f"{title}\n{text}"}}
    if secret:
        mac = hmac.new(f"{at}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": str(at), "sign": base64.b64encode(mac).decode()}
    return {}, body


BOTS: dict[Way, Bot] = {Way.WECOM: _wecom, Way.DINGTALK: _dingtalk, Way.FEISHU: _feishu}


def _post(address: str, added: dict[str, str], body: dict[str, Any]) -> None:
    import requests

    if not is_bot_address(address):
        raise Undelivered(_("机器人地址不在允许的范围内"))
    for name, value in added.items():
        address += f"{'&' if '?' in address else '?'}{name}={quote_plus(value)}"
    try:
        answer = requests.post(address, json=body, timeout=SECONDS, allow_redirects=False)
        said = answer.json() if answer.ok else {}
    except (requests.RequestException, ValueError) as why:
        raise Undelivered(_("机器人没有应答")) from why
    code = said.get("errcode", said.get("code", said.get("StatusCode")))
    if not answer.ok or code != 0:
        raise Undelivered(_("机器人没有接收（%(code)s）") % {"code": code or answer.status_code})


def is_bot_address(address: str) -> bool:
    """Whether it is an address of an allowed bot's host."""
    try:
        parts = urlsplit(address)
        where = (parts.scheme, parts.netloc)
    except ValueError:
        return False
    return where in {("https", host) for host in settings.BOT_HOSTS} | {
        ("http", host) for host in settings.BOT_HOSTS_PLAIN
    }


def is_mail_address(address: str) -> bool:
    """Whether it looks like an address of mail."""
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def hint_of(way: str, address: str) -> str:
    """What the page shows of an address: not enough to use it."""
    if way == Way.MAIL:
        name, _at, host = address.partition("@")
        return f"{name[:2]}***@{host}"[:80]
    return f"{urlsplit(address).hostname} ***{address[-4:]}"[:80]
