"""Migrations whose steps each concern one table, without the classes of all models made anew.

Django keeps a class for each model of the state that a migration has reached. A step that changes
one model makes anew the classes of all that hang together with it, and of an empty `migrate` nine
tenths of the time went there. But the statements of most steps are read from the class of their
own model and from the names and keys of those that it points at, which such steps leave alone.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.operations import CreateExtension
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterModelOptions,
    CreateModel,
    Migration,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

OWN = (
    AddConstraint, AddField, AddIndex, AlterModelOptions, CreateExtension, CreateModel,
    RemoveConstraint, RemoveField, RemoveIndex, RunPython,
)  # fmt: skip
"""RunPython asks for all classes itself and gets them."""


def alone(operations: Iterable[Operation]) -> bool:
    """Whether each needs the class of its own model anew, and no other."""
    return all(map(_alone, operations))


def _alone(operation: Operation) -> bool:
    if isinstance(operation, AlterField):  # others point at what is unique
        return not (operation.field.unique or operation.field.many_to_many)
    if isinstance(operation, SeparateDatabaseAndState):
        statements = operation.database_operations
        only_sql = all(isinstance(each, RunSQL) for each in statements)
        return only_sql and alone([*statements, *operation.state_operations])
    if isinstance(operation, RunSQL):
        return alone(operation.state_operations)
    return isinstance(operation, OWN)


class Alone(ProjectState):
    """A state that makes anew the class of the model that changes, and no other.

    To Django its classes are delayed: who needs them all (RunPython, post_migrate) has them made.
    """

    def _find_reload_model(
        self, app_label: str, model_name: str, delay: bool = False
    ) -> set[tuple[str, str]]:
        self.is_delayed = True
        return {(app_label, model_name)}


class Executor(MigrationExecutor):
    """Django's, in less time; a migration with any other step runs as Django has it."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, *args: Any, **kwargs: Any
    ) -> ProjectState:
        quick = alone(migration.operations)
        following = (Alone if quick else ProjectState)(state.models, state.real_apps)
        if quick or not state.is_delayed:
            following.apps, following.is_delayed = state.apps, state.is_delayed
        return super().apply_migration(following, migration, *args, **kwargs)
