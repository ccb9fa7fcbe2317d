"""Attempts that are closed on their platform, refunds that are sent until they are final, and killed workers."""

from datetime import timedelta

import pytest

import payment_calls
from store.core import clock, outbox
from store.core.events import EventDelivery
from store.payments import attempts, due_work, refunds
from tasks import relay
from tests.support.payment_shop import PLATFORMS, count_events, money_of

CLOSE = "/v3/pay/transactions/out-trade-no/<number>/close"
REFUNDS = "/v3/refund/domestic/refunds"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_wx_1_next_attempt_has_the_first_closed_on_its_platform(shop, seconds, platform):
    order = shop.order()
    first = shop.start(platform, order)
    code = payment_calls.create_qr_code(first)
    second = shop.start("wechat_pay", order)
    assert attempts.get(first.number).closing
    seconds.run_until(1)
    assert attempts.get(first.number).state == "closed"
    with pytest.raises(Exception, match="not_payable"):
        shop.confirm(first, code)
    assert attempts.get(second.number).state == "created"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_close_that_finds_the_attempt_paid_settles_it(shop, seconds, platform):
    order = shop.order()
    attempt = shop.start(platform, order)
    code = payment_calls.create_qr_code(attempt)
    shop.fault("notice", "drop")
    shop.confirm(attempt, code)
    attempts.request_closing(payable_kind="sale", payable_number=order.number)
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, money_of(order), seconds.now) == ("succeeded", 9_900, 1)


def test_close_without_an_answer_is_repeated(shop, seconds, calls):
    order = shop.order()
    attempt = shop.start("wechat_pay", order)
    payment_calls.create_qr_code(attempt)
    shop.fault(CLOSE, "error_after", code="SYSTEM_ERROR")
    attempts.request_closing(payable_kind="sale", payable_number=order.number)
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, seconds.now <= 16) == ("closed", True)
    assert [name for _, name in calls] == ["close", "close"]


def test_online_payment_without_a_notice_is_found_by_its_first_query(shop, seconds, calls):
    order = shop.order()
    shop.fault("notice", "drop")
    attempt = shop.pay("wechat_pay", order)
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, seconds.now, money_of(order)) == ("succeeded", 15, 9_900)


def test_qr_code_of_alipay_that_was_not_scanned_stays_open_between_queries(shop, seconds, calls):
    attempt = shop.start("alipay", shop.order())
    payment_calls.create_qr_code(attempt)
    seconds.run_until(61)
    assert calls == [(15, "query"), (30, "query"), (60, "query")]
    assert attempts.get(attempt.number).state == "pending"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_wx_14_two_refunds_within_one_second_are_both_done(shop, seconds, platform):
    attempt = shop.pay(platform)
    numbers = [shop.ask_refund(attempt, 300).number, shop.ask_refund(attempt, 400).number]
    seconds.run_until(1)
    shop.wait_for_notices()
    assert [refunds.get(number).state for number in numbers] == ["succeeded", "succeeded"]
    assert shop.paid_fen() == 9_200


def test_wx_10_refund_in_process_is_queried_until_it_ends(shop, seconds, calls):
    shop.sandbox.state.wechat_pay.merchants.change(
        shop.accounts.wechat.merchant_id, {"refund_result": "PROCESSING"}
    )
    attempt = shop.pay("wechat_pay")
    refund = shop.ask_refund(attempt, 300)
    seconds.run_until(1)
    assert refunds.get(refund.number).state == "sent"
    seconds.run_until(30)
    assert refunds.get(refund.number).state == "sent"
    assert [name for _, name in calls] == ["refund", "query_refund"]
    order, open_refund = shop.sandbox.state.wechat_pay_refunds.get(
        shop.accounts.wechat.merchant_id, refund.number
    )
    shop.fault("notice", "drop")
    shop.sandbox.state.wechat_pay_refunds.end(order, open_refund, "SUCCESS")
    seconds.move_to(80)
    shop.work()
    assert refunds.get(refund.number).state == "succeeded"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_wx_7_refund_without_balance_is_sent_again_under_its_number(shop, seconds, platform):
    attempt = shop.pay(platform)
    accounts = shop.accounts
    books = (
        shop.sandbox.state.wechat_pay.merchants
        if platform == "wechat_pay"
        else shop.sandbox.state.alipay.apps
    )
    account_id = accounts.wechat.merchant_id if platform == "wechat_pay" else accounts.alipay.app_id
    books.change(account_id, {"balance_fen": 0})
    refund = shop.ask_refund(attempt, 300)
    seconds.run_until(1)
    row = refunds.get(refund.number)
    assert (row.state, row.tries) == ("asked", 1)
    seconds.run_until(20)
    assert refunds.get(refund.number).tries == 1
    books.change(account_id, {"balance_fen": 1_000})
    seconds.move_to(620)
    shop.work()
    shop.wait_for_notices()
    assert refunds.get(refund.number).state == "succeeded"
    assert len(refunds.list_for_attempt(attempt)) == 1
    assert shop.paid_fen() == 9_600


@pytest.mark.parametrize(("result", "state"), [("ABNORMAL", "abnormal"), ("CLOSED", "failed")])
def test_wx_9_refund_that_does_not_succeed_waits_for_a_person_or_frees_the_money(
    shop, seconds, calls, result, state
):
    shop.sandbox.state.wechat_pay.merchants.change(
        shop.accounts.wechat.merchant_id, {"refund_result": result}
    )
    attempt = shop.pay("wechat_pay")
    refund = shop.ask_refund(attempt, 300)
    seconds.run_until(1)
    shop.wait_for_notices()
    assert refunds.get(refund.number).state == state
    assert count_events(f"refunds.{state}") == 1
    assert refunds.refundable_fen(attempts.get(attempt.number)) == (9_600 if state == "abnormal" else 9_900)
    seconds.run_until(40)
    assert [name for _, name in calls] == ["refund"]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("kind", ["error_after", "http_500"])
def test_refund_without_an_answer_is_sent_again_and_given_once(shop, seconds, platform, kind):
    attempt = shop.pay(platform)
    refund = shop.ask_refund(attempt, 300)
    shop.fault("notice", "drop")
    shop.fault(REFUNDS if platform == "wechat_pay" else "/gateway.do/alipay.trade.refund", kind)
    seconds.run_until(1)
    assert refunds.get(refund.number).state == "asked"
    seconds.move_to(13)
    shop.work()
    seconds.move_to(80)
    shop.work()
    shop.wait_for_notices()
    assert refunds.get(refund.number).state == "succeeded"
    assert shop.paid_fen() == 9_600


def test_refund_that_the_platform_rejects_waits_for_a_person(shop, seconds):
    attempt = shop.pay("wechat_pay")
    refund = shop.ask_refund(attempt, 300)
    shop.fault(REFUNDS, "error", code="TRADE_OVERDUE", status=400)
    seconds.run_until(1)
    row = refunds.get(refund.number)
    assert (row.state, bool(row.message), row.next_try_at) == ("abnormal", True, None)


def test_query_with_another_amount_raises_the_alarm_and_is_not_repeated_at_once(shop, seconds, calls):
    attempt = shop.pay("wechat_pay")
    refund = shop.ask_refund(attempt, 300)
    shop.fault(REFUNDS, "wrong_amount")
    shop.fault("notice", "drop")
    seconds.run_until(5)
    assert refunds.get(refund.number).state == "asked"
    assert count_events("payments.notice_rejected") == 1
    assert [name for _, name in calls] == ["refund"]


def test_worker_killed_before_its_call_delays_the_work_by_the_lease(shop, seconds, calls):
    shop.fault("/v3/pay/transactions/codepay", "pending")
    attempt = shop.charge("wechat_pay", shop.order())
    seconds.move_to(5)
    assert due_work.claim_due() == 1
    assert len(outbox.claim()) == 1  # and the worker is killed
    shop.enter_password()
    seconds.move_to(24)
    assert due_work.claim_due() == 0
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, seconds.now) == ("succeeded", 25)
    seconds.run_until(45)  # the lease of the first delivery ends: it finds its work done
    of_payments = EventDelivery.subscriber == "payments.follow_attempt"
    assert EventDelivery.select().where(of_payments & (EventDelivery.state != "done")).count() == 0
    assert [name for _, name in calls] == ["charge_code", "query"]


def test_events_that_waited_for_a_worker_are_followed_once(shop, seconds, calls):
    shop.fault("/v3/pay/transactions/codepay", "pending")
    shop.charge("wechat_pay", shop.order())
    for second in (5, 26, 47, 68):
        seconds.move_to(second)
        assert due_work.claim_due() == 1
    relay.run("acme")
    assert [name for _, name in calls] == ["charge_code", "query", "reverse"]


def test_refund_whose_worker_was_killed_after_the_call_is_not_given_twice(shop, seconds):
    attempt = shop.pay("wechat_pay")
    refund = shop.ask_refund(attempt, 300)
    assert due_work.claim_due() == 1
    shop.fault("notice", "drop")
    client = payment_calls.platform_clients.payment_client(attempt.merchant)
    client.refund(
        number=refund.number, payment_number=attempt.number, amount_fen=300, total_fen=9_900, reason="退货"
    )
    EventDelivery.delete().execute()
    seconds.run_until(120)
    assert refunds.get(refund.number).state == "succeeded"
    assert shop.paid_fen() == 9_600


def test_two_schedulers_claim_due_work_once(shop, seconds):
    attempt = shop.pay("wechat_pay")
    shop.ask_refund(attempt, 300)
    assert [due_work.claim_due() for _ in range(2)] == [1, 0]
    assert clock.now() + due_work.LEASE - timedelta(seconds=2) < refunds.Refund.get().next_try_at


def test_double_notice_and_query_settle_once(shop, seconds):
    order = shop.order()
    shop.fault("notice", "duplicate", copies=4)
    attempt = shop.pay("alipay", order)
    payment_calls.query(attempt)
    assert (money_of(order), count_events("payments.succeeded")) == (9_900, 1)
