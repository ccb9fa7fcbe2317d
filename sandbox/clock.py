"""Clock: the stand-in's own time, which can be put forward so that tokens and windows run out."""

import time


class Clock:
    """`now` decides what has expired; `wall` is what goes out in messages.

    Only `now` can be put forward: a push that carried a time from tomorrow would be refused by any
    receiver that checks its age, and that is not what putting the clock forward is for.
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
