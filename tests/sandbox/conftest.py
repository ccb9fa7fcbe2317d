"""Fixtures of the stand-in's tests."""

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.serving import make_server

from sandbox import wechat_pay_crypto
from tests.support.sandbox_client import OTHER_SHOP, PROGRAM, SHOP, Sandbox, Webhook, start, write_accounts


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            request = {
                "query": dict(parse_qsl(urlsplit(self.path).query)),
                "body": self.rfile.read(length).decode(),
            }
            hook.requests.append(request)
            status, body = hook.answer(request)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            """Says nothing: the test output is for failures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_port}/wechat/shop"
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sandbox(tmp_path: Any) -> Sandbox:
    """No webhook: pushes stay here."""
    write_accounts(tmp_path, SHOP, OTHER_SHOP, PROGRAM)
    return start(tmp_path)


@pytest.fixture
def shop(tmp_path: Any, webhook: Webhook) -> Sandbox:
    """The shop's webhook listens; patience is short so that time-outs do not slow the suite."""
    write_accounts(tmp_path, {**SHOP, "callback": webhook.url}, OTHER_SHOP, PROGRAM)
    sandbox = start(tmp_path)
    sandbox.state.pushes.timeout_s = 0.3
    return sandbox


@pytest.fixture
def sandbox_url(shop: Sandbox) -> Iterator[str]:
    """The address at which the stand-in really listens."""
    server = make_server("127.0.0.1", 0, shop.client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def _generated_keys() -> list[str]:
    return [wechat_pay_crypto.generate_private_key() for _ in range(2)]


@pytest.fixture
def fast_keys(_generated_keys: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of merchants from a pool, because generating one takes a tenth of a second."""
    pool = itertools.cycle(_generated_keys)
    monkeypatch.setattr(wechat_pay_crypto, "generate_private_key", lambda: next(pool))
