"""An obstacle: a reason not to start, told in one sentence that says what to do."""

import functools
import sys
from collections.abc import Callable


class Obstacle(Exception):
    """Something on this machine is in the way; said in English and in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english} / {chinese}")


def told(main: Callable[..., int]) -> Callable[..., int]:
    """Let a program end with an obstacle's sentence, or at Ctrl-C with none, instead of a traceback."""

    @functools.wraps(main)
    def run(*args: str) -> int:
        try:
            return main(*args)
        except Obstacle as obstacle:
            print(obstacle, file=sys.stderr, flush=True)
            return 1
        except KeyboardInterrupt:
            return 130

    return run
