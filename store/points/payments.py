"""Points as payment (积分抵现): quoted, held for an order, committed when it is paid, otherwise released.

A hold takes the points out at once, so that nothing else spends them and the daily close cannot expire them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee
from peewee import fn
from pydantic import Field

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.points import points, postings, reversals
from store.points.reversals import PointReversal
from store.tenants import settings

TRANSITIONS = {"held": ("committed", "released"), "committed": (), "released": ()}


class PointPaymentSettings(settings.SettingsGroup, name="point_payment"):
    """`points_per_yuan` of 0 accepts no points; at most `max_percent` of an order is paid with them."""

    points_per_yuan: int = Field(default=100, ge=0, le=1_000_000)
    max_percent: int = Field(default=50, ge=0, le=100)
    hold_minutes: int = Field(default=30, ge=1, le=10_080)


class PointPayment(Model):
    """Points that pay `amount_fen` of an order; one per order."""

    member = peewee.ForeignKeyField(Member, backref="point_payments")
    order_number = peewee.CharField(max_length=64, unique=True)
    points = peewee.BigIntegerField(constraints=[peewee.Check("points > 0")])
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    state = peewee.CharField(
        max_length=10, default="held", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    held_until = UtcDateTimeField()
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("state", "held_until"), False),)

    @property
    def key(self) -> str:
        """Return the natural key of the ledger's entry."""
        return f"payment:{self.order_number}"


@dataclass(frozen=True)
class Quote:
    """The most points for an order and what they pay; whole yuan if a point is less than a fen."""

    points: int
    amount_fen: int


def quote(*, member: Member, total_fen: int) -> Quote:
    """Return what a member could pay of an order with points now."""
    held = points.account_or_empty(member)
    usable = max(sum(lot.remaining for lot in postings.usable_lots(held)) - held.debt, 0)
    rules = settings.read(PointPaymentSettings)
    if not rules.points_per_yuan or not held.group.spendable:
        return Quote(0, 0)
    most_fen = min(usable * 100 // rules.points_per_yuan, total_fen * rules.max_percent // 100)
    return _points_for_amount(most_fen, rules)


def held_points(member: Member) -> int:
    """Return the points held for unpaid orders."""
    mine = (PointPayment.member == member) & (PointPayment.state == "held")
    return int(PointPayment.select(fn.COALESCE(fn.SUM(PointPayment.points), 0)).where(mine).scalar())


@db.transactional
def hold(*, member: Member, order_number: str, value: int, total_fen: int) -> PointPayment:
    """Hold `value` points for an order. Idempotent.

    Raises DomainError if it exceeds the order's share or does not come to whole fen.
    """
    member = members.lock(member.id)
    found = PointPayment.find(order_number=order_number)
    if found is not None:
        if (found.member_id, found.points) != (member.id, value):
            raise errors.DomainError("key_reused", "该订单已用积分支付", 422, key=order_number)
        return found
    rules = settings.read(PointPaymentSettings)
    amount_fen, odd = divmod(value * 100, rules.points_per_yuan) if rules.points_per_yuan else (0, 1)
    if value < 1 or odd or amount_fen > total_fen * rules.max_percent // 100:
        raise errors.invalid("value", "所用积分超过本单可抵的上限，或不能折成整分")
    until = clock.now() + timedelta(minutes=rules.hold_minutes)
    row = PointPayment.create(
        member=member, order_number=order_number, points=value, amount_fen=amount_fen, held_until=until
    )
    points.spend(
        member=member, kind="gift_redemption", value=value, key=row.key, order_number=order_number,
        behaviour="point_payment", reason="积分抵现",
    )  # fmt: skip
    return row


@db.transactional
def commit(*, order_number: str) -> PointPayment:
    """Commit the points of a paid order. Raises DomainError if they were released."""
    return _transition(order_number, "committed")


@db.transactional
def release(*, order_number: str) -> PointPayment:
    """Return the points of an unpaid order to their lots. Raises DomainError if they have paid already."""
    row = _lock_payment(order_number)
    if row.state == "held":
        reversals.refund_redeemed(key=row.key, number="release")
    return _transition(order_number, "released")


@db.transactional
def refund(*, order_number: str, number: str, numerator: int, denominator: int) -> PointReversal:
    """Return the points' share of a refund. `numerator` of `denominator` is the order's amount."""
    row = _lock_payment(order_number)
    if row.state != "committed":
        raise errors.DomainError("not_paid", "该订单尚未用积分支付", 409)
    return reversals.refund_redeemed(key=row.key, number=number, numerator=numerator, denominator=denominator)


def release_overdue(*, limit: int = 200) -> int:
    """Release overdue holds, one order per transaction, and return their number."""
    overdue = (PointPayment.state == "held") & (PointPayment.held_until <= clock.now())
    rows = list(PointPayment.select().where(overdue).order_by(PointPayment.held_until).limit(limit))
    return sum(_release_if_overdue(row.order_number, row.held_until) for row in rows)


@db.transactional
def _release_if_overdue(order_number: str, until: datetime) -> int:
    row = _lock_payment(order_number)
    if row.state != "held" or row.held_until != until:
        return 0  # paid or released while we waited
    release(order_number=order_number)
    return 1


def _lock_payment(order_number: str) -> PointPayment:
    """Lock the member and return the payment."""
    if PointPayment.find(order_number=order_number) is None:
        raise errors.not_found("该订单的积分支付")
    return members.lock_row_with_member(lambda: PointPayment.get(PointPayment.order_number == order_number))


def _transition(order_number: str, state: str) -> PointPayment:
    row = _lock_payment(order_number)
    if row.state != state:
        if state not in TRANSITIONS[row.state]:
            raise errors.DomainError("wrong_state", "该积分支付已完成或已释放", 409, state=row.state)
        row.update_fields(state=state)
    return row


def _points_for_amount(max_fen: int, rules: PointPaymentSettings) -> Quote:
    """Return the points that come to whole fen, at most `max_fen`."""
    while max_fen > 0 and max_fen * rules.points_per_yuan % 100:
        max_fen -= 1
    return Quote(max_fen * rules.points_per_yuan // 100, max_fen)


merge_rules.register_rule(PointPayment.member)
