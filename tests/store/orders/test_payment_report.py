"""The payment report: money by kind, vouchers, points and stored value of paid orders, and what came back."""

from datetime import timedelta

from store.orders import orders, payment_report, returns
from store.orders.requests import ReturnLine, ReturnRequest
from store.payments.queries import PaymentFilters
from store.tenants import business_days
from tests.support.order_fixtures import (
    create_shop,
    issue_coupon,
    line,
    pay_cash,
    place,
    settle,
    start_attempt,
)


def sums(report: payment_report.PaymentReport) -> dict[str, tuple[int, int]]:
    return {row.code: (row.paid_fen, row.refunded_fen) for row in report.kinds}


def sell(shop, mei):
    """An order of 100 yuan: coupon 5, voucher 5, points 5, stored value 10, WeChat 75."""
    any_other = {"others": "any"}
    coupon = issue_coupon(mei, stacking=any_other)
    voucher = issue_coupon(mei, benefit={"kind": "voucher", "worth_fen": 500}, stacking=any_other)
    order = place(
        shop, line(5_000, 2), member=mei, coupon_codes=frozenset({coupon.code, voucher.code}), points=500,
        stored_value_fen=1000,
    )  # fmt: skip
    settle(start_attempt(order, order.number), "succeeded")
    return orders.get(order.number)


def give_back(order, units=1, number="R1"):
    request = ReturnRequest(
        number=number, order_number=order.number, lines=(ReturnLine("1", units=units),), reason="退货"
    )
    return returns.give_back(request=request)


def test_i2_every_kind_has_its_line_and_coupons_are_a_note(shop, mei):
    order = sell(shop, mei)
    found = payment_report.report(PaymentFilters(payable_kind="order"))
    money = order.money_fen
    assert sums(found) == {
        "wechat_web": (money, 0), "stored_value": (1000, 0), "voucher": (500, 0), "points": (500, 0),
    }  # fmt: skip
    assert (found.coupon_fen, found.paid_fen, found.refunded_fen) == (500, order.total_fen, 0)
    assert {row.report for row in found.kinds} == {"微信网页支付", "现金付款", "购物券"}


def test_i2_the_report_sums_to_the_orders_less_their_returns(shop, mei):
    order = sell(shop, mei)
    half, rest = give_back(order), give_back(order, number="R2")
    found = payment_report.report(PaymentFilters())
    back = {kind: refunded for kind, (_, refunded) in sums(found).items()}
    assert (back["points"], back["stored_value"]) == (500, 1000)
    assert half.order.total_fen + rest.order.total_fen == order.total_fen
    assert found.coupon_fen == 0


def test_returned_bonus_adds_up_over_the_returns(shop, mei):
    order = sell(shop, mei)
    tender = next(one for one in order.tenders if one.kind == "stored_value")
    tender.update_fields(bonus_fen=333)
    for number in ("R1", "R2"):
        give_back(order, number=number)
    found = sums(payment_report.report(PaymentFilters()))
    assert (found["stored_value"], found["stored_value_bonus"]) == ((667, 667), (333, 333))
    tender.update_fields(bonus_fen=0)


def test_each_shop_has_its_sums_and_they_add_up(shop, mei):
    other = create_shop("S2")
    sell(shop, mei)
    pay_cash(place(other, line(300)))
    place(other, line(999))
    reports = payment_report.report_by_shop(PaymentFilters(payable_kind="order"))
    assert [row.shop_id for row in reports] == [shop.id, other.id]
    assert sums(reports[1]) == {"cash": (300, 0)}
    assert (
        sum(row.paid_fen for row in reports)
        == payment_report.report(PaymentFilters(payable_kind="order")).paid_fen
    )


def test_filters_narrow_the_report(shop, mei):
    order, today = sell(shop, mei), business_days.today()
    pay_cash(place(shop, line(300)))
    cases = {
        PaymentFilters(payable_kind="order", shop_id=shop.id + 9): {},
        PaymentFilters(payable_kind="order", first_day=today + timedelta(days=1)): {},
        PaymentFilters(payable_kind="order", kind="points"): {"points": (500, 0)},
        PaymentFilters(payable_kind="order", kind="cash"): {"cash": (300, 0)},
        PaymentFilters(payable_number=order.number, kind="voucher"): {"voucher": (500, 0)},
        PaymentFilters(keyword=order.number[:12], kind="points"): {"points": (500, 0)},
        PaymentFilters(payable_kind="top_up"): {},
    }
    for filters, expected in cases.items():
        assert sums(payment_report.report(filters)) == expected, filters
    day = PaymentFilters(payable_kind="order", first_day=today, last_day=today)
    assert payment_report.report(day).paid_fen == order.total_fen + 300
