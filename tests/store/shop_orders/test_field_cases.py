"""Failures of other shops as cases of ours (orders and stock)."""

from datetime import timedelta

from store.catalog import shop_goods
from store.core import clock
from store.orders import orders, overdue
from store.orders.tables import Order
from store.payments.refunds import Refund
from store.stock import changes
from tests.support.coupon_fixtures import error_code_of
from tests.support.order_fixtures import create_rich_member, issue_coupon, settle, start_attempt
from tests.support.shop_order_fixtures import publish_sku, reload, submit
from tests.support.stock_fixtures import units_of


def test_ord_5_unpaid_orders_hold_their_stock_for_half_an_hour(shop, mei, tea, monkeypatch):
    submit(shop, mei, (tea, 1))
    submit(shop, mei, (tea, 9))
    start, third = clock.now(), create_rich_member(3, value_fen=0)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=29))
    overdue.close_overdue()
    assert error_code_of(lambda: submit(shop, third, (tea, 1))) == "stock_short"
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=31))
    overdue.close_overdue()
    assert units_of(shop, tea) == (10, 0, 0)
    assert submit(shop, third, (tea, 10)).state == "unpaid"


def test_ord_6_an_order_whose_payment_failed_is_payable_again(shop, mei, tea):
    row = submit(shop, mei, (tea, 2))
    first = start_attempt(row.order, "first")
    settle(first, "closed")
    assert (reload(row).state, units_of(shop, tea)) == ("unpaid", (10, 2, 0))
    second = start_attempt(row.order, "second")
    assert second.number != first.number
    settle(second, "succeeded")
    assert reload(row).state == "placed"


def test_ord_8_staff_cannot_take_away_stock_that_an_order_holds(shop, mei, tea):
    """So money that arrives finds its goods."""
    row = submit(shop, mei, (tea, 2))
    refused = error_code_of(lambda: changes.count(shop=shop, sku=tea, counted=0, key="count"))
    assert refused == "stock_short"
    changes.count(shop=shop, sku=tea, counted=2, key="count-2")
    settle(start_attempt(row.order, "pay"), "succeeded")
    assert (reload(row).state, units_of(shop, tea)) == ("placed", (2, 2, 0))


def test_peers_1_money_after_close_is_refunded_in_full(shop, mei, tea):
    row = submit(shop, mei, (tea, 1))
    attempt = start_attempt(row.order, "late")
    settle(attempt, "closed")
    orders.close(number=row.order.number, reason="顾客取消")
    for _ in range(2):
        settle(attempt, "succeeded")
    assert (Order.get_by_id(row.order_id).state, reload(row).state) == ("closed", "closed")
    assert [refund.amount_fen for refund in Refund.select()] == [1000]
    assert units_of(shop, tea) == (10, 0, 0)


def test_peers_2_two_channels_pay_one_order_once(shop, mei, tea):
    row = submit(shop, mei, (tea, 1))
    first = start_attempt(row.order, "first")
    settle(first, "closed")
    second = start_attempt(row.order, "second")
    settle(second, "succeeded")
    assert settle(first, "succeeded").surplus_fen == 1000
    assert [refund.amount_fen for refund in Refund.select()] == [1000]


def test_peers_3_lines_of_one_sku_are_summed_before_stock_is_taken(shop, mei, milk):
    assert error_code_of(lambda: submit(shop, mei, (milk, 1), (milk, 2))) == "stock_short"
    submit(shop, mei, (milk, 1), (milk, 1))
    assert units_of(shop, milk) == (2, 2, 0)


def test_peers_8_the_price_of_an_order_is_that_of_now(shop, mei, tea):
    """Not that of the cart or of what the request names."""
    shop_goods.change(shop, tea, price_fen=1_500)
    assert error_code_of(lambda: submit(shop, mei, (tea, 1), expected_total_fen=1000)) == "price_changed"
    assert submit(shop, mei, (tea, 1), expected_total_fen=1500).order.total_fen == 1500


def test_price_11_the_same_goods_on_two_rows_count_together(shop, mei):
    """A coupon from the price of ten pieces on holds for rows of six and four."""
    tea = publish_sku(shop, "green", stock=20)
    code = issue_coupon(mei, threshold_fen=10_000).code
    wanted = frozenset({code})
    assert error_code_of(lambda: submit(shop, mei, (tea, 6), (tea, 3), coupon_codes=wanted)) is not None
    row = submit(shop, mei, (tea, 6), (tea, 4), coupon_codes=wanted)
    assert row.order.discount_fen > 0
