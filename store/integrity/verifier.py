"""The verifier: checks the rows of the current tenant and returns the violated invariants.

It only reads and holds no transaction: each query sees one state of the database, so it may run at any time beside
the routes and does not block writers.
"""

from collections.abc import Iterator

from store.integrity import (
    bookings,
    catalog,
    closings,
    coupons,
    customers,
    daily_close,
    draws,
    flash_sales,
    infrastructure,
    member_cards,
    official_accounts,
    orders,
    payments,
    physical_cards,
    point_ledger,
    point_lots,
    point_payments,
    point_reversals,
    promotions,
    purchases,
    red_packets,
    references,
    shop_orders,
    stock,
    stored_value,
    tiers,
)
from store.integrity.check import Check, Violation

CHECKS: tuple[Check, ...] = (
    *point_ledger.CHECKS,
    *point_lots.CHECKS,
    *point_reversals.CHECKS,
    *point_payments.CHECKS,
    *purchases.CHECKS,
    *customers.CHECKS,
    *tiers.CHECKS,
    *official_accounts.CHECKS,
    *stored_value.CHECKS,
    *payments.CHECKS,
    *red_packets.CHECKS,
    *catalog.CHECKS,
    *coupons.CHECKS,
    *stock.CHECKS,
    *orders.CHECKS,
    *shop_orders.CHECKS,
    *promotions.CHECKS,
    *draws.CHECKS,
    *flash_sales.CHECKS,
    *bookings.CHECKS,
    *closings.CHECKS,
    *member_cards.CHECKS,
    *physical_cards.CHECKS,
    *daily_close.CHECKS,
    *references.CHECKS,
    *infrastructure.CHECKS,
)


def run_checks(checks: tuple[Check, ...] = CHECKS) -> Iterator[tuple[Check, list[Violation]]]:
    """Yield each check with its violations as soon as it has run."""
    for check in checks:
        yield check, list(check.list_violations())
