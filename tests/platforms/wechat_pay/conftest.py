"""A merchant at the sandbox, its client, and a receiver of its notices."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from platforms.http import PlatformSession
from platforms.wechat_pay import WeChatPay, WeChatPayCredentials
from sandbox.wallets import Charge
from sandbox.wechat_pay_merchants import Merchant
from tests.support.sandbox_server import Sandbox

APP_ID = "wxacmemini"
PERSON = "xiaomei"


@dataclass
class Receiver:
    """The merchant's notice route: it records notices and answers with the given statuses, the last one stays."""

    url: str = ""
    notices: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=lambda: [204])


@dataclass
class Shop:
    """A merchant with its client and everything that acts on it."""

    sandbox: Sandbox
    merchant: Merchant
    credentials: WeChatPayCredentials
    http: PlatformSession
    receiver: Receiver

    @property
    def pay(self) -> WeChatPay:
        return self.client()

    def client(self, http: PlatformSession | None = None, app_id: str = APP_ID, **changes: Any) -> WeChatPay:
        """A client, with other credentials where `changes` says so."""
        credentials = replace(self.credentials, **changes)
        return WeChatPay(credentials, http or self.http, notify_url=self.receiver.url, app_id=app_id)

    def charge(self, number: str = "A00001", amount_fen: int = 1_250, **options: Any) -> Any:
        code = options.pop("auth_code", None) or self.show_code()
        return self.pay.charge_code(
            number=number,
            amount_fen=amount_fen,
            description="小二便利",
            auth_code=code,
            app_id=APP_ID,
            **options,
        )

    def native(self, number: str = "A00001", amount_fen: int = 9_900) -> str:
        return self.pay.prepay_native(
            number=number,
            amount_fen=amount_fen,
            description="小二便利",
            app_id=APP_ID,
            expires_at=datetime.now(UTC) + timedelta(minutes=30),
        )

    def pay_by_phone(self, token: str) -> None:
        """The person pays, and all notices arrive."""
        self.sandbox.state.wechat_pay.confirm(PERSON, token=token)
        assert self.sandbox.state.payment_notices.wait_until_idle(30)

    def show_code(self) -> str:
        return self.sandbox.state.wallets.pay_code(PERSON, "wechat_pay").code

    def wait_for_notices(self) -> None:
        assert self.sandbox.state.payment_notices.wait_until_idle(30)

    def fault(self, path: str, kind: str, **options: Any) -> None:
        self.sandbox.inject_fault(path, kind, **{"times": 1, **options})

    def balance(self) -> int:
        return self.sandbox.state.wallets.get(PERSON).balance_fen

    def wait_for_charge(self) -> Charge:
        """The first charge, also where the caller gave up before the sandbox executed it."""
        until = time.monotonic() + 10
        while not (charges := self.sandbox.state.wallets.list_charges()):
            assert time.monotonic() < until
            time.sleep(0.01)
        return charges[0]

    def prompt(self) -> str:
        return self.sandbox.state.wallets.list_charges(person_id=PERSON, state="waiting")[0].id

    def parse(self, index: int = -1) -> Any:
        """What the client reads in a received notice."""
        headers, body = self.receiver.notices[index]
        return self.pay.parse_notice(headers, body, now=datetime.now(UTC))


def _serve(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.notices.append((dict(self.headers), body))
            status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    return Handler


@pytest.fixture(scope="session")
def _receiver_server() -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _serve(receiver))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/payments/notices"
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def receiver(_receiver_server: Receiver) -> Receiver:
    _receiver_server.notices.clear()
    _receiver_server.statuses[:] = [204]
    return _receiver_server


@pytest.fixture(scope="session")
def merchant(sandbox: Sandbox) -> Merchant:
    return sandbox.state.wechat_pay.merchants.create({"app_ids": [APP_ID]})


@pytest.fixture
def shop(sandbox: Sandbox, merchant: Merchant, receiver: Receiver) -> Iterator[Shop]:
    sandbox.state.reset()
    given = merchant.credentials()
    credentials = WeChatPayCredentials(**{**given, "api_v3_keys": tuple(given["api_v3_keys"])})
    with PlatformSession(base_url=sandbox.url) as http:
        yield Shop(sandbox, merchant, credentials, http, receiver)
    sandbox.state.clock.offset_s = 0.0
    sandbox.state.reset()


@pytest.fixture
def impatient(sandbox: Sandbox) -> Iterator[PlatformSession]:
    """A session that waits for an answer for a quarter of a second."""
    with PlatformSession(base_url=sandbox.url, read_timeout_s=0.25, total_timeout_s=0.25) as http:
        yield http
