"""The clock of the sandbox, which can be advanced to let tokens, quotas and whatever the service dates expire."""

import time

from sandbox.errors import SandboxError
from sandbox.json_file import JsonFile

MAX_OFFSET_S = 3650 * 86_400


class Clock:
    """The current time. `now` decides what has expired, `wall_time` is the time in messages.

    Only `now` can be advanced. Otherwise receivers would reject messages because of their timestamp. The service of a
    demo installation follows the offset in `file`, which also survives a restart.
    """

    def __init__(self, file: JsonFile | None = None) -> None:
        self._file = file
        stored = file.read() if file else None
        self.offset_s = float(stored["offset_s"]) if stored else 0.0

    def now(self) -> float:
        return time.time() + self.offset_s

    def wall_time(self) -> int:
        return int(time.time())

    def advance(self, *, seconds: float) -> None:
        """Advance the clock. Raises SandboxError beyond ten years."""
        if self.offset_s + seconds > MAX_OFFSET_S:
            raise SandboxError("bad_seconds", "最多快进十年")
        self.offset_s += seconds
        if self._file:
            self._file.write({"offset_s": self.offset_s})

    def reset(self) -> None:
        """Return to the real time, unless a service follows: jobs that it planned would then wait for weeks."""
        if self._file is None:
            self.offset_s = 0.0
