"""Accruals (积分入账): a paid order booked in a member's point accounts, once, and undone by its returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from store.company import calendar
from store.kernel import db
from store.loyalty import accrual, point_returns, point_rules, points, purchases, tier_moves, tiers
from store.loyalty.accrual import Buyer, OrderLine, Payment, Proposal
from store.loyalty.point_accounts import PointEntry
from store.loyalty.point_returns import PointReturn, ReturnedLine
from store.loyalty.purchases import Purchase
from store.people import members
from store.people.members import Member


@dataclass(frozen=True)
class PaidOrder:
    """What an order tells the club; `shop_groups` are those of its shop, `source` the channel."""

    number: str
    paid_at: datetime
    lines: tuple[OrderLine, ...]
    payments: tuple[Payment, ...]
    shop_id: int | None = None
    shop_groups: frozenset[str] = frozenset()
    source: str = ""


@db.verb
def book(*, member: Member, order: PaidOrder) -> list[PointEntry]:
    """Enter a paid order and what it earns; booked again, under other rules too, nothing changes."""
    member = members.locked(member.id)
    if Purchase.find(order_number=order.number) is None:
        proposals = preview(member=member, order=order)
        for proposal in proposals:
            _earn(member, order, proposal)
    purchases.record(
        member=member,
        order_number=order.number,
        paid_fen=sum(line.paid_fen for line in order.lines),
        shop_id=order.shop_id,
        at=order.paid_at,
    )
    tier_moves.judge(member)
    return entries(order.number)


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
    day = calendar.day_of(order.paid_at)
    rules, multipliers = point_rules.in_force(int(member.programme_id), day)
    return accrual.propose(
        lines=order.lines,
        payments=order.payments,
        buyer=_buyer(member, order),
        rules=rules,
        multipliers=multipliers,
        day=day,
    )


def entries(order_number: str) -> list[PointEntry]:
    """What an order has earned; each entry's reason says why."""
    earned = (PointEntry.order_number == order_number) & PointEntry.kind.in_(point_returns.EARNED)
    return list(PointEntry.select().where(earned).order_by(PointEntry.id))


def _buyer(member: Member, order: PaidOrder) -> Buyer:
    record, born = tiers.of(member), member.customer.birthday
    birthday = date.fromisoformat(born) if born else None
    return Buyer(
        tier=record.tier.code if record else None,
        birthday=(birthday.month, birthday.day) if birthday else None,
        shop_groups=order.shop_groups,
    )


def _earn(member: Member, order: PaidOrder, proposal: Proposal) -> None:
    rule, multiplier = proposal.rule, proposal.multiplier
    last_day = rule.valid.last_day(calendar.day_of(order.paid_at))
    which = f"{rule.id}" if multiplier is None else f"{rule.id}x{multiplier.id}"
    points.earn(
        member=member,
        group=rule.group,
        kind=proposal.kind,
        value=proposal.value,
        key=f"order:{order.number}:{proposal.line}:{which}:{proposal.kind}",
        expires_at=calendar.end_of(last_day) if last_day else None,
        upgrade_eligible=rule.upgrade_eligible,
        judged_later=True,
        source=order.source,
        rule_id=rule.id,
        multiplier_id=multiplier.id if multiplier else None,
        order_number=order.number,
        order_line=proposal.line,
        cost_centre=(multiplier or rule).cost_centre.code,
        reason=proposal.because[: points.LONGEST_REASON],
    )
