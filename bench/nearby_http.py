"""The HTTP part of `nearby`: the search route compared with minimal Flask routes on the same server."""

import os
from pathlib import Path

from bench.load_generator import Outcome, merge_outcomes, send_requests
from bench.report import Row
from bench.server import server
from store.shops.coordinates import Coordinates

ACCOUNT = "bench-mini"
SLICES, TARGET_RATIO = 5, 0.3


def measure(folder: Path, points: list[Coordinates]) -> list[Row]:
    """Measure the three routes alternately at the same points. The database of the tenant is in `folder`."""
    environ = {**os.environ, "XIAOER_VAR": str(folder), "BARE_REDIS": str(folder / "redis.sock")}
    with (
        server("bench.baseline_routes:app", environ) as (bare, _),
        server("app:server", environ) as (ours, _),
    ):
        ports = {
            f"/api/stores/nearby?account={ACCOUNT}&radius_m=5000&page_size=20&": ours,
            "/geosearch?": bare,
            "/constant?": bare,
        }
        slices = [
            [_send_slice(port, path, points) for path, port in ports.items()] for _ in range(SLICES + 1)
        ]
    measured, geosearch, constant = (merge_outcomes(outcomes) for outcomes in zip(*slices[1:], strict=True))
    return [
        _row("against a minimal route with GEOSEARCH", measured, geosearch, f"≥ {TARGET_RATIO} ×"),
        _row("against a minimal route with a constant", measured, constant, "–"),
        Row("nearby: HTTP, p99", measured.p99_ms, geosearch.p99_ms, None, "–", True, "ms"),
    ]


def _send_slice(port: int, path: str, points: list[Coordinates]) -> Outcome:
    requests = [
        f"GET {path}lng={place.lng:.6f}&lat={place.lat:.6f} HTTP/1.1\r\nHost: x\r\n\r\n" for place in points
    ]
    return send_requests(port, [request.encode() for request in requests], expected=b"[")


def _row(name: str, ours: Outcome, baseline: Outcome, target: str) -> Row:
    ratio = ours.per_second / baseline.per_second
    passed = not ours.failed and (target == "–" or ratio >= TARGET_RATIO)
    note = f"{ours.failed} wrong responses" if ours.failed else ""
    return Row(
        f"nearby: HTTP {name}", ours.per_second, baseline.per_second, ratio, target, passed, "/s", note
    )
