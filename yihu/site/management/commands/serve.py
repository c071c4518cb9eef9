"""`yihu serve`: migrate, then web and worker in one process tree."""

import os
import shutil
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from yihu.access.entering import known
from yihu.audit.chain import take_care
from yihu.kit.clock import now
from yihu.org.models import OrgUnit
from yihu.site.home import kept
from yihu.site.migrating import know_key, upgraded
from yihu.site.processes import listens, start, taken, watch, web
from yihu.upkeep.soundness import answers, migrations


class Command(BaseCommand):
    help = "启动：网页服务与后台任务同一进程树，Ctrl-C 全部停止。"
    requires_system_checks: list[str] = []  # noqa: RUF012  # Django's own declaration

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2, help="网页工作进程数")
        parser.add_argument(
            "--no-worker", action="store_true", help="不带后台任务；另行运行 yihu worker"
        )
        parser.add_argument("--demo", action="store_true", help="库为空时先载入演示集团")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if taken(host, port):
            raise CommandError(
                f"{host}:{port} 已被占用（也许一户已在运行）；请先停止它，或用 --port 换一个端口。"
            )
        if not migrations().sound:
            upgraded()
        elif not known():
            know_key()
        bad = [answer.said for answer in answers(fatal_only=True) if not answer.sound]
        if bad:
            raise CommandError("\n".join(bad))
        if options["demo"] and not OrgUnit.objects.exists():
            call_command("demo", verbosity=0)  # the sign-ins stand below the address
        if not OrgUnit.objects.exists():
            raise CommandError("还没有组织机构；请先运行 yihu init（正式）或 yihu demo（演示）。")
        take_care(at=now())
        if not (settings.STATIC_ROOT / "staticfiles.json").exists():
            call_command("collectstatic", interactive=False, verbosity=0)
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "yihu.site.settings"}
        if options["demo"] and kept("demo-people.txt"):
            environment.setdefault("YIHU_DEMO", "true")  # the sign-in page says so
        environment["PROMETHEUS_MULTIPROC_DIR"] = _figures()
        pages = start(web(host, port, options["workers"]), environment=environment)
        up = listens(host, port, pages)  # the worker waits: the first page is what people wait for
        children = [pages]
        if not options["no_worker"]:
            worker = [sys.executable, "-m", "yihu.site.main", "worker"]
            children.append(start(worker, environment=environment))
        if up:
            people = kept("demo-people.txt")
            lines = [f"一户已启动：http://{host}:{port}/", people or "", "按 Ctrl-C 停止。"]
            self.stdout.write("\n".join(filter(None, lines)))
            self.stdout.flush()
        sys.exit(watch(children))


def _figures() -> str:
    """An empty folder in which the web's processes count; what was counted before is over."""
    folder = settings.HOME / "figures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return str(folder)
