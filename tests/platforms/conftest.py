"""A fake platform on a free port: it returns the configured answers and records its requests."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from platforms.http import PlatformSession


@dataclass
class ReceivedRequest:
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class PreparedResponse:
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


class FakePlatform:
    """`say` queues answers for a path; the last one stays. An answer may be a function of the question."""

    def __init__(self) -> None:
        self.requests: list[ReceivedRequest] = []
        self._answers: dict[str, list[Any]] = {}
        self._lock = threading.Lock()

    def prepare(self, path: str, *answers: Any) -> None:
        self._answers[path] = list(answers)

    def requests_to(self, path: str) -> list[ReceivedRequest]:
        return [asked for asked in self.requests if asked.path == path]

    def answer(self, asked: ReceivedRequest) -> PreparedResponse:
        with self._lock:
            self.requests.append(asked)
            queue = self._answers.get(asked.path, [PreparedResponse(b"no such path", 404)])
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if callable(answer):
            answer = answer(asked)
        return (
            answer
            if isinstance(answer, PreparedResponse)
            else PreparedResponse(json.dumps(answer, ensure_ascii=False).encode())
        )


def _handler(platform: FakePlatform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            answer = platform.answer(
                ReceivedRequest(self.command, parts.path, query, body, dict(self.headers))
            )
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # the caller may hang up on a long answer
                self.wfile.write(answer.body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            """Says nothing: pytest shows what matters."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # tests call from many threads at once


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    platform = FakePlatform()
    server = _Server(("127.0.0.1", 0), _handler(platform))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    platform.base_url = f"http://127.0.0.1:{server.server_port}"
    yield platform
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def http(platform: FakePlatform) -> Iterator[PlatformSession]:
    with PlatformSession(base_url=platform.base_url) as session:
        yield session


@contextlib.contextmanager
def run_raw_server(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    """The base URL of a raw server; `speak` gets each connection on a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    over = threading.Event()
    threads = []

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            handle(connection)
            over.wait()

    def accept() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                threads.append(threading.Thread(target=serve, args=[listener.accept()[0]]))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        for thread in [acceptor, *threads]:
            thread.join()
        listener.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """The base URL of a server that takes every call and never says a word."""
    with run_raw_server(lambda connection: None) as base_url:
        yield base_url


class Clock:
    """Our clock in a test's hands."""

    def __init__(self) -> None:
        self.time = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()
