"""Points as payment against the ledger: debited once each, and returned when released."""

from peewee import fn

from store.integrity.check import Check, Rows
from store.points.ledger import PointAccount, PointEntry
from store.points.payments import PointPayment
from store.points.reversals import PointReversal

_RELEASE_REVERSALS = PointReversal.select().where(
    (PointReversal.number == "release") & (PointReversal.entry == PointPayment.entry)
)


def _find_missing_debits() -> Rows:
    """Find payments whose entry is of another member, another kind or another value."""
    debits = (
        PointEntry.select(PointEntry.id)
        .join(PointAccount)
        .where(
            (PointEntry.id == PointPayment.entry)
            & (PointEntry.kind == "gift_redemption")
            & (PointEntry.value == PointPayment.points)
            & (PointEntry.order_number == PointPayment.order_number)
            & (PointAccount.member == PointPayment.member)
        )
    )
    return PointPayment.select(PointPayment.id, PointPayment.points).where(~fn.EXISTS(debits)).tuples()


def _find_release_mismatch() -> Rows:
    """Find payments whose state and ledger disagree about the return of the points."""
    released = PointPayment.state == "released"
    wrong = (released & ~fn.EXISTS(_RELEASE_REVERSALS)) | (~released & fn.EXISTS(_RELEASE_REVERSALS))
    return PointPayment.select(PointPayment.id, PointPayment.state).where(wrong).tuples()


CHECKS = (
    Check(
        name="point_payments.debited",
        invariant="抵现的积分都已扣减",
        message="积分抵现 {0}：{1} 积分没有相应的扣减流水",
        find_violations=_find_missing_debits,
    ),
    Check(
        name="point_payments.released",
        invariant="释放的抵现积分都已退回",
        message="积分抵现 {0}：状态 {1} 与积分退回不符",
        find_violations=_find_release_mismatch,
    ),
)
