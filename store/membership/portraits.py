"""The portrait (画像) of a member in numbers: spend, orders, pieces, and what counts for keeping the tier."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from peewee import fn

from store.core import clock
from store.customers.members import Member
from store.orders.tables import Order, OrderLine
from store.points import points
from store.purchases import Purchase
from store.tiers import rules as tier_rules
from store.tiers.rules import Measure

_SOLD_STATES = ("paid", "completed")


@dataclass(frozen=True)
class Portrait:
    """All net of returns. `pieces_per_order` is of orders of our own, None without one.

    The `retention_…` numbers are what counts for keeping the present tier, whatever its rules ask.
    """

    spent_fen: int
    orders: int
    pieces_per_order: float | None
    retention_points: int
    retention_spend_fen: int
    retention_purchases: int

    @property
    def average_order_fen(self) -> int | None:
        return self.spent_fen // self.orders if self.orders else None


def read(member: Member) -> Portrait:
    """Return the portrait of a member."""
    kept = Purchase.paid_fen - Purchase.returned_fen
    mine: Any = Purchase.select(fn.COALESCE(fn.SUM(kept), 0), fn.COUNT(Purchase.id))
    spent_fen, orders = mine.where((Purchase.member == member.id) & (kept > 0)).tuples().get()
    points_kept, spend_kept, purchases_kept = _list_retention(member)
    return Portrait(
        spent_fen=int(spent_fen), orders=orders, pieces_per_order=_average_pieces(member),
        retention_points=points_kept, retention_spend_fen=spend_kept, retention_purchases=purchases_kept,
    )  # fmt: skip


def _list_retention(member: Member) -> Iterator[int]:
    groups = points.list_groups(int(member.programme_id))
    measures = (Measure("points", groups[0].id if groups else 0), Measure("spend"), Measure("purchases"))
    for measure in measures:
        totals = tier_rules.retention_totals(measure, [member.id], until=clock.now())
        yield totals.get(int(member.id), 0)


def _average_pieces(member: Member) -> float | None:
    """Return the pieces per order of our own that was not returned wholly."""
    sold = _count_pieces(member, Order.id, "sale")
    returned = _count_pieces(member, Order.original, "return")
    left = [count - returned.get(order_id, 0) for order_id, count in sold.items()]
    kept = [count for count in left if count > 0]
    return round(sum(kept) / len(kept), 1) if kept else None


def _count_pieces(member: Member, order_id: Any, direction: str) -> dict[int, int]:
    mine = (Order.member == member.id) & (Order.direction == direction) & Order.state.in_(_SOLD_STATES)
    rows: Any = OrderLine.select(order_id, fn.SUM(OrderLine.quantity)).join(Order).where(mine)
    return {number: int(count) for number, count in rows.group_by(order_id).tuples()}
