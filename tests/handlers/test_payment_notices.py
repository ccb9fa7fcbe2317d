"""Payment notices over the sandbox: each has its effect once, however often it is sent."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import payment_calls
from store.core.events import Event
from store.payments import attempts, merchants, refunds
from store.payments.notices import PaymentNotice
from tests.support.payment_shop import PLATFORMS, PaymentShop, count_events, money_of

ALARM = "payments.notice_rejected"


def statuses(shop: PaymentShop) -> list[tuple[int | None, str]]:
    """The answers of our routes to all deliveries, the oldest first."""
    listed = shop.sandbox.state.payment_notices.list_all()
    return [(sent.status, sent.body) for notice in listed for sent in notice.deliveries]


SUCCESS = {"wechat_pay": (204, ""), "alipay": (200, "success")}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_payment_notice_pays_the_order_and_is_answered_as_the_platform_asks(shop, platform):
    order = shop.order(1_280)
    attempt = shop.pay(platform, order)
    assert (attempt.state, attempt.paid_fen, attempt.taken_fen) == ("succeeded", 1_280, 1_280)
    assert money_of(order) == 1_280
    assert attempt.payer_id
    assert statuses(shop) == [SUCCESS[platform]]
    (notice,) = PaymentNotice.select()
    assert (notice.result, notice.number, notice.times) == ("succeeded", attempt.number, 1)
    assert count_events("payments.succeeded") == 1
    assert count_events(ALARM) == 0


@pytest.mark.parametrize("platform", PLATFORMS)
def test_refund_notice_ends_the_refund(shop, platform):
    attempt = shop.pay(platform)
    refund = shop.ask_refund(attempt, 300)
    shop.work()
    shop.wait_for_notices()
    assert refunds.get(refund.number).state == "succeeded"
    assert statuses(shop) == [SUCCESS[platform]] * 2
    assert attempts.get(attempt.number).refunded_fen == 300
    assert count_events("refunds.succeeded") == 1
    assert count_events(ALARM) == 0


@pytest.mark.parametrize("platform", PLATFORMS)
def test_wx_4_notices_that_are_repeated_at_the_same_moment_apply_once(shop, platform):
    attempt = shop.pay(platform)
    notice = shop.sandbox.state.payment_notices.list_all()[0]
    shop.sandbox.state.payment_notices.repeat(notice.id, copies=6, in_parallel=True)
    assert statuses(shop) == [SUCCESS[platform]] * 7
    assert count_events("payments.succeeded") == 1
    assert PaymentNotice.get().times == 7
    assert shop.paid_fen() == attempt.taken_fen


@pytest.mark.parametrize("platform", PLATFORMS)
def test_wx_4_first_notices_that_arrive_at_once_apply_once(shop, platform):
    shop.fault("notice", "drop")
    attempt = shop.pay(platform)
    assert attempt.state == "pending"
    notice = shop.sandbox.state.payment_notices.list_all()[0]
    shop.sandbox.state.payment_notices.repeat(notice.id, copies=6, in_parallel=True)
    assert statuses(shop) == [SUCCESS[platform]] * 6
    assert count_events("payments.succeeded") == 1
    assert PaymentNotice.select().count() == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_wx_2_money_for_a_closed_order_is_refunded_in_full(shop, platform):
    order = shop.order()
    attempt = shop.start(platform, order)
    code = payment_calls.create_qr_code(attempt)
    order.update_fields(is_closed=True)
    shop.confirm(attempt, code)
    shop.wait_for_notices()
    attempt = attempts.get(attempt.number)
    assert (attempt.state, attempt.taken_fen, attempt.surplus_fen) == ("succeeded", 0, 9_900)
    assert count_events("payments.surplus") == 1
    while shop.work():
        shop.wait_for_notices()
    (refund,) = refunds.list_for_attempt(attempt)
    assert (refund.state, refund.amount_fen, refund.purpose) == ("succeeded", 9_900, "surplus")
    assert shop.paid_fen() == money_of(order) == 0


def test_wx_3_the_second_payment_of_an_order_is_refunded(shop):
    order = shop.order()
    first = shop.start("wechat_pay", order)
    code = payment_calls.create_qr_code(first)
    second = shop.pay("alipay", order)  # the first stays open on its platform until the task closes it
    shop.confirm(first, code)
    shop.wait_for_notices()
    assert [attempts.get(row.number).taken_fen for row in (first, second)] == [0, 9_900]
    while shop.work():
        shop.wait_for_notices()
    assert shop.paid_fen() == money_of(order) == 9_900


@pytest.mark.parametrize("platform", PLATFORMS)
def test_wx_16_notice_with_another_amount_pays_nothing_and_raises_the_alarm(shop, platform):
    order = shop.order()
    shop.fault("notice", "wrong_amount")
    attempt = shop.pay(platform, order)
    assert (attempt.state, money_of(order)) == ("pending", 0)
    ((status, body),) = statuses(shop)
    assert (status, body.startswith('{"code"') or body == "failure") == (422, True)
    alarm = Event.get(Event.kind == ALARM)
    assert (alarm.properties["reason"], alarm.properties["number"]) == ("evidence_rejected", attempt.number)
    shop.work()  # the attempt is queried at once: the books of the platform decide
    assert (attempts.get(attempt.number).state, money_of(order)) == ("succeeded", 9_900)


def test_ali_1_trade_that_ends_after_a_full_refund_changes_nothing(shop):
    attempt = shop.pay("alipay")
    shop.ask_refund(attempt, 9_900)
    while shop.work():
        shop.wait_for_notices()
    before = attempts.get(attempt.number).__data__
    (trade,) = shop.sandbox.state.alipay.list_trades()
    shop.sandbox.state.alipay.finish(trade.trade_no)
    first = shop.sandbox.state.payment_notices.list_all()[0]
    shop.sandbox.state.payment_notices.repeat(first.id, copies=1, in_parallel=False)
    shop.wait_for_notices()
    assert statuses(shop) == [(200, "success")] * 4
    assert attempts.get(attempt.number).__data__ == before
    assert count_events("payments.succeeded") == count_events("refunds.succeeded") == 1
    assert count_events(ALARM) == 0


def test_ali_2_notice_of_a_part_refund_is_no_second_payment(shop):
    order = shop.order(1_000)
    attempt = shop.pay("alipay", order)
    refund = shop.ask_refund(attempt, 300)
    shop.fault("/gateway.do/alipay.trade.refund", "error_after", code="ACQ.SYSTEM_ERROR")
    shop.work()
    shop.wait_for_notices()
    attempt = attempts.get(attempt.number)
    assert (refunds.get(refund.number).state, attempt.refunded_fen) == ("succeeded", 300)
    assert (money_of(order), attempt.taken_fen) == (1_000, 1_000)
    assert count_events("payments.succeeded") == 1


def test_notice_of_the_money_that_a_cancellation_gave_back_is_accepted(shop):
    shop.fault("notice", "drop", times=1)
    attempt = shop.charge("alipay", shop.order())
    assert attempt.state == "succeeded"
    unknown = shop.order()
    shop.fault("/gateway.do/alipay.trade.pay", "http_500")
    other = shop.charge("alipay", unknown)
    assert other.state == "unknown"
    payment_calls.reverse(other)
    shop.fault("/gateway.do/alipay.trade.pay", "error_after", code="ACQ.SYSTEM_ERROR")
    shop.fault("notice", "drop", times=1)
    third = shop.charge("alipay", unknown)
    payment_calls.reverse(third)
    shop.wait_for_notices()
    assert attempts.get(third.number).state == "closed"
    assert statuses(shop)[-1] == (200, "success")
    assert shop.paid_fen() == attempt.paid_fen
    assert count_events(ALARM) == 0


@pytest.mark.parametrize("platform", PLATFORMS)
def test_retired_merchant_still_receives_its_notices(shop, platform):
    attempt = shop.start(platform, shop.order())
    code = payment_calls.create_qr_code(attempt)
    merchants.retire(key=shop.merchants[platform].key)
    shop.confirm(attempt, code)
    shop.wait_for_notices()
    attempt = attempts.get(attempt.number)
    assert attempt.state == "succeeded"
    refund = shop.ask_refund(attempt, 100)
    shop.work()
    shop.wait_for_notices()
    assert refunds.get(refund.number).state == "succeeded"


def test_unknown_merchants_and_keys_of_other_accounts_are_refused_in_the_form_of_the_platform(shop):
    for platform in PLATFORMS:
        other = next(row.key for name, row in shop.merchants.items() if name != platform)
        for key in ("unknown", "acme-mp", other, "x" * 400):
            response = shop.post(platform, b"{}", key=key)
            assert response.status_code == 404
            expected = (
                "failure" if platform == "alipay" else '{"code": "FAIL", "message": "unknown merchant"}'
            )
            assert response.text == expected
    assert PaymentNotice.select().count() == count_events(ALARM) == 0


def test_notices_of_many_payments_at_once_each_pay_their_order(shop):
    orders = [shop.order() for _ in range(6)]
    begun = [(shop.start(PLATFORMS[index % 2], order), order) for index, order in enumerate(orders)]
    codes = [payment_calls.create_qr_code(attempt) for attempt, _ in begun]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda pair: shop.confirm(pair[0][0], pair[1]), zip(begun, codes, strict=True)))
    shop.wait_for_notices()
    assert [money_of(order) for order in orders] == [9_900] * 6


def test_alarm_of_the_same_kind_is_recorded_once_within_an_hour(shop):
    for _ in range(3):
        assert shop.post("alipay", b"a=1").status_code == 401
    assert count_events(ALARM) == 1
