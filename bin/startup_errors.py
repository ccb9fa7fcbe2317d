"""Startup errors: reasons not to start, each with one sentence that says what to do."""

import functools
import sys
from collections.abc import Callable


class StartupError(Exception):
    """A problem of this machine that prevents the start, described in English and in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english} / {chinese}")


def report_startup_errors(main: Callable[..., int]) -> Callable[..., int]:
    """Decorate a main function to print the message of a StartupError instead of a traceback.

    At Ctrl-C nothing is printed.
    """

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
