"""Pay codes that wait for the password: queried in time, reversed in the end, never charged twice."""

import pytest

import payment_calls
from store.payments import attempts
from tests.support.payment_shop import PERSON, count_events, money_of

CODEPAY = "/v3/pay/transactions/codepay"
REVERSE = "/v3/pay/transactions/out-trade-no/<number>/reverse"
QUERY = "/v3/pay/transactions/out-trade-no/<number>"


def test_code_1_password_after_12_seconds_is_seen_at_15(shop, seconds, calls):
    order = shop.order(1_280)
    shop.fault(CODEPAY, "pending")
    attempt = shop.charge("wechat_pay", order)
    assert attempt.state == "pending"
    attempt = seconds.run_until_final(attempt, at={12: shop.enter_password})
    assert (attempt.state, money_of(order)) == ("succeeded", 1_280)
    assert seconds.now <= 17
    assert calls == [(0, "charge_code"), (5, "query"), (10, "query"), (15, "query")]


def test_code_2_unanswered_prompt_is_queried_then_reversed_until_that_is_final(shop, seconds, calls):
    order = shop.order(1_280)
    shop.fault(CODEPAY, "pending")
    attempt = shop.charge("wechat_pay", order)
    shop.fault(REVERSE, "error", code="SYSTEM_ERROR", times=2)
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, attempt.reversal, money_of(order)) == ("closed", "done", 0)
    queried = [second for second, name in calls if name == "query"]
    assert queried == [5, 10, 15, 20, 25, 30]
    reversed_at = [second for second, name in calls if name == "reverse"]
    assert (reversed_at[0], len(reversed_at)) == (30, 3)
    assert reversed_at[-1] <= 42
    # The late password takes no money, and the next scan has a number of its own.
    assert not shop.sandbox.state.wallets.list_charges(person_id=PERSON, state="waiting")
    second = shop.charge("wechat_pay", order)
    assert (second.state, money_of(order)) == ("succeeded", 1_280)
    assert shop.paid_fen() == 1_280


def test_code_2_payment_in_the_last_second_is_no_reversal(shop, seconds, calls):
    order = shop.order()
    shop.fault(CODEPAY, "pending")
    attempt = shop.charge("wechat_pay", order)
    attempt = seconds.run_until_final(attempt, at={30: shop.enter_password})
    assert (attempt.state, money_of(order)) == ("succeeded", 9_900)
    assert "reverse" not in [name for _, name in calls]


@pytest.mark.parametrize("platform", ["wechat_pay", "alipay"])
def test_code_3_cancelled_prompt_fails_and_the_next_scan_has_a_new_number(shop, seconds, platform):
    order = shop.order()
    shop.fault(CODEPAY if platform == "wechat_pay" else "/gateway.do/alipay.trade.pay", "pending")
    first = shop.charge(platform, order)
    (charge,) = shop.sandbox.state.wallets.list_charges(person_id=PERSON, state="waiting")
    shop.sandbox.state.wallets.cancel(charge.id)
    first = seconds.run_until_final(first)
    assert first.state in ("failed", "closed")
    assert seconds.now <= 5
    second = shop.charge(platform, order)
    assert (second.state, second.number != first.number) == ("succeeded", True)
    assert shop.paid_fen() == money_of(order) == 9_900


def test_code_4_lost_answer_of_a_charge_that_was_executed_is_found_by_a_query(shop, seconds, calls):
    order = shop.order(30)
    shop.fault(CODEPAY, "error_after", code="SYSTEM_ERROR")
    attempt = shop.charge("wechat_pay", order)
    assert (attempt.state, money_of(order)) == ("unknown", 0)
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, money_of(order), shop.paid_fen()) == ("succeeded", 30, 30)
    assert calls == [(0, "charge_code"), (5, "query")]


@pytest.mark.parametrize("platform", ["wechat_pay", "alipay"])
def test_code_4_charge_that_never_arrived_is_queried_and_reversed_and_never_sent_again(
    shop, seconds, calls, platform
):
    order = shop.order(30)
    shop.fault(CODEPAY if platform == "wechat_pay" else "/gateway.do/alipay.trade.pay", "http_500")
    attempt = shop.charge(platform, order)
    assert attempt.state == "unknown"
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, shop.paid_fen(), money_of(order)) == ("closed", 0, 0)
    assert [name for _, name in calls].count("charge_code") == 1
    assert calls[1][1] == "query"
    assert calls[-1][1] == "reverse"


def test_double_scan_charges_once(shop, seconds, calls):
    order = shop.order()
    shop.fault(CODEPAY, "pending")
    attempt, code = shop.start_code("wechat_pay", order)
    states = [payment_calls.charge_pay_code(attempt, auth_code=code).state for _ in range(2)]
    assert states == ["pending", "pending"]
    assert calls == [(0, "charge_code")]


def test_alipay_code_is_queried_every_3_seconds_and_cancelled_at_once_at_45(shop, seconds, calls):
    shop.fault("/gateway.do/alipay.trade.pay", "pending")
    attempt = shop.charge("alipay", shop.order())
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, seconds.now) == ("closed", 45)
    assert [second for second, name in calls if name == "query"] == list(range(3, 46, 3))
    assert calls[-1] == (45, "reverse")
    assert not shop.sandbox.state.wallets.list_charges(person_id=PERSON, state="waiting")


def test_alipay_password_is_seen_within_3_seconds_without_a_notice(shop, seconds):
    order = shop.order()
    shop.fault("/gateway.do/alipay.trade.pay", "pending")
    attempt = shop.charge("alipay", order)
    shop.fault("notice", "drop")
    attempt = seconds.run_until_final(attempt, at={10: shop.enter_password})
    assert (attempt.state, seconds.now, money_of(order)) == ("succeeded", 12, 9_900)


def test_cancellation_by_the_cashier_gives_back_what_was_paid_meanwhile(shop, seconds):
    order = shop.order()
    shop.fault(CODEPAY, "pending")
    attempt = shop.charge("wechat_pay", order)
    shop.enter_password()
    attempt = payment_calls.cancel(attempt)
    assert (attempt.state, shop.paid_fen(), money_of(order)) == ("closed", 0, 0)
    assert payment_calls.cancel(attempt).state == "closed"


def test_platform_that_is_away_delays_the_end_and_changes_nothing(shop, seconds, calls):
    order = shop.order()
    shop.fault(CODEPAY, "pending")
    attempt = shop.charge("wechat_pay", order)
    for path in (QUERY, REVERSE):
        shop.fault(path, "http_500", times=None)
    seconds.run_until(60)
    attempt = attempts.get(attempt.number)
    assert (attempt.state, attempt.reversal) == ("pending", "asked")
    assert next(second for second, name in calls if name == "reverse") == 30
    assert len(calls) < 16
    shop.enter_password()
    shop.sandbox.clear_faults()
    attempt = seconds.run_until_final(attempt)
    assert (attempt.state, shop.paid_fen(), money_of(order)) == ("closed", 0, 0)
    assert count_events("payments.succeeded") == 0


def test_reversal_that_is_refused_for_good_is_no_loop(shop, seconds, calls):
    shop.fault(CODEPAY, "pending")
    attempt = shop.charge("wechat_pay", shop.order())
    shop.fault(REVERSE, "error", code="INVALID_REQUEST", status=400, times=None)
    seconds.run_until(70)
    refused = [second for second, name in calls if name == "reverse"]
    assert refused[0] == 30
    assert len(refused) <= 9
    shop.enter_password()
    attempt = seconds.run_until_final(attempt)
    assert attempt.state == "succeeded"  # the query that follows a refused reversal decides
