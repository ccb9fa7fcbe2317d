"""Each step of an order writes its message, and late money does."""

from store.core.events import Event
from store.messages.messages import Message
from store.orders import orders
from store.shop_orders import moves
from tasks.subscriptions import SUBSCRIPTIONS
from tests.support.order_fixtures import place, settle, start_attempt
from tests.support.shop_order_fixtures import pay, submit


def deliver() -> None:
    """Every event to its subscribers that write messages or events, once."""
    seen: set[int] = set()
    while True:
        fresh = [event for event in Event.select().order_by(Event.id) if event.id not in seen]
        if not fresh:
            return
        for event in fresh:
            seen.add(event.id)
            for subscriber in SUBSCRIPTIONS.get(event.kind, ()):
                if subscriber.name.startswith(("notifications.", "shop_orders.")):
                    subscriber.handle(event)


def titles() -> list[str]:
    return [row.kind for row in Message.select().order_by(Message.id) if row.medium == "site"]


def test_each_step_of_a_pickup_has_its_message(shop, mei, tea):
    row = pay(submit(shop, mei, (tea, 2)))
    moves.accept(number=row.order.number)
    moves.mark_ready(number=row.order.number)
    moves.hand_over(number=row.order.number, pickup_code=row.pickup_code)
    deliver()
    found = [kind for kind in titles() if kind.startswith("order_")]
    assert found == ["order_placed", "order_accepted", "order_ready", "order_received"]
    ready = Message.get(Message.kind == "order_ready")
    assert ready.variables["取货码"] == row.pickup_code
    assert ready.variables["商品"] == "龙井等 2 件"


def test_wx_2_money_after_the_order_closed_is_refunded_with_a_message(shop, mei, tea):
    row = submit(shop, mei, (tea, 1))
    attempt = start_attempt(row.order, "late")
    settle(attempt, "closed")
    orders.close(number=row.order.number, reason="超时未付款")
    assert settle(attempt, "succeeded").surplus_fen == 1000
    deliver()
    assert titles()[-2:] == ["order_closed", "order_surplus_refunded"]


def test_a_sale_at_the_till_has_no_message_of_the_shop(shop, mei):
    order = place(shop, member=mei)
    orders.close(number=order.number, reason="取消")
    deliver()
    assert not [kind for kind in titles() if kind.startswith("order_")]
