"""Uses of promotions (促销使用记录): a ledger of what orders have of each, by which limits are counted.

An order takes its uses when it is placed and gives them back when it is closed or refunded whole before the handover.
The member's lock makes two orders of one member count one after the other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from store.core import errors
from store.core.database import db
from store.customers.members import Member
from store.pricing.price import Price
from store.promotions.drafts import PromotionDraft
from store.promotions.parameters import SpecialPriceRow
from store.promotions.tables import Promotion, PromotionQuantity, PromotionUse
from store.shops.shops import Shop


@dataclass(frozen=True)
class Used:
    """How often a member has had promotions by id and product, and what is left of limited quantities."""

    times: Mapping[tuple[int, str], int]
    quantities_left: Mapping[tuple[int, str], int]

    def count(self, promotion_id: int) -> int:
        """Return how often the member has had a promotion."""
        return sum(times for (one, _), times in self.times.items() if one == promotion_id)

    def units_left(self, promotion_id: int, draft: PromotionDraft, row: SpecialPriceRow) -> int | None:
        """Return how many units of an order can have a special price, None without a limit."""
        limits = [row.per_order] if row.per_order is not None else []
        if draft.limit_per_member is not None:
            limits.append(max(0, draft.limit_per_member - self.times.get((promotion_id, row.product), 0)))
        if row.quantity is not None:
            limits.append(self.quantities_left.get((promotion_id, row.product), 0))
        return min(limits, default=None)


def read_used(
    promotion_ids: Sequence[int], member: Member | None, *, without_order: str | None = None
) -> Used:
    """Return what a member has had of promotions. What the order `without_order` has counts as not taken."""
    times: Counter[tuple[int, str]] = Counter()
    own = _sum_of_order(without_order) if without_order else {}
    if member is not None and promotion_ids:
        times.update(_sum_of_member(member, promotion_ids))
        times.subtract({key: one.times for key, one in own.items() if one.member_id == member.id})
    marks = ", ".join("?" * len(promotion_ids))
    rows = (
        PromotionQuantity.find_where(f"promotion_id IN ({marks})", *sorted(promotion_ids))
        if promotion_ids
        else []
    )
    left = {}
    for row in rows:
        key = (row.promotion_id, row.product)
        left[key] = row.quantity - row.taken + (own[key].times if key in own else 0)
    return Used(times, left)


@db.transactional
def take(*, order_number: str, shop: Shop, member: Member | None, price: Price) -> list[PromotionUse]:
    """Take what the price of an order uses, instead of what the order took before. Idempotent by price.

    Requires the locks of member and order. Raises DomainError(promotion_gone) if a limit is reached.
    """
    before, wanted = _sum_of_order(order_number), _to_entries(price, shop, member)
    if before == wanted:
        return []
    rows = _write(order_number, before, -1)
    _ensure_within_limits(member, wanted)
    return rows + _write(order_number, wanted, 1)


def take_new(*, order_number: str, shop: Shop, member: Member | None, price: Price) -> list[PromotionUse]:
    """Take what the price of an order uses that this transaction has made, as `take` does."""
    wanted = _to_entries(price, shop, member)
    _ensure_within_limits(member, wanted)
    return _write(order_number, wanted, 1, place=0)


@db.transactional
def give_back(*, order_number: str) -> list[PromotionUse]:
    """Give back what an order has taken. Idempotent. Requires the order's lock."""
    return _write(order_number, _sum_of_order(order_number), -1)


@db.transactional
def take_again(*, order_number: str) -> list[PromotionUse]:
    """Take again what a closed order gave back last. Idempotent. Requires the locks of member and order.

    Raises DomainError(promotion_gone) if a limit is reached meanwhile.
    """
    if _sum_of_order(order_number):
        return []
    last: dict[tuple[int, str], _Entry] = {}
    for row in reversed(list_of_order(order_number)):
        if row.times > 0:
            break
        last[row.promotion_id, row.product] = _Entry(
            -row.times, -row.units, -row.list_fen, -row.off_fen, row.shop_id, row.member_id
        )
    if not last:
        return []
    one = next(iter(last.values()))
    member = Member.get_by_id(one.member_id) if one.member_id is not None else None
    _ensure_within_limits(member, last)
    return _write(order_number, last, 1)


def has_uses(order_number: str) -> bool:
    """Return whether an order has promotions that it has not given back."""
    return bool(_sum_of_order(order_number))


def list_of_order(order_number: str) -> list[PromotionUse]:
    """Return the entries of an order, the first one first."""
    return sorted(PromotionUse.find_all(order_number=order_number), key=lambda row: int(row.id))


@dataclass(frozen=True)
class _Entry:
    """What an order has of a promotion."""

    times: int
    units: int
    list_fen: int
    off_fen: int
    shop_id: int = 0
    member_id: int | None = None


def _to_entries(price: Price, shop: Shop, member: Member | None) -> dict[tuple[int, str], _Entry]:
    """Return what a price uses by promotion id and product."""
    member_id = member.id if member else None
    ids = _find_ids({one.code for one in price.promotions})
    return {
        (ids[one.code], one.product): _Entry(
            one.times, one.units, one.list_fen, one.off_fen, shop.id, member_id
        )
        for one in price.promotions
        if one.code in ids  # a price of another source, such as a flash sale, has a ledger of its own
    }


def _find_ids(numbers: set[str]) -> dict[str, int]:
    if not numbers:
        return {}
    marks = ", ".join("?" * len(numbers))
    return {row.number: row.id for row in Promotion.find_where(f"number IN ({marks})", *sorted(numbers))}


def _sum_of_order(order_number: str) -> dict[tuple[int, str], _Entry]:
    """Return by promotion id and product what an order has taken and not given back."""
    found: dict[tuple[int, str], _Entry] = {}
    for row in list_of_order(order_number):
        key = (row.promotion_id, row.product)
        before = found.get(key, _Entry(0, 0, 0, 0))
        found[key] = _Entry(
            before.times + row.times, before.units + row.units, before.list_fen + row.list_fen,
            before.off_fen + row.off_fen, row.shop_id, row.member_id,
        )  # fmt: skip
    return {key: entry for key, entry in found.items() if entry.times}


def _sum_of_member(member: Member, promotion_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    ids = sorted(set(promotion_ids))
    marks = ", ".join("?" * len(ids))
    found: Counter[tuple[int, str]] = Counter()
    for row in PromotionUse.find_where(f"member_id = ? AND promotion_id IN ({marks})", member.id, *ids):
        found[row.promotion_id, row.product] += row.times
    return found


def _ensure_within_limits(member: Member | None, wanted: Mapping[tuple[int, str], _Entry]) -> None:
    """Raise DomainError(promotion_gone) if an order takes more than its member may still have."""
    if member is None or not wanted:
        return
    ids = sorted({promotion_id for promotion_id, _ in wanted})
    used = _sum_of_member(member, ids)
    limits = {row.id: row.draft.limit_per_member for row in Promotion.by_ids(ids)}
    for (promotion_id, product), entry in wanted.items():
        limit = limits[promotion_id]
        if limit is not None and used.get((promotion_id, product), 0) + entry.times > limit:
            raise _gone_error()


def _write(
    order_number: str, entries: Mapping[tuple[int, str], _Entry], sign: int, *, place: int | None = None
) -> list[PromotionUse]:
    """Write entries with a sign, by promotion id and product, and count limited quantities.

    `place` is the number of the entries that the order has, which is counted if it is not given.
    """
    if not entries:
        return []
    place = len(PromotionUse.find_all(order_number=order_number)) if place is None else place
    rows = []
    for (promotion_id, product), entry in sorted(entries.items(), key=lambda one: one[0]):
        place += 1
        _count_quantity(promotion_id, product, entry.times * sign)
        rows.append(
            PromotionUse.create(
                promotion=promotion_id, key=f"{order_number}:{place}", order_number=order_number,
                shop=entry.shop_id, member=entry.member_id, product=product, times=entry.times * sign,
                units=entry.units * sign, list_fen=entry.list_fen * sign, off_fen=entry.off_fen * sign,
            )
        )  # fmt: skip
    return rows


def _count_quantity(promotion_id: int, product: str, units: int) -> None:
    """Take units of a limited quantity by one statement, or give them back. Raises DomainError(promotion_gone)."""
    row = PromotionQuantity.find(promotion=promotion_id, product=product) if product else None
    if row is None:
        return
    mine = PromotionQuantity.id == row.id
    if units > 0:
        mine &= PromotionQuantity.taken + units <= PromotionQuantity.quantity
    if not PromotionQuantity.update(taken=PromotionQuantity.taken + units).where(mine).execute():
        raise _gone_error()


def _gone_error() -> errors.DomainError:
    return errors.DomainError("promotion_gone", "部分促销名额已用完，请重新确认价格", 409)
