"""The rows of the benchmark `console`: `python -m bench.console_fixture` prints the token of an administrator.

100,000 members with phones, tiers, points and spend, their orders and payments of the last 60 days, and coupons. They
are inserted as rows, because registering so many people would take too long.
"""

import sys
from datetime import datetime, timedelta
from typing import Any

import config
from bootstrap import bootstrap
from store.core import clock
from store.core.database import db
from store.coupons.coupons import Coupon
from store.coupons.rules import CouponRule
from store.customers import identities, phones, programmes
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.members import Member
from store.orders.tables import Order
from store.payments.attempts import PaymentAttempt
from store.points import points
from store.points.ledger import PointAccount
from store.purchases import Purchase
from store.shops.shops import Shop
from store.staff import accounts, sessions
from store.tenants import registry
from store.tiers import tiers
from store.tiers.tiers import TierRecord
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

TENANT, MEMBERS = "demo", 100_000
FIRST_PHONE, DAYS = 13_800_000_000, 60
BATCH = 10_000


def main() -> None:
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(None))
    with registry.use_tenant(TENANT):
        for start in range(0, MEMBERS, BATCH):
            _insert(range(start, start + BATCH))
        sys.stdout.write(sessions.open_session(accounts.get_by_login("admin")).token + "\n")


@db.transactional
def _insert(numbers: range) -> None:
    """Insert members with all that belongs to them."""
    programme, shop_ids = programmes.get_default(), [row.id for row in Shop.select(Shop.id)]
    ranks, group = tiers.list_tiers(programme.id), points.list_groups(programme)[0]
    now = clock.now()
    moments = {
        number: now - timedelta(minutes=(MEMBERS - number) * DAYS * 1440 / MEMBERS) for number in numbers
    }
    customer_ids = Customer.create_many([
        {"public_id": f"cus_b{number}", "source": "store_pos", "created_at": moments[number],
         "nickname": f"顾客{number}", "managing_shop_id": None}
        for number in numbers
    ])  # fmt: skip
    Identity.create_many([
        {"customer": customer_id, "provider": identities.PHONE, "account": "",
         "subject": phones.blind_index(f"+86{FIRST_PHONE + number}"), "value": f"+86{FIRST_PHONE + number}"}
        for number, customer_id in zip(numbers, customer_ids, strict=True)
    ])  # fmt: skip
    member_ids = Member.create_many([
        {"customer": customer_id, "programme": programme.id, "public_id": f"mem_b{number}",
         "card_number": str(9_000_000_000_000_000 + number), "source": "store_pos",
         "shop_id": shop_ids[number % len(shop_ids)], "joined_at": moments[number], "created_at": moments[number]}
        for number, customer_id in zip(numbers, customer_ids, strict=True)
    ])  # fmt: skip
    TierRecord.create_many([
        {"member": member_id, "tier": ranks[number % len(ranks)].id, "kind": "joined", "started_at": moments[number]}
        for number, member_id in zip(numbers, member_ids, strict=True)
    ])  # fmt: skip
    PointAccount.create_many([
        {"member": member_id, "group": group.id, "accumulated": number % 900, "available": number % 900}
        for number, member_id in zip(numbers, member_ids, strict=True)
    ])  # fmt: skip
    _insert_sales(numbers, member_ids, moments, shop_ids)


def _insert_sales(
    numbers: range, member_ids: list[int], moments: dict[int, datetime], shop_ids: list[int]
) -> None:
    """Insert an order with its payment and purchase, and a coupon, for each member."""
    sold = [
        (number, member_id, 100 + number % 9_900)
        for number, member_id in zip(numbers, member_ids, strict=True)
    ]
    Order.create_many([_to_order(*each, moments, shop_ids) for each in sold])
    PaymentAttempt.create_many([
        {"number": f"b{number}", "payable_kind": "order", "payable_number": f"B{number}", "kind": "cash",
         "key": f"bench-{number}", "amount_fen": fen, "paid_fen": fen, "taken_fen": fen, "received_fen": fen,
         "state": "succeeded", "shop_id": shop_ids[number % len(shop_ids)], "created_at": moments[number],
         "paid_at": moments[number]}
        for number, _, fen in sold
    ])  # fmt: skip
    Purchase.create_many([
        {"member": member_id, "order_number": f"B{number}", "paid_fen": fen, "at": moments[number]}
        for number, member_id, fen in sold
    ])  # fmt: skip
    rule = CouponRule.select().order_by(CouponRule.id).get()
    Coupon.create_many([
        {"rule": rule.id, "code": f"{number:016}", "member": member_id, "received_by": member_id,
         "issue_key": "bench", "received_at": moments[number], "starts_at": moments[number],
         "ends_at": moments[number] + timedelta(days=365)}
        for number, member_id, _ in sold
    ])  # fmt: skip


def _to_order(
    number: int, member_id: int, fen: int, moments: dict[int, datetime], shop_ids: list[int]
) -> dict[str, Any]:
    return {
        "number": f"B{number}", "key": f"bench-{number}", "placed_hash": "", "request_hash": "", "kind": "till",
        "source": "till", "shop": shop_ids[number % len(shop_ids)], "member": member_id, "state": "completed",
        "list_fen": fen, "discount_fen": 0, "total_fen": fen, "due_fen": 0, "money_fen": fen, "spend_fen": fen,
        "placed_at": moments[number], "paid_at": moments[number], "completed_at": moments[number],
    }  # fmt: skip


if __name__ == "__main__":
    main()
