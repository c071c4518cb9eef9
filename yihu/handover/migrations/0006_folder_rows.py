"""What lay in the HR system's folder is the group's own work to read."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, policies

GROUP = f"({EVERYTHING} AND (SELECT scope_user()) IS NULL)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("handover", "0005_folder"), ("access", "0003_scope")]
    operations: ClassVar = [*policies("handover_dropped", read=GROUP, write=GROUP)]
