"""Processes that are killed at any step of a payment: after a restart everything is final, nothing lost or doubled."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

import payment_calls
from store.core import clock
from store.payments import attempts, refunds
from store.payments.attempts import LIVE, PaymentAttempt
from store.payments.refunds import Refund
from tests.store.payments.conftest import FakeSale
from tests.support.payment_crashes import Point, read_reached, run_and_die, run_and_note
from tests.support.payment_shop import PLATFORMS, PaymentShop, count_events, money_of
from tests.support.processes import ProcessGroup

WECHAT, ALIPAY = "platforms.wechat_pay.client.WeChatPay", "platforms.alipay.client.Alipay"
CODE_PATHS = {"wechat_pay": "/v3/pay/transactions/codepay", "alipay": "/gateway.do/alipay.trade.pay"}
REFUND_PATHS = {"wechat_pay": "/v3/refund/domestic/refunds", "alipay": "/gateway.do/alipay.trade.refund"}
STEPS = ("charge", "notice", "query", "close", "cancel", "refund", "query_refund")
FINAL_AFTER_S = 60

DEFAULT = [
    ("charge", "wechat_pay", Point(WECHAT, "charge_code", "before")),  # claimed, and never arrived
    ("charge", "alipay", Point(ALIPAY, "charge_code", "after")),  # the answer is lost
    ("notice", "wechat_pay", Point("store.payments.settlement", "settle", "after")),
    ("refund", "wechat_pay", Point(WECHAT, "refund", "after")),
    ("cancel", "wechat_pay", Point(WECHAT, "reverse", "after")),
]


class Crash:
    """Prepares a step, lets a process die in it and restarts."""

    def __init__(self, shop: PaymentShop, processes: ProcessGroup) -> None:
        self.shop, self.processes = shop, processes

    def run(self, step: str, platform: str, point: Point) -> None:
        """Kill a process at a point and check what the restart makes of it."""
        self._run(step, platform, run_and_die, point)

    def list_points(self, step: str, platform: str, file: Path) -> list[Point]:
        """Return the points that a process reaches in a step when nothing kills it earlier."""
        self._run(step, platform, run_and_note, file)
        return read_reached(file)

    def _run(self, step: str, platform: str, work: Callable[..., None], point: Point | Path) -> None:
        self.shop.fault("notice", "drop", times=None)  # without a web process
        order = self.shop.order(1_000)
        name, facts = self._prepare(step, platform, order)
        began = clock.now()
        assert self.processes.run_until_killed(work, self.shop.sandbox.url, point, name, facts), point
        self.shop.sandbox.clear_faults()
        self._restart(began)
        self._check(step, order, point)

    def _prepare(self, step: str, platform: str, order: FakeSale) -> tuple[str, dict[str, Any]]:
        shop = self.shop
        if step == "charge":
            attempt, code = shop.start_code(platform, order)
            return "charge", {"number": attempt.number, "auth_code": code}
        if step == "cancel":
            shop.fault(CODE_PATHS[platform], "pending")
            return "cancel", {"number": shop.charge(platform, order).number}
        if step == "close":
            payment_calls.create_qr_code(shop.start(platform, order))
            attempts.request_closing(payable_kind="sale", payable_number=order.number)
            return "follow_up", {}
        attempt = shop.pay(platform, order)
        if step == "query":
            PaymentAttempt.update(next_query_at=clock.now()).where(PaymentAttempt.id == attempt.id).execute()
            return "follow_up", {}
        notices = shop.sandbox.state.payment_notices
        notice = notices.list_all()[-1]
        if step == "notice":
            headers, body = notices._builds[notice.id]("")
            path = notice.target.url.removeprefix(shop.accounts.url)
            return "notice", {"path": path, "headers": headers, "body": body}
        notices.repeat(notice.id, copies=1, in_parallel=False)
        refund = shop.ask_refund(attempt, 300)
        if step == "query_refund":
            shop.fault(REFUND_PATHS[platform], "error_after", code="SYSTEM_ERROR")
            shop.work()
            # As the answer of a platform that is still at work leaves it.
            Refund.update(state="sent", next_try_at=clock.now()).where(Refund.id == refund.id).execute()
        return "follow_up", {}

    def _restart(self, began: Any) -> None:
        """Let scheduler and worker run for a minute at most, until nothing is open."""
        with time_machine.travel(began, tick=False) as travel:
            for second in range(1, FINAL_AFTER_S + 1):
                travel.move_to(began + timedelta(seconds=second))
                self.shop.work()
                self.shop.wait_for_notices()
                is_open = PaymentAttempt.select().where(PaymentAttempt.state.in_(LIVE)).exists()
                if not is_open and not Refund.select().where(Refund.state.in_(("asked", "sent"))).exists():
                    return
        raise AssertionError("not final after a minute")

    def _check(self, step: str, order: FakeSale, point: Point | Path) -> None:
        (attempt,) = attempts.list_for("sale", order.number)
        (charge, *more) = [
            charge for charge in self.shop.sandbox.state.wallets.list_charges()
            if charge.request.number == attempt.number
        ] or [None]  # fmt: skip
        assert not more, point
        paid_fen = 0
        if charge is not None and charge.state == "paid":
            paid_fen = charge.request.amount_fen - charge.refunded_fen
        given_back = attempt.refunded_fen if attempt.state == "succeeded" else 0
        assert paid_fen == money_of(order) - given_back, point
        if step in ("notice", "query", "refund", "query_refund"):
            assert (attempt.state, money_of(order)) == ("succeeded", 1_000), point
        if step in ("refund", "query_refund"):
            assert [row.state for row in refunds.list_for_attempt(attempt)] == ["succeeded"], point
            assert paid_fen == 700, point
        if step in ("cancel", "close"):
            assert (attempt.state, paid_fen) == ("closed", 0), point


@pytest.fixture
def crash(shop: PaymentShop, process_group: ProcessGroup) -> Crash:
    return Crash(shop, process_group)


def test_killed_process_loses_and_doubles_nothing(crash):
    for step, platform, point in DEFAULT:
        crash.run(step, platform, point)
    assert count_events("payments.succeeded") == 3


@pytest.mark.deep
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_process_killed_at_any_point_of_the_source_loses_and_doubles_nothing(crash, tmp_path, platform, step):
    points = crash.list_points(step, platform, tmp_path / "points")
    assert len(points) >= 6
    for point in points:
        crash.run(step, platform, point)
