"""A purchase (消费): what a member paid for one order, as far as the club counts it, and what came back."""

from datetime import datetime

import peewee

from store.kernel import clock, db, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.people import members, merges
from store.people.members import Member


class Purchase(Record):
    """`returned_fen` is what has been paid back of `paid_fen`."""

    member = peewee.ForeignKeyField(Member, backref="purchases", index=False)
    order_number = peewee.CharField(max_length=64, unique=True)
    shop_id = peewee.BigIntegerField(null=True)
    paid_fen = peewee.BigIntegerField(constraints=[peewee.Check("paid_fen >= 0")])
    returned_fen = peewee.BigIntegerField(default=0, constraints=[peewee.Check("returned_fen >= 0")])
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("member", "at"), False),)
        constraints = [peewee.Check("returned_fen <= paid_fen")]


class PurchaseReturn(Record):
    """Money that one return gave back; the same `number` again is the same return."""

    purchase = peewee.ForeignKeyField(Purchase, backref="returns", index=False)
    number = peewee.CharField(max_length=64)
    refunded_fen = peewee.BigIntegerField(constraints=[peewee.Check("refunded_fen >= 0")])
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("purchase", "number"), True),)


@db.verb
def record(
    *,
    member: Member,
    order_number: str,
    paid_fen: int,
    shop_id: int | None = None,
    at: datetime | None = None,
) -> Purchase:
    """Enter a paid order; the same order again is the same purchase."""
    member = members.locked(member.id)
    found = before(member=member, order_number=order_number, paid_fen=paid_fen)
    return found or enter(
        member, order_number=order_number, paid_fen=paid_fen, shop_id=shop_id, at=at or clock.now()
    )


def before(*, member: Member, order_number: str, paid_fen: int) -> Purchase | None:
    """The purchase that an order made before; the same number for another purchase is refused."""
    found = Purchase.find(order_number=order_number)
    if found is not None and (found.member_id, found.paid_fen) != (member.id, paid_fen):
        raise refusals.Refused("key_reused", "该订单号已用于另一笔消费", 422, key=order_number)
    return found


def enter(member: Member, *, order_number: str, paid_fen: int, shop_id: int | None, at: datetime) -> Purchase:
    """Enter an order that was not there `before`; the caller has locked the member."""
    if paid_fen < 0:
        raise refusals.invalid("paid_fen", "实付金额不能为负")
    member.put(
        first_purchase_at=min(member.first_purchase_at or at, at),
        latest_purchase_at=max(member.latest_purchase_at or at, at),
    )
    return Purchase.create(
        member=member.id, order_number=order_number, shop_id=shop_id, paid_fen=paid_fen, at=at
    )


@db.verb
def give_back(*, order_number: str, number: str, refunded_fen: int) -> PurchaseReturn:
    """Enter a refund; the same number again is the same return, and no more comes back than was paid."""
    found = Purchase.find(order_number=order_number, lock=True)
    if found is None:
        raise refusals.not_found("该消费")
    before = PurchaseReturn.find(purchase=found.id, number=number)
    if before is not None:
        if before.refunded_fen != refunded_fen:
            raise refusals.Refused("key_reused", "该退货单号已用于另一次退货", 422, key=number)
        return before
    if not 0 <= refunded_fen <= found.paid_fen - found.returned_fen:
        raise refusals.Refused("return_exceeds", "退款超过了实付金额", 409)
    found.put(returned_fen=found.returned_fen + refunded_fen)
    return PurchaseReturn.create(purchase=found, number=number, refunded_fen=refunded_fen)


merges.carries(Purchase.member)
