"""Returns and exchanges entered by hand (退换货): against the refund slip of the finance department.

The points go back under the rule that gave them, in the proportion of the amount.
"""

from typing import Annotated, Any

import peewee
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from store.core import actors, clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.validation import validate
from store.customers import members
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.points import order_accrual, order_events
from store.points.ledger import PointEntry
from store.points.order_events import ReturnedOrder
from store.points.reversals import PointReversal, ReturnedLine
from store.service_desk.purchases import LINE, MAX_SLIP_LENGTH, SOURCE, DeskPurchase
from store.tenants import audit

_SLIP = r"^[0-9A-Za-z._/-]{1,40}$"
Slip = Annotated[str, StringConstraints(strip_whitespace=True, pattern=_SLIP)]


class ReturnFields(BaseModel):
    """What a clerk types: the slip of the purchase, that of the refund, and the amount that goes back."""

    model_config = ConfigDict(extra="forbid")

    slip_number: Slip
    refund_slip_number: Slip
    refunded_fen: Annotated[int, Field(strict=True, ge=1, le=100_000_000)]


class DeskReturn(Model):
    """A return of a purchase that was entered by hand. `points` is what it took back."""

    refund_slip_number = peewee.CharField(max_length=MAX_SLIP_LENGTH, unique=True)
    purchase = peewee.ForeignKeyField(DeskPurchase, backref="returns")
    member = peewee.ForeignKeyField(Member, backref="desk_returns")
    refunded_fen = peewee.BigIntegerField(constraints=[peewee.Check("refunded_fen > 0")])
    points = peewee.BigIntegerField(default=0)
    operator = peewee.CharField(max_length=100, default=lambda: actors.current().name)
    entered_at = UtcDateTimeField(default=clock.now)


merge_rules.register_rule(DeskReturn.member)


@db.transactional
def enter(*, member: Member, values: dict[str, Any]) -> DeskReturn:
    """Record a return and take back its share of the points. Idempotent by the number of the refund slip.

    Raises DomainError(invalid, not_found, slip_used, return_exceeds).
    """
    entered = validate(ReturnFields, values)
    owner = members.lock(member.id)
    purchase = DeskPurchase.find(slip_number=entered.slip_number, member=owner.id)
    if purchase is None:
        raise errors.not_found(f"该会员的小票 {entered.slip_number}")
    found = DeskReturn.find(refund_slip_number=entered.refund_slip_number)
    if found is not None:
        if (found.purchase_id, found.refunded_fen) != (purchase.id, entered.refunded_fen):
            raise _used_error(entered.refund_slip_number)
        return found
    row = _create(owner, purchase, entered)
    reversals = _post(owner, purchase, entered)
    row.update_fields(points=_sum_points(reversals))
    audit.record("service_desk.enter_return", f"member:{owner.public_id}", after={
        "slip": purchase.slip_number, "refund_slip": entered.refund_slip_number, "refunded_fen": entered.refunded_fen,
        "points": row.points,
    })  # fmt: skip
    return row


def list_of_purchases(purchase_ids: list[int]) -> dict[int, list[DeskReturn]]:
    """Return the returns of some purchases by the id of the purchase, the earliest first."""
    found: dict[int, list[DeskReturn]] = {purchase_id: [] for purchase_id in purchase_ids}
    for row in DeskReturn.select().where(DeskReturn.purchase.in_(purchase_ids)).order_by(DeskReturn.id):
        found[row.purchase_id].append(row)
    return found


def _create(owner: Member, purchase: DeskPurchase, entered: ReturnFields) -> DeskReturn:
    """Insert the row of a refund slip, whose number is unique. Raises DomainError(slip_used)."""
    try:
        return DeskReturn.create(
            refund_slip_number=entered.refund_slip_number, purchase=purchase, member=owner,
            refunded_fen=entered.refunded_fen,
        )  # fmt: skip
    except peewee.IntegrityError:  # a clerk entered it for another purchase at the same time
        raise _used_error(entered.refund_slip_number) from None


def _post(owner: Member, purchase: DeskPurchase, entered: ReturnFields) -> list[PointReversal]:
    returned = ReturnedLine(line=LINE, numerator=entered.refunded_fen, denominator=purchase.amount_fen)
    if entered.refunded_fen > purchase.amount_fen:
        raise errors.DomainError("return_exceeds", "退款超过了实付金额", 409)
    number, refunded_fen = entered.refund_slip_number, entered.refunded_fen
    order_events.report_returned(
        member=owner,
        returned_order=ReturnedOrder(
            order_number=purchase.order_number, number=number, lines=(returned,), refunded_fen=refunded_fen,
            source=SOURCE,
        ),
    )  # fmt: skip
    return order_accrual.post_return(
        order_number=purchase.order_number, number=number, lines=(returned,), refunded_fen=refunded_fen
    )


def _sum_points(reversals: list[PointReversal]) -> int:
    """Return the taken points of groups that can be spent."""
    spendable = [row for row in reversals if PointEntry.get_by_id(row.entry_id).account.group.spendable]
    return sum(row.value for row in spendable)


def _used_error(slip_number: str) -> errors.DomainError:
    return errors.DomainError(
        "slip_used", f"退款单号 {slip_number} 已录入过", 409, field="refund_slip_number"
    )
