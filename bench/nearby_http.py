"""The HTTP part of `nearby`: our search door against bare Flask routes on the same server."""

import os
from pathlib import Path

from bench.load import Outcome, fire, joined
from bench.server import server
from bench.table import Row
from store.shop.places import Place

ACCOUNT = "bench-mini"
SLICES, BAR = 5, 0.3


def rows(folder: Path, points: list[Place]) -> list[Row]:
    """The three routes asked in turns, at the same points; the company's database is in `folder`."""
    environ = {**os.environ, "XIAOER_VAR": str(folder), "BARE_REDIS": str(folder / "redis.sock")}
    with server("bench.bare_route:app", environ) as (bare, _), server("app:app", environ) as (ours, _):
        ports = {
            f"/api/stores/nearby?account={ACCOUNT}&radius_m=5000&page_size=20&": ours,
            "/geosearch?": bare,
            "/constant?": bare,
        }
        slices = [[_asked(port, path, points) for path, port in ports.items()] for _ in range(SLICES + 1)]
    measured, geosearch, constant = (joined(part) for part in zip(*slices[1:], strict=True))
    return [
        _row("against a bare route that asks GEOSEARCH", measured, geosearch, f"≥ {BAR} ×"),
        _row("against a bare route that answers a constant", measured, constant, "–"),
        Row("nearby: HTTP, p99", measured.p99_ms, geosearch.p99_ms, None, "–", True, "ms"),
    ]


def _asked(port: int, path: str, points: list[Place]) -> Outcome:
    asked = [
        f"GET {path}lng={place.lng:.6f}&lat={place.lat:.6f} HTTP/1.1\r\nHost: x\r\n\r\n" for place in points
    ]
    return fire(port, [request.encode() for request in asked], right=b"[")


def _row(name: str, ours: Outcome, bare: Outcome, bar: str) -> Row:
    ratio = ours.per_second / bare.per_second
    passed = not ours.bad and (bar == "–" or ratio >= BAR)
    note = f"{ours.bad} wrong answers" if ours.bad else ""
    return Row(f"nearby: HTTP {name}", ours.per_second, bare.per_second, ratio, bar, passed, "/s", note)
