"""Orders that the relay books together leave what they leave one after the other."""

import random
from collections import Counter

import peewee
import pytest
import structlog

from store.core import clock, events, outbox
from store.core.database import db
from store.core.events import Event, EventDelivery
from store.customers import customers, members
from store.customers.members import Member
from store.customers.merging import merges
from store.membership import registration
from store.points import order_accrual as point_order_accrual
from store.points import order_events as point_order_events
from store.points import points
from store.points import reversals as point_reversals
from store.points import rules as point_rules
from store.points.accrual import OrderLine, Payment
from store.points.ledger import LotAllocation, PointAccount, PointEntry, PointLot
from store.points.order_accrual import PaidOrder
from store.purchases import Purchase
from store.tenants import cost_centres
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import TierRule
from store.tiers.tiers import TierRecord
from store.tiers.validity import Validity
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

PEOPLE, ORDERS = 6, 40

SENDING = "messages.send_due"  # once for each batch of messages, however many there are


@pytest.fixture
def programme(mei) -> list[Member]:
    """Five who joined and a follower: points and growth by rules, and two tiers to rise to."""
    first, growth = points.list_groups(mei.programme)
    centre = cost_centres.create(code="marketing", name="市场部")
    for group, category, rate in ((first, None, 1), (first, "dairy", 3), (growth, None, 1)):
        point_rules.add_rule(
            group=group, name=group.name, basis="amount", points=rate, per_units=100, category=category,
            cost_centre=centre, validity=Validity(days=90), upgrade_eligible=group == growth,
        )  # fmt: skip
    gold = next(tier for tier in tiers.list_tiers(mei.programme_id) if tier.code == "gold")
    top = tiers.add(programme=mei.programme, code="top", name="金钻", rank=9)
    rules = [
        TierRule(tier=gold, basis="points", group=growth, window_days=365, at_least=400, below=900),
        TierRule(tier=top, basis="spend", window_days=30, at_least=90_000),
    ]
    tier_rules.replace(programme=mei.programme, rules=rules)
    joined = [
        registration.join(customer=customers.create_customer(source="till"), source="till")
        for _ in range(PEOPLE - 2)
    ]
    follower = registration.members.get_or_create(customers.create_customer(source="till"))
    return [mei, *joined, follower]


def order(number: str, paid_fen: int = 10_000) -> PaidOrder:
    lines = (
        OrderLine(
            line="1", product="milk", quantity=2, paid_fen=paid_fen // 3, categories=frozenset({"dairy"})
        ),
        OrderLine(line="2", product="pear", quantity=1, paid_fen=paid_fen - paid_fen // 3),
    )
    return PaidOrder(number, clock.now(), lines, (Payment("wechat", paid_fen),), source="till")


def report_order(member: Member, number: str, paid_fen: int = 10_000) -> None:
    point_order_events.report_paid(member=member, order=order(number, paid_fen))


def orders_of_all_members(programme: list[Member]) -> None:
    dice = random.Random(7)
    for number in range(ORDERS):
        report_order(dice.choice(programme), f"O{number}", dice.randrange(1, 40_000))


def member_in_debt(programme: list[Member]) -> None:
    """Someone has spent what their returned goods brought."""
    entry = point_order_accrual.post_order(member=programme[1], order=order("before"))[0]
    points.spend(member=programme[1], kind="gift_redemption", value=points.balance(programme[1]), key="gift")
    point_reversals.reverse_earned(key=entry.key, number="R", numerator=1, denominator=1)
    orders_of_all_members(programme)


def merge_before_posting(programme: list[Member]) -> None:
    orders_of_all_members(programme)
    merges.merge(survivor=programme[0].customer, duplicate=programme[2].customer, proof="test")


def order_posted_before(programme: list[Member]) -> None:
    orders_of_all_members(programme)
    event = Event.select().where(Event.kind == "orders.paid").order_by(Event.id)[5]
    point_order_events.post_order(event)


def order_of_two_members(programme: list[Member]) -> None:
    """Two channels reported one order of two members at once."""
    orders_of_all_members(programme)
    event = Event.select().where(Event.kind == "orders.paid").order_by(Event.id)[5]
    other = next(member for member in programme if member.id != event.member_id)
    with db.database.transaction():
        about = {"customer_id": other.customer_id, "member_id": other.id}
        events.record("orders.paid", **about, **event.properties)


def invalid_order(programme: list[Member]) -> None:
    orders_of_all_members(programme)
    with db.database.transaction():
        events.record("orders.paid", member_id=programme[0].id, number="T9", lines=[], payments=[])


def order_without_member(programme: list[Member]) -> None:
    orders_of_all_members(programme)
    with db.database.transaction():
        events.record("orders.paid", **Event.get(Event.kind == "orders.paid").properties | {"number": "T9"})


FAILING = [order_of_two_members, invalid_order]  # in which the batch has something that is refused
SITUATIONS = [
    orders_of_all_members,
    member_in_debt,
    merge_before_posting,
    order_posted_before,
    order_of_two_members,
    invalid_order,
    order_without_member,
]


def rows_after_relay() -> dict[str, object]:
    """What the due deliveries leave, by keys instead of row numbers, and nothing of it afterwards."""
    with db.database.atomic() as trial:
        while batch := outbox.claim():
            due = [one for one in batch if one.subscriber != SENDING]
            if due:
                outbox.run_in_transaction(due)
        account = {row.id: (row.member_id, row.group_id) for row in PointAccount.select()}
        keys = {row.id: row.key for row in PointEntry.select()}
        lots = {
            row.id: (keys[row.entry_id], row.value, row.remaining, row.expires_at)
            for row in PointLot.select()
        }
        kinds = {row.id: row.kind for row in Event.select()}
        left: dict[str, object] = {
            "entries": _rows(PointEntry, account=lambda row: account[row.account_id]),
            "lots": sorted(lots.values(), key=repr),
            "paid": Counter((keys[row.entry_id], row.value) for row in LotAllocation.select()),
            "accounts": _rows(PointAccount),
            "purchases": _rows(Purchase),
            "members": _rows(Member),
            "tiers": _rows(TierRecord),
            "deliveries": Counter(
                (kinds[row.event_id], row.subscriber, row.state)
                for row in EventDelivery.select()
                if row.subscriber != SENDING
            ),
            "events": Counter(kind for kind in kinds.values() if kind != "messages.due"),
        }
        trial.rollback()
    return left


def _rows(model, **instead) -> list[str]:
    """Every row without its number."""
    return sorted(
        repr({**row.__data__, "id": 0, **{name: by(row) for name, by in instead.items()}})
        for row in model.select()
    )


@pytest.mark.parametrize("lay_out", SITUATIONS)
def test_many_at_once_leave_what_one_by_one_leaves(programme, verify_afterwards, lay_out, monkeypatch):
    lay_out(programme)
    with structlog.testing.capture_logs() as result:
        together = rows_after_relay()
    undone = [line["event"] for line in result].count("batch_undone")
    assert undone == (lay_out in FAILING), "else it would be one by one that is compared with itself"
    monkeypatch.setattr(
        outbox, "_handle_many", lambda subscriber, events: [subscriber.handle(e) for e in events]
    )
    assert together == rows_after_relay()
    assert len(together["purchases"]) >= ORDERS


def test_many_are_booked_in_a_few_statements(programme, verify_afterwards, monkeypatch):
    """Five turns of six people: fewer than forty statements a turn, where one by one an order makes thirteen."""
    while batch := outbox.claim():  # what followed the registrations
        outbox.run_in_transaction(batch)
    for number in range(PEOPLE * 5):
        report_order(programme[number % PEOPLE], f"O{number}")
    made, real = [], db.database.obj.execute_sql
    monkeypatch.setattr(
        db.database.obj, "execute_sql", lambda *result: made.append(result[0]) or real(*result)
    )
    deliveries = PEOPLE * 5 * 2  # each order is posted, and may bring chances of draws
    assert outbox.run_in_transaction(outbox.claim(limit=deliveries)) == deliveries
    assert len(made) < 5 * 40, Counter(made).most_common(5)


def post_in_threads(process: int, member_ids: list[int]) -> list[object]:
    """Four workers of a process book the same orders at once, each beginning with another one."""
    orders = [(member_id, order(f"O{place}")) for place, member_id in enumerate(member_ids * 3)]
    return [
        getattr(answer, "code", answer)
        for answer in database.run_concurrently(
            4, lambda number: point_order_accrual.post_orders(orders[number:] + orders[:number])
        )
    ]


def test_one_batch_that_many_processes_book_is_booked_once(process_group, programme, verify_afterwards):
    said = [
        one
        for part in process_group.run_together(2, post_in_threads, [member.id for member in programme])
        for one in part
    ]
    assert said == [None] * 8
    assert (Purchase.select().count(), PointEntry.select().count()) == (3 * PEOPLE, 3 * PEOPLE * 4)
    earned = PointEntry.select(PointEntry.account, peewee.fn.SUM(PointEntry.value)).group_by(
        PointEntry.account
    )
    assert dict(earned.tuples()) == {row.id: row.available for row in PointAccount.select()}


def test_control_without_lock_and_indexes_a_batch_is_booked_twice(programme, monkeypatch):
    """Both workers have looked for the orders before either writes; the accounts are there."""
    orders = [(member.id, order(f"O{member.id}")) for member in programme[:-1]]
    monkeypatch.setattr(members, "lock_all_in_order", lambda ids: sorted(ids))
    monkeypatch.setattr(
        point_order_accrual.purchases,
        "filter_existing",
        with_barrier(point_order_accrual.purchases.filter_existing),
    )
    with (
        without_index("purchase_order_number", "point_entry_key", "tier_record_active"),
        without_write_queue(),
    ):
        database.run_concurrently(2, lambda _: point_order_accrual.post_orders(orders))
        assert Purchase.select().count() == 2 * len(orders)
