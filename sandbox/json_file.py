"""JSON files for data that must survive a restart."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


class JsonFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Any:
        """Return the stored value, or None if the file does not exist."""
        if not self.path.exists():
            return None
        return json.loads(self.path.read_text(encoding="utf-8"))

    def write(self, data: Any) -> None:
        """Write the value to a temporary file and rename it. Otherwise a reader could see half a file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary_path = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, ensure_ascii=False, indent=1)
        os.replace(temporary_path, self.path)

    def mtime_ns(self) -> int:
        return self.path.stat().st_mtime_ns if self.path.exists() else 0
