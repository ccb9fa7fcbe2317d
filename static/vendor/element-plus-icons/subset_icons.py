#!/usr/bin/env python3
"""Make `icons.js` out of the package of Element Plus' icons: `static/vendor/element-plus-icons/subset_icons.py`.

Takes the paths of the icons in `NAMES` only. A page that needs another icon adds its name, in the package's
spelling with hyphens, and runs the script again.
"""

import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "@element-plus/icons-vue@2.3.2"
NAMES = """
    arrow-down arrow-left arrow-right arrow-up avatar box chat-dot-round circle-check circle-close clock close
    coin collection connection credit-card data-analysis delete discount document download edit files filter fold
    full-screen goods home-filled info-filled key link list lock medal menu message money monitor notebook
    office-building picture pie-chart plus postcard present printer promotion refresh refresh-left search set-up
    setting shop sort stamp ticket tickets timer tools upload user user-filled view wallet warning-filled
""".split()
FOLDER = Path(__file__).resolve().parent


def main() -> None:
    """Write `icons.js` and copy the licence."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=place, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(place).glob("*.tgz"))) as archive:
            archive.extractall(place, filter="data")
        package = Path(place) / "package"
        shutil.copyfile(package / "LICENSE", FOLDER / "LICENSE")
        source = (package / "dist" / "index.js").read_text(encoding="utf-8")
    lines = [f"  {json.dumps(name)}: {json.dumps(find_paths(source, name))},\n" for name in sorted(NAMES)]
    head = f"// Paths of icons out of {PACKAGE} (MIT), made by subset_icons.py.\n\nexport default {{\n"
    (FOLDER / "icons.js").write_text(head + "".join(lines) + "};\n", encoding="utf-8")


def find_paths(source: str, name: str) -> list[str]:
    """Return the paths of an icon."""
    _, _, text = source.partition(f"// src/components/{name}.vue\n")
    if not text:
        raise SystemExit(f"{PACKAGE} has no icon {name}")
    return re.findall(r'\bd: "([^"]+)"', text.partition("// src/components/")[0])


if __name__ == "__main__":
    main()
