"""Points and returned goods (退货): what the goods earned is taken back, what was paid in points comes back.

A return is told as `part` of `whole`, in pieces the one time and in fen the next: what is due by all returns so
far is rounded down, so each return moves the difference to the one before and the last part brings the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from typing import Annotated

import peewee
from peewee import fn
from pydantic import ConfigDict, Field, with_config

from store.company import calendar, settings
from store.kernel import clock, db, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.loyalty import point_moves, points
from store.loyalty.point_accounts import PointAccount, PointEntry, PointLot, PointRelation
from store.people import members

EARNED = ("transaction", "promotion")


class PointReturnRules(settings.Topic):
    """`forgive` lets go what a member has spent already; otherwise the account owes it."""

    forgive: bool = False


class PointReturn(Record):
    """How much of one entry a return moved: `value` is its share, `taken` + `lapsed` + `forgiven` of it.

    `lapsed` are points that expired unspent: they are gone already and are not taken a second time.
    """

    entry = peewee.ForeignKeyField(PointEntry, backref="returns", index=False)
    number = peewee.CharField(max_length=64)
    part = peewee.BigIntegerField(constraints=[peewee.Check("part > 0")])
    whole = peewee.BigIntegerField()
    value = peewee.BigIntegerField(constraints=[peewee.Check("value >= 0")])
    taken = peewee.BigIntegerField(default=0, constraints=[peewee.Check("taken >= 0")])
    lapsed = peewee.BigIntegerField(default=0, constraints=[peewee.Check("lapsed >= 0")])
    forgiven = peewee.BigIntegerField(default=0, constraints=[peewee.Check("forgiven >= 0")])
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("entry", "number"), True),)
        constraints = [peewee.Check("value = taken + lapsed + forgiven"), peewee.Check("part <= whole")]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class ReturnedLine:
    """`part` of the `whole` of an order line comes back; both in the same unit, pieces or fen."""

    line: Annotated[str, Field(min_length=1, max_length=64)]
    part: Annotated[int, Field(strict=True, ge=1, le=10_000_000_000)]
    whole: Annotated[int, Field(strict=True, ge=1, le=10_000_000_000)]


@db.verb
def reverse(*, order_number: str, number: str, lines: Sequence[ReturnedLine]) -> list[PointReturn]:
    """Take back what the returned lines of an order earned, under every rule and in every group."""
    done = []
    for returned in summed(lines):
        earned = PointEntry.select(PointEntry.key).where(
            (PointEntry.order_number == order_number)
            & (PointEntry.order_line == returned.line)
            & PointEntry.kind.in_(EARNED)
        )
        for entry in list(earned.order_by(PointEntry.id)):
            done.append(take_back(key=entry.key, number=number, part=returned.part, whole=returned.whole))
    return done


def summed(lines: Sequence[ReturnedLine]) -> list[ReturnedLine]:
    """Each line once: a till that scans piece by piece names it for each piece. Refuses more than the whole."""
    found: dict[str, ReturnedLine] = {}
    for line in lines:
        before = found.get(line.line)
        if before is not None and before.whole != line.whole:
            raise refusals.invalid("lines", f"同一次退货里，订单行 {line.line} 请用同一种数量")
        part = line.part + (before.part if before else 0)
        if part > line.whole:
            raise refusals.Refused("return_exceeds", "退货超过了原订单", 409, line=line.line)
        found[line.line] = replace(line, part=part)
    return list(found.values())


@db.verb
def take_back(*, key: str, number: str, part: int, whole: int) -> PointReturn:
    """Take back a share of the points that the entry under `key` brought in; the same return twice is one.

    From its own lot first, then from what ends first; what is missing is owed or forgiven.
    """
    earned, held = _locked(key, EARNED)
    before = _before(earned, number, part, whole)
    if before is not None:
        return before
    share, own = _share(earned, part, whole), PointLot.get(PointLot.entry == earned)
    lapsed = min(share, _lapsed(earned, own))
    lots = sorted(
        point_moves.live_lots(held), key=lambda lot: lot.id != own.id
    )  # stable: the rest keeps its order
    missing = max(share - lapsed - sum(lot.left for lot in lots), 0)
    forgiven = missing if settings.read(PointReturnRules).forgive else 0
    taken = share - lapsed - forgiven
    if taken:
        entry = _enter(held, earned, kind="return_reversal", value=taken, number=number)
        held.put(owed=held.owed + taken - point_moves.take(entry, lots, taken))
    return PointReturn.create(
        entry=earned, number=number, part=part, whole=whole, value=share, taken=taken, lapsed=lapsed,
        forgiven=forgiven,
    )  # fmt: skip


@db.verb
def give_back(*, key: str, number: str, part: int = 1, whole: int = 1) -> PointReturn:
    """Give back a share of the points that the entry under `key` redeemed; the same return twice is one.

    What was taken last comes back first, as if less had been spent in the first place. Into the lots it
    came from, with their expiry; instead of lots that have ended a new one ends with the next day.
    """
    spent, held = _locked(key, points.REDEEMING)
    before = _before(spent, number, part, whole)
    if before is not None:
        return before
    share = _share(spent, part, whole)
    if share:
        entry = _enter(held, spent, kind="redemption_cancelled", value=share, number=number)
        _restore(held, spent, entry)
        point_moves.pay_debts(held)
    return PointReturn.create(entry=spent, number=number, part=part, whole=whole, value=share, taken=share)


def returned_by(parts: Iterable[tuple[int, int]], *, value: int) -> Fraction:
    """How much of a line that earned `value` has come back by parts of wholes, one after the other.

    One piece of three and 667 of 1000 fen are the whole of it, and so are one piece and 666 fen: between two
    units less than the finer one is rounding, unless it comes to a point.
    """
    total, returned, finest = Fraction(0), Fraction(0), Fraction(1)
    for part, whole in parts:
        total, finest = total + Fraction(part, whole), min(finest, Fraction(1, whole))
        rest = 1 - total
        returned = max(returned, Fraction(1) if abs(rest) < finest and value * rest < 1 else total)
    return returned


def _locked(key: str, kinds: tuple[str, ...]) -> tuple[PointEntry, PointAccount]:
    """The entry and its account, for this transaction alone, also when a merge or its undo just moved both."""
    found = PointEntry.find(key=key)
    if found is None or found.kind not in kinds:
        raise refusals.not_found("这笔积分")
    of_entry = PointAccount.select().join(PointEntry).where(PointEntry.id == found.id)
    return found, members.locked_with(of_entry.clone().get)


def _before(entry: PointEntry, number: str, part: int, whole: int) -> PointReturn | None:
    """The same return as entered before; one number for two different returns is refused."""
    found = PointReturn.find(entry=entry.id, number=number)
    if found is not None and (found.part, found.whole) != (part, whole):
        raise refusals.Refused("key_reused", "该退货单号已用于另一次退货", 422, key=number)
    return found


def _share(entry: PointEntry, part: int, whole: int) -> int:
    """What this return moves of an entry's points, given those before it."""
    if part < 1 or whole < 1:
        raise refusals.invalid("part", "退货数量与原订单不符")
    earlier = list(PointReturn.select().where(PointReturn.entry == entry).order_by(PointReturn.id))
    parts = [*((row.part, row.whole) for row in earlier), (part, whole)]
    returned = returned_by(parts, value=entry.value)
    if returned > 1:
        raise refusals.Refused("return_exceeds", "退货超过了原订单", 409)
    return int(entry.value * returned) - sum(row.value for row in earlier)


def _lapsed(earned: PointEntry, own: PointLot) -> int:
    """Points that the entry brought and that ended unspent, less what earlier returns have counted of them."""
    counted = PointReturn.select(fn.SUM(PointReturn.lapsed)).where(PointReturn.entry == earned).scalar() or 0
    return _ended_unspent(own) - int(counted)


def _ended_unspent(lot: PointLot) -> int:
    """Points of a lot that ended with it, or after they were spent and came back when it was over."""
    by_night = (PointRelation.lot == lot) & (PointEntry.kind == "expiry")
    gone = PointRelation.select(fn.SUM(PointRelation.value)).join(PointEntry).where(by_night).scalar() or 0
    over = lot.expires_at is not None and lot.expires_at <= clock.now()
    late = sum(_ended_within(late, lot) for late in _instead_of(lot))
    return int(gone) + (lot.left if over else 0) + late


def _instead_of(lot: PointLot) -> list[PointLot]:
    """The lots that were opened for what came back of the spendings that took from this one."""
    spendings = PointRelation.select(PointRelation.entry).where(PointRelation.lot == lot)
    cancels = (PointEntry.kind == "redemption_cancelled") & PointEntry.reverses.in_(spendings)
    return list(PointLot.select(PointLot, PointEntry).join(PointEntry).where(cancels))


def _ended_within(late: PointLot, lot: PointLot) -> int:
    """How many points of `lot` ended in one that was opened later: what came into it last was spent last.

    That is what was taken first, and ended first: lots that were not over yet stand behind it and get none.
    """
    back, ended = late.entry, _ended_unspent(late)
    before = (PointEntry.reverses == back.reverses_id) & (PointEntry.id < back.id)
    given = PointEntry.select(fn.SUM(PointEntry.value)).where(before).scalar() or 0
    for source, value in reversed(list(_sources(back.reverses, back.value, int(given)))):
        part = min(ended, value)
        if source.id == lot.id:
            return part
        ended -= part
    return 0


def _restore(held: PointAccount, spent: PointEntry, entry: PointEntry) -> None:
    given = PointReturn.select(fn.SUM(PointReturn.value)).where(PointReturn.entry == spent).scalar() or 0
    late, now = 0, clock.now()
    for lot, value in _sources(spent, entry.value, int(given)):
        if lot.expires_at is None or lot.expires_at > now:
            point_moves.put_back(entry, lot, value)
        else:
            late += value
    if late:
        ends = calendar.end_of(calendar.today() + timedelta(days=1))
        point_moves.open_lot(held, entry, value=late, effective_at=now, expires_at=ends)


def _sources(spent: PointEntry, value: int, given: int) -> Iterator[tuple[PointLot, int]]:
    """The lots that gave to an entry, the last giver first, beyond what was `given` back before."""
    relations = PointRelation.select(PointRelation, PointLot).join(PointLot)
    for relation in relations.where(PointRelation.entry == spent).order_by(PointRelation.id.desc()):
        skipped = min(given, relation.value)
        part = min(relation.value - skipped, value)
        given, value = given - skipped, value - part
        if part:
            yield relation.lot, part


def _enter(held: PointAccount, about: PointEntry, *, kind: str, value: int, number: str) -> PointEntry:
    return point_moves.enter(
        held,
        kind=kind,
        value=value,
        key=f"{about.key}:return:{points.in_key(number)}",
        reverses=about,
        upgrade_eligible=about.upgrade_eligible,
        source=about.source,
        rule_id=about.rule_id,
        order_number=about.order_number,
        order_line=about.order_line,
        cost_centre=about.cost_centre,
        reason="退货扣回" if kind == "return_reversal" else "退回积分",
    )
