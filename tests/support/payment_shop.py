"""A tenant that takes money at the sandbox: orders that can be paid, a merchant of each platform, the notice routes."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from apiflask import APIFlask
from werkzeug.serving import make_server

import payment_calls
import platform_clients
from handlers import payment_notices
from platforms.http import PlatformSession
from sandbox.alipay_apps import App
from sandbox.wechat_pay_merchants import Merchant as SandboxMerchant
from store.core.database import db
from store.core.events import Event
from store.payments import attempts, due_work, merchants, payables, refunds
from store.payments.attempts import PaymentAttempt
from store.payments.merchants import Merchant
from store.payments.refunds import Refund
from tasks import relay
from tests.store.payments.conftest import FUNCTIONS, FakeSale
from tests.support.sandbox_server import Sandbox
from web import request_context

PERSON = "xiaomei"
APP_ID = "wxacmemini"
BALANCE_FEN = 10_000_000
PLATFORMS = ("wechat_pay", "alipay")
_KINDS = {"wechat_pay": "wechat_native", "alipay": "alipay_native"}


@dataclass(frozen=True)
class Accounts:
    """The merchants as the sandbox knows them, with the keys of both sides. `url` is that of the notice routes."""

    wechat: SandboxMerchant
    alipay: App
    app: APIFlask
    url: str
    http: PlatformSession


@dataclass
class PaymentShop:
    """Makes orders, pays them on the phone and lets the background work run."""

    sandbox: Sandbox
    accounts: Accounts
    merchants: dict[str, Merchant]
    count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def order(self, total_fen: int = 9_900) -> FakeSale:
        return FakeSale.create(number=f"8{next(self.count):019}", total_fen=total_fen)

    def start(self, platform: str, order: FakeSale, kind: str = "", **values: Any) -> PaymentAttempt:
        return attempts.start(
            payable_kind="sale", payable_number=order.number, kind=kind or _KINDS[platform],
            merchant=self.merchants[platform], key=f"key-{next(self.count)}", **values,
        )  # fmt: skip

    def start_code(self, platform: str, order: FakeSale) -> tuple[PaymentAttempt, str]:
        """An attempt for the pay code that the phone shows, and that code."""
        code = self.sandbox.state.wallets.pay_code(PERSON, platform).code
        kind = {"wechat_pay": "wechat_code", "alipay": "alipay_code"}[platform]
        return self.start(platform, order, kind, auth_code=code), code

    def charge(self, platform: str, order: FakeSale) -> PaymentAttempt:
        attempt, code = self.start_code(platform, order)
        return payment_calls.charge_pay_code(attempt, auth_code=code)

    def pay(self, platform: str, order: FakeSale | None = None, *, wait: bool = True) -> PaymentAttempt:
        """An attempt whose QR code the phone has paid, as it is when the notices have arrived."""
        attempt = self.start(platform, order or self.order())
        self.confirm(attempt, payment_calls.create_qr_code(attempt))
        if wait:
            self.wait_for_notices()
        return attempts.get(attempt.number)

    def confirm(self, attempt: PaymentAttempt, code: str) -> None:
        state = self.sandbox.state
        (state.wechat_pay if attempt.merchant.platform == "wechat_pay" else state.alipay).confirm(
            PERSON, token=code
        )

    def wait_for_notices(self) -> None:
        assert self.sandbox.state.payment_notices.wait_until_idle(20)

    def ask_refund(self, attempt: PaymentAttempt, amount_fen: int, number: str = "") -> Refund:
        number = number or f"r{next(self.count)}"
        return refunds.ask(number=number, attempt_number=attempt.number, amount_fen=amount_fen, reason="退货")

    def work(self) -> int:
        """One second of the scheduler and of a worker; returns how many deliveries were done."""
        due_work.claim_due()
        return relay.run("acme")

    def fault(self, path: str, kind: str, **options: Any) -> None:
        self.sandbox.inject_fault(path, kind, **{"times": 1, **options})

    def paid_fen(self) -> int:
        """What the phone has paid by the ledger of the sandbox, without what it got back."""
        charges = self.sandbox.state.wallets.list_charges(state="paid")
        return sum(charge.request.amount_fen - charge.refunded_fen for charge in charges)

    def enter_password(self) -> None:
        (charge,) = self.sandbox.state.wallets.list_charges(person_id=PERSON, state="waiting")
        self.sandbox.state.wallets.enter_password(charge.id)

    def post(self, platform: str, body: bytes, headers: dict[str, str] | None = None, key: str = "") -> Any:
        """Post a notice to its route without the network."""
        path = {"wechat_pay": "/notify/wechat-pay", "alipay": "/notify/alipay"}[platform]
        key = key or self.merchants[platform].key
        return self.accounts.app.test_client().post(f"{path}/{key}", data=body, headers=headers)


def count_events(kind: str) -> int:
    return Event.select().where(Event.kind == kind).count()


def money_of(order: FakeSale) -> int:
    return FakeSale.get_by_id(order.id).money_fen


def credentials_of(accounts: Accounts, platform: str) -> dict[str, Any]:
    """What the tenant stores for a merchant."""
    given = (accounts.wechat if platform == "wechat_pay" else accounts.alipay).credentials()
    names = {
        "wechat_pay": (
            "private_key_pem",
            "certificate_serial",
            "api_v3_keys",
            "public_keys",
            "api_v2_key",
            "client_certificate_pem",
        ),
        "alipay": ("private_key_pem", "public_keys", "seller_id"),
    }[platform]
    return {name: given[name] for name in names}


def add_merchants(accounts: Accounts) -> dict[str, Merchant]:
    """The merchants of the current tenant, with the accounts at the sandbox."""
    wechat, alipay = accounts.wechat, accounts.alipay
    return {
        "wechat_pay": merchants.add(
            platform="wechat_pay", name="微信商户", merchant_id=wechat.merchant_id, app_id=APP_ID,
            credentials=credentials_of(accounts, "wechat_pay"),
        ),
        "alipay": merchants.add(
            platform="alipay", name="支付宝商户", merchant_id=alipay.seller_id, app_id=alipay.app_id,
            credentials=credentials_of(accounts, "alipay"),
        ),
    }  # fmt: skip


@pytest.fixture(scope="session")
def _accounts(sandbox: Sandbox) -> Iterator[Accounts]:
    app = APIFlask("notices")
    request_context.init_app(app)
    app.register_blueprint(payment_notices.bp)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    with PlatformSession(base_url=sandbox.url) as http:
        yield Accounts(
            sandbox.state.wechat_pay.merchants.create({"app_ids": [APP_ID]}),
            sandbox.state.alipay.apps.create({}),
            app,
            f"http://127.0.0.1:{server.port}",
            http,
        )
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shop(
    acme: str, sandbox: Sandbox, _accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PaymentShop]:
    """The shop of acme. A notice that is refused is not repeated by itself."""
    sandbox.state.reset()
    sandbox.state.payment_notices.retry_gaps_s = ()
    sandbox.state.wallets.configure(PERSON, balance_fen=BALANCE_FEN)
    connect(monkeypatch, _accounts.http, _accounts.url)
    before = dict(payables._table)
    payables.install({**before, "sale": FUNCTIONS})
    db.database.create_tables([FakeSale])
    yield PaymentShop(sandbox, _accounts, add_merchants(_accounts))
    # A request that is still served would use the files of the tenant while the next test replaces them.
    assert sandbox.state.payment_notices.wait_until_idle(20)
    sandbox.state.reset()
    db.database.drop_tables([FakeSale])
    payables.install(before)


def connect(monkeypatch: pytest.MonkeyPatch, http: PlatformSession, notice_url: str) -> None:
    """Let the platform clients call the sandbox and give it the address of the notice routes."""
    monkeypatch.setattr(platform_clients, "_http_session", lambda: http)
    monkeypatch.setattr(platform_clients, "to_absolute_url", lambda path: notice_url + path)
