"""`yihu worker`: do the jobs that wait in the database."""

from typing import Any

from django.utils.module_loading import autodiscover_modules
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.management.commands.procrastinate import Command as Procrastinate
from procrastinate.contrib.django.utils import connector_params

from yihu.access.entering import of_worker
from yihu.site.jobs import WhenLost, come_again
from yihu.upkeep import tracing

HABITS = (
    "--concurrency=2",
    "--shutdown-graceful-timeout=5",  # an interrupted job is taken up again
    "--delete-jobs=successful",  # one a minute by the clock alone
)


def know_jobs() -> None:
    """Every slice's `jobs.py`: a worker does no job that it has not seen."""
    autodiscover_modules("jobs")
    for task in app.tasks.values():
        task.retry_strategy = task.retry_strategy or WhenLost()


def connector() -> PsycopgConnector:
    """Connections that may read and order the queue, which the rows of it ask for."""
    given = connector_params()
    given["options"] = f"{given.get('options', '')} -c yihu.worker={of_worker()}"
    return PsycopgConnector(kwargs=given)


class Command(Procrastinate):
    help = "运行后台任务进程。"

    def run_from_argv(self, argv: list[str]) -> None:
        """The same as `procrastinate worker`, with our habits; what follows overrides them."""
        know_jobs()
        super().run_from_argv(
            [argv[0], "procrastinate", "--verbosity=0", "worker", *HABITS, *argv[2:]]
        )

    def handle(self, *args: Any, **options: Any) -> None:
        app.worker_defaults["task_middleware"] = [tracing.job, come_again]
        with app.replace_connector(connector()):
            super().handle(*args, app=app, **options)
