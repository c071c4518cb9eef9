"""The newest migration of each slice in the last release: later ones must not hold up who works.

    python tools/released.py     writes tests/upkeep/released.json; run it when a release is made

`tests/upkeep/test_upgrade.py` asks of every migration beyond these what `yihu upgrade` will ask.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "tests" / "upkeep" / "released.json"
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")


def main() -> None:
    """No database is asked: the files say it."""
    import django
    from django.db.migrations.loader import MigrationLoader

    django.setup()
    newest = dict(sorted(MigrationLoader(None).graph.leaf_nodes()))
    KEPT.write_text(json.dumps(newest, indent=1) + "\n")
    print(f"{len(newest)} slices")


if __name__ == "__main__":
    main()
