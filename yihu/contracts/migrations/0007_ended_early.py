"""An early ending lies within the term; the rows are looked through while others write."""

from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations
from django.db.models import CheckConstraint, F, Q


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar = [("contracts", "0006_rows_of_strays")]
    operations: ClassVar = [
        AddConstraintNotValid(
            model_name="contract",
            constraint=CheckConstraint(
                condition=Q(terminated_on__isnull=True)
                | Q(terminated_on__gte=F("effective_on"), terminated_on__lte=F("ends_on")),
                name="contract_ended_early",
            ),
        ),
        ValidateConstraint(model_name="contract", name="contract_ended_early"),
    ]
