"""Points that pay orders against the ledger: taken once for each, given back where released."""

from peewee import fn

from store.checks.finding import Check, Rows
from store.loyalty.point_accounts import PointEntry
from store.loyalty.point_payments import PointPayment
from store.loyalty.point_returns import PointReturn

_TAKEN = PointEntry.select(PointEntry.id).where(
    (PointEntry.order_number == PointPayment.order_number)
    & (PointEntry.behaviour == "point_payment")
    & (PointEntry.kind == "gift_redemption")
    & (PointEntry.value == PointPayment.points)
)
_RELEASED = PointReturn.select().where((PointReturn.number == "release") & PointReturn.entry.in_(_TAKEN))


def _not_taken() -> Rows:
    return PointPayment.select(PointPayment.id, PointPayment.points).where(~fn.EXISTS(_TAKEN)).tuples()


def _half_released() -> Rows:
    """The state says that the points went back and the ledger that they did not, or the other way round."""
    released = PointPayment.state == "released"
    wrong = (released & ~fn.EXISTS(_RELEASED)) | (~released & fn.EXISTS(_RELEASED))
    return PointPayment.select(PointPayment.id, PointPayment.state).where(wrong).tuples()


CHECKS = (
    Check(
        name="point_payments.taken",
        promise="抵现的积分都已扣减",
        sentence="积分抵现 {0}：{1} 积分没有相应的扣减流水",
        broken=_not_taken,
    ),
    Check(
        name="point_payments.released",
        promise="释放的抵现积分都已退回",
        sentence="积分抵现 {0}：状态 {1} 与积分退回不符",
        broken=_half_released,
    ),
)
