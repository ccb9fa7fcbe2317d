"""The shop at the sandbox, and a clock that the test moves: the same one for the shop and the platform."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from platforms.alipay.client import Alipay
from platforms.wechat_pay.client import WeChatPay
from store.payments import attempts
from store.payments.attempts import LIVE, PaymentAttempt
from tests.store.conftest import _quick_verifier, process_group, verify_afterwards
from tests.support.payment_shop import PaymentShop, _accounts, shop

__all__ = ["_accounts", "_quick_verifier", "process_group", "shop", "verify_afterwards"]
START = datetime(2026, 12, 2, 4, tzinfo=UTC)


class Seconds:
    """Lets time pass second by second, with one run of scheduler and worker in each; in between it does not move."""

    def __init__(self, shop: PaymentShop, travel: Any) -> None:
        self._shop, self._travel = shop, travel
        self.now = 0

    def move_to(self, second: int) -> None:
        self.now = second
        self._travel.move_to(START + timedelta(seconds=second))

    def run_until(self, second: int, *, at: dict[int, Callable[[], object]] | None = None) -> None:
        while self.now < second:
            self.move_to(self.now + 1)
            if at and self.now in at:
                at[self.now]()
            self._shop.work()

    def run_until_final(self, attempt: PaymentAttempt, limit: int = 120, **options: Any) -> PaymentAttempt:
        """Run until the attempt is final and return it."""
        while self.now < limit and attempts.get(attempt.number).state in LIVE:
            self.run_until(self.now + 1, **options)
        return attempts.get(attempt.number)


@pytest.fixture
def seconds(shop: PaymentShop) -> Iterator[Seconds]:
    with time_machine.travel(START, tick=False) as travel:
        yield Seconds(shop, travel)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, seconds: Seconds) -> list[tuple[int, str]]:
    """The calls of the platforms, as second and name."""
    made: list[tuple[int, str]] = []

    for client in (WeChatPay, Alipay):
        for name in ("charge_code", "query", "close", "reverse", "refund", "query_refund"):
            monkeypatch.setattr(client, name, _record(made, seconds, name, getattr(client, name)))
    return made


def _record(made: list[tuple[int, str]], seconds: Seconds, name: str, call: Callable[..., Any]) -> Any:
    def recorded(*words: Any, **options: Any) -> Any:
        made.append((seconds.now, name))
        return call(*words, **options)

    return recorded
