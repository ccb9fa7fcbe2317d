"""Hands: the threads in which messages are answered, shared by the companies and fair to each."""

import contextvars
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

log = structlog.get_logger("hands")

Work = Callable[[], object]


class Hands:
    """One company holds at most half of the hands: while its records are stuck the others go on being answered.

    Work beyond that waits for one of the company's own hands, and is done all the same.
    """

    def __init__(self, count: int) -> None:
        self.share = count // 2
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="hand")
        self._turn = threading.Lock()
        self._held: dict[str, dict[Work, float]] = defaultdict(dict)  # since when, by company
        self._waiting: dict[str, deque[Work]] = defaultdict(deque)

    def take(self, company: str, work: Work) -> None:
        """Have work done in a thread, in the caller's context; returns at once."""
        work = partial(contextvars.copy_context().run, _done, company, work)
        with self._turn:
            if len(self._held[company]) >= self.share:
                self._waiting[company].append(work)
                return
            self._held[company][work] = time.monotonic()
        self._pool.submit(self._do, company, work)

    def stuck(self, company: str, seconds: float) -> bool:
        """Whether all hands of a company are held, one of them for longer than `seconds`."""
        with self._turn:
            held = self._held[company].values()
            return len(held) >= self.share and min(held) < time.monotonic() - seconds

    def _do(self, company: str, work: Work) -> None:
        work()
        following = self._put_down(company, work)
        if following is not None:
            self._pool.submit(self._do, company, following)  # behind what others have been waiting for

    def _put_down(self, company: str, work: Work) -> Work | None:
        with self._turn:
            del self._held[company][work]
            if not self._waiting[company]:
                return None
            following = self._waiting[company].popleft()
            self._held[company][following] = time.monotonic()
            return following


def _done(company: str, work: Work) -> None:
    try:
        work()
    except Exception:  # the end of a thread: nobody is left to tell but the log
        log.exception("work_failed", company=company)
