"""The clock of the sandbox, which can be advanced to let tokens and quotas expire."""

import time


class Clock:
    """The current time. `now` decides what has expired, `wall_time` is the time in messages.

    Only `now` can be advanced. Otherwise receivers would reject messages because of their timestamp.
    """

    def __init__(self) -> None:
        self.offset_s = 0.0

    def now(self) -> float:
        return time.time() + self.offset_s

    def wall_time(self) -> int:
        return int(time.time())

    def advance(self, *, seconds: float) -> None:
        self.offset_s += seconds

    def reset(self) -> None:
        self.offset_s = 0.0
