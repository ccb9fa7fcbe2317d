"""Payments of top-ups (充值到账): by a platform's notice, processed once, or in cash."""

from store.core import actors, clock, errors
from store.core.database import db
from store.customers.members import Member
from store.stored_value import accounts, ledger, top_up_refunds, top_ups
from store.stored_value.ledger import StoredValueAccount
from store.stored_value.top_ups import TopUp
from store.tenants import audit


@db.transactional
def confirm(*, number: str, channel: str, platform_number: str, amount_fen: int) -> TopUp:
    """Credit a payment that a platform reports. Idempotent.

    The notice has been verified. The payment is refunded if the account has no headroom any more or the membership
    has ended. Raises DomainError if
    channel, amount or payment is not that of the top-up.
    """
    if channel == "cash":
        raise errors.invalid("channel", "现金充值由收银员收款")
    top_up, account = top_ups.lock_with_account(number)
    _ensure_same_payment(top_up, channel, platform_number, amount_fen)
    if top_up.platform_number is not None:
        return top_up
    return _credit(top_up, account, platform_number)


@db.transactional
def take_cash(*, member: Member, amount_fen: int, key: str, shop_id: int | None = None) -> TopUp:
    """Top up with cash at the till. Idempotent by `key`, the number of the receipt.

    Raises DomainError(staff_only) for other actors, because a member of staff answers for the money.
    """
    if actors.current().kind not in ("staff", "operator"):
        raise errors.DomainError("staff_only", "现金充值须由店员办理", 403)
    asked = top_ups.request(member=member, amount_fen=amount_fen, channel="cash", key=key, shop_id=shop_id)
    top_up, account = top_ups.lock_with_account(asked.number)
    if top_up.state != "requested":
        return top_up
    after = {"amount_fen": amount_fen, "bonus_fen": top_up.bonus_fen, "shop_id": shop_id}
    audit.record("top_up_payments.take_cash", f"top_up:{top_up.number}", after=after)
    return _credit(top_up, account, key)


def _ensure_same_payment(top_up: TopUp, channel: str, platform_number: str, amount_fen: int) -> None:
    facts = {"number": top_up.number}
    if (channel, amount_fen) != (top_up.channel, top_up.principal_fen):
        raise errors.DomainError("top_up_mismatch", "支付方式或金额与充值单不符", 422, **facts)
    if top_up.platform_number not in (None, platform_number):
        raise errors.DomainError("top_up_paid", "该充值单已由另一笔支付付清", 409, **facts)
    used = TopUp.find(channel=channel, platform_number=platform_number)
    if used is not None and used.id != top_up.id:
        raise errors.DomainError("payment_used", "该笔支付已用于另一张充值单", 409, **facts)


def _credit(top_up: TopUp, account: StoredValueAccount, platform_number: str) -> TopUp:
    top_up.update_fields(platform_number=platform_number, paid_at=clock.now())
    is_closed = Member.get_by_id(account.member_id).is_closed
    if is_closed or _exceeds_limit(top_up, account):
        top_ups.transition(top_up, "refunding")
        reason = "会员已注销" if is_closed else "余额已达上限或优惠已使用"
        top_up_refunds.refund_whole_payment(top_up, account, reason=reason)
        return TopUp.get_by_id(top_up.id)
    accounts.apply_current_limit(account)
    top_ups.transition(top_up, "paid")
    if top_ups.uses_single_use_rule(top_up):
        top_up.update_fields(single_use_key=top_ups.single_use_key(top_up))
    moves = {
        "principal": top_up.principal_fen, top_up.channel: -top_up.principal_fen,
        "bonus": top_up.bonus_fen, "promotions": -top_up.bonus_fen,
    }  # fmt: skip
    ledger.post_entry(
        account, moves, kind="top_up", key=f"{top_up.number}:paid", subject=f"top_up:{top_up.id}",
        shop_id=top_up.shop_id,
    )  # fmt: skip
    top_ups.record_event("top_ups.paid", top_up)
    return top_up


def _exceeds_limit(top_up: TopUp, account: StoredValueAccount) -> bool:
    """Return whether the offer cannot be kept because another top-up was paid meanwhile."""
    if top_up.principal_fen + top_up.bonus_fen > accounts.headroom_for_top_up(account):
        return True
    return top_ups.uses_single_use_rule(top_up) and top_up.rule_id in top_ups.used_rule_ids(account.member_id)
