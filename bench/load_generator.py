"""A small load generator: sends prepared HTTP requests over persistent connections and measures each."""

import asyncio
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """The total time, the time of each request, and the number of wrong responses."""

    seconds: float
    times_ms: list[float]
    failed: int

    @property
    def per_second(self) -> float:
        return len(self.times_ms) / self.seconds

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.times_ms, n=100)[98]


def merge_outcomes(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcomes of several runs as one."""
    outcomes = list(outcomes)
    times = [time_ms for outcome in outcomes for time_ms in outcome.times_ms]
    return Outcome(
        sum(outcome.seconds for outcome in outcomes), times, sum(outcome.failed for outcome in outcomes)
    )


def send_requests(
    port: int,
    requests: list[bytes],
    *,
    connections: int = 32,
    expected: bytes = b"<Encrypt>",
    status: int = 200,
) -> Outcome:
    """Send all requests over `connections` persistent connections, each as soon as the previous response arrived.

    A response is correct if it has this `status` and its body contains `expected`.
    """
    return asyncio.run(_send_requests(port, requests, connections, expected, status))


async def _send_requests(
    port: int, requests: list[bytes], connections: int, expected: bytes, status: int
) -> Outcome:
    remaining, times, failed = iter(requests), [], 0

    async def send_over_connection() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in remaining:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_content_length(head))
            times.append((time.perf_counter() - started) * 1000)
            failed += not (head.startswith(b"HTTP/1.1 %d" % status) and expected in body)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(send_over_connection() for _ in range(connections)))
    seconds = time.perf_counter() - started
    return Outcome(seconds, times, failed)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    if head.startswith(b"HTTP/1.1 204"):
        return 0
    raise ValueError(f"a response without Content-Length: {head!r}")
