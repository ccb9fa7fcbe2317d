"""A payable that is installed for the tests, and merchants of both platforms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import peewee
import pytest

from store.core import clock
from store.core.database import db
from store.core.database.models import Model
from store.payments import attempts, cash, merchants, payables, refunds, settlement
from store.payments.attempts import PaymentAttempt
from store.payments.merchants import Merchant
from store.payments.settlement import Evidence

WECHAT_CREDENTIALS = {
    "private_key_pem": "PRIVATE-KEY-OF-WECHAT",
    "certificate_serial": "5157F09EFDC096DE15EBE81A47057A72",
    "api_v3_keys": ["k" * 32],
    "public_keys": {"PUB_KEY_ID_1": "PUBLIC-KEY-1"},
}
ALIPAY_CREDENTIALS = {"private_key_pem": "PRIVATE-KEY-OF-ALIPAY", "public_keys": ["PUBLIC-KEY-A"]}


class FakeSale(Model):
    """A payable of the tests, in a table of its own so that races see its locks."""

    number = peewee.CharField(max_length=40, unique=True)
    total_fen = peewee.BigIntegerField()
    money_fen = peewee.BigIntegerField(default=0)
    is_closed = peewee.BooleanField(default=False)


def lock_sale(number: str) -> FakeSale:
    return db.lock(FakeSale.select().where(FakeSale.number == number)).get()


def due_fen(number: str) -> int:
    sale = FakeSale.get(FakeSale.number == number)
    return 0 if sale.is_closed else sale.total_fen - sale.money_fen


def take(number: str, attempt: PaymentAttempt) -> int:
    taken = min(due_fen(number), attempt.paid_fen)
    if taken:
        sale = FakeSale.get(FakeSale.number == number)
        sale.update_fields(money_fen=sale.money_fen + taken)
    return taken


FUNCTIONS = payables.PayableFunctions(due_fen=due_fen, take=take, lock=lock_sale)


@pytest.fixture
def _payables(acme: str) -> Iterator[None]:
    before = dict(payables._table)
    payables.install({**before, "sale": FUNCTIONS})
    db.database.create_tables([FakeSale])
    yield
    db.database.drop_tables([FakeSale])
    payables.install(before)


@pytest.fixture
def wechat(acme: str) -> Merchant:
    return merchants.add(
        platform="wechat_pay", name="微信商户", merchant_id="1900000109", app_id="wxd678efh567hg6787",
        credentials=WECHAT_CREDENTIALS,
    )  # fmt: skip


@pytest.fixture
def alipay(acme: str) -> Merchant:
    return merchants.add(
        platform="alipay", name="支付宝商户", merchant_id="2088102146225135", app_id="2021001",
        credentials=ALIPAY_CREDENTIALS,
    )  # fmt: skip


@dataclass
class Till:
    """Makes sales, starts attempts for them and gives evidence about those."""

    count: int = field(default=0)

    def sale(self, total_fen: int = 1_000) -> FakeSale:
        self.count += 1
        return FakeSale.create(number=f"9{self.count:019}", total_fen=total_fen)

    def start(self, sale: FakeSale, merchant: Merchant, kind: str = "", **values: object) -> PaymentAttempt:
        self.count += 1
        kind = kind or {"wechat_pay": "wechat_web", "alipay": "alipay_web"}[merchant.platform]
        values = {"key": f"key-{self.count}", **values}
        return attempts.start(
            payable_kind="sale", payable_number=sale.number, kind=kind, merchant=merchant, **values
        )

    def cash(self, sale: FakeSale, received_fen: int, key: str = "cash-1") -> PaymentAttempt:
        return cash.record_cash(
            payable_kind="sale", payable_number=sale.number, received_fen=received_fen, key=key
        )


@pytest.fixture
def till(_payables: None) -> Till:
    return Till()


def evidence(attempt: PaymentAttempt, **values: object) -> Evidence:
    """What a correct notice of success says."""
    known = {
        "source": "notice", "attempt_number": attempt.number, "outcome": "succeeded",
        "merchant_id": attempt.merchant_id, "platform_number": f"42{attempt.id:026}",
        "amount_fen": attempt.amount_fen, "app_id": attempt.app_id,
        "merchant_number": attempt.merchant.merchant_id, "paid_at": clock.now(), "payer_id": "openid-1",
    }  # fmt: skip
    return Evidence(**{**known, **values})


def settle(attempt: PaymentAttempt, **values: object) -> settlement.Settlement:
    return settlement.settle(evidence(attempt, **values))


def sale_of(sale: FakeSale) -> FakeSale:
    return FakeSale.get_by_id(sale.id)


def refund_once(attempt: PaymentAttempt) -> Callable[[str, int], object]:
    return lambda number, fen: refunds.ask(
        number=number, attempt_number=attempt.number, amount_fen=fen, reason="退货"
    )
