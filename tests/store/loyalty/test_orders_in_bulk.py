"""Orders that the relay books together leave what they leave one after the other."""

import random
from collections import Counter

import peewee
import pytest
import structlog

from store.kernel import clock, db, deliveries, events
from store.kernel.events import Delivery, Event
from store.loyalty import (
    accruals,
    cost_centres,
    memberships,
    order_accruals,
    point_returns,
    point_rules,
    points,
    tier_rules,
    tiers,
)
from store.loyalty.accrual import OrderLine, Payment
from store.loyalty.accruals import PaidOrder
from store.loyalty.point_accounts import PointAccount, PointEntry, PointLot, PointRelation
from store.loyalty.purchases import Purchase
from store.loyalty.tier_rules import TierRule
from store.loyalty.tiers import TierRecord
from store.loyalty.validity import Validity
from store.people import customers, members, merges
from store.people.members import Member
from tests import world
from tests.store.races import meeting, without_index, without_turns

PEOPLE, ORDERS = 6, 40


@pytest.fixture
def club(mei) -> list[Member]:
    """Five who joined and a fan: points and growth by rules, and two tiers to rise to."""
    first, growth = points.groups(mei.programme)
    centre = cost_centres.open_cost_centre(code="marketing", name="市场部")
    for group, category, rate in ((first, None, 1), (first, "dairy", 3), (growth, None, 1)):
        point_rules.add(
            group=group, name=group.name, basis="amount", points=rate, per=100, category=category,
            cost_centre=centre, valid=Validity(days=90), upgrade_eligible=group == growth,
        )  # fmt: skip
    gold = next(tier for tier in tiers.listing(mei.programme_id) if tier.code == "gold")
    top = tiers.add(programme=mei.programme, code="top", name="金钻", rank=9)
    rules = [
        TierRule(tier=gold, basis="points", group=growth, window_days=365, at_least=400, below=900),
        TierRule(tier=top, basis="spend", window_days=30, at_least=90_000),
    ]
    tier_rules.replace(programme=mei.programme, rules=rules)
    joined = [
        memberships.join(customer=customers.open_customer(source="till"), source="till")
        for _ in range(PEOPLE - 2)
    ]
    fan = memberships.members.of_customer(customers.open_customer(source="till"))
    return [mei, *joined, fan]


def order(number: str, paid_fen: int = 10_000) -> PaidOrder:
    lines = (
        OrderLine(
            line="1", product="milk", quantity=2, paid_fen=paid_fen // 3, categories=frozenset({"dairy"})
        ),
        OrderLine(line="2", product="pear", quantity=1, paid_fen=paid_fen - paid_fen // 3),
    )
    return PaidOrder(number, clock.now(), lines, (Payment("wechat", paid_fen),), source="till")


def tell(member: Member, number: str, paid_fen: int = 10_000) -> None:
    order_accruals.tell_paid(member=member, order=order(number, paid_fen))


def told_to_all(club: list[Member]) -> None:
    dice = random.Random(7)
    for number in range(ORDERS):
        tell(dice.choice(club), f"O{number}", dice.randrange(1, 40_000))


def in_debt(club: list[Member]) -> None:
    """Somebody has spent what their returned goods brought."""
    entry = accruals.book(member=club[1], order=order("before"))[0]
    points.spend(member=club[1], kind="gift_redemption", value=points.balance(club[1]), key="gift")
    point_returns.take_back(key=entry.key, number="R", part=1, whole=1)
    told_to_all(club)


def merged_meanwhile(club: list[Member]) -> None:
    told_to_all(club)
    merges.merge(keep=club[0].customer, lose=club[2].customer, proof="test")


def booked_before(club: list[Member]) -> None:
    told_to_all(club)
    event = Event.select().where(Event.kind == "orders.paid").order_by(Event.id)[5]
    order_accruals.book(event)


def told_twice(club: list[Member]) -> None:
    """Two channels told one order of two members at once."""
    told_to_all(club)
    event = Event.select().where(Event.kind == "orders.paid").order_by(Event.id)[5]
    other = next(member for member in club if member.id != event.member_id)
    with db.database.transaction():
        about = {"customer_id": other.customer_id, "member_id": other.id}
        events.record("orders.paid", **about, **event.properties)


def makes_no_sense(club: list[Member]) -> None:
    told_to_all(club)
    with db.database.transaction():
        events.record("orders.paid", member_id=club[0].id, number="T9", lines=[], payments=[])


def of_nobody(club: list[Member]) -> None:
    told_to_all(club)
    with db.database.transaction():
        events.record("orders.paid", **Event.get(Event.kind == "orders.paid").properties | {"number": "T9"})


FAILING = [told_twice, makes_no_sense]  # in which the batch has something that is refused
WORLDS = [told_to_all, in_debt, merged_meanwhile, booked_before, told_twice, makes_no_sense, of_nobody]


def left_by_the_relay() -> dict[str, object]:
    """What the due deliveries leave, by keys instead of row numbers, and nothing of it afterwards."""
    with db.database.atomic() as trial:
        while batch := deliveries.claim():
            deliveries.run_inside([one for one in batch if one.reaction.endswith(".book")] or batch)
        account = {row.id: (row.member_id, row.group_id) for row in PointAccount.select()}
        keys = {row.id: row.key for row in PointEntry.select()}
        lots = {
            row.id: (keys[row.entry_id], row.value, row.left, row.expires_at) for row in PointLot.select()
        }
        left: dict[str, object] = {
            "entries": _rows(PointEntry, account=lambda row: account[row.account_id]),
            "lots": sorted(lots.values(), key=repr),
            "paid": Counter((keys[row.entry_id], row.value) for row in PointRelation.select()),
            "accounts": _rows(PointAccount),
            "purchases": _rows(Purchase),
            "members": _rows(Member),
            "tiers": _rows(TierRecord),
            "deliveries": Counter((row.event_id, row.reaction, row.state) for row in Delivery.select()),
            "events": Counter(row.kind for row in Event.select()),
        }
        trial.rollback()
    return left


def _rows(model, **instead) -> list[str]:
    """Every row without its number."""
    return sorted(
        repr({**row.__data__, "id": 0, **{name: by(row) for name, by in instead.items()}})
        for row in model.select()
    )


@pytest.mark.parametrize("lay_out", WORLDS)
def test_many_at_once_leave_what_one_by_one_leaves(club, sound, lay_out, monkeypatch):
    lay_out(club)
    with structlog.testing.capture_logs() as told:
        together = left_by_the_relay()
    undone = [line["event"] for line in told].count("batch_undone")
    assert undone == (lay_out in FAILING), "else it would be one by one that is compared with itself"
    monkeypatch.setattr(events, "_bulk", {})
    assert together == left_by_the_relay()
    assert len(together["purchases"]) >= ORDERS


def test_many_are_booked_in_a_few_statements(club, sound, monkeypatch):
    """Five turns of six people: fewer than forty statements a turn, where one by one an order makes thirteen."""
    for number in range(PEOPLE * 5):
        tell(club[number % PEOPLE], f"O{number}")
    made, real = [], db.database.obj.execute_sql
    monkeypatch.setattr(db.database.obj, "execute_sql", lambda *told: made.append(told[0]) or real(*told))
    assert deliveries.run_inside(deliveries.claim()) == PEOPLE * 5
    assert len(made) < 5 * 40, Counter(made).most_common(5)


def batches(process: int, member_ids: list[int]) -> list[object]:
    """Four workers of a process book the same orders at once, each beginning with another one."""
    orders = [(member_id, order(f"O{place}")) for place, member_id in enumerate(member_ids * 3)]
    return [
        getattr(answer, "code", answer)
        for answer in world.at_once(4, lambda number: accruals.enter_all(orders[number:] + orders[:number]))
    ]


def test_one_batch_that_many_processes_book_is_booked_once(house, club, sound):
    said = [one for part in house.together(2, batches, [member.id for member in club]) for one in part]
    assert said == [None] * 8
    assert (Purchase.select().count(), PointEntry.select().count()) == (3 * PEOPLE, 3 * PEOPLE * 4)
    earned = PointEntry.select(PointEntry.account, peewee.fn.SUM(PointEntry.value)).group_by(
        PointEntry.account
    )
    assert dict(earned.tuples()) == {row.id: row.available for row in PointAccount.select()}


def test_control_without_lock_and_indexes_a_batch_is_booked_twice(club, monkeypatch):
    """Both workers have looked for the orders before either writes; the accounts are there."""
    orders = [(member.id, order(f"O{member.id}")) for member in club[:-1]]
    monkeypatch.setattr(members, "locked_together", lambda ids: sorted(ids))
    monkeypatch.setattr(accruals.purchases, "known", meeting(accruals.purchases.known))
    with without_index("purchase_order_number", "point_entry_key", "tier_record_active"), without_turns():
        world.at_once(2, lambda _: accruals.enter_all(orders))
        assert Purchase.select().count() == 2 * len(orders)
