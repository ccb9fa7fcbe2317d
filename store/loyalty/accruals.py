"""Accruals (积分入账): a paid order booked in a member's point accounts, once, and undone by its returns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field, with_config

from store.company import calendar
from store.kernel import clock, db
from store.loyalty import (
    accrual,
    earnings,
    point_returns,
    point_rules,
    points,
    purchases,
    tier_moves,
    tiers,
)
from store.loyalty.accrual import TOLD, Buyer, Code, Codes, OrderLine, Payment, Proposal
from store.loyalty.earnings import Earning
from store.loyalty.point_accounts import PointEntry
from store.loyalty.point_returns import PointReturn, ReturnedLine
from store.loyalty.purchases import Purchase
from store.loyalty.tiers import TierRecord
from store.people import members
from store.people.members import Member


def _once_each(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    if len({line.line for line in lines}) < len(lines):
        raise ValueError("订单行号不能重复")
    return lines


@with_config(TOLD)
@dataclass(frozen=True)
class PaidOrder:
    """What an order tells the club; `shop_groups` are those of its shop, `source` the channel."""

    number: Code
    paid_at: Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC))]
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=500), AfterValidator(_once_each)]
    payments: Annotated[tuple[Payment, ...], Field(max_length=50)]
    shop_id: Annotated[int, Field(strict=True, ge=1, lt=2**63)] | None = None
    shop_groups: Codes = frozenset()
    source: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{0,30}$")] = ""

    @property
    def paid_fen(self) -> int:
        return sum(line.paid_fen for line in self.lines)


@db.verb
def book(*, member: Member, order: PaidOrder) -> list[PointEntry]:
    """Enter a paid order and what it earns; booked again, under other rules too, nothing changes."""
    enter(member_id=int(member.id), order=order)
    return entries(order.number)


@db.verb
def enter(*, member_id: int, order: PaidOrder) -> None:
    """The same for whoever need not see what came of it."""
    member = members.locked(member_id)
    active = tiers.of(member)
    if purchases.before(member=member, order_number=order.number, paid_fen=order.paid_fen) is None:
        proposals = _proposals(member, order, active)
        earnings.enter(member, _earnings(order, proposals))
        purchases.enter_all([{"member": member, **_purchase(order)}])
    tier_moves.judge_locked(member, active)


@db.verb
def enter_all(orders: Sequence[tuple[int, PaidOrder]]) -> None:
    """Enter many orders, each with the id of its member, in a few statements; a member's in their order."""
    waves: list[dict[int, PaidOrder]] = []
    turns: Counter[int] = Counter()
    for member_id, order in orders:
        if turns[member_id] == len(waves):
            waves.append({})
        waves[turns[member_id]][member_id] = order
        turns[member_id] += 1
    for wave in waves:
        _enter_wave(wave)


@db.verb
def reverse(
    *, order_number: str, number: str, lines: Sequence[ReturnedLine], refunded_fen: int
) -> list[PointReturn]:
    """Undo what returned lines brought: their points, and their share of the purchase."""
    purchase = Purchase.find(order_number=order_number)
    if purchase is not None:
        members.locked(purchase.member_id)  # first of all, as everything that moves points does
    purchases.give_back(order_number=order_number, number=number, refunded_fen=refunded_fen)
    return point_returns.reverse(order_number=order_number, number=number, lines=lines)


def preview(*, member: Member, order: PaidOrder) -> list[Proposal]:
    """What the order would earn a member, line by line, and why."""
    return _proposals(member, order, tiers.of(member))


def entries(order_number: str) -> list[PointEntry]:
    """What an order has earned; each entry's reason says why."""
    earned = (PointEntry.order_number == order_number) & PointEntry.kind.in_(point_returns.EARNED)
    return list(PointEntry.select().where(earned).order_by(PointEntry.id))


def _enter_wave(wave: Mapping[int, PaidOrder]) -> None:
    """One order a member; who was merged meanwhile, and orders that are there already, come one by one."""
    living, known = (
        members.rows_locked_together(wave),
        purchases.known(order.number for order in wave.values()),
    )
    records = {record.member_id: record for record in tiers.of_all(living)}
    new = [(member, wave[member.id]) for member in living if wave[member.id].number not in known]
    earnings.enter_all(
        [
            (member, _earnings(order, _proposals(member, order, records.get(member.id))))
            for member, order in new
        ]
    )
    purchases.enter_all([{"member": member, **_purchase(order)} for member, order in new])
    entered = {member.id for member, _ in new}
    tier_moves.judge_all([record for member_id, record in records.items() if member_id in entered])
    for member_id, order in wave.items():
        if member_id not in entered:
            enter(member_id=member_id, order=order)


def _purchase(order: PaidOrder) -> dict[str, Any]:
    return {
        "order_number": order.number, "paid_fen": order.paid_fen, "shop_id": order.shop_id, "at": _paid_at(order),
    }  # fmt: skip


def _paid_at(order: PaidOrder) -> datetime:
    """Now at the latest: a till's clock may be ahead, and what lies in the future would bring nobody a tier."""
    return min(order.paid_at, clock.now())


def _proposals(member: Member, order: PaidOrder, active: TierRecord | None) -> list[Proposal]:
    day = calendar.day_of(_paid_at(order))
    rules, multipliers = point_rules.in_force(int(member.programme_id), day)
    born = None
    if any(multiplier.asks_birthday for multiplier in multipliers):
        born = member.customer.birthday
    birthday = date.fromisoformat(born) if born else None
    return accrual.propose(
        lines=order.lines,
        payments=order.payments,
        buyer=Buyer(
            tier=active.tier.code if active else None,
            birthday=(birthday.month, birthday.day) if birthday else None,
            shop_groups=order.shop_groups,
        ),
        rules=rules,
        multipliers=multipliers,
        day=day,
    )


def _earnings(order: PaidOrder, proposals: Sequence[Proposal]) -> list[Earning]:
    day = calendar.day_of(_paid_at(order))
    last_days = {proposal.rule.id: proposal.rule.valid.last_day(day) for proposal in proposals}
    ends = {rule_id: calendar.end_of(last) if last else None for rule_id, last in last_days.items()}
    return [_earning(order, proposal, ends[proposal.rule.id]) for proposal in proposals]


def _earning(order: PaidOrder, proposal: Proposal, expires_at: datetime | None) -> Earning:
    rule, multiplier = proposal.rule, proposal.multiplier
    which = f"{rule.id}" if multiplier is None else f"{rule.id}x{multiplier.id}"
    number, line = points.in_key(order.number), points.in_key(proposal.line)
    return {
        "group": rule.group,
        "kind": proposal.kind,
        "value": proposal.value,
        "key": f"order:{number}:{line}:{which}:{proposal.kind}",
        "expires_at": expires_at,
        "upgrade_eligible": rule.upgrade_eligible,
        "source": order.source,
        "rule_id": rule.id,
        "multiplier_id": multiplier.id if multiplier else None,
        "order_number": order.number,
        "order_line": proposal.line,
        "cost_centre": (multiplier or rule).cost_centre.code,
        "reason": proposal.because[: points.LONGEST_REASON],
    }
