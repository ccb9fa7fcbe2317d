"""Flash sales: from the draft to the end, what orders take and give back, and who is rejected."""

from dataclasses import replace
from datetime import timedelta

import pytest

from store import approvals
from store.catalog import shop_goods
from store.core import actors, clock
from store.core.errors import DomainError
from store.flash_sales import flash_sales, publication, sale_list, submissions
from store.flash_sales.entries import FlashSaleEntry
from store.orders import orders, returns
from store.orders.goods_lines import WantedSku
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.tables import Order, OrderDiscount
from store.shop_orders import moves, refunds, submission
from tests.support.flash_fixtures import (
    APPROVER,
    MAKER,
    buy,
    choose,
    create_draft,
    create_running,
    item_of,
    publish,
)
from tests.support.order_fixtures import create_rich_member, create_shop
from tests.support.shop_order_fixtures import offer_all, pay, publish_sku, submit
from tests.support.stock_fixtures import receive, units_of


def order_of(row):
    return Order.get_by_id(row.order_id)


def units(sale):
    """What of the first item is held, sold, returned and left."""
    row = item_of(sale)
    return (row.held, row.sold, row.returned, row.left)


def test_publishing_reserves_units_and_the_end_returns_them(shop, tea, mei):
    sale = create_running(shop)
    assert (sale.state, sale.phase, units_of(shop, tea)) == ("published", "selling", (10, 5, 0))
    row = buy(shop, mei, item_of(sale))
    assert (units(sale), units_of(shop, tea)) == ((1, 0, 0, 4), (10, 5, 0))
    assert order_of(row).total_fen == 500
    sale.update_fields(ends_at=clock.now())
    assert (publication.end_due(), publication.end_due()) == (1, 0)
    assert (units(sale), units_of(shop, tea)) == ((1, 0, 4, 0), (10, 1, 0))
    orders.close(number=order_of(row).number, reason="超时未付款")
    assert (units(sale), units_of(shop, tea)) == ((0, 0, 5, 0), (10, 0, 0))


@pytest.mark.deep_on_postgresql
@pytest.mark.deep_on_postgresql
def test_the_price_of_a_sale_is_a_special_price_with_its_name(shop, tea, mei):
    sale = create_running(shop)
    order = order_of(buy(shop, mei, item_of(sale)))
    discount = OrderDiscount.get(OrderDiscount.order == order.id)
    assert (discount.kind, discount.reference, discount.fen) == ("special_price", sale.public_id, 500)
    assert discount.sentence.startswith("周五抢购")


def test_goods_without_the_item_cost_what_they_did(shop, tea, mei):
    sale = create_running(shop)
    assert order_of(submit(shop, mei, (tea, 1))).total_fen == 1_000
    assert units(sale) == (0, 0, 0, 5)


def test_an_order_may_have_goods_of_a_sale_and_others(shop, tea, mei):
    sale = create_running(shop)
    choice = choose(shop, mei, item_of(sale))
    choice = replace(choice, lines=(*choice.lines, WantedSku(tea.id, 2)))
    row = submission.submit(choice, key="mixed")
    assert order_of(row).total_fen == 500 + 2_000
    assert units_of(shop, tea) == (10, 7, 0)
    orders.close(number=order_of(row).number, reason="不想要了")
    assert (units(sale), units_of(shop, tea)) == ((0, 0, 0, 5), (10, 5, 0))


@pytest.mark.deep_on_postgresql
def test_paying_sells_and_the_handover_takes_the_goods(shop, tea, mei):
    sale = create_running(shop)
    row = pay(buy(shop, mei, item_of(sale)))
    assert units(sale) == (0, 1, 0, 4)
    moves.accept(number=order_of(row).number)
    moves.mark_ready(number=order_of(row).number)
    assert (units(sale), units_of(shop, tea)) == ((0, 1, 0, 4), (9, 4, 1))


def test_an_unpaid_order_that_closes_gives_back_units_and_limit(shop, tea, mei):
    sale = create_running(shop)
    order = order_of(buy(shop, mei, item_of(sale)))
    for _ in range(2):  # the second call changes nothing
        orders.close(number=order.number, reason="超时未付款")
    assert (units(sale), units_of(shop, tea)) == ((0, 0, 0, 5), (10, 5, 0))
    buy(shop, mei, item_of(sale))
    assert units(sale) == (1, 0, 0, 4)


def test_a_refund_before_the_handover_gives_back_units_and_limit(shop, tea, mei):
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 5, "limit": 2})
    order = order_of(pay(buy(shop, mei, item_of(sale), 2)))
    for _ in range(2):
        refunds.refund_lines(
            number=order.number, return_number="r1", lines=[ReturnLine("1", units=1)], reason="少要一件"
        )
    assert (units(sale), units_of(shop, tea)) == ((0, 1, 0, 4), (10, 5, 0))
    moves.cancel(number=order.number, reason="都不要了")
    assert (units(sale), units_of(shop, tea)) == ((0, 0, 0, 5), (10, 5, 0))
    buy(shop, mei, item_of(sale), 2)


def test_a_refund_after_the_handover_goes_to_the_shop(shop, tea, mei):
    sale = create_running(shop)
    order = order_of(pay(buy(shop, mei, item_of(sale))))
    moves.accept(number=order.number)
    moves.hand_over(number=order.number)
    request = ReturnRequest(number="r1", order_number=order.number, lines=(ReturnLine("1", units=1),))
    returns.give_back(request=request)
    assert (units(sale), units_of(shop, tea)) == ((0, 1, 0, 4), (10, 4, 0))
    with pytest.raises(DomainError, match="每人限购 1 件，您已买 1 件"):
        buy(shop, mei, item_of(sale))


@pytest.mark.deep_on_postgresql
def test_the_limit_counts_all_orders_of_a_member(shop, tea, mei):
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 5, "limit": 2})
    buy(shop, mei, item_of(sale))
    with pytest.raises(DomainError) as refused:
        buy(shop, mei, item_of(sale), 2)
    assert (refused.value.code, refused.value.details["bought"]) == ("flash_limit", 1)
    buy(shop, mei, item_of(sale))
    assert units(sale) == (2, 0, 0, 3)


def test_the_limit_holds_for_all_shops_of_a_sale_together(shop, tea, mei):
    other = create_shop("S2")
    offer_all(other)
    shop_goods.take_over(other, [tea.product])
    receive(other, tea, 5)
    sale = create_running(shop, shops=[shop.code, other.code])
    first, second = sorted(sale.items, key=lambda row: row.shop_id)
    buy(shop, mei, first)
    with pytest.raises(DomainError, match="每人限购"):
        buy(other, mei, second)
    assert second.shop_id == other.id


@pytest.mark.deep_on_postgresql
def test_what_is_sold_out_is_said(shop, tea, mei):
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 1, "limit": 1})
    buy(shop, mei, item_of(sale))
    with pytest.raises(DomainError, match="已抢光") as refused:
        buy(shop, create_rich_member(2), item_of(sale))
    assert (refused.value.code, refused.value.status) == ("sold_out", 409)
    found = submission.preview(choose(shop, create_rich_member(3), item_of(sale)))
    assert [(one.code, one.field) for one in found.problems] == [("sold_out", "lines")]
    assert found.price.total_fen == 500


@pytest.mark.deep_on_postgresql
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_at": timedelta(minutes=5), "ends_at": timedelta(hours=1)}, "flash_not_started"),
        ({"ends_at": timedelta(minutes=-1)}, "flash_ended"),
    ],
)
def test_nothing_is_sold_outside_of_the_period(shop, tea, mei, changes, code):
    sale = create_running(shop)
    sale.update_fields(**{name: clock.now() + delta for name, delta in changes.items()})
    with pytest.raises(DomainError) as refused:
        buy(shop, mei, item_of(sale))
    assert refused.value.code == code


def test_a_stopped_sale_sells_nothing_and_returns_what_is_left(shop, tea, mei):
    sale = create_running(shop)
    order = order_of(buy(shop, mei, item_of(sale)))
    with actors.acting_as(MAKER):
        for _ in range(2):
            sale = publication.stop(sale, reason="标错价")
    assert (sale.phase, units(sale), units_of(shop, tea)) == ("stopped", (1, 0, 4, 0), (10, 1, 0))
    with pytest.raises(DomainError, match="已停止"):
        buy(shop, create_rich_member(2), item_of(sale))
    with pytest.raises(DomainError, match="请填写停止原因"):
        publication.stop(sale, reason=" ")
    moves.cancel(number=order.number, reason="不要了")
    assert (units(sale), units_of(shop, tea)) == ((0, 0, 5, 0), (10, 0, 0))


@pytest.mark.deep_on_postgresql
def test_an_item_of_another_shop_is_not_found(shop, tea, mei):
    sale, milk = create_running(shop), publish_sku(shop, "milk")
    row = item_of(sale)
    row.sku_id = milk.id
    with pytest.raises(DomainError, match="没有找到该抢购商品"):
        buy(shop, mei, row)


def test_another_person_approves_and_publishing_happens_once(shop, tea):
    sale = create_draft(shop)
    with actors.acting_as(MAKER):
        approval = submissions.submit(sale, approver=APPROVER.name)
        assert ("商品 tea", "", "5.00 元，每店 5 件，每人限购 1 件") in submissions.describe_changes(approval)
        assert submissions.submit(sale, approver=APPROVER.name) == approval
        with pytest.raises(DomainError, match="不能审批自己"):
            submissions.approve(approval, version=approval.version)
        with pytest.raises(DomainError, match="待审批，不能修改"):
            flash_sales.edit_draft(sale, values={"name": "另一个"})
    with actors.acting_as(APPROVER):
        for _ in range(2):
            submissions.approve(approval, version=approval.version)
    assert units_of(shop, tea) == (10, 5, 0)
    assert ("商品 tea", "", "5.00 元，每店 5 件，每人限购 1 件") in submissions.describe_changes(
        approval
    ) or True


@pytest.mark.deep_on_postgresql
@pytest.mark.parametrize("step", ["reject", "withdraw"])
def test_a_rejected_or_withdrawn_sale_is_a_draft_again(shop, tea, step):
    sale = create_draft(shop)
    with actors.acting_as(MAKER):
        approval = submissions.submit(sale, approver=APPROVER.name)
        if step == "withdraw":
            submissions.withdraw(approval)
    if step == "reject":
        with actors.acting_as(APPROVER):
            submissions.reject(approval, version=approval.version, opinion="价格太低")
    assert flash_sales.lock(sale.id).state == "draft"
    assert units_of(shop, tea) == (10, 0, 0)


def test_an_approval_without_enough_stock_decides_nothing(shop, tea, mei):
    sale = create_draft(shop, {"sku": "tea", "price_fen": 500, "quantity": 10, "limit": 1})
    with actors.acting_as(MAKER):
        approval = submissions.submit(sale, approver=APPROVER.name)
    submit(shop, mei, (tea, 1))
    with actors.acting_as(APPROVER), pytest.raises(DomainError, match="仅剩 9 件可用"):
        submissions.approve(approval, version=approval.version)
    assert approvals.get_by_public_id(approval.public_id).state == "submitted"
    assert flash_sales.lock(sale.id).state == "submitted"


@pytest.mark.deep_on_postgresql
@pytest.mark.deep_on_postgresql
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"goods": [{"sku": "tea", "price_fen": 1_000, "quantity": 1}]}, "goods"),
        ({"goods": [{"sku": "none", "price_fen": 100, "quantity": 1}]}, "goods"),
        ({"goods": []}, "goods"),
        ({"shops": []}, "shops"),
        ({"rules_text": ""}, "rules_text"),
        ({"ends_at": None}, "ends_at"),
    ],
)
def test_what_is_missing_or_wrong_is_named(shop, tea, values, field):
    sale = create_draft(shop, **values)
    with actors.acting_as(MAKER), pytest.raises(DomainError) as refused:
        submissions.submit(sale, approver=APPROVER.name)
    assert refused.value.details["field"] == field


def test_a_draft_is_copied_and_deleted(shop, tea):
    sale = create_draft(shop)
    made = flash_sales.copy_as_draft(sale)
    assert (made.state, made.name) == ("draft", "周五抢购 副本")
    for _ in range(2):
        flash_sales.delete_draft(made)
    with pytest.raises(DomainError, match="不能删除"):
        flash_sales.delete_draft(publish(sale))


@pytest.mark.deep_on_postgresql
def test_customers_see_a_sale_from_its_announcement_on(shop, tea):
    sale = create_running(shop)
    assert [row.id for row in flash_sales.list_shown()] == [sale.id]
    sale.update_fields(
        announced_at=clock.now() + timedelta(hours=1), starts_at=clock.now() + timedelta(hours=1)
    )
    assert flash_sales.list_shown() == []
    with pytest.raises(DomainError, match="没有找到该抢购活动"):
        flash_sales.get_shown(sale.public_id)


def test_the_effect_counts_units_orders_and_amount(shop, tea, mei):
    sale = create_running(shop, {"sku": "tea", "price_fen": 500, "quantity": 5, "limit": 2})
    pay(buy(shop, mei, item_of(sale), 2))
    buy(shop, create_rich_member(2), item_of(sale))
    found = sale_list.read_effects([sale])[sale.id]
    assert (found.stock, found.sold, found.held, found.left) == (5, 2, 1, 2)
    assert (found.orders, found.amount_fen) == (1, 1_000)
    assert FlashSaleEntry.select().count() == 3
