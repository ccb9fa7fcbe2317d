"""Search: by shop, state, day, member and keyword, page by page, and what a member has ordered."""

from datetime import timedelta

from store.orders import orders, returns, search
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.search import OrderFilter
from store.tenants import business_days
from tests.support.order_fixtures import create_shop, line, pay_cash, place


def found(**wanted) -> list[str]:
    rows, total = search.list_page(OrderFilter(**wanted))
    assert total == len(rows)
    return [row.number for row in rows]


def test_orders_are_found_by_each_filter(shop, mei):
    first = place(shop, line(1000, product="milk"), source="pos", source_number="A1")
    second = pay_cash(place(create_shop("S2"), line(2000), member=mei, kind="pickup"))
    today = business_days.today()
    assert found() == [second.number, first.number]
    assert found(shop_id=shop.id) == [first.number]
    assert found(state="paid") == [second.number]
    assert found(kind="pickup") == [second.number]
    assert found(member=mei) == [second.number]
    assert found(first_day=today, last_day=today) == [second.number, first.number]
    assert found(last_day=today - timedelta(days=1)) == []
    for keyword in (first.number, "A1", "商品milk", f" {first.number[:10]} {first.number[10:]}"):
        assert found(keyword=keyword) == [first.number]
    assert found(keyword="商品%") == []


def test_returns_are_listed_by_themselves(shop):
    order = pay_cash(place(shop, line(1000)))
    request = ReturnRequest(number="R1", order_number=order.number, lines=(ReturnLine("1", units=1),))
    row = returns.give_back(request=request).order
    assert (found(), found(returns=True), found(returns=True, keyword="R1")) == (
        [order.number], [row.number], [row.number]
    )  # fmt: skip


def test_pages_follow_one_another(shop):
    numbers = [place(shop, line(100)).number for _ in range(5)]
    first, total = search.list_page(OrderFilter(), page_size=2)
    then, _ = search.list_page(OrderFilter(), page_size=2, after=(first[-1].id,))
    assert ([row.number for row in (*first, *then)], total) == (numbers[:0:-1], 5)


def test_a_member_sees_the_own_sales(shop, mei):
    mine = [place(shop, line(1000), member=mei) for _ in range(3)]
    place(shop, line(1000))
    orders.close(number=mine[0].number, reason="")
    rows = search.list_for_member(mei, limit=2)
    assert [row.id for row in rows] == [mine[2].id, mine[1].id]
    assert [row.id for row in search.list_for_member(mei, before_id=rows[-1].id)] == [mine[0].id]
    assert search.count_by_state(mei) == {"closed": 1, "placed": 2}
