"""A database server that hangs: the web says so within three seconds, and works when the server works again."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from apiflask import APIFlask

from store.core.database import postgresql
from store.customers import followers, sessions
from store.tenants import channels
from web import request_context

THREADS = 8
LIMIT_S = 3 if os.environ["DEEP"] else 4  # three seconds, and what a busy machine adds


@pytest.fixture
def token(web: APIFlask) -> str:
    channel = channels.get_by_key("acme-mini")
    customer = followers.get_or_create_customer(channel=channel, openid="o1", source="wechat_miniprogram")
    return sessions.open_session(customer=customer, channel_id=channel.id)


@pytest.fixture
def postgresql_url(server_url: str | None) -> str:
    if server_url is None:
        pytest.skip("SQLite has no server")
    return server_url


def test_a08_hanging_server_is_reported_within_three_seconds(web: APIFlask, token: str, postgresql_url: str):
    assert _get_all(web, token) == {200}
    with _hang(postgresql_url):
        assert _get_all(web, token, limit_s=LIMIT_S) == {503}
        assert _get_all(web, token, limit_s=LIMIT_S) == {503}
    assert _get_all(web, token) == {200}


def test_a08_without_the_limit_the_threads_wait(
    web: APIFlask, token: str, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Negative control: the same server with a limit that is twice as long."""
    monkeypatch.setattr(request_context, "DATABASE_TIMEOUT_S", 5.0)
    assert _get(web, "/api/me", token)[0] == 200
    with _hang(postgresql_url), ThreadPoolExecutor(1) as pool:
        status, seconds = pool.submit(_get, web, "/api/me", token).result()
    assert (status, seconds > LIMIT_S) == (503, True)


def _get_all(web: APIFlask, token: str, limit_s: float = 30) -> set[int]:
    """Send several requests at once, each in a thread of its own, and return their statuses."""
    paths = ["/health/ready", "/api/me", "/m/me?a=acme-mp"] * THREADS
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(lambda path: _get(web, path, token), paths))
    assert max(seconds for _, seconds in answers) < limit_s, answers
    return {status for status, _ in answers}


def _get(web: APIFlask, path: str, token: str) -> tuple[int, float]:
    began = time.monotonic()
    answer = web.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, time.monotonic() - began


@contextmanager
def _hang(server_url: str) -> Iterator[None]:
    """Stop the processes of the tests' own server, as SIGSTOP does, and continue them afterwards."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone()
    postmaster = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    pids = [postmaster, *map(int, children)]
    _signal_all(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal_all(pids, signal.SIGCONT)
        time.sleep(postgresql.FAIL_FAST_S + 0.1)  # until then every connection attempt fails


def _signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # a process of a connection that was closed meanwhile
            os.kill(pid, number)
