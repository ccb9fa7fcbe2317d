"""Processes that take, settle, refund or reverse a payment and are killed at a chosen point."""

import functools
import importlib
import os
import pkgutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from apiflask import APIFlask

import payment_calls
import platform_clients
import store.payments
from handlers import payment_notices
from platforms.http import PlatformSession
from store.payments import attempts, due_work, payables
from store.red_packets import sending as red_packet_sending
from tasks import relay
from tests.store.payments.conftest import FUNCTIONS
from tests.support import processes

# Forked from a server that has imported everything of this module, a process starts in a fraction of the time.
processes._forkserver.set_forkserver_preload(["tests.support.processes", "tests.support.payment_crashes"])
CLIENTS = ("platforms.wechat_pay.client.WeChatPay", "platforms.alipay.client.Alipay")
CALLS = ("charge_code", "query", "close", "reverse", "refund", "query_refund", "parse_notice")


class Point(NamedTuple):
    """A call: the process is killed before it or after it has returned."""

    place: str  # dotted name of the module or class
    name: str
    when: str


def collect_points() -> list[Point]:
    """Every operation of payments and every call of a platform, as the source has them, before and after."""
    places = [(place, name) for place in CLIENTS for name in CALLS]
    for module in pkgutil.iter_modules(store.payments.__path__, "store.payments."):
        loaded = importlib.import_module(module.name)
        places += [(module.name, name) for name in _operations(loaded)]
    places.append(("store.core.events", "record"))  # in the middle of a transaction
    return [Point(place, name, when) for place, name in places for when in ("before", "after")]


def _operations(module: Any) -> Iterator[str]:
    for name, value in vars(module).items():
        if getattr(value, "__module__", "") == module.__name__ and hasattr(value, "__wrapped__"):
            yield name


def run_and_die(sandbox_url: str, point: Point, work: str, facts: dict[str, Any]) -> None:
    """Run in a process of its own: do the work, and be killed at the point."""
    _connect(sandbox_url)
    _replace(point, lambda function: _deadly(function, point.when))
    WORK[work](**facts)


def run_and_note(sandbox_url: str, reached: Path, work: str, facts: dict[str, Any]) -> None:
    """Run in a process of its own: do the work, write the points that it reaches into a file, and be killed."""
    _connect(sandbox_url)
    with reached.open("w") as file:
        for point in collect_points():
            _replace(point, lambda function, point=point: _noted(function, point, file))
        WORK[work](**facts)
    os.kill(os.getpid(), signal.SIGKILL)


def read_reached(file: Path) -> list[Point]:
    """Return the points that a process has noted, each once, in the order of the source."""
    noted = {Point(*line.split()) for line in file.read_text().splitlines()}
    return [point for point in collect_points() if point in noted]


def _connect(sandbox_url: str) -> None:
    session = PlatformSession(base_url=sandbox_url)
    platform_clients._http_session = lambda: session  # type: ignore[assignment]
    platform_clients.to_absolute_url = lambda path: "http://127.0.0.1:9" + path
    payables.install({"sale": FUNCTIONS})


def _replace(point: Point, change: Callable[[Any], Any]) -> None:
    owner, *attribute = point.place.rsplit(".", 1)
    place: Any = (
        getattr(importlib.import_module(owner), attribute[0])
        if attribute[0][0].isupper()
        else importlib.import_module(point.place)
    )
    setattr(place, point.name, change(getattr(place, point.name)))


def _deadly(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*words: Any, **options: Any) -> Any:
        if when == "after":
            function(*words, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    return called


def _noted(function: Callable[..., Any], point: Point, file: TextIO) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*words: Any, **options: Any) -> Any:
        result = function(*words, **options) if point.when == "after" else None
        print(*point, file=file, flush=True)
        return result if point.when == "after" else function(*words, **options)

    return called


def _charge(*, number: str, auth_code: str) -> None:
    payment_calls.charge_pay_code(attempts.get(number), auth_code=auth_code)


def _cancel(*, number: str) -> None:
    payment_calls.cancel(attempts.get(number))


def _follow_up() -> None:
    due_work.claim_due()
    relay.run("acme")


def _send_red_packets() -> None:
    red_packet_sending.claim_due()
    relay.run("acme")


def _receive_notice(*, path: str, headers: dict[str, str], body: bytes) -> None:
    app = APIFlask("notices")
    app.register_blueprint(payment_notices.bp)
    app.test_client().post(path, data=body, headers=headers)


WORK: dict[str, Callable[..., None]] = {
    "charge": _charge, "cancel": _cancel, "follow_up": _follow_up, "notice": _receive_notice,
    "red_packets": _send_red_packets,
}  # fmt: skip
