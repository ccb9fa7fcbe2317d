"""Purchases (消费): what a member paid for one order, as far as the programme counts it, and its returns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import peewee
from peewee import fn

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.customers.merging.rules import UndoBlocker


class Purchase(Model):
    """`paid_fen` is the spend that tiers and statistics count, `returned_fen` its refunded part."""

    member = peewee.ForeignKeyField(Member, backref="purchases", index=False)
    order_number = peewee.CharField(max_length=64, unique=True)
    shop_id = peewee.BigIntegerField(null=True)
    paid_fen = peewee.BigIntegerField(constraints=[peewee.Check("paid_fen >= 0")])
    returned_fen = peewee.BigIntegerField(default=0, constraints=[peewee.Check("returned_fen >= 0")])
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("member", "at"), False),)
        constraints = [peewee.Check("returned_fen <= paid_fen")]


class PurchaseReturn(Model):
    """The refund of one return. Unique by `number`."""

    purchase = peewee.ForeignKeyField(Purchase, backref="returns", index=False)
    number = peewee.CharField(max_length=64)
    refunded_fen = peewee.BigIntegerField(constraints=[peewee.Check("refunded_fen >= 0")])
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("purchase", "number"), True),)


@db.transactional
def record(
    *,
    member: Member,
    order_number: str,
    paid_fen: int,
    shop_id: int | None = None,
    at: datetime | None = None,
) -> Purchase:
    """Record a paid order. Idempotent by order number."""
    member = members.lock(member.id)
    found = find_existing(member=member, order_number=order_number, paid_fen=paid_fen)
    return found or post(
        member, order_number=order_number, paid_fen=paid_fen, shop_id=shop_id, at=at or clock.now()
    )


def find_existing(*, member: Member, order_number: str, paid_fen: int) -> Purchase | None:
    """Return the purchase of an order, or None. Raises DomainError if the order differs."""
    found = Purchase.find(order_number=order_number)
    if found is not None and (found.member_id, found.paid_fen) != (member.id, paid_fen):
        raise errors.DomainError("key_reused", "该订单号已用于另一笔消费", 422, key=order_number)
    return found


def post(member: Member, *, order_number: str, paid_fen: int, shop_id: int | None, at: datetime) -> Purchase:
    """Insert the purchase of a new order. Requires the member's lock."""
    row = {"member": member, "order_number": order_number, "paid_fen": paid_fen, "shop_id": shop_id, "at": at}
    return Purchase.get_by_id(post_all([row])[0])


def post_all(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert the purchases of many orders, each of another member, and return their ids."""
    for row in rows:
        member, at = row["member"], row["at"]
        if row["paid_fen"] < 0:
            raise errors.invalid("paid_fen", "实付金额不能为负")
        member.first_purchase_at = min(member.first_purchase_at or at, at)
        member.latest_purchase_at = max(member.latest_purchase_at or at, at)
    Member.update_many([row["member"] for row in rows], "first_purchase_at", "latest_purchase_at")
    return Purchase.create_many([{**row, "member": row["member"].id} for row in rows])


def filter_existing(order_numbers: Iterable[str]) -> set[str]:
    """Return those order numbers that have a purchase already."""
    there: Any = Purchase.select(Purchase.order_number).where(Purchase.order_number.in_(list(order_numbers)))
    return {number for (number,) in there.tuples()}


@db.transactional
def record_refund(*, order_number: str, number: str, refunded_fen: int) -> PurchaseReturn:
    """Record a refund, at most the amount paid. Idempotent by `number`."""
    found = Purchase.find(order_number=order_number, lock=True)
    if found is None:
        raise errors.not_found("该消费")
    before = PurchaseReturn.find(purchase=found.id, number=number)
    if before is not None:
        if before.refunded_fen != refunded_fen:
            raise errors.DomainError("key_reused", "该退货单号已用于另一次退货", 422, key=number)
        return before
    if not 0 <= refunded_fen <= found.paid_fen - found.returned_fen:
        raise errors.DomainError("return_exceeds", "退款超过了实付金额", 409)
    found.update_fields(returned_fen=found.returned_fen + refunded_fen)
    return PurchaseReturn.create(purchase=found, number=number, refunded_fen=refunded_fen)


def _find_blockers(field: peewee.Field, context: MergeContext) -> Iterator[UndoBlocker]:
    """Yield merged orders that were returned since."""
    steps = merge_journal.list_moves(context, field)
    rows = {row.id: row for row in Purchase.by_ids([step.row_id for step in steps])}
    for step in steps:
        purchase = rows[step.row_id]
        if purchase.returned_fen != step.before["returned_fen"]:
            facts = {"order_number": purchase.order_number}
            yield UndoBlocker("order_returned", f"合并过来的订单 {purchase.order_number} 已退货", facts)


def _undo_merge(field: peewee.Field, context: MergeContext) -> None:
    """Recompute the first and the last purchase of both members from their own orders."""
    merge_journal.undo_move(field, context)
    mine: Any = Purchase.select(fn.MIN(Purchase.at), fn.MAX(Purchase.at)).where(field == context.survivor_id)
    first, latest = mine.tuples().get()
    if first is not None:
        Member.get_by_id(context.survivor_id).update_fields(
            first_purchase_at=first, latest_purchase_at=latest
        )


merge_rules.register_rule(
    Purchase.member,
    merge_rules.move_and_remember(remember=("returned_fen",)),
    undo=_undo_merge,
    find_blockers=_find_blockers,
)
