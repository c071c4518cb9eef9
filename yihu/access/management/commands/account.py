"""`yihu account`: the way back in for whoever has the server's shell; every use is in the log."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from yihu.access.actions import open_account
from yihu.access.entering import for_group
from yihu.access.models import User
from yihu.access.rules import UNIT_ROLES, Role
from yihu.access.signing import actions
from yihu.access.signing.rules import RESET_HOURS
from yihu.kit.clock import now, today
from yihu.org.models import OrgUnit, Staff

WHY = "服务器命令行办理"


class Command(BaseCommand):
    help = "在服务器上办理账号：open 开通，reset 重置，unlock 恢复登录，second-factor 解除。"

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="办理")
        opening = acts.add_parser("open", help="开通账号，打印一次性重置码")
        opening.add_argument("username", help="工号")
        opening.add_argument("--name", required=True, help="姓名")
        opening.add_argument("--role", required=True, choices=Role.values, help="角色")
        opening.add_argument("--unit", help="单位代码；单位的角色必填")
        for act, said in (
            ("reset", "打印一次性重置码，密码由本人设定"),
            ("unlock", "清除登录失败记录；停用的账号恢复"),
            ("second-factor", "解除二次验证"),
        ):
            one = acts.add_parser(act, help=said)
            one.add_argument("username", help="工号")
            one.add_argument("--why", default=WHY, help="原因，记入日志")

    @for_group()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                said = self._do(options)
        except (actions.NotSo, ValueError) as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(said)

    def _do(self, options: dict[str, Any]) -> str:
        server, at = actions.Server(), now()
        if options["act"] == "open":
            return self._said(actions.start_reset(server, self._open(options), why=WHY, at=at))
        try:
            user = User.objects.get(username=options["username"])
        except User.DoesNotExist:
            said = f"没有账号 {options['username']}；用 yihu account open 开通。"
            raise ValueError(said) from None
        why = options["why"]
        if options["act"] == "reset":
            return self._said(actions.start_reset(server, user, why=why, at=at))
        if options["act"] == "second-factor":
            actions.remove_factor(server, user, why=why, at=at)
            return f"已解除 {user} 的二次验证，其登录已全部退出。"
        actions.unlock(server, user, why=why, at=at)
        return f"{user} 可以登录了。"

    def _open(self, options: dict[str, Any]) -> User:
        role, unit, staff = Role(options["role"]), None, None
        if role in UNIT_ROLES:
            unit = OrgUnit.objects.filter(code=options["unit"] or "").first()
            if unit is None:
                raise ValueError("单位的角色要用 --unit 写明单位代码，且单位须已存在。")
            staff = Staff.objects.filter(unit=unit, employee_no=options["username"]).first()
            if staff is None:
                raise ValueError(f"{unit} 没有工号 {options['username']} 的人员；请先登记入职。")
        try:
            with transaction.atomic():
                return open_account(
                    actions.Server(),
                    staff,
                    username=options["username"],
                    name=options["name"],
                    password_hash=make_password(None),
                    roles=[(role, unit)],
                    since=today(),
                )
        except IntegrityError:
            raise ValueError("此人已有账号，或已担任三员中另一方的角色。") from None

    def _said(self, code: str) -> str:
        until = now() + timedelta(hours=RESET_HOURS)
        return f"重置码 {code}，{until:%Y-%m-%d %H:%M} 前用一次有效；请在登录页使用。"
