"""A small load generator: prepared HTTP requests over kept connections, with the time each took."""

import asyncio
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """How long it took in all and each time; `bad` counts answers that were not right."""

    seconds: float
    times_ms: list[float]
    failed: int

    @property
    def per_second(self) -> float:
        return len(self.times_ms) / self.seconds

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.times_ms, n=100)[98]


def merge_outcomes(parts: Iterable[Outcome]) -> Outcome:
    """Several slices as one."""
    parts = list(parts)
    times = [time_ms for part in parts for time_ms in part.times_ms]
    return Outcome(sum(part.seconds for part in parts), times, sum(part.failed for part in parts))


def send_requests(
    port: int, requests: list[bytes], *, connections: int = 32, expected: bytes = b"<Encrypt>"
) -> Outcome:
    """Send all requests over `connections` kept connections as fast as they are answered.

    An answer is right when it is a 200 whose body holds `right`.
    """
    return asyncio.run(_send_requests(port, requests, connections, expected))


async def _send_requests(port: int, requests: list[bytes], connections: int, expected: bytes) -> Outcome:
    waiting, times, bad = iter(requests), [], 0

    async def one() -> None:
        nonlocal bad
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_content_length(head))
            times.append((time.perf_counter() - began) * 1000)
            bad += not (head.startswith(b"HTTP/1.1 200") and expected in body)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    seconds = time.perf_counter() - began
    return Outcome(seconds, times, bad)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    raise ValueError(f"an answer without length: {head!r}")
