"""Where things are: the program's own files, and the folder of data, uploads and secrets."""

import os
import secrets
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
"""The folder of the sources; of an installed wheel it holds nothing of ours."""
BUILT = PACKAGE / "built"
"""What `tools/wheel.py` adds to a wheel: the pages' files ready to be served, the verifier."""


def static_root() -> Path:
    """Where the pages' files lie ready to be served."""
    return BUILT / "static" if BUILT.is_dir() else ROOT / "staticroot"


def verifier() -> Path:
    """The one file that verifies the log from outside."""
    return (BUILT if BUILT.is_dir() else ROOT) / "verifier" / "audit_chain.py"


def home() -> Path:
    """The folder, made if absent: YIHU_HOME, else `var/` beside the sources, else one's own."""
    usual = Path.home() / ".local" / "share" / "yihu" if BUILT.is_dir() else ROOT / "var"
    path = Path(os.environ.get("YIHU_HOME") or usual).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def kept(name: str) -> str | None:
    """What is kept under that name among the secrets, if anything."""
    try:
        return (home() / "secrets" / name).read_text().strip()
    except FileNotFoundError:
        return None


def keep(name: str, value: str) -> None:
    """Keep a secret in a file that only its owner reads."""
    folder = home() / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    fresh = folder / f".{name}.{os.getpid()}"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(value)
    fresh.replace(folder / name)


def secret(name: str) -> str:
    """A random secret, made once."""
    known = kept(name)
    if known is None:
        known = secrets.token_urlsafe(48)
        keep(name, known)
    return known
