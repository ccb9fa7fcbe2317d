"""Benchmark `flash`: 5,000 buyers want 500 units of a flash sale by HTTP, 200 at once, with the gate in Redis.

Before them others have bought another item of the sale, so that the connections have prepared their statements, as
those of a shop at work have. Then others come to the sold-out sale; beside them runs the bare route of
`baseline_routes`, which answers a constant.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.load_generator import Outcome, send_requests
from bench.report import Row, print_table
from bench.server import server
from tests.support import database

BUYERS, UNITS, CONNECTIONS = 5_000, 500, 200
LATE = 4_000  # who come to the sold-out sale
WARM_UP = 800  # orders before the measurement
TARGETS = {"SQLite": 250.0, "PostgreSQL": 300.0}
SOLD_OUT_TARGET = 1_000.0


@dataclass(frozen=True)
class Rush:
    """How many buyers got each status and code, and after how many seconds the last unit was sold."""

    answers: Counter[str]
    sold_s: float
    seconds: float


def run() -> list[Row]:
    """The sale on both databases, and the sold-out answers on SQLite."""
    rows = _measure("SQLite", {})
    with contextmanager(database.start_postgresql)("bench") as url:
        return [*rows, *_measure("PostgreSQL", {"DATABASE_URL": url})]


def _measure(name: str, environ: dict[str, str]) -> list[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="xiaoer-flash-") as folder,
        contextmanager(database.start_redis)() as redis_url,
    ):
        here = {**os.environ, **environ, "XIAOER_VAR": folder, "REDIS_URL": redis_url}
        counts = [str(count) for count in (BUYERS + LATE + WARM_UP, UNITS, WARM_UP)]
        command = [sys.executable, "-m", "bench.flash_fixture", *counts]
        facts = json.loads(subprocess.run(command, env=here, check=True, stdout=subprocess.PIPE).stdout)
        bare = {**here, "BARE_REDIS": redis_url.removeprefix("unix://")}
        with server("app:server", here) as (ours, _), server("bench.baseline_routes:app", bare) as (plain, _):
            tokens = facts["tokens"]
            buyers, late, first = tokens[:BUYERS], tokens[BUYERS:-WARM_UP], tokens[-WARM_UP:]
            warm = {**facts, "sku": facts["warm_sku"], "item": facts["warm_item"]}
            asyncio.run(_send(ours, [_to_request(warm, token) for token in first]))
            rush = asyncio.run(_send(ours, [_to_request(facts, token) for token in buyers]))
            rows = [_sale_row(name, rush)]
            if name == "SQLite":
                rows.append(_sold_out_row(ours, plain, [_to_request(facts, token) for token in late]))
            return rows


def _sale_row(name: str, rush: Rush) -> Row:
    rate, target = UNITS / rush.sold_s, TARGETS[name]
    exact = rush.answers == {"201": UNITS, "409 sold_out": BUYERS - UNITS}
    return Row(
        name=f"flash: {UNITS} units wanted by {BUYERS:,} by HTTP, {name}", measured=rate, baseline=None, ratio=None,
        target=f"≥ {target:.0f} /s, exactly {UNITS} sold, no 5xx", passed=exact and rate >= target, unit="/s",
        note=f"{dict(rush.answers)}; all answered after {rush.seconds:.1f} s",
    )  # fmt: skip


def _sold_out_row(ours: int, plain: int, requests: list[bytes]) -> Row:
    """Who comes too late, with the bare route before and afterwards."""
    constant = [b"GET /constant HTTP/1.1\r\nHost: bench\r\n\r\n"] * len(requests)
    before = send_requests(plain, constant, connections=CONNECTIONS, expected=b"distance_m")
    late = send_requests(ours, requests, connections=CONNECTIONS, expected=b"sold_out", status=409)
    after = send_requests(plain, constant, connections=CONNECTIONS, expected=b"distance_m")
    baseline = _mean_rate((before, after))
    return Row(
        name="flash: sold-out answers", measured=late.per_second, baseline=baseline, ratio=late.per_second / baseline,
        target=f"≥ {SOLD_OUT_TARGET:,.0f} /s", unit="/s", passed=not late.failed and late.per_second >= SOLD_OUT_TARGET,
        note=f"p99 {late.p99_ms:.0f} ms, {late.failed} wrong; beside it a route that answers a constant",
    )  # fmt: skip


def _mean_rate(outcomes: Iterable[Outcome]) -> float:
    rates = [one.per_second for one in outcomes]
    return sum(rates) / len(rates)


def _to_request(facts: dict[str, Any], token: str) -> bytes:
    line = {"sku_id": facts["sku"], "quantity": 1, "flash_item_id": facts["item"]}
    body = json.dumps({
        "store_id": facts["store"], "lines": [line], "coupon_codes": [], "expected_total_fen": facts["price_fen"],
    }).encode()  # fmt: skip
    head = (
        "POST /api/me/orders HTTP/1.1", "Host: bench", f"Authorization: Bearer {token}",
        f"Idempotency-Key: {token[-20:]}", "Content-Type: application/json", f"Content-Length: {len(body)}",
    )  # fmt: skip
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def _send(port: int, requests: list[bytes]) -> Rush:
    """Send all requests over persistent connections, each as soon as the previous response of its connection came."""
    remaining, answers = iter(requests), Counter[str]()
    started, sold_s = time.perf_counter(), 0.0

    async def send_over_connection() -> None:
        nonlocal sold_s
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in remaining:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
            body = await reader.readexactly(int(length.partition(":")[2]))
            status = int(head.split(" ", 2)[1])
            answers[str(status) if status == 201 else f"{status} {json.loads(body)['code']}"] += 1
            if status == 201:
                sold_s = time.perf_counter() - started
        writer.close()

    await asyncio.gather(*(send_over_connection() for _ in range(CONNECTIONS)))
    return Rush(answers, sold_s, time.perf_counter() - started)


if __name__ == "__main__":
    print_table(run())
