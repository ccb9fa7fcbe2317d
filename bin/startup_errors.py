"""An startup error: a reason not to start, told in one sentence that says what to do."""

import functools
import sys
from collections.abc import Callable


class StartupError(Exception):
    """Something on this machine is in the way; said in English and in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english} / {chinese}")


def report_startup_errors(main: Callable[..., int]) -> Callable[..., int]:
    """Let a program end with an startup error's sentence, or at Ctrl-C with none, instead of a traceback."""

    @functools.wraps(main)
    def run(*args: str) -> int:
        try:
            return main(*args)
        except StartupError as startup_error:
            print(startup_error, file=sys.stderr, flush=True)
            return 1
        except KeyboardInterrupt:
            return 130

    return run
