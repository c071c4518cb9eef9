"""`yihu worker`: do the jobs that wait in the database."""

from django.utils.module_loading import autodiscover_modules
from procrastinate.contrib.django.management.commands.procrastinate import Command as Procrastinate

HABITS = (
    "--concurrency=2",
    "--shutdown-graceful-timeout=5",  # an interrupted job is taken up again
    "--delete-jobs=successful",  # one a minute by the clock alone
)


def know_jobs() -> None:
    """Every slice's `jobs.py`: a worker does no job that it has not seen."""
    autodiscover_modules("jobs")


class Command(Procrastinate):
    help = "运行后台任务进程。"

    def run_from_argv(self, argv: list[str]) -> None:
        """The same as `procrastinate worker`, with our habits; what follows overrides them."""
        know_jobs()
        super().run_from_argv(
            [argv[0], "procrastinate", "--verbosity=0", "worker", *HABITS, *argv[2:]]
        )
