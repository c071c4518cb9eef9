"""The folder that holds data, uploads and secrets (`YIHU_HOME`, by default `var/`)."""

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def home() -> Path:
    """The folder, made if absent."""
    path = Path(os.environ.get("YIHU_HOME") or ROOT / "var").resolve()
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
