"""Django's own command, by an executor that makes fewer classes anew (`kit/migrating.py`).

The command asks its module for the executor and offers no other way to give it one.
"""

from django.core.management.commands import migrate

from yihu.kit.migrating import Executor

vars(migrate)["MigrationExecutor"] = Executor


class Command(migrate.Command):
    """As Django has it."""
