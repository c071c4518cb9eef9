"""`yihu`: Django's manage and Yihu's own commands."""

import atexit
import os
import signal
import sys

import psycopg
from django.core.management import execute_from_command_line
from django.db import OperationalError

from yihu.kit.postgres import CannotStart, Cluster
from yihu.site.database import cluster, external

WITHOUT_DATABASE = {"", "help", "version", "collectstatic", "compilemessages", "makemessages"}


def main() -> None:
    """Run the command that the command line names, with the embedded server up if it is ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yihu.site.settings")
    try:
        if _needs_database(sys.argv[1:]) and not external():
            server = cluster()
            atexit.register(server.release)
            signal.signal(signal.SIGTERM, lambda *_: _stop(server))
            server.attach()
        execute_from_command_line(sys.argv)
    except CannotStart as reason:
        raise SystemExit(str(reason)) from None
    except (OperationalError, psycopg.OperationalError) as reason:
        first = str(reason).strip().splitlines()[0]
        what = "DATABASE_URL 与数据库服务" if external() else "数据目录里 pg/data/log 的日志"
        raise SystemExit(f"连接不上数据库：{first}。请检查{what}。") from None
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None


def _stop(server: Cluster) -> None:
    """Told to stop: the database rolls back what was not finished. No exception, which would
    surface in the middle of some import."""
    server.release()
    os._exit(128 + signal.SIGTERM)


def _needs_database(arguments: list[str]) -> bool:
    asks = {"-h", "--help", "--version"} & set(arguments)
    return not asks and (arguments or [""])[0] not in WITHOUT_DATABASE


if __name__ == "__main__":
    main()
