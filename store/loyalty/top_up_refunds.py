"""A refund of a top-up (充值退款): back the way it came in, its share of the bonus taken back with it.

Who has spent bonus that has to be given back pays it out of what is refunded.
"""

import peewee

from store.company import audit
from store.kernel import actors, bounds, clock, db, ids, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.loyalty import stored_values, top_ups, value_ledger
from store.loyalty.top_ups import TopUp
from store.loyalty.value_ledger import ValueAccount


class TopUpRefund(Record):
    """`principal_fen` and `bonus_fen` leave the account, `paid_fen` goes to the payer.

    It stays `asked` until the channel says that it is done: a failed call is repeated under the same
    `number`, and what was taken off the account is never put back in between.
    """

    number = peewee.CharField(max_length=32, unique=True, default=lambda: ids.public("tr_"))
    top_up = peewee.ForeignKeyField(TopUp, backref="refunds")
    key = peewee.CharField(max_length=100, unique=True)
    principal_fen = peewee.BigIntegerField(constraints=[peewee.Check("principal_fen >= 0")])
    bonus_fen = peewee.BigIntegerField(constraints=[peewee.Check("bonus_fen >= 0")])
    paid_fen = peewee.BigIntegerField(constraints=[peewee.Check("paid_fen > 0")])
    state = peewee.CharField(
        max_length=10, default="asked", constraints=[peewee.Check("state IN ('asked', 'done')")]
    )
    platform_number = peewee.CharField(max_length=100, null=True)
    reason = peewee.CharField(max_length=200)
    operator = peewee.CharField(max_length=100)
    asked_at = Moment(default=clock.now)
    done_at = Moment(null=True)


@db.verb
def ask(*, number: str, amount_fen: int, key: str, reason: str) -> TopUpRefund:
    """Take a part of a top-up's principal, and of its bonus, off the account and ask for the money back.

    Cash is handed out at once. The same `key` again returns the first refund.
    """
    top_up, account = top_ups.locked(number)
    before = _asked(top_up, key, amount_fen)
    if before is not None:
        return before
    stored_values.refuse_frozen(account)
    reason = stored_values.checked_reason(reason)
    left_fen = min(top_up.principal_fen - top_up.refunded_fen, account.principal_fen)
    if top_up.state != "paid" or not 0 < amount_fen <= left_fen:
        raise refusals.Refused("top_up_refund_over", "可退金额不足", 409, left_fen=left_fen)
    refund = _take_back(top_up, account, amount_fen, key, reason)
    after = {"amount_fen": amount_fen, "paid_fen": refund.paid_fen, "reason": reason}
    audit.record("top_up_refunds.ask", f"top_up:{top_up.number}", after=after)
    return _handed_out(refund, top_up)


def give_back(top_up: TopUp, account: ValueAccount) -> TopUpRefund:
    """Ask for a whole payment to go back which the account had no room for; in the verb that learns of it."""
    refund = TopUpRefund.create(
        top_up=top_up, key=f"no-room:{top_up.number}", principal_fen=0, bonus_fen=0,
        paid_fen=top_up.principal_fen, reason="余额已达上限或优惠已使用", operator=actors.current().name,
    )  # fmt: skip
    moves = {top_up.channel: -top_up.principal_fen, "returns": top_up.principal_fen}
    value_ledger.post(
        account, moves, kind="payment_returned", key=f"{top_up.number}:returned", subject=_subject(refund)
    )
    return _handed_out(refund, top_up)


@db.verb
def done(*, number: str, platform_number: str) -> TopUpRefund:
    """Record that the payer has the money; told twice it is the same."""
    refund = TopUpRefund.find(number=number)
    if refund is None:
        raise refusals.not_found("该退款单")
    top_up, account = top_ups.locked(TopUp.get_by_id(refund.top_up_id).number)
    refund = TopUpRefund.get_by_id(refund.id)
    if refund.state == "asked":
        _finish(refund, top_up, account, platform_number)
    return refund


def bonus_share(top_up: TopUp, refunded_fen: int) -> int:
    """The bonus to be given back once so much principal is; counted from the start, so that parts add up."""
    return int(top_up.bonus_fen * refunded_fen // top_up.principal_fen)


def open_ones() -> list[TopUpRefund]:
    """What the channels still owe the payers, the oldest first."""
    return list(TopUpRefund.select().where(TopUpRefund.state == "asked").order_by(TopUpRefund.id))


def _take_back(top_up: TopUp, account: ValueAccount, amount_fen: int, key: str, reason: str) -> TopUpRefund:
    after_fen = top_up.refunded_fen + amount_fen
    owed_fen = bonus_share(top_up, after_fen) - bonus_share(top_up, top_up.refunded_fen)
    bonus_fen = min(owed_fen, account.bonus_fen)
    paid_fen = amount_fen - (owed_fen - bonus_fen)
    if paid_fen <= 0:
        raise refusals.Refused("top_up_refund_over", "扣除已用赠金后无可退金额", 409, left_fen=0)
    refund = TopUpRefund.create(
        top_up=top_up, key=key, principal_fen=amount_fen, bonus_fen=bonus_fen, paid_fen=paid_fen,
        reason=reason, operator=actors.current().name,
    )  # fmt: skip
    moves = {"principal": -amount_fen, "bonus": -bonus_fen, "gifts": owed_fen, "returns": paid_fen}
    value_ledger.post(
        account, moves, kind="top_up_refunded", key=f"{refund.number}:asked", subject=_subject(refund),
        reason=reason, shop_id=top_up.shop_id,
    )  # fmt: skip
    top_up.put(refunded_fen=after_fen)
    return refund


def _handed_out(refund: TopUpRefund, top_up: TopUp) -> TopUpRefund:
    """Cash leaves the till now; the channels are asked by who hears the event."""
    if top_up.channel == "cash":
        return done(number=refund.number, platform_number=refund.number)
    top_ups.record("top_ups.refund_asked", top_up, refund=refund.number, paid_fen=refund.paid_fen)
    return refund


def _finish(refund: TopUpRefund, top_up: TopUp, account: ValueAccount, platform_number: str) -> None:
    moves = {"returns": -refund.paid_fen, top_up.channel: refund.paid_fen}
    value_ledger.post(
        account, moves, kind="refund_done", key=f"{refund.number}:done", subject=_subject(refund)
    )
    refund.put(state="done", platform_number=platform_number, done_at=clock.now())
    if top_up.state == "returning":
        top_ups.move(top_up, "returned")
    top_ups.record("top_ups.refunded", top_up, refund=refund.number, paid_fen=refund.paid_fen)


def _asked(top_up: TopUp, key: str, amount_fen: int) -> TopUpRefund | None:
    bounds.key(key)
    found = TopUpRefund.find(key=key)
    if found is not None and (found.top_up_id, found.principal_fen) != (top_up.id, amount_fen):
        raise refusals.Refused("key_reused", "该业务编号已用于另一笔退款", 422, key=key)
    return found


def _subject(refund: TopUpRefund) -> str:
    return f"top_up_refund:{refund.id}"
