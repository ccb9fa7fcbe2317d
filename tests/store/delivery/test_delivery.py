"""Deliveries: the zone of an address to the metre, fee and minimum in the price, slots never over capacity."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.core.errors import DomainError
from store.core.events import Event
from store.customers.members import Member
from store.delivery import quotes, rules, slots
from store.delivery.slots import SlotHold
from store.orders.requests import ReturnLine
from store.orders.tables import Order
from store.points import order_events
from store.purchases import Purchase
from store.shop_orders import moves, refunds, submission
from store.shops.coordinates import Coordinates, geodesic_distance_m
from store.shops.shops import Shop
from tests.support import database, order_fixtures
from tests.support.coupon_fixtures import error_code_of
from tests.support.races import with_barrier, without_write_queue
from tests.support.shop_order_fixtures import NEARBY, choose, offer_all, pay, publish_sku, reload, submit
from tests.support.stock_fixtures import units_of

ZONES = [
    {"up_to_metres": 5_000, "fee_fen": 800, "minimum_fen": 3_000},
    {"up_to_metres": 3_000, "fee_fen": 500, "minimum_fen": 2_000, "free_from_fen": 5_000},
]
ALL_DAY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture
def shop(acme: str, verify_afterwards: None) -> Shop:
    made = order_fixtures.create_shop()
    made.update_fields(hours=ALL_DAY)
    offer_all(made, zones=ZONES)
    return made


@pytest.fixture
def mei(shop: Shop) -> Member:
    return order_fixtures.create_rich_member()


def north_of(shop: Shop, metres: float) -> dict[str, float]:
    """A position so far north of a shop, found by halving."""
    low, high = shop.lat, shop.lat + 1
    for _ in range(60):
        middle = (low + high) / 2
        near = geodesic_distance_m(shop.location, Coordinates(shop.lng, middle)) <= metres
        low, high = (middle, high) if near else (low, middle)
    return {"latitude": low, "longitude": shop.lng}


def test_zones_are_exact_at_their_edges(shop):
    assert quotes.quote(shop, **north_of(shop, 2_999.9)).fee_fen == 500
    assert quotes.quote(shop, **north_of(shop, 3_001)).fee_fen == 800
    assert error_code_of(lambda: quotes.quote(shop, **north_of(shop, 5_001))) == "out_of_range"
    assert error_code_of(lambda: quotes.quote(shop, latitude=None, longitude=None)) == "position_required"


def test_rules_saved_twice_are_one_change(shop):
    first = rules.save(shop, zones=ZONES)
    assert rules.save(shop, zones=ZONES[::-1]).changed_at == first.changed_at
    assert [zone.up_to_metres for zone in rules.list_zones(shop)] == [3_000, 5_000]
    with pytest.raises(DomainError):
        rules.save(shop, zones=[ZONES[0], ZONES[0]])
    assert error_code_of(lambda: rules.save(shop, zones=[])) == "invalid"


def test_the_freight_is_a_line_of_the_order_and_no_spend(shop, mei):
    tea = publish_sku(shop, "tea")
    row = pay(submit(shop, mei, (tea, 3), kind="delivery"))
    order = Order.get_by_id(row.order_id)
    assert (order.total_fen, order.freight_fen, order.spend_fen) == (3500, 500, 3000)
    assert [(line.line, line.goods_fen) for line in order.lines] == [("1", 3000), ("F", 500)]


def test_goods_above_the_limit_are_delivered_for_nothing(shop, mei):
    tea = publish_sku(shop, "tea")
    assert submit(shop, mei, (tea, 5), kind="delivery").order.freight_fen == 0


def test_the_points_of_a_delivery_are_those_of_its_goods(shop, mei):
    row = pay(submit(shop, mei, (publish_sku(shop, "tea"), 3), kind="delivery", stored_value_fen=1_000))
    facts = Event.get(kind="orders.paid").properties
    assert facts["freight_fen"] == 500
    assert sum(one["amount_fen"] for one in facts["tenders"]) == 3_000 == facts["lines"][0]["paid_fen"]
    counted = Event(**Event.get(kind="orders.paid").__data__)
    counted.properties = {**facts, "counts": True}
    order_events.post_order(counted)  # raises if payments and lines differ
    assert Purchase.get(order_number=row.order.number).paid_fen == 3_000


def test_points_pay_no_freight(shop, mei):
    tea = publish_sku(shop, "tea")
    price = submission.preview(choose(shop, mei, (tea, 3), kind="delivery", points="most")).price
    points = next(one for one in price.tenders if one.kind == "points")
    assert "F" not in points.shares
    assert price.due_fen >= 500


def test_too_few_goods_are_previewed_with_the_reason_and_not_ordered(shop, mei):
    tea = publish_sku(shop, "tea")
    found = submission.preview(choose(shop, mei, (tea, 1), kind="delivery"))
    assert [(one.code, one.message) for one in found.problems] == [
        ("below_minimum", "20.00 元起送，还差 10.00 元")
    ]
    assert error_code_of(lambda: submit(shop, mei, (tea, 1), kind="delivery")) == "below_minimum"
    assert (Order.select().count(), units_of(shop, tea)) == (0, (10, 0, 0))


def test_the_freight_goes_back_with_the_last_goods(shop, mei):
    tea = publish_sku(shop, "tea")
    row = pay(submit(shop, mei, (tea, 3), kind="delivery"))
    moves.cancel(number=row.order.number, reason="不要了")
    assert reload(row).state == "refunded"
    returned = Order.get(Order.direction == "return")
    assert (returned.total_fen, returned.freight_fen) == (3500, 500)
    parts = pay(submit(shop, mei, (tea, 3), kind="delivery"))
    one = submission_lines(units=1)
    assert refund(parts, "R1", one) == 1000
    assert refund(parts, "R2", submission_lines(units=2)) == 2500


def submission_lines(*, units: int) -> list[Any]:
    return [ReturnLine("1", units=units)]


def refund(row: Any, number: str, lines: list[Any]) -> int:
    return refunds.refund_lines(
        number=row.order.number, return_number=number, lines=lines, reason="不要了"
    ).refund_fen


@pytest.mark.parametrize("kind", ["delivery", "dine_in", "takeaway"])
def test_a_way_that_is_off_is_refused(shop, mei, kind):
    tea = publish_sku(shop, "tea")
    rules.save(shop, **{f"{kind}_on": False})
    assert error_code_of(lambda: submit(shop, mei, (tea, 3), kind=kind)) == "way_not_offered"


def test_a_delivery_without_address_is_refused(shop, mei):
    tea = publish_sku(shop, "tea")
    assert (
        error_code_of(lambda: submit(shop, mei, (tea, 3), kind="delivery", recipient={}))
        == "address_required"
    )
    far = {**NEARBY, "latitude": 32.0}
    assert (
        error_code_of(lambda: submit(shop, mei, (tea, 3), kind="delivery", recipient=far)) == "out_of_range"
    )


def test_slots_begin_after_the_lead_time_and_are_given_back(shop, mei):
    rules.save(shop, slot_capacity=1, lead_minutes=60)
    tea = publish_sku(shop, "tea")
    now = datetime.now(UTC)
    found = slots.list_slots(shop, "pickup")
    assert all(slot.starts_at >= now + timedelta(minutes=59) for slot in found)
    first = found[0].starts_at
    row = submit(shop, mei, (tea, 1), slot_starts_at=first)
    assert slots.list_slots(shop, "pickup")[0].left == 0
    assert error_code_of(lambda: submit(shop, mei, (tea, 1), slot_starts_at=first)) == "slot_full"
    moves.cancel(number=row.order.number, reason="不要了")
    assert slots.list_slots(shop, "pickup")[0].left == 1
    gone = first - timedelta(days=1)
    assert error_code_of(lambda: submit(shop, mei, (tea, 1), slot_starts_at=gone)) == "slot_gone"


def outcome(work: Any, **kwargs: Any) -> str:
    try:
        work(**kwargs)
    except DomainError as error:
        return error.code
    return "ok"


def test_a_slot_takes_no_more_orders_than_it_can(shop):
    rules.save(shop, slot_capacity=3)
    at = slots.list_slots(shop, "pickup")[1].starts_at
    answers = database.run_concurrently(
        8, lambda n: outcome(slots.hold, shop=shop, kind="pickup", starts_at=at, order_number=f"O{n}")
    )
    assert Counter(answers) == {"ok": 3, "slot_full": 5}


def test_without_the_lock_a_slot_takes_too_many(acme, monkeypatch):
    """The control: both have counted before one of them writes."""
    shop = order_fixtures.create_shop()
    shop.update_fields(hours=ALL_DAY)
    offer_all(shop, slot_capacity=1)
    at = slots.list_slots(shop, "pickup")[1].starts_at
    monkeypatch.setattr(slots.db, "advisory_lock", lambda name: None)
    monkeypatch.setattr(slots, "list_slots", with_barrier(slots.list_slots))
    with without_write_queue():
        database.run_concurrently(
            2, lambda n: outcome(slots.hold, shop=shop, kind="pickup", starts_at=at, order_number=f"O{n}")
        )
    assert SlotHold.select().count() == 2
