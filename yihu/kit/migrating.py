"""Migrations that only add, without drawing the classes of all models anew for each of them.

Django keeps a class for each model of the state that a migration has reached. A step that changes
one model makes anew the classes of all that hang together with it, and of an empty `migrate` nine
tenths of the time go there. But the statements of a step that adds to one table, or takes an index
or a constraint off it, are read from the class of that table and from the names and keys of those
that it points at, which such steps leave as they are.
"""

from typing import Any

from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    CreateModel,
    Migration,
    RemoveConstraint,
    RemoveIndex,
    RunSQL,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

ALONE = (AddConstraint, AddField, AddIndex, CreateModel, RemoveConstraint, RemoveIndex, RunSQL)
"""Operations that need the class of their own model anew, and no other."""


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
    """Django's, in less time; every migration of other operations runs as Django has it."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, *args: Any, **kwargs: Any
    ) -> ProjectState:
        alone = all(type(operation) in ALONE for operation in migration.operations)
        following = (Alone if alone else ProjectState)(state.models, state.real_apps)
        if alone or not state.is_delayed:
            following.apps, following.is_delayed = state.apps, state.is_delayed
        return super().apply_migration(following, migration, *args, **kwargs)
