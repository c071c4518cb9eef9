"""Headquarters' guide: everybody reads it, only headquarters writes (§4.1b)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, policies


class Migration(migrations.Migration):
    dependencies: ClassVar = [("guide", "0004_adoption"), ("access", "0006_halves")]
    operations: ClassVar = [
        *policies("guide_edition", read="true", write=EVERYTHING),
        *policies("guide_adoption", read="true", write=EVERYTHING),
    ]
