"""Order accrual (积分入账): post what a paid order earns, once, and take it back with its returns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field, with_config

from store import purchases
from store.core import clock, events
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.points import accrual, bulk_posting, points, reversals
from store.points import rules as point_rules
from store.points.accrual import STRICT, AccrualLine, BuyerContext, Code, Codes, OrderLine, Payment
from store.points.bulk_posting import Earning
from store.points.ledger import PointEntry
from store.points.reversals import PointReversal, ReturnedLine
from store.purchases import Purchase
from store.tenants import business_days
from store.tiers import evaluation as tier_evaluation
from store.tiers import tiers
from store.tiers.tiers import TierRecord, UpgradeCause


def _ensure_unique_lines(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    if len({line.line for line in lines}) < len(lines):
        raise ValueError("订单行号不能重复")
    return lines


@with_config(STRICT)
@dataclass(frozen=True)
class PaidOrder:
    """A paid order as the programme needs it; `shop_groups` are those of its shop, `source` the channel."""

    number: Code
    paid_at: Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC))]
    lines: Annotated[
        tuple[OrderLine, ...], Field(min_length=1, max_length=500), AfterValidator(_ensure_unique_lines)
    ]
    payments: Annotated[tuple[Payment, ...], Field(max_length=50)]
    shop_id: Annotated[int, Field(strict=True, ge=1, lt=2**63)] | None = None
    shop_groups: Codes = frozenset()
    source: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{0,30}$")] = ""

    @property
    def paid_fen(self) -> int:
        return sum(line.paid_fen for line in self.lines)

    @property
    def spend_fen(self) -> int:
        """What is received for the goods, or all that was paid where the channel does not tell."""
        return sum(line.paid_fen if line.spend_fen is None else line.spend_fen for line in self.lines)


@db.transactional
def post_order(*, member: Member, order: PaidOrder) -> list[PointEntry]:
    """Record a paid order and post what it earns. Idempotent by order number."""
    post_order_without_result(member_id=int(member.id), order=order)
    return list_entries(order.number)


@db.transactional
def post_order_without_result(*, member_id: int, order: PaidOrder) -> None:
    """Record a paid order and post what it earns, without returning the entries."""
    member = members.lock(member_id)
    active = tiers.find_active(member)
    if purchases.find_existing(member=member, order_number=order.number, paid_fen=order.spend_fen) is None:
        earnings = _earning_rows(order, _accrual_lines(member, order, active))
        bulk_posting.post_for_member(member, earnings)
        _record_events([(member, order, earnings)])
        purchases.post_all([{"member": member, **_purchase_row(order)}])
    tier_evaluation.evaluate_locked(member, active, cause=UpgradeCause(order_number=order.number))


@db.transactional
def post_orders(orders: Sequence[tuple[int, PaidOrder]]) -> None:
    """Post many orders, each with the id of its member, in a few statements. A member's keep their order."""
    waves: list[dict[int, PaidOrder]] = []
    turns: Counter[int] = Counter()
    for member_id, order in orders:
        if turns[member_id] == len(waves):
            waves.append({})
        waves[turns[member_id]][member_id] = order
        turns[member_id] += 1
    for wave in waves:
        _post_round(wave)


@db.transactional
def post_return(
    *, order_number: str, number: str, lines: Sequence[ReturnedLine], refunded_fen: int
) -> list[PointReversal]:
    """Take back what returned lines earned: their points and their share of the purchase."""
    purchase = Purchase.find(order_number=order_number)
    if purchase is not None:
        members.lock(purchase.member_id)  # first of all, as everything that moves points does
    purchases.record_refund(order_number=order_number, number=number, refunded_fen=refunded_fen)
    return reversals.reverse_lines(order_number=order_number, number=number, lines=lines)


def preview_order(*, member: Member, order: PaidOrder) -> list[AccrualLine]:
    """Return what an order would earn a member, line by line, with explanations."""
    return _accrual_lines(member, order, tiers.find_active(member))


def list_entries(order_number: str) -> list[PointEntry]:
    """Return the entries that an order earned."""
    earned = (PointEntry.order_number == order_number) & PointEntry.kind.in_(reversals.EARNED_KINDS)
    return list(PointEntry.select().where(earned).order_by(PointEntry.id))


def _post_round(orders: Mapping[int, PaidOrder]) -> None:
    """Post one order per member; merged members and known orders are posted one by one."""
    active, known = (
        members.lock_rows_in_order(orders),
        purchases.filter_existing(order.number for order in orders.values()),
    )
    records = {record.member_id: record for record in tiers.list_active(active)}
    new = [(member, orders[member.id]) for member in active if orders[member.id].number not in known]
    posted = [
        (member, order, _earning_rows(order, _accrual_lines(member, order, records.get(member.id))))
        for member, order in new
    ]
    bulk_posting.post_for_members([(member, earnings) for member, _, earnings in posted])
    _record_events(posted)
    purchases.post_all([{"member": member, **_purchase_row(order)} for member, order in new])
    entered = {member.id for member, _ in new}
    tier_evaluation.evaluate_all(
        [record for member_id, record in records.items() if member_id in entered],
        causes={member_id: UpgradeCause(order_number=order.number) for member_id, order in orders.items()},
    )
    for member_id, order in orders.items():
        if member_id not in entered:
            post_order_without_result(member_id=member_id, order=order)


def _record_events(posted: Sequence[tuple[Member, PaidOrder, Sequence[Earning]]]) -> None:
    """Record what orders earned, and which are the first of their members. Before the purchases are posted."""
    if not posted:
        return
    earned = [
        {
            "customer_id": member.customer_id,
            "member_id": member.id,
            "shop_id": order.shop_id,
            "properties": {"number": order.number, "group_id": group_id, "value": value},
        }
        for member, order, earnings in posted
        for group_id, value in _sum_by_group(earnings).items()
    ]
    events.record_many("points.earned", earned)
    first = [
        {
            "customer_id": member.customer_id,
            "member_id": member.id,
            "shop_id": order.shop_id,
            "properties": {"number": order.number, "paid_fen": order.spend_fen},
        }
        for member, order, _ in posted
        if member.first_purchase_at is None
    ]
    events.record_many("members.first_purchase", first)


def _sum_by_group(earnings: Sequence[Earning]) -> Counter[int]:
    """Return what is earned of each group of points that can be spent."""
    sums: Counter[int] = Counter()
    for earning in earnings:
        if earning["group"].spendable:
            sums[earning["group"].id] += earning["value"]
    return sums


def _purchase_row(order: PaidOrder) -> dict[str, Any]:
    return {
        "order_number": order.number,
        "paid_fen": order.spend_fen,
        "shop_id": order.shop_id,
        "at": _clamped_paid_at(order),
    }


def _clamped_paid_at(order: PaidOrder) -> datetime:
    """Return the time of payment, at most now: a till's clock may be ahead, and future times upgrade no tier."""
    return min(order.paid_at, clock.now())


def _accrual_lines(member: Member, order: PaidOrder, active: TierRecord | None) -> list[AccrualLine]:
    day = business_days.day_of(_clamped_paid_at(order))
    rules, multipliers = point_rules.list_active(int(member.programme_id), day)
    born = None
    if any(multiplier.needs_birthday for multiplier in multipliers):
        born = member.customer.birthday
    birthday = date.fromisoformat(born) if born else None
    return accrual.calculate(
        lines=order.lines,
        payments=order.payments,
        buyer=BuyerContext(
            tier=active.tier.code if active else None,
            birthday=(birthday.month, birthday.day) if birthday else None,
            shop_groups=order.shop_groups,
        ),
        rules=rules,
        multipliers=multipliers,
        day=day,
    )


def _earning_rows(order: PaidOrder, accrual_lines: Sequence[AccrualLine]) -> list[Earning]:
    day = business_days.day_of(_clamped_paid_at(order))
    last_days = {proposal.rule.id: proposal.rule.validity.last_day(day) for proposal in accrual_lines}
    ends = {rule_id: business_days.end_of(last) if last else None for rule_id, last in last_days.items()}
    return [_earning_row(order, proposal, ends[proposal.rule.id]) for proposal in accrual_lines]


def _earning_row(order: PaidOrder, accrual_line: AccrualLine, expires_at: datetime | None) -> Earning:
    rule, multiplier = accrual_line.rule, accrual_line.multiplier
    which = f"{rule.id}" if multiplier is None else f"{rule.id}x{multiplier.id}"
    number, line = points.escape_key_part(order.number), points.escape_key_part(accrual_line.line)
    return {
        "group": rule.group,
        "kind": accrual_line.kind,
        "value": accrual_line.value,
        "key": f"order:{number}:{line}:{which}:{accrual_line.kind}",
        "expires_at": expires_at,
        "upgrade_eligible": rule.upgrade_eligible,
        "source": order.source,
        "rule_id": rule.id,
        "multiplier_id": multiplier.id if multiplier else None,
        "order_number": order.number,
        "order_line": accrual_line.line,
        "cost_centre": (multiplier or rule).cost_centre.code,
        "reason": accrual_line.explanation[: points.MAX_REASON_LENGTH],
    }
