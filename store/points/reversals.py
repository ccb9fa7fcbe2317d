"""Reversals (退货冲销): returned goods lose what they earned, and points paid for them come back.

A return is given as a fraction, in pieces or in fen. The total of all returns so far is rounded down, so each
return moves the difference, and the last one brings the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from typing import Annotated

import peewee
from peewee import fn
from pydantic import ConfigDict, Field, with_config

from store.core import clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.points import points, postings
from store.points.ledger import LotAllocation, PointAccount, PointEntry, PointLot
from store.tenants import business_days, settings

EARNED_KINDS = ("transaction", "promotion")


class PointReversalSettings(settings.SettingsGroup, name="point_reversal"):
    """`waive` writes off what a member has spent already; otherwise it becomes a debt."""

    waive_spent: bool = False


class PointReversal(Model):
    """How much of an entry a return moved: `value` is its share, the sum of the three parts.

    `expired_points` expired unspent: they are gone already and are not taken a second time.
    """

    entry = peewee.ForeignKeyField(PointEntry, backref="reversals", index=False)
    number = peewee.CharField(max_length=64)
    numerator = peewee.BigIntegerField(constraints=[peewee.Check("numerator > 0")])
    denominator = peewee.BigIntegerField()
    value = peewee.BigIntegerField(constraints=[peewee.Check("value >= 0")])
    posted_points = peewee.BigIntegerField(default=0, constraints=[peewee.Check("posted_points >= 0")])
    expired_points = peewee.BigIntegerField(default=0, constraints=[peewee.Check("expired_points >= 0")])
    waived_points = peewee.BigIntegerField(default=0, constraints=[peewee.Check("waived_points >= 0")])
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("entry", "number"), True),)
        constraints = [
            peewee.Check("value = posted_points + expired_points + waived_points"),
            peewee.Check("numerator <= denominator"),
        ]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class ReturnedLine:
    """A fraction of an order line that comes back; both numbers in pieces or in fen."""

    line: Annotated[str, Field(min_length=1, max_length=64)]
    numerator: Annotated[int, Field(strict=True, ge=1, le=10_000_000_000)]
    denominator: Annotated[int, Field(strict=True, ge=1, le=10_000_000_000)]


@db.transactional
def reverse_lines(*, order_number: str, number: str, lines: Sequence[ReturnedLine]) -> list[PointReversal]:
    """Take back what the returned lines of an order earned, under every rule and in every group."""
    done = []
    for returned in merge_lines(lines):
        earned = PointEntry.select(PointEntry.key).where(
            (PointEntry.order_number == order_number)
            & (PointEntry.order_line == returned.line)
            & PointEntry.kind.in_(EARNED_KINDS)
        )
        for entry in list(earned.order_by(PointEntry.id)):
            done.append(
                reverse_earned(
                    key=entry.key,
                    number=number,
                    numerator=returned.numerator,
                    denominator=returned.denominator,
                )
            )
    return done


def merge_lines(lines: Sequence[ReturnedLine]) -> list[ReturnedLine]:
    """Add up lines that are named several times. Raises DomainError beyond the whole line."""
    found: dict[str, ReturnedLine] = {}
    for line in lines:
        before = found.get(line.line)
        if before is not None and before.denominator != line.denominator:
            raise errors.invalid("lines", f"同一次退货里，订单行 {line.line} 请用同一种数量")
        part = line.numerator + (before.numerator if before else 0)
        if part > line.denominator:
            raise errors.DomainError("return_exceeds", "退货超过了原订单", 409, line=line.line)
        found[line.line] = replace(line, numerator=part)
    return list(found.values())


@db.transactional
def reverse_earned(*, key: str, number: str, numerator: int, denominator: int) -> PointReversal:
    """Take back a share of the entry of `key`. Idempotent by return number.

    From its own lot first, then from what expires first; what is missing becomes a debt or is waived.
    """
    earned, held = _lock_entry(key, EARNED_KINDS)
    before = _find_existing(earned, number, numerator, denominator)
    if before is not None:
        return before
    share, own = _points_of_return(earned, numerator, denominator), PointLot.get(PointLot.entry == earned)
    expired = min(share, _newly_expired(earned, own))
    lots = sorted(
        postings.unexpired_lots(held), key=lambda lot: lot.id != own.id
    )  # stable: the rest keeps its order
    missing = max(share - expired - sum(lot.remaining for lot in lots), 0)
    waived = missing if settings.read(PointReversalSettings).waive_spent else 0
    taken = share - expired - waived
    if taken:
        entry = _post_entry(held, earned, kind="return_reversal", value=taken, number=number)
        held.update_fields(debt=held.debt + taken - postings.allocate_from_lots(entry, lots, taken))
    return PointReversal.create(
        entry=earned,
        number=number,
        numerator=numerator,
        denominator=denominator,
        value=share,
        posted_points=taken,
        expired_points=expired,
        waived_points=waived,
    )


@db.transactional
def refund_redeemed(*, key: str, number: str, numerator: int = 1, denominator: int = 1) -> PointReversal:
    """Give back a share of the points that the entry of `key` redeemed. Idempotent by return number.

    What was taken last comes back first, into its lots with their expiry. Instead of expired lots a new one ends with
    the next day.
    """
    spent, held = _lock_entry(key, points.REDEEM_KINDS)
    before = _find_existing(spent, number, numerator, denominator)
    if before is not None:
        return before
    share = _points_of_return(spent, numerator, denominator)
    if share:
        entry = _post_entry(held, spent, kind="redemption_cancelled", value=share, number=number)
        _return_to_lots(held, spent, entry)
        postings.pay_debts(held)
    return PointReversal.create(
        entry=spent,
        number=number,
        numerator=numerator,
        denominator=denominator,
        value=share,
        posted_points=share,
    )


def returned_share(parts: Iterable[tuple[int, int]], *, value: int) -> Fraction:
    """Return how much of a line that earned `value` has come back by fractions, one after the other.

    One piece of three and 667 of 1000 fen are the whole line, and so are one piece and 666 fen: a difference below the
    finer unit is rounding, unless it comes to a point.
    """
    total, returned, finest = Fraction(0), Fraction(0), Fraction(1)
    for part, whole in parts:
        total, finest = total + Fraction(part, whole), min(finest, Fraction(1, whole))
        rest = 1 - total
        returned = max(returned, Fraction(1) if abs(rest) < finest and value * rest < 1 else total)
    return returned


def _lock_entry(key: str, kinds: tuple[str, ...]) -> tuple[PointEntry, PointAccount]:
    """Lock an entry and its account, also if a merge or its undo just moved both."""
    found = PointEntry.find(key=key)
    if found is None or found.kind not in kinds:
        raise errors.not_found("这笔积分")
    of_entry = PointAccount.select().join(PointEntry).where(PointEntry.id == found.id)
    return found, members.lock_row_with_member(of_entry.clone().get)


def _find_existing(entry: PointEntry, number: str, numerator: int, denominator: int) -> PointReversal | None:
    """Return the earlier entry of a return. Raises DomainError if the number belongs to another return."""
    found = PointReversal.find(entry=entry.id, number=number)
    if found is not None and (found.numerator, found.denominator) != (numerator, denominator):
        raise errors.DomainError("key_reused", "该退货单号已用于另一次退货", 422, key=number)
    return found


def _points_of_return(entry: PointEntry, numerator: int, denominator: int) -> int:
    """Return how many of an entry's points this return moves, given the earlier returns."""
    if numerator < 1 or denominator < 1:
        raise errors.invalid("numerator", "退货数量与原订单不符")
    earlier = list(PointReversal.select().where(PointReversal.entry == entry).order_by(PointReversal.id))
    parts = [*((row.numerator, row.denominator) for row in earlier), (numerator, denominator)]
    returned = returned_share(parts, value=entry.value)
    if returned > 1:
        raise errors.DomainError("return_exceeds", "退货超过了原订单", 409)
    return int(entry.value * returned) - sum(row.value for row in earlier)


def _newly_expired(earned: PointEntry, own_lot: PointLot) -> int:
    """Return the entry's points that expired unspent, less those that earlier returns have counted."""
    counted = (
        PointReversal.select(fn.SUM(PointReversal.expired_points))
        .where(PointReversal.entry == earned)
        .scalar()
        or 0
    )
    return _expired_unspent(own_lot) - int(counted)


def _expired_unspent(lot: PointLot) -> int:
    """Return the points of a lot that expired, or that were spent and came back after its end."""
    expiries = (LotAllocation.lot == lot) & (PointEntry.kind == "expiry")
    gone = LotAllocation.select(fn.SUM(LotAllocation.value)).join(PointEntry).where(expiries).scalar() or 0
    over = lot.expires_at is not None and lot.expires_at <= clock.now()
    late = sum(_expired_in_replacement(late, lot) for late in _replacement_lots(lot))
    return int(gone) + (lot.remaining if over else 0) + late


def _replacement_lots(lot: PointLot) -> list[PointLot]:
    """Return the lots that were created for points which came back from spendings of this lot."""
    spendings = LotAllocation.select(LotAllocation.entry).where(LotAllocation.lot == lot)
    cancels = (PointEntry.kind == "redemption_cancelled") & PointEntry.reverses.in_(spendings)
    return list(PointLot.select(PointLot, PointEntry).join(PointEntry).where(cancels))


def _expired_in_replacement(replacement_lot: PointLot, lot: PointLot) -> int:
    """Return how many points of `lot` expired in a replacement lot.

    The points that came into it last are spent last, so they are the first to be counted as expired. They are those of
    the lots from which the redemption took first, which ended first.
    """
    back, ended = replacement_lot.entry, _expired_unspent(replacement_lot)
    before = (PointEntry.reverses == back.reverses_id) & (PointEntry.id < back.id)
    given = PointEntry.select(fn.SUM(PointEntry.value)).where(before).scalar() or 0
    for source, value in reversed(list(_allocations_newest_first(back.reverses, back.value, int(given)))):
        part = min(ended, value)
        if source.id == lot.id:
            return part
        ended -= part
    return 0


def _return_to_lots(account: PointAccount, redeemed: PointEntry, entry: PointEntry) -> None:
    given = (
        PointReversal.select(fn.SUM(PointReversal.value)).where(PointReversal.entry == redeemed).scalar() or 0
    )
    late, now = 0, clock.now()
    for lot, value in _allocations_newest_first(redeemed, entry.value, int(given)):
        if lot.expires_at is None or lot.expires_at > now:
            postings.return_to_lot(entry, lot, value)
        else:
            late += value
    if late:
        ends = business_days.end_of(business_days.today() + timedelta(days=1))
        postings.create_lot(account, entry, value=late, effective_at=now, expires_at=ends)


def _allocations_newest_first(
    redeemed: PointEntry, value: int, refunded: int
) -> Iterator[tuple[PointLot, int]]:
    """Yield the lots of an entry, the last one first, without what was returned before."""
    relations = LotAllocation.select(LotAllocation, PointLot).join(PointLot)
    for relation in relations.where(LotAllocation.entry == redeemed).order_by(LotAllocation.id.desc()):
        skipped = min(refunded, relation.value)
        part = min(relation.value - skipped, value)
        refunded, value = refunded - skipped, value - part
        if part:
            yield relation.lot, part


def _post_entry(
    account: PointAccount, original: PointEntry, *, kind: str, value: int, number: str
) -> PointEntry:
    return postings.post_entry(
        account,
        kind=kind,
        value=value,
        key=f"{original.key}:return:{points.escape_key_part(number)}",
        reverses=original,
        upgrade_eligible=original.upgrade_eligible,
        source=original.source,
        rule_id=original.rule_id,
        order_number=original.order_number,
        order_line=original.order_line,
        cost_centre=original.cost_centre,
        reason="退货扣回" if kind == "return_reversal" else "退回积分",
    )
