"""Slow request bodies hold no thread; the application sees requests as WSGI says."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.support.app_process import ROOT, free_port, wait_for
from tests.web.sample_application import BODY_TIMEOUT_S

pytestmark = pytest.mark.end_to_end
SLOW_REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhello"


@contextmanager
def serve(interface: str, target: str) -> Iterator[int]:
    port = free_port()
    options = f"--interface {interface} --port {port} --workers 1 --no-ws --log-level error"
    options += " --blocking-threads 4" if interface == "wsgi" else ""
    command = [sys.executable, "-m", "granian", target, *options.split()]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_for(lambda: _is_open(port), "the server")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serve("rsgi", "tests.web.sample_application:server") as port:
        yield port


def test_a04_slow_bodies_leave_threads_for_others(port: int):
    with ExitStack() as stack:
        slow = [stack.enter_context(_send_slowly(port)) for _ in range(34)]
        status, _, seconds = _get(port, "/")
        assert (status, seconds < 1) == (200, True)
        began = time.monotonic()
        answers = [connection.recv(1000) for connection in slow]
        assert {answer.split(b" ")[1] for answer in answers} == {b"408"}
        assert time.monotonic() - began < BODY_TIMEOUT_S + 2


def test_a04_without_the_event_loop_slow_bodies_stop_everybody():
    """Negative control: the same application behind the WSGI interface."""
    with serve("wsgi", "tests.web.sample_application:app") as port, ExitStack() as stack:
        for _ in range(34):
            stack.enter_context(_send_slowly(port))
        time.sleep(0.3)
        with pytest.raises(OSError, match="timed out"):
            _get(port, "/")


def test_environment_is_that_of_wsgi(port: int):
    status, environ, _ = _get(port, "/%E4%BD%A0/%2541?q=%E4%BD%A0", headers={"Cookie": "a=1", "X-One": "1"})
    assert status == 200
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/你/%41"
    assert environ["QUERY_STRING"] == "q=%E4%BD%A0"
    assert (environ["HTTP_COOKIE"], environ["HTTP_X_ONE"]) == ("a=1", "1")
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


def test_bodies_arrive_with_and_without_a_length(port: int):
    assert _get(port, "/", body=b"x" * 1000)[1]["body"] == "x" * 1000
    assert _get(port, "/", body=iter([b"ab", b"cd"]))[1]["body"] == "abcd"


def test_too_large_bodies_are_not_read_to_their_end(port: int):
    assert _get(port, "/", body=b"x" * 1001)[1]["body"] == ""
    assert len(_get(port, "/", body=iter([b"x" * 900] * 3))[1]["body"]) < 2700


def test_repeated_response_headers_stay_apart(port: int):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        connection.request("GET", "/")
        with connection.getresponse() as answer:
            assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_an_application_that_raises_leaves_its_thread_for_others(port: int):
    for _ in range(5):  # one more than there are threads
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
            connection.request("GET", "/broken")
            with connection.getresponse() as answer:
                assert answer.status == 500
    assert _get(port, "/")[0] == 200


def _get(port: int, path: str, body: object = None, headers: dict[str, str] | None = None) -> tuple:
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=1.5)) as connection:
        connection.request("POST" if body else "GET", path, body=body, headers=headers or {})
        with connection.getresponse() as answer:
            return answer.status, json.loads(answer.read()), time.monotonic() - began


def _send_slowly(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=BODY_TIMEOUT_S + 5)
    connection.sendall(SLOW_REQUEST)
    return connection


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
