"""The verifier: goes through the records of the company in force and tells which promises are broken.

It only reads, and it holds no transaction: each query sees one state of the records by itself, so it may
run at any time beside the doors and never keeps a writer waiting.
"""

from collections.abc import Iterator

from store.checks import (
    activities,
    coupons,
    house,
    ledger,
    lots,
    nights,
    people,
    point_payments,
    point_returns,
    purchases,
    references,
    stored_value,
    tiers,
)
from store.checks.finding import Check, Finding

CHECKS: tuple[Check, ...] = (
    *ledger.CHECKS,
    *lots.CHECKS,
    *point_returns.CHECKS,
    *point_payments.CHECKS,
    *purchases.CHECKS,
    *people.CHECKS,
    *tiers.CHECKS,
    *activities.CHECKS,
    *stored_value.CHECKS,
    *coupons.CHECKS,
    *nights.CHECKS,
    *references.CHECKS,
    *house.CHECKS,
)


def run(checks: tuple[Check, ...] = CHECKS) -> Iterator[tuple[Check, list[Finding]]]:
    """Each check with what it found, as soon as it is through."""
    for check in checks:
        yield check, list(check.findings())
