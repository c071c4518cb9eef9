"""`yihu`: Django's manage and Yihu's own commands."""

import atexit
import os
import sys

from django.core.management import execute_from_command_line

from yihu.kit.postgres import CannotStart
from yihu.site.database import cluster, external

WITHOUT_DATABASE = {"", "help", "--help", "-h", "version", "--version", "makemigrations",
                    "collectstatic", "compilemessages", "makemessages"}  # fmt: skip


def main() -> None:
    """Run the command that the command line names, with the embedded server up if it is ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in WITHOUT_DATABASE and not external():
        server = cluster()
        try:
            server.attach()
        except CannotStart as reason:
            raise SystemExit(str(reason)) from None
        atexit.register(server.release)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
