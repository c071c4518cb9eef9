"""An installation of Yihu in a folder of its own, and `yihu` as a real process on it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from yihu.kit.postgres import Cluster

ROOT = Path(__file__).resolve().parents[1]


def discard(home: Path) -> None:
    """Stop the embedded server of the home, if there is one, and remove all of it."""
    cluster = Cluster(home)
    folder = cluster.data.parent  # elsewhere, where the service user may not enter the home
    if (cluster.data / "PG_VERSION").exists():
        cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(cluster.socket_folder, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


class CommandLine:
    """Runs `yihu …` with a home folder of its own; `environment` may be changed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "YIHU_HOME": str(home)}

    def __call__(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "yihu.site.main", *arguments],
            env=self.environment,
            cwd=ROOT,
            text=True,
            capture_output=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """The same, left running."""
        return subprocess.Popen(
            [sys.executable, "-m", "yihu.site.main", *arguments],
            env=self.environment,
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
