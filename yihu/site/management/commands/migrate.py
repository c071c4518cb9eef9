"""Django's own command, by an executor that makes fewer classes anew (`kit/migrating.py`)."""

from django.core.management.commands import migrate

from yihu.kit.migrating import Executor

migrate.MigrationExecutor = Executor  # type: ignore[attr-defined]  # not in the stubs


class Command(migrate.Command):
    """Django's."""
