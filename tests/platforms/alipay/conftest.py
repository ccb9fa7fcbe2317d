"""An app at the sandbox, its client, and a receiver of its notices."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest

from platforms.alipay.client import Alipay
from platforms.alipay.credentials import AlipayCredentials
from platforms.http import PlatformSession
from sandbox.alipay_apps import App
from sandbox.alipay_trades import identify
from tests.support.sandbox_server import Sandbox

PERSON = "xiaomei"
NUMBER = "A00001"


@dataclass
class Receiver:
    """The notice route of the shop: it records forms and answers with the given texts, the last one stays."""

    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=lambda: ["success"])


@dataclass
class Shop:
    """An app with its client and everything that acts on it."""

    sandbox: Sandbox
    app: App
    credentials: AlipayCredentials
    http: PlatformSession
    receiver: Receiver

    @property
    def pay(self) -> Alipay:
        return self.client()

    def client(self, http: PlatformSession | None = None, **changes: Any) -> Alipay:
        """A client, with other credentials where `changes` says so."""
        return Alipay(replace(self.credentials, **changes), http or self.http, notify_url=self.receiver.url)

    def charge(self, number: str = NUMBER, amount_fen: int = 1_280, **options: Any) -> Any:
        options = {
            "description": "小二便利",
            "auth_code": options.get("auth_code") or self.show_code(),
        } | options
        client = options.pop("client", None) or self.pay
        return client.charge_code(number=number, amount_fen=amount_fen, **options)

    def native(self, number: str = NUMBER, amount_fen: int = 9_900) -> str:
        return self.pay.prepay_native(
            number=number, amount_fen=amount_fen, description="小二便利", expires_at=in_half_an_hour()
        )

    def refund(self, number: str, amount_fen: int, total_fen: int = 1_000) -> Any:
        return self.pay.refund(
            number=number, payment_number=NUMBER, amount_fen=amount_fen, total_fen=total_fen, reason="退货"
        )

    def confirm(self, token: str) -> None:
        """The person pays, and all notices arrive."""
        self.sandbox.state.alipay.confirm(PERSON, token=token)
        self.wait_for_notices()

    def show_code(self) -> str:
        return self.sandbox.state.wallets.pay_code(PERSON, "alipay").code

    def user_id(self, person: str = PERSON) -> str:
        return next(iter(identify(person, self.app).values()))

    def wait_for_notices(self) -> None:
        assert self.sandbox.state.payment_notices.wait_until_idle(30)

    def fault(self, method: str, kind: str, **options: Any) -> None:
        path = "notice" if method == "notice" else f"/gateway.do/{method}"
        self.sandbox.inject_fault(path, kind, **{"times": 1, **options})

    def balance(self) -> int:
        return self.sandbox.state.wallets.get(PERSON).balance_fen

    def prompt(self) -> str:
        return self.sandbox.state.wallets.list_charges(person_id=PERSON, state="waiting")[0].id

    def parse(self, index: int = -1, **changes: str) -> Any:
        """What the client reads in a received notice, altered where `changes` says so."""
        return self.pay.parse_notice({**self.receiver.forms[index], **changes}, now=datetime.now(UTC))


def in_half_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=30)


def _serve(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver.forms.append(dict(parse_qsl(body, keep_blank_values=True)))
            text = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    return Handler


@pytest.fixture(scope="session")
def _alipay_receiver() -> Iterator[Receiver]:
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
def receiver(_alipay_receiver: Receiver) -> Receiver:
    _alipay_receiver.forms.clear()
    _alipay_receiver.answers[:] = ["success"]
    return _alipay_receiver


@pytest.fixture(scope="session")
def alipay_app(sandbox: Sandbox) -> App:
    return sandbox.state.alipay.apps.create({})


@pytest.fixture
def shop(sandbox: Sandbox, alipay_app: App, receiver: Receiver) -> Iterator[Shop]:
    sandbox.state.reset()
    alipay_app.identity = "user_id"
    given = alipay_app.credentials()
    credentials = AlipayCredentials(**{**given, "public_keys": tuple(given["public_keys"])})
    with PlatformSession(base_url=sandbox.url) as http:
        yield Shop(sandbox, alipay_app, credentials, http, receiver)
    sandbox.state.clock.offset_s = 0.0
    sandbox.state.reset()


@pytest.fixture
def impatient(sandbox: Sandbox) -> Iterator[PlatformSession]:
    """A session that waits for an answer for a quarter of a second."""
    with PlatformSession(base_url=sandbox.url, read_timeout_s=0.25, total_timeout_s=0.25) as http:
        yield http
