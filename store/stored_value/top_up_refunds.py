"""Refunds of top-ups (充值退款): the way the payment came, together with their share of the bonus.

If the bonus is spent already, its share is deducted from the refunded money.
"""

import peewee

from store.core import actors, clock, errors, ids, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.core.events import Event
from store.payments import refunds as payment_refunds
from store.stored_value import accounts, ledger, payment_methods, top_ups
from store.stored_value.ledger import StoredValueAccount
from store.stored_value.top_ups import TopUp
from store.tenants import audit


class TopUpRefund(Model):
    """`principal_fen` and `bonus_fen` leave the account, `paid_fen` goes to the payer.

    It stays `requested` until the platform, or a clerk who has paid it, confirms it. A failed call is repeated with
    the same `number`, and the deducted amounts are not returned meanwhile.
    """

    number = peewee.CharField(max_length=32, unique=True, default=lambda: ids.public_id("tr"))
    top_up = peewee.ForeignKeyField(TopUp, backref="refunds")
    key = peewee.CharField(max_length=100, unique=True)
    principal_fen = peewee.BigIntegerField(constraints=[peewee.Check("principal_fen > 0")])
    bonus_fen = peewee.BigIntegerField(constraints=[peewee.Check("bonus_fen >= 0")])
    paid_fen = peewee.BigIntegerField(constraints=[peewee.Check("paid_fen > 0")])
    state = peewee.CharField(
        max_length=10, default="requested", constraints=[peewee.Check("state IN ('requested', 'completed')")]
    )
    platform_number = peewee.CharField(max_length=100, null=True)
    reason = peewee.CharField(max_length=200)
    operator = peewee.CharField(max_length=100)
    requested_at = UtcDateTimeField(default=clock.now)
    completed_at = UtcDateTimeField(null=True)


@db.transactional
def request(*, number: str, amount_fen: int, key: str, reason: str) -> TopUpRefund:
    """Deduct a part of a top-up's principal and bonus and request its refund. Idempotent by `key`.

    Cash is paid out at once.
    """
    top_up, account = top_ups.lock_with_account(number)
    before = _find_existing(top_up, key, amount_fen)
    if before is not None:
        return before
    accounts.ensure_not_frozen(account)
    reason = accounts.validate_reason(reason)
    remaining_fen = min(top_up.principal_fen - top_up.refunded_fen, account.principal_fen)
    if top_up.state != "paid" or not 0 < amount_fen <= remaining_fen:
        raise errors.DomainError("refund_exceeds_top_up", "可退金额不足", 409, remaining_fen=remaining_fen)
    refund = _deduct(top_up, account, amount_fen, key, reason)
    after = {"amount_fen": amount_fen, "paid_fen": refund.paid_fen, "reason": reason}
    audit.record("top_up_refunds.request", f"top_up:{top_up.number}", after=after)
    return _pay_out(refund, top_up)


def refund_principal(
    top_up: TopUp, account: StoredValueAccount, amount_fen: int, *, key: str, reason: str
) -> TopUpRefund:
    """Request the refund of principal without its share of the bonus. Requires the member's lock.

    A cash refund stays requested until a clerk has paid it.
    """
    refund = TopUpRefund.create(
        top_up=top_up, key=key, principal_fen=amount_fen, bonus_fen=0, paid_fen=amount_fen, reason=reason,
        operator=actors.current().name,
    )  # fmt: skip
    moves = {"principal": -amount_fen, "refunds_payable": amount_fen}
    ledger.post_entry(
        account, moves, kind="top_up_refunded", key=f"{refund.number}:requested", subject=_subject(refund),
        reason=reason, shop_id=top_up.shop_id,
    )  # fmt: skip
    top_up.update_fields(refunded_fen=top_up.refunded_fen + amount_fen)
    return refund if top_up.kind == "cash" else _pay_out(refund, top_up)


@db.transactional
def ask_platform(event: Event) -> None:
    """Request the payment refund of a `top_ups.refund_requested` event. Idempotent. Others are paid by staff."""
    refund = TopUpRefund.get(TopUpRefund.number == event.properties["refund"])
    top_up = TopUp.get_by_id(refund.top_up_id)
    if refund.state == "requested" and payment_methods.is_refunded_by_platform(top_up.kind):
        payment_refunds.ask(
            number=refund.number, attempt_number=str(top_up.attempt_number), amount_fen=refund.paid_fen,
            reason=f"储值退款：{refund.reason}"[:80],
        )  # fmt: skip


@db.transactional
def confirm_paid(event: Event) -> None:
    """Record the top-up's refund of a `refunds.succeeded` event. Other refunds are ignored. Idempotent."""
    refund = TopUpRefund.find(number=event.properties["number"])
    if refund is not None:
        confirm(number=refund.number, platform_number=refund.number)


@db.transactional
def confirm(*, number: str, platform_number: str) -> TopUpRefund:
    """Record that the payer has received the money. Idempotent."""
    refund = TopUpRefund.find(number=number)
    if refund is None:
        raise errors.not_found("该退款单")
    top_up, account = top_ups.lock_with_account(TopUp.get_by_id(refund.top_up_id).number)
    refund = TopUpRefund.get_by_id(refund.id)
    if refund.state == "requested":
        _complete(refund, top_up, account, platform_number)
    return refund


def bonus_share(top_up: TopUp, refunded_fen: int) -> int:
    """Return the bonus that `refunded_fen` contains. It is computed from the total, so that parts add up."""
    return int(top_up.bonus_fen * refunded_fen // top_up.principal_fen)


def list_pending() -> list[TopUpRefund]:
    """Return the unconfirmed refunds, the oldest first."""
    return list(TopUpRefund.select().where(TopUpRefund.state == "requested").order_by(TopUpRefund.id))


def _deduct(
    top_up: TopUp, account: StoredValueAccount, amount_fen: int, key: str, reason: str
) -> TopUpRefund:
    after_fen = top_up.refunded_fen + amount_fen
    owed_fen = bonus_share(top_up, after_fen) - bonus_share(top_up, top_up.refunded_fen)
    bonus_fen = min(owed_fen, account.bonus_fen)
    paid_fen = amount_fen - (owed_fen - bonus_fen)
    if paid_fen <= 0:
        raise errors.DomainError("refund_exceeds_top_up", "扣除已用赠金后无可退金额", 409, remaining_fen=0)
    refund = TopUpRefund.create(
        top_up=top_up, key=key, principal_fen=amount_fen, bonus_fen=bonus_fen, paid_fen=paid_fen,
        reason=reason, operator=actors.current().name,
    )  # fmt: skip
    moves = {
        "principal": -amount_fen,
        "bonus": -bonus_fen,
        "promotions": owed_fen,
        "refunds_payable": paid_fen,
    }
    ledger.post_entry(
        account, moves, kind="top_up_refunded", key=f"{refund.number}:requested", subject=_subject(refund),
        reason=reason, shop_id=top_up.shop_id,
    )  # fmt: skip
    top_up.update_fields(refunded_fen=after_fen)
    return refund


def _pay_out(refund: TopUpRefund, top_up: TopUp) -> TopUpRefund:
    """Complete a cash refund at once. A platform or a clerk with a bank terminal pays the others later."""
    if top_up.kind == "cash":
        return confirm(number=refund.number, platform_number=refund.number)
    top_ups.record_event("top_ups.refund_requested", top_up, refund=refund.number, paid_fen=refund.paid_fen)
    return refund


def _complete(refund: TopUpRefund, top_up: TopUp, account: StoredValueAccount, platform_number: str) -> None:
    moves = {"refunds_payable": -refund.paid_fen, "money": refund.paid_fen}
    ledger.post_entry(
        account, moves, kind="refund_done", key=f"{refund.number}:completed", subject=_subject(refund),
        money_kind=top_up.kind,
    )  # fmt: skip
    refund.update_fields(state="completed", platform_number=platform_number, completed_at=clock.now())
    top_ups.record_event("top_ups.refunded", top_up, refund=refund.number, paid_fen=refund.paid_fen)


def _find_existing(top_up: TopUp, key: str, amount_fen: int) -> TopUpRefund | None:
    input_limits.check_key(key)
    found = TopUpRefund.find(key=key)
    if found is not None and (found.top_up_id, found.principal_fen) != (top_up.id, amount_fen):
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔退款", 422, key=key)
    return found


def _subject(refund: TopUpRefund) -> str:
    return f"top_up_refund:{refund.id}"
