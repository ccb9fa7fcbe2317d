"""Shelf: a small JSON file beside the account book, for what a restart must not lose."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


class JsonFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Any:
        """What was written last, or None when nothing ever was."""
        if not self.path.exists():
            return None
        return json.loads(self.path.read_text(encoding="utf-8"))

    def write(self, data: Any) -> None:
        """Writes beside and renames, so that a reader never meets half a file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, ensure_ascii=False, indent=1)
        os.replace(beside, self.path)

    def mtime_ns(self) -> int:
        return self.path.stat().st_mtime_ns if self.path.exists() else 0
