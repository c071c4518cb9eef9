"""Build the wheel, with the pages' files and the verifier inside: `python tools/wheel.py FOLDER`.

From a copy of what git knows, so that nothing of a working folder gets in.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BESIDE = ("pyproject.toml", "README.md")


def stage(into: Path) -> None:
    """The sources that git knows, the compiled catalogues, and what `yihu/built` holds."""
    known = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "yihu"]
    listed = subprocess.run(known, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    catalogues = [str(path.relative_to(ROOT)) for path in ROOT.glob("yihu/locale/*/*/*.mo")]
    for name in [*filter(None, listed.split("\0")), *catalogues, *BESIDE]:
        if (ROOT / name).exists():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, into / name)
    built = into / "yihu" / "built"
    shutil.copytree(
        ROOT / "staticroot", built / "static", ignore=shutil.ignore_patterns(".ok", "axe*")
    )
    (built / "verifier").mkdir()
    shutil.copy2(ROOT / "verifier" / "audit_chain.py", built / "verifier")


def main(folder: str) -> None:
    """Says where the wheel lies."""
    with tempfile.TemporaryDirectory() as made:
        stage(Path(made))
        subprocess.run(
            [str(ROOT / ".uv" / "bin" / "uv"), "build", "--quiet", "--wheel", "--offline",
             "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, made],
            check=True, cwd=ROOT,
        )  # fmt: skip
    print(*Path(ROOT, folder).glob("*.whl"))


if __name__ == "__main__":
    main(*sys.argv[1:])
