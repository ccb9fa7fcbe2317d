"""The orders of the demo chain in the last 90 days, made by operations at the time of each. A few of today are open.

They are paid by stored value or on delivery, so that no platform has to know them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.catalog.skus import Sku
from store.core import clock
from store.core.database import db
from store.core.events import Event, EventDelivery
from store.customers import profiles
from store.customers.members import Member
from store.membership import registration
from store.orders.fulfilments import Fulfilment
from store.orders.goods_lines import WantedSku
from store.orders.tables import Order
from store.shop_orders import moves, submission
from store.shop_orders.submission import Choice
from store.shops import shops
from store.shops.shops import Shop
from store.stock.levels import StockLevel
from store.stored_value import accounts, top_up_payments
from store.stored_value.authorization import PaymentAuthorization

SEED = 20261130
ORDER_COUNT, DAYS = 60, 90
OPEN_COUNT = 4  # of today
PEOPLE = ("陈梅", "李强", "王芳", "赵磊", "刘洋", "孙丽", "周涛", "吴敏", "郑华", "冯静")
TOP_UP_FEN = 80_000
SHOWN_FROM_SOLD = 30  # of the goods, those with the most stock are ordered
STREETS = ("学院路 5 号", "建设街 18 号 2 单元", "和平里 7 号楼 301")
# A message or a ring of the till about what is long past would only disturb.
_SILENT = ("notifications.", "till_news.")


@dataclass(frozen=True)
class _Plan:
    """One order of the history: when, whose, how, and how it ended."""

    at: datetime
    member: Member
    kind: str
    ends: str


def seed_orders() -> int:
    """Create the members and their orders, all or none, and return the number of orders. Idempotent."""
    if Order.select().exists():
        return 0
    return _seed(random.Random(SEED), clock.now())


@db.transactional
def _seed(dice: random.Random, now: datetime) -> int:
    shop = shops.list_shops(page_size=1)[0][0]
    goods = _list_goods(shop)
    first_event_id = Event.select().order_by(Event.id.desc()).first().id
    with clock.use_moment(now - timedelta(days=DAYS + 1)):
        people = [_register(number, name, shop) for number, name in enumerate(PEOPLE)]
    plans = sorted(_plan(dice, now, people), key=lambda plan: plan.at)
    for number, plan in enumerate(plans):
        _make(dice, plan, shop, goods, f"demo-order-{number}")
    _silence(first_event_id)
    for number, ends in enumerate(("placed", "accepted", "ready", "shipped")[:OPEN_COUNT]):
        kind = "delivery" if ends == "shipped" else "pickup"
        plan = _Plan(now - timedelta(minutes=9 - number), people[number], kind, ends)
        _make(dice, plan, shop, goods, f"demo-open-{number}")
    return len(plans) + OPEN_COUNT


def _list_goods(shop: Shop) -> list[Sku]:
    query = (
        StockLevel.select()
        .where(StockLevel.shop == shop.id)
        .order_by(StockLevel.on_hand.desc(), StockLevel.id)
    )
    return Sku.by_ids([row.sku_id for row in query.limit(SHOWN_FROM_SOLD)])


def _register(number: int, name: str, shop: Shop) -> Member:
    member = registration.register_at_desk(phone=f"1390000{number:04d}", shop_id=shop.id)
    profiles.change(member.customer, name=name)
    top_up_payments.take_cash(
        member=member, amount_fen=TOP_UP_FEN, key=f"demo-top-up-{number}", shop_id=shop.id
    )
    return member


def _plan(dice: random.Random, now: datetime, people: list[Member]) -> Iterator[_Plan]:
    for number in range(ORDER_COUNT - OPEN_COUNT):
        at = now - timedelta(
            days=1 + number * (DAYS - 2) / (ORDER_COUNT - OPEN_COUNT), minutes=dice.randint(0, 600)
        )
        kind = dice.choices(("pickup", "delivery", "takeaway"), (6, 3, 1))[0]
        ends = dice.choices(("completed", "refused", "refunded", "closed"), (20, 1, 2, 1))[0]
        yield _Plan(at, dice.choice(people), kind, ends)


def _make(dice: random.Random, plan: _Plan, shop: Shop, goods: list[Sku], key: str) -> None:
    """Place an order and take its steps, minutes or days apart."""
    lines = tuple(WantedSku(sku.id, dice.randint(1, 2)) for sku in dice.sample(goods, dice.randint(1, 3)))
    choice = Choice(
        shop=shop, customer=plan.member.customer, lines=lines, kind=plan.kind, coupon_codes=frozenset(),
        recipient=_recipient(dice, plan, shop) if plan.kind == "delivery" else {},
    )  # fmt: skip
    with clock.use_moment(plan.at):
        row = _pay(choice, plan.member, key)
    if row is not None:
        _follow(plan, row)


def _pay(choice: Choice, member: Member, key: str) -> Fulfilment | None:
    """Place the order with stored value, or on delivery where that is not enough; none below the minimum."""
    found = submission.preview(choice)
    if found.problems:
        return None
    total_fen = found.price.total_fen
    paid = (
        {"stored_value_fen": total_fen}
        if _has_value(member, total_fen)
        else {"payment_terms": "cash_on_delivery"}
    )
    values: dict[str, Any] = {**choice.__dict__, **paid}
    authorization = PaymentAuthorization(kind="session", member_id=member.id)
    return submission.submit(Choice(**values), key=key, authorization=authorization)


def _has_value(member: Member, amount_fen: int) -> bool:
    account = accounts.find_by_member(member)
    return account is not None and account.available_fen >= amount_fen


def _follow(plan: _Plan, row: Fulfilment) -> None:
    number = row.order.number
    with clock.use_moment(plan.at + timedelta(minutes=1)):
        if plan.ends == "refused":
            moves.reject(number=number, reason="商品缺货")
        elif plan.ends in ("refunded", "closed"):
            moves.cancel(number=number, reason="不想要了")
        elif plan.ends != "placed":
            moves.accept(number=number)
    if plan.ends in ("ready", "shipped", "completed"):
        with clock.use_moment(plan.at + timedelta(minutes=2)):
            (moves.ship if plan.kind == "delivery" else moves.mark_ready)(number=number)
    if plan.ends == "completed":
        with clock.use_moment(plan.at + timedelta(hours=3)):
            moves.hand_over(number=number, received_fen=row.order.due_fen or None)
    if plan.ends == "completed" and plan.kind == "delivery":
        with clock.use_moment(min(plan.at + timedelta(days=7), clock.now())):
            moves.complete(number=number)


def _recipient(dice: random.Random, plan: _Plan, shop: Shop) -> dict[str, Any]:
    return {
        "name": profiles.display_name(plan.member.customer), "phone": "+8613900000000",
        "region": [shop.province, shop.city, shop.district], "detail": dice.choice(STREETS),
        "latitude": shop.lat + 0.005, "longitude": shop.lng + 0.005,
    }  # fmt: skip


def _silence(after_event_id: int) -> None:
    """Discard what the history would tell customers and tills. The rest is due now, not in the past."""
    pending = (EventDelivery.event > after_event_id) & (EventDelivery.state == "pending")
    rows = EventDelivery.select().where(pending)
    ids = [row.id for row in rows if row.subscriber.startswith(_SILENT)]
    EventDelivery.update(state="discarded", done_at=clock.now()).where(EventDelivery.id << ids).execute()
    EventDelivery.update(due_at=clock.now()).where(pending).execute()
