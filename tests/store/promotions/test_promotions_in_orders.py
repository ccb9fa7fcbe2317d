"""Promotions in orders of the shop and the till: each kind end to end, who has them where and when, and limits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from store.core import clock
from store.orders import orders, returns, snapshots
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.settings import OrderSettings
from store.orders.tables import OVERDUE_REASON, Order
from store.promotions import promotions, uses
from store.promotions.tables import PromotionUse
from store.shop_orders import moves, price_changes, refunds, submission
from store.stock import levels
from store.tenants import settings
from store.tiers import tiers
from tests.support import order_fixtures
from tests.support.coupon_fixtures import error_code_of
from tests.support.order_fixtures import make_request
from tests.support.promotion_fixtures import run
from tests.support.shop_order_fixtures import choose, pay, publish_sku, submit

THREE = {"kind": "reduction", "steps": [{"from_fen": 3_000, "off_fen": 500}]}


def preview(shop, member, *wanted, **more):
    return submission.preview(choose(shop, member, *wanted, **more)).price


def total_of(shop, member, *wanted, **more):
    return preview(shop, member, *wanted, **more).total_fen


KINDS = [
    ({"kind": "special_price", "prices": [{"product": "P-tea", "price_fen": 800, "per_order": 2}]}, 2_600 + 1_200, 400),
    ({"kind": "second_half"}, 2_500 + 900, 800),
    ({"kind": "buy_get", "buy": 2}, 2_000 + 1_200, 1_000),
    ({"kind": "bundle", "parts": [{"products": ["P-tea"]}, {"products": ["P-milk"]}], "price_fen": 1_300}, 3_600, 600),
    (THREE, 3_700, 500),
    ({"kind": "discount", "steps": [{"from_units": 5, "percent": 10}]}, 3_780, 420),
    ({"kind": "member_day", "steps": [{"percent": 50}]}, 2_100, 2_100),
    ({"kind": "gift", "steps": [{"from_fen": 4_000, "gifts": [{"sku": "cup"}]}]}, 4_200, 0),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "total", "off"), KINDS, ids=[one[0]["kind"] for one in KINDS])
def test_each_kind_from_the_preview_to_the_return(shop, mei, tea, milk, parameters, total, off):
    cup = publish_sku(shop, "cup", name="杯子", price_fen=500, stock=1)
    promotion = run(parameters, cost_centre="")
    price = preview(shop, mei, (tea, 3), (milk, 2))
    assert (price.total_fen, price.discount_fen) == (total, off)
    row = submit(shop, mei, (tea, 3), (milk, 2), expected_total_fen=total)
    order = orders.get(row.order.number)
    found = snapshots.list_discounts(order)
    assert {(one.kind, one.reference) for one in found} == (
        {(parameters["kind"], promotion.number)} if off else set()
    )
    assert sum(one.fen for one in found) == off  # one for each product that has a set by itself
    assert all(sum(one.shares.values()) == one.fen for one in found)
    gifts = [line for line in snapshots.list_lines(order) if line.gift_for]
    assert [(one.name, one.goods_fen, one.gift_value_fen) for one in gifts] == (
        [] if off else [("杯子", 0, 500)]
    )
    assert levels.read_available(shop=shop, sku_ids=[cup.id])[cup.id] == (1 if off else 0)
    assert uses.has_uses(order.number)
    pay(row)
    refunds.refund_lines(
        number=order.number, return_number="R1", reason="不要了",
        lines=[ReturnLine(one.line, units=one.quantity) for one in snapshots.list_lines(order)],
    )  # fmt: skip
    assert Order.get_by_id(order.id).state == "paid"
    assert returns.get(order_number=order.number, number="R1").refund_fen == total
    assert levels.read_available(shop=shop, sku_ids=[cup.id, tea.id]) == {cup.id: 1, tea.id: 10}
    assert not uses.has_uses(order.number)


def test_a_promotion_holds_in_its_shops_channels_and_time(shop, mei, tea):
    now, other = clock.now(), order_fixtures.create_shop("S2")
    half = {"kind": "discount", "steps": [{"percent": 50}]}
    wanted = make_request(shop, order_fixtures.line(1_000), member=mei)
    local = clock.to_local(now, clock.DEFAULT_ZONE)
    for changes, holds_online, holds_at_till in (
        ({}, True, True),
        ({"shops": ["S2"]}, False, False),
        ({"shops": ["S1", "S2"]}, True, True),
        ({"channels": ["till"]}, False, True),
        ({"channels": ["online"]}, True, False),
        ({"starts_at": now + timedelta(hours=1)}, False, False),
        ({"weekdays": [local.isoweekday()]}, True, True),
        ({"weekdays": [local.isoweekday() % 7 + 1]}, False, False),
        ({"month_days": [local.day % 28 + 1]}, False, False),
        ({"hours": {"begins": f"{local:%H:%M}", "ends": f"{local + timedelta(minutes=30):%H:%M}"}}, True, True),
        ({"hours": {"begins": f"{local + timedelta(minutes=30):%H:%M}", "ends": f"{local:%H:%M}"}}, False, False),
    ):  # fmt: skip
        promotion = run(half, **changes)
        assert total_of(shop, mei, (tea, 1)) == (500 if holds_online else 1_000), changes
        assert orders.preview(wanted).total_fen == (500 if holds_at_till else 1_000), changes
        promotions.end(promotion)
    assert orders.preview(replace(wanted, shop_id=other.id, source="import")).total_fen == 1_000


def test_drafts_submitted_paused_and_ended_ones_do_nothing(shop, mei, tea):
    promotion = run(THREE)
    assert total_of(shop, mei, (tea, 3)) == 2_500
    promotions.pause(promotion, reason="检查")
    assert total_of(shop, mei, (tea, 3)) == 3_000
    promotions.resume(promotion)
    assert total_of(shop, mei, (tea, 3)) == 2_500
    promotions.end(promotion)
    assert total_of(shop, mei, (tea, 3)) == 3_000


def test_tiers_and_members(shop, mei, tea):
    half = {"kind": "discount", "steps": [{"percent": 50}]}
    own = tiers.find_active(mei).tier.code
    other = next(one.code for one in tiers.list_tiers(mei.programme_id) if one.code != own)
    request = make_request(shop, order_fixtures.line(1_000))
    run(half, tiers=[other])
    assert total_of(shop, mei, (tea, 1)) == 1_000
    run(half, tiers=[own, other])
    assert total_of(shop, mei, (tea, 1)) == 500
    run(half, members_only=True)
    assert orders.preview(request).total_fen == 1_000
    run({"kind": "discount", "steps": [{"percent": 10}]})
    assert orders.preview(request).total_fen == 900


def test_a_limit_counts_over_orders_and_comes_back(shop, mei, tea):
    run(THREE, limit_per_member=1)
    first = submit(shop, mei, (tea, 3))
    assert first.order.total_fen == 2_500
    assert total_of(shop, mei, (tea, 3)) == 3_000
    moves.cancel(number=first.order.number, reason="不要了")
    assert total_of(shop, mei, (tea, 3)) == 2_500
    second = pay(submit(shop, mei, (tea, 3)))
    assert total_of(shop, mei, (tea, 3)) == 3_000
    moves.cancel(number=second.order.number, reason="不要了")
    assert total_of(shop, mei, (tea, 3)) == 2_500
    entries = PromotionUse.select().count()
    uses.give_back(order_number=second.order.number)
    assert PromotionUse.select().count() == entries


def test_a_special_price_is_limited_by_order_member_and_quantity(shop, mei, tea):
    lin = order_fixtures.create_rich_member(2)
    row = {"product": "P-tea", "price_fen": 500, "per_order": 3, "quantity": 5}
    run({"kind": "special_price", "prices": [row]}, limit_per_member=4)
    first = submit(shop, mei, (tea, 4))
    assert [(one.line, one.quantity, one.unit_fen) for one in snapshots.list_lines(first.order)] == [
        ("1", 3, 500), ("1-2", 1, 1_000),
    ]  # fmt: skip
    assert total_of(shop, mei, (tea, 2)) == 1_500  # one of four is left for her
    assert total_of(shop, lin, (tea, 3)) == 2_000  # two of five are left for all
    submit(shop, lin, (tea, 2))
    assert total_of(shop, mei, (tea, 1)) == 1_000
    moves.cancel(number=first.order.number, reason="不要了")
    assert total_of(shop, mei, (tea, 3)) == 1_500


def test_a_gift_that_is_out_of_stock_is_left_out_and_said(shop, mei, tea):
    publish_sku(shop, "cup", name="杯子", price_fen=500, stock=1)
    run({"kind": "gift", "steps": [{"from_fen": 1_000, "gifts": [{"sku": "cup", "quantity": 2}]}]})
    price = preview(shop, mei, (tea, 1))
    assert [one.sentence for one in price.notices] == ["赠品“杯子”库存不足，仅送 1 件"]
    submit(shop, mei, (tea, 1))
    price = preview(shop, mei, (tea, 1))
    assert [one.sentence for one in price.notices] == ["赠品“杯子”已送完，本单不含该赠品"]
    assert len(price.lines) == 1
    assert submit(shop, mei, (tea, 1)).order.total_fen == 1_000


def test_goods_that_are_their_own_gift_leave_the_gift_its_stock(shop, mei, milk):
    run({"kind": "gift", "steps": [{"from_units": 1, "gifts": [{"sku": "milk"}]}]})
    assert preview(shop, mei, (milk, 2)).notices
    row = submit(shop, mei, (milk, 1))
    assert sum(line.quantity for line in snapshots.list_lines(row.order)) == 2
    assert levels.read_available(shop=shop, sku_ids=[milk.id]) == {milk.id: 0}


def test_progress_says_what_is_missing(shop, mei, tea, milk):
    run({"kind": "reduction", "steps": [{"from_fen": 2_400, "off_fen": 500}]})
    assert [one.sentence for one in preview(shop, mei, (tea, 1), (milk, 1)).progress] == [
        "还差 8.00 元减 5 元"
    ]


def test_a_changed_sale_keeps_its_promotion_and_its_own_limit(shop, mei):
    promotion = run(THREE, limit_per_member=1)
    first = order_fixtures.place(shop, order_fixtures.line(3_000), member=mei)
    promotion = promotions.get_by_public_id(promotion.public_id)
    promotion.update_fields(ends_at=clock.now() - timedelta(seconds=1))
    request = make_request(shop, order_fixtures.line(4_000), member=mei)
    promotion.update_fields(ends_at=first.placed_at + timedelta(microseconds=1))
    changed = orders.change(number=first.number, request=request)
    assert changed.total_fen == 3_500
    assert orders.change(number=first.number, request=request).total_fen == 3_500
    lin = order_fixtures.create_rich_member(2)
    moved = orders.change(number=first.number, request=replace(request, member_id=lin.id))
    assert moved.total_fen == 4_000
    assert not uses.has_uses(first.number)


def test_a_returned_threshold_is_recalculated_and_a_kept_gift_is_paid(shop, mei, tea):
    publish_sku(shop, "cup", name="杯子", price_fen=500, stock=5)
    run({"kind": "reduction", "steps": [{"from_fen": 2_000, "off_fen": 1_000}]}, recalculates=True)
    run({"kind": "gift", "steps": [{"from_fen": 1_000, "gifts": [{"sku": "cup"}]}]})
    row = pay(submit(shop, mei, (tea, 2)))
    number = row.order.number

    def give_back(return_number, *lines):
        request = ReturnRequest(number=return_number, order_number=number, lines=lines, reason="退")
        return returns.give_back(request=request).refund_fen

    assert (
        give_back("R1", ReturnLine("1", units=1)) == 0
    )  # 5.00 paid, less the 5.00 that the other no longer has
    assert (
        give_back("R2", ReturnLine("1", units=1)) == 500
    )  # 10.00 paid for it by now, less the gift that is kept
    assert give_back("R3", ReturnLine("G1", units=1)) == 500


def test_a_refund_before_the_handover_takes_the_gift_back_too(shop, mei, tea, milk):
    cup = publish_sku(shop, "cup", name="杯子", price_fen=500, stock=5)
    run({"kind": "gift", "steps": [{"from_fen": 1_000, "gifts": [{"sku": "cup"}]}]}, products=["P-tea"])
    row = pay(submit(shop, mei, (tea, 2), (milk, 1), kind="delivery"))
    number = row.order.number

    def refund(return_number, line):
        return refunds.refund_lines(
            number=number, return_number=return_number, lines=[ReturnLine(line, units=1)], reason="缺货"
        ).refund_fen

    assert (refund("R1", "1"), levels.read_available(shop=shop, sku_ids=[cup.id])[cup.id]) == (1_000, 4)
    assert (refund("R2", "1"), levels.read_available(shop=shop, sku_ids=[cup.id])[cup.id]) == (1_000, 5)
    assert uses.has_uses(number)
    assert refund("R2", "1") == 1_000  # the same return
    assert refund("R3", "2") == 600
    assert (refund("R2", "1"), refund("R3", "2")) == (1_000, 600)
    assert not uses.has_uses(number)


def test_stock_of_a_gift_is_sold_with_the_order(shop, mei, tea):
    cup = publish_sku(shop, "cup", name="杯子", price_fen=500, stock=5)
    run({"kind": "gift", "steps": [{"from_fen": 1_000, "gifts": [{"sku": "cup"}]}]})
    request = make_request(shop, order_fixtures.line(1_000, product="P-tea", sku_id=tea.id), member=mei)
    order = order_fixtures.pay_cash(orders.place(request=request, key="till-1"))
    assert order.state == "paid"
    level = next(iter(levels.list_levels(shop=shop, sku_ids=[cup.id])))
    assert (level.on_hand, level.reserved, level.sold) == (4, 0, 1)


def test_the_key_of_an_earlier_order_takes_nothing_more(shop, mei):
    run(THREE, limit_per_member=1)
    request = make_request(shop, order_fixtures.line(3_000), member=mei)
    first = orders.place(request=request, key="twice")
    assert orders.place(request=request, key="twice").number == first.number
    assert PromotionUse.select().count() == 1


def test_a_price_without_the_last_unit_is_rejected(shop, mei, tea):
    row = {"product": "P-tea", "price_fen": 500, "quantity": 1}
    run({"kind": "special_price", "prices": [row]})
    seen = preview(shop, mei, (tea, 1))
    submit(shop, mei, (tea, 1))
    assert (
        error_code_of(lambda: uses.take(order_number="9" * 20, shop=shop, member=mei, price=seen))
        == "promotion_gone"
    )


@pytest.mark.parametrize("is_taken", [False, True])
def test_late_money_reopens_an_order_while_its_promotion_is_free(shop, mei, is_taken):
    settings.change(OrderSettings, reopen_overdue=True)
    run(THREE, limit_per_member=1)
    order = order_fixtures.place(shop, order_fixtures.line(3_000), member=mei, kind="pickup")
    attempt = order_fixtures.start_attempt(order, "late")
    order_fixtures.settle(attempt, "closed")
    orders.close(number=order.number, reason=OVERDUE_REASON)
    assert not uses.has_uses(order.number)
    if is_taken:
        assert order_fixtures.place(shop, order_fixtures.line(3_000), member=mei).total_fen == 2_500
    assert order_fixtures.settle(attempt, "succeeded").effect == ("surplus" if is_taken else "paid")
    assert uses.has_uses(order.number) is not is_taken
    if not is_taken:
        assert uses.take_again(order_number=order.number) == []


def test_staff_change_the_units_of_a_line_that_a_limit_split(shop, mei, tea):
    publish_sku(shop, "cup", name="杯子", price_fen=500, stock=1)
    run({"kind": "special_price", "prices": [{"product": "P-tea", "price_fen": 500, "per_order": 1}]})
    run({"kind": "gift", "steps": [{"from_fen": 1_000, "gifts": [{"sku": "cup"}]}]})
    row = submit(shop, mei, (tea, 3))
    number = row.order.number

    def lower(change_number, line, units):
        price_changes.lower(
            number=number, change_number=change_number, amount_fen=0, reason="来电", quantities={line: units}
        )
        lines = snapshots.list_lines(orders.get(number))
        return [(line.line, line.quantity, line.goods_fen) for line in lines]

    assert lower("C1", "1-2", 1) == [("1", 1, 500), ("1-2", 1, 1_000), ("G1", 1, 0)]
    assert error_code_of(lambda: lower("C2", "G1", 2)) == "invalid"
    assert lower("C3", "1", 3) == [("1", 1, 500), ("1-2", 3, 3_000), ("G1", 1, 0)]
