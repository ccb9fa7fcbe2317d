"""The payment report (支付汇总): what paid orders, by kind and shop, and what returns gave back.

Money comes from the attempts. Vouchers, points and stored value come from the tenders of paid orders, on the day on
which the order was paid, and from those of its returns, on the day of the return.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from peewee import fn

from store.orders import payments as order_payments
from store.orders.tables import Order, OrderDeduction, OrderDiscount, OrderTender
from store.payments import queries
from store.payments.queries import KindSum, PaymentFilters
from store.tenants import business_days

_TENDERS = ("voucher", "points", "stored_value")
_BONUS = "stored_value_bonus"
_Sums = dict[tuple[int | None, str], Counter[str]]


@dataclass(frozen=True)
class PaymentReport:
    """The sums of a shop, or of all shops without `shop_id`. `coupon_fen` is a note that the totals leave out."""

    shop_id: int | None
    kinds: tuple[KindSum, ...]
    coupon_fen: int = 0

    @property
    def paid_fen(self) -> int:
        return sum(row.paid_fen for row in self.kinds)

    @property
    def refunded_fen(self) -> int:
        return sum(row.refunded_fen for row in self.kinds)


def report(filters: PaymentFilters) -> PaymentReport:
    """Return the sums of all shops that match. Raises DomainError(invalid)."""
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, code), sums in _sum(filters).items():
        total[code].update(sums)
    kinds = tuple(queries.to_kind_sums(total))
    return PaymentReport(filters.shop_id, kinds, sum(_coupons_by_shop(filters).values()))


def report_by_shop(filters: PaymentFilters) -> list[PaymentReport]:
    """Return the sums of each shop that has any. Raises DomainError(invalid)."""
    by_shop: dict[int | None, dict[str, Counter[str]]] = defaultdict(dict)
    for (shop_id, code), sums in _sum(filters).items():
        by_shop[shop_id][code] = sums
    coupons = _coupons_by_shop(filters)
    found = sorted({*by_shop, *coupons}, key=lambda shop_id: shop_id or 0)
    return [
        PaymentReport(shop_id, tuple(queries.to_kind_sums(by_shop[shop_id])), coupons[shop_id])
        for shop_id in found
    ]


def _sum(filters: PaymentFilters) -> _Sums:
    """Return the sums of money and of the other tenders by shop and kind."""
    sums = queries.sum_by_shop(filters)
    if not _has_orders(filters):
        return sums
    _add_sold(sums, filters)
    _add_returned(sums, filters)
    if filters.kind is not None:
        sums = {key: value for key, value in sums.items() if key[1] == filters.kind}
    return {key: value for key, value in sums.items() if any(value.values())}


def _add_sold(sums: _Sums, filters: PaymentFilters) -> None:
    rows: Any = (
        OrderTender.select(
            Order.shop, OrderTender.kind, fn.COUNT(OrderTender.id), fn.SUM(OrderTender.fen),
            fn.SUM(OrderTender.bonus_fen),
        )
        .join(Order)
        .where(OrderTender.kind.in_(_TENDERS), *_conditions(filters, "sale"))
        .group_by(Order.shop, OrderTender.kind)
    )  # fmt: skip
    for shop_id, kind, count, fen, bonus_fen in rows.tuples():
        sums[shop_id, kind].update(count=count, paid_fen=int(fen) - int(bonus_fen))
        if bonus_fen:
            sums[shop_id, _BONUS].update(count=count, paid_fen=int(bonus_fen))


def _add_returned(sums: _Sums, filters: PaymentFilters) -> None:
    """Add what returns gave back, without what they kept as a deduction."""
    rows = (
        OrderTender.select(OrderTender, Order)
        .join(Order)
        .where(OrderTender.kind.in_(_TENDERS), *_conditions(filters, "return"))
        .order_by(OrderTender.id)
    )
    for tender in rows:
        shop_id, fen = tender.order.shop_id, tender.fen - _kept_fen(tender)
        bonus_fen = _returned_bonus_fen(tender) if tender.kind == "stored_value" else 0
        sums[shop_id, tender.kind].update(refunded_count=1, refunded_fen=fen - bonus_fen)
        if bonus_fen:
            sums[shop_id, _BONUS].update(refunded_count=1, refunded_fen=bonus_fen)


def _returned_bonus_fen(tender: OrderTender) -> int:
    """Return the part of returned stored value that is bonus. It is computed from the total, so that parts add up."""
    sold = OrderTender.get_by_id(tender.original_id)
    earlier = OrderTender.select().where((OrderTender.original == sold.id) & (OrderTender.id < tender.id))
    before = sum(row.fen - _kept_fen(row) for row in earlier)
    after = before + tender.fen - _kept_fen(tender)
    return int(sold.bonus_fen * after // sold.fen - sold.bonus_fen * before // sold.fen)


def _kept_fen(tender: OrderTender) -> int:
    deductions = OrderDeduction.select().where(OrderDeduction.order == tender.order_id)
    return sum(row.kept.get(str(tender.original_id), 0) for row in deductions)


def _coupons_by_shop(filters: PaymentFilters) -> Counter[int | None]:
    """Return by shop what coupons took off paid orders, less what returns took back."""
    found: Counter[int | None] = Counter()
    if not _has_orders(filters):
        return found
    for direction, sign in (("sale", 1), ("return", -1)):
        rows: Any = (
            OrderDiscount.select(Order.shop, fn.SUM(OrderDiscount.fen))
            .join(Order)
            .where(OrderDiscount.kind == "coupon", *_conditions(filters, direction))
            .group_by(Order.shop)
        )
        for shop_id, fen in rows.tuples():
            found[shop_id] += sign * int(fen)
    return found


def _has_orders(filters: PaymentFilters) -> bool:
    return filters.payable_kind in (None, order_payments.PAYABLE_KIND)


def _conditions(filters: PaymentFilters, direction: str) -> list[Any]:
    """Return the conditions of paid orders, or of returns, that match."""
    day_column = Order.paid_at if direction == "sale" else Order.completed_at
    found: list[Any] = [Order.direction == direction, Order.state.in_(("paid", "completed"))]
    if filters.first_day is not None:
        found.append(day_column >= business_days.start_of(filters.first_day))
    if filters.last_day is not None:
        found.append(day_column < business_days.end_of(filters.last_day))
    if filters.shop_id is not None:
        found.append(Order.shop == filters.shop_id)
    if filters.shop_ids is not None:
        found.append(Order.shop.in_(filters.shop_ids))
    numbers = filters.payable_number or filters.keyword.strip()
    if numbers:
        found.append(_has_number(numbers, is_whole=filters.payable_number is not None))
    return found


def _has_number(text: str, *, is_whole: bool) -> Any:
    """Return the condition of the order, and of its returns, with a number that is or begins like the text."""
    named = Order.alias()
    matches = named.number == text if is_whole else named.number.startswith(text)
    numbered = named.select(named.id).where(matches)
    return Order.id.in_(numbered) | Order.original.in_(numbered)
