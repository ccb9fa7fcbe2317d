"""The balances of point accounts against their entries, computed again.

The formulas are written a second time here on purpose, so that a mistake in `ENTRY_KINDS` is detected.
"""

import peewee
from peewee import fn

from store.integrity.check import Check, Rows
from store.points.ledger import PointAccount, PointEntry

ACCUMULATED_SIGNS = {
    "transaction": +1,
    "promotion": +1,
    "manual_increase": +1,
    "manual_decrease": -1,
    "return_reversal": -1,
    "merge_reversal": -1,
    "behaviour_increase": +1,
}
AVAILABLE_SIGNS = ACCUMULATED_SIGNS | {
    "behaviour_decrease": -1,
    "gift_redemption": -1,
    "redemption_cancelled": +1,
    "expiry": -1,
    "coupon_redemption": -1,
}
EXPIRED_SIGNS = {"expiry": +1}


def _find_balance_mismatch(balance: peewee.Field, signs: dict[str, int]) -> Rows:
    """Find accounts whose balance is not the sum of their entries."""
    signed = peewee.Case(
        PointEntry.kind, [(kind, PointEntry.value * sign) for kind, sign in signs.items()], 0
    )
    total = fn.COALESCE(fn.SUM(signed), 0).cast("bigint")
    return (
        PointAccount.select(PointAccount.id, balance, total)
        .join(PointEntry, peewee.JOIN.LEFT_OUTER)
        .group_by(PointAccount.id)
        .having(balance != total)
        .tuples()
    )


CHECKS = (
    Check(
        name="points.accumulated",
        invariant="累计积分等于流水之和",
        message="积分账户 {0}：累计积分 {1}，流水合计 {2}",
        find_violations=lambda: _find_balance_mismatch(PointAccount.accumulated, ACCUMULATED_SIGNS),
    ),
    Check(
        name="points.available",
        invariant="可用积分等于流水之和",
        message="积分账户 {0}：可用积分 {1}，流水合计 {2}",
        find_violations=lambda: _find_balance_mismatch(PointAccount.available, AVAILABLE_SIGNS),
    ),
    Check(
        name="points.expired",
        invariant="过期积分等于流水之和",
        message="积分账户 {0}：过期积分 {1}，流水合计 {2}",
        find_violations=lambda: _find_balance_mismatch(PointAccount.expired, EXPIRED_SIGNS),
    ),
)
