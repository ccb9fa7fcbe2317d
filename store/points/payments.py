"""Points as payment (积分抵现): held for an order, committed when it is paid, otherwise released.

A hold takes the points out at once, so that nothing else spends them and the daily close cannot expire them. It has
no clock of its own: it ends with its order, and can be taken again for the same order.
"""

from dataclasses import dataclass

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
from store.points import points as point_operations
from store.points import postings, reversals
from store.points.ledger import PointEntry
from store.points.reversals import PointReversal
from store.tenants import settings

TRANSITIONS = {"held": ("committed", "released"), "committed": (), "released": ()}
LIVE_STATES = ("held", "committed")


class PointPaymentSettings(settings.SettingsGroup, name="point_payment"):
    """`points_per_yuan` of 0 accepts no points; at most `max_percent` of an order is paid with them."""

    points_per_yuan: int = Field(default=100, ge=0, le=1_000_000)
    max_percent: int = Field(default=50, ge=0, le=100)


class PointPayment(Model):
    """Points that pay `amount_fen` of an order: one live row an order, and the released ones before it.

    `sequence` counts the rows of an order. `entry` is what took the points out.
    """

    member = peewee.ForeignKeyField(Member, backref="point_payments")
    order_number = peewee.CharField(max_length=64)
    sequence = peewee.IntegerField(constraints=[peewee.Check("sequence >= 1")])
    entry = peewee.ForeignKeyField(PointEntry, unique=True)
    points = peewee.BigIntegerField(constraints=[peewee.Check("points > 0")])
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    state = peewee.CharField(
        max_length=10, default="held", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("order_number", "sequence"), True),)


PointPayment.add_index(
    PointPayment.index(PointPayment.order_number, unique=True, name="point_payment_live").where(
        peewee.SQL("state IN ('held', 'committed')")
    )
)


@dataclass(frozen=True)
class Quote:
    """The most points for an order and what they pay; whole yuan if a point is less than a fen."""

    points: int
    amount_fen: int


def quote(*, member: Member, total_fen: int) -> Quote:
    """Return what a member could pay of an order with points now."""
    rules = settings.read(PointPaymentSettings)
    usable = available_points(member)
    if not rules.points_per_yuan:
        return Quote(0, 0)
    most_fen = min(usable * 100 // rules.points_per_yuan, total_fen * rules.max_percent // 100)
    return _points_for_amount(most_fen, rules)


def available_points(member: Member) -> int:
    """Return the points with which a member could pay now."""
    held = point_operations.account_or_empty(member)
    if (
        not held.group.spendable or member.is_frozen or held.id is None
    ):  # an account that was never written to
        return 0
    return max(sum(lot.remaining for lot in postings.usable_lots(held)) - held.debt, 0)


def held_points(member: Member) -> int:
    """Return the points held for unpaid orders."""
    mine = (PointPayment.member == member) & (PointPayment.state == "held")
    return int(PointPayment.select(fn.COALESCE(fn.SUM(PointPayment.points), 0)).where(mine).scalar())


@db.transactional
def hold(*, member: Member, order_number: str, points: int, amount_fen: int, limit_fen: int) -> PointPayment:
    """Hold points that pay `amount_fen` of an order, at most `limit_fen`. Idempotent.

    Raises DomainError(invalid, hold_differs, points_short, membership_closed, member_frozen).
    """
    member = members.lock(member.id)
    live = find_live(order_number)
    if live is not None:
        if (live.member_id, live.points, live.amount_fen) != (member.id, points, amount_fen):
            raise errors.DomainError("hold_differs", "该订单已占用其他数量的积分", 409, points=live.points)
        return live
    members.ensure_open(member)
    _check_amount(points, amount_fen, limit_fen)
    sequence = len(PointPayment.find_all(order_number=order_number)) + 1
    entry = point_operations.spend(
        member=member, kind="gift_redemption", value=points, key=f"payment:{order_number}:{sequence}",
        order_number=order_number, behaviour="point_payment", reason="积分抵现",
    )  # fmt: skip
    return PointPayment.create(
        member=member, order_number=order_number, sequence=sequence, entry=entry, points=points,
        amount_fen=amount_fen,
    )  # fmt: skip


@db.transactional
def change(*, order_number: str, points: int, amount_fen: int, limit_fen: int) -> PointPayment:
    """Hold another number of points for the same order. Idempotent.

    What was held returns to its lots first. Raises DomainError(not_found, wrong_state, invalid, points_short).
    """
    row = _lock_live(order_number)
    if (row.points, row.amount_fen) == (points, amount_fen):
        return row
    release(order_number=order_number)
    member = Member.get_by_id(row.member_id)
    return hold(
        member=member, order_number=order_number, points=points, amount_fen=amount_fen, limit_fen=limit_fen
    )


@db.transactional
def commit(*, order_number: str) -> PointPayment:
    """Commit the points of a paid order. Idempotent. Raises DomainError(not_found, hold_released)."""
    row = _lock_live(order_number)
    if row.state == "held":
        row.update_fields(state="committed")
    return row


@db.transactional
def release(*, order_number: str) -> list[PointPayment]:
    """Return the points of an unpaid order to their lots, and the row that was held. Idempotent.

    Raises DomainError(wrong_state) if they have paid already.
    """
    if find_live(order_number) is None:
        return []
    row = _lock_live(order_number)
    if row.state != "held":
        raise errors.DomainError("wrong_state", "该积分支付已完成", 409, state=row.state)
    reversals.refund_redeemed(key=row.entry.key, number="release")
    row.update_fields(state="released")
    return [row]


@db.transactional
def refund(*, order_number: str, return_number: str, amount_fen: int) -> PointReversal | None:
    """Return the points for `amount_fen` that the points of an order paid, or None for 0. Idempotent.

    All returns so far give the points times the fen that have come back, divided by the fen that they paid, rounded
    down. Raises DomainError(not_paid, return_exceeds, key_reused).
    """
    if amount_fen == 0:
        return None
    row = find_live(order_number)
    if row is None or row.state != "committed":
        raise errors.DomainError("not_paid", "该订单尚未用积分支付", 409)
    row = _lock_live(order_number)
    return reversals.refund_redeemed(
        key=row.entry.key, number=return_number, numerator=amount_fen, denominator=row.amount_fen
    )


def find_live(order_number: str) -> PointPayment | None:
    """Return the held or committed points of an order, or None."""
    rows = PointPayment.find_all(order_number=order_number)
    return next((row for row in rows if row.state in LIVE_STATES), None)


def _lock_live(order_number: str) -> PointPayment:
    """Lock the member and return the live row. Raises DomainError(not_found, hold_released)."""
    found = find_live(order_number)
    if found is None:
        if PointPayment.find(order_number=order_number) is None:
            raise errors.not_found("该订单的积分支付")
        raise errors.DomainError("hold_released", "该订单的积分已释放", 409)
    row = members.lock_row_with_member(lambda: PointPayment.get_by_id(found.id))
    if row.state not in LIVE_STATES:  # released while this call waited
        raise errors.DomainError("hold_released", "该订单的积分已释放", 409)
    return row


def _check_amount(points: int, amount_fen: int, limit_fen: int) -> None:
    """Raise DomainError unless the points come to exactly this amount, within the limit."""
    per_yuan = settings.read(PointPaymentSettings).points_per_yuan
    is_exact = per_yuan > 0 and points * 100 == amount_fen * per_yuan
    if points < 1 or not is_exact or amount_fen > limit_fen:
        raise errors.invalid("points", "所用积分超过本单可抵的上限，或不能折成整分")


def _points_for_amount(max_fen: int, rules: PointPaymentSettings) -> Quote:
    """Return the points that come to whole fen, at most `max_fen`."""
    while max_fen > 0 and max_fen * rules.points_per_yuan % 100:
        max_fen -= 1
    return Quote(max_fen * rules.points_per_yuan // 100, max_fen)


merge_rules.register_rule(PointPayment.member)
