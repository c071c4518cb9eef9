"""Copy the few built files that pages use from node_modules to vendor/ (not committed)."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "echarts/dist/echarts.common.min.js": "echarts/echarts.common.min.js",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts-geometry/map/json/china.json": "china/china.json",
    "axe-core/axe.min.js": "axe/axe.min.js",
}
MAPS = re.compile(r"/[*/][#@] sourceMappingURL=\S+( \*/)?")


def main() -> None:
    """Copy each file, without the line that asks for a map which is not there."""
    vendor = ROOT / "vendor"
    shutil.rmtree(vendor, ignore_errors=True)
    for source, target in FILES.items():
        text = (ROOT / "node_modules" / source).read_text("utf-8")
        path = vendor / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MAPS.sub("", text), "utf-8")
    (vendor / ".ok").touch()


if __name__ == "__main__":
    main()
