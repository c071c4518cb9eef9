"""`yihu worker`: do the jobs that wait in the database."""

from procrastinate.contrib.django.management.commands.procrastinate import Command as Procrastinate


class Command(Procrastinate):
    help = "运行后台任务进程。"

    def run_from_argv(self, argv: list[str]) -> None:
        """The same as `procrastinate worker`."""
        super().run_from_argv([argv[0], "procrastinate", "worker", "--concurrency=2", *argv[2:]])
