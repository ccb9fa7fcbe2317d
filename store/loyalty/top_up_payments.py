"""The payment of a top-up (充值到账): by a platform's notice, once however often it comes, or in cash."""

from store.company import audit
from store.kernel import actors, clock, db, refusals
from store.loyalty import stored_values, top_up_refunds, top_ups, value_ledger
from store.loyalty.top_ups import TopUp
from store.loyalty.value_ledger import ValueAccount
from store.people.members import Member


@db.verb
def confirm(*, number: str, channel: str, platform_number: str, amount_fen: int) -> TopUp:
    """Credit what a platform says was paid: once, however many notices tell of it.

    The notice has been verified. Money that the account has no room for any more is asked to go back.
    Refuses a notice whose amount, channel or payment is not this top-up's.
    """
    if channel == "cash":
        raise refusals.invalid("channel", "现金充值由收银员收款")
    top_up, account = top_ups.locked(number)
    _refuse_unlike(top_up, channel, platform_number, amount_fen)
    if top_up.platform_number is not None:
        return top_up
    return _take(top_up, account, platform_number)


@db.verb
def take_cash(*, member: Member, amount_fen: int, key: str, shop_id: int | None = None) -> TopUp:
    """Top up with cash at the till; `key` is the receipt's number, and the same one again changes nothing.

    A person has to answer for the money, so it is taken in the name of staff only.
    """
    if actors.current().kind not in ("staff", "operator"):
        raise refusals.Refused("staff_only", "现金充值须由店员办理", 403)
    asked = top_ups.ask(member=member, amount_fen=amount_fen, channel="cash", key=key, shop_id=shop_id)
    top_up, account = top_ups.locked(asked.number)
    if top_up.state != "asked":
        return top_up
    after = {"amount_fen": amount_fen, "bonus_fen": top_up.bonus_fen, "shop_id": shop_id}
    audit.record("top_up_payments.take_cash", f"top_up:{top_up.number}", after=after)
    return _take(top_up, account, key)


def _refuse_unlike(top_up: TopUp, channel: str, platform_number: str, amount_fen: int) -> None:
    facts = {"number": top_up.number}
    if (channel, amount_fen) != (top_up.channel, top_up.principal_fen):
        raise refusals.Refused("top_up_unlike", "支付方式或金额与充值单不符", 422, **facts)
    if top_up.platform_number not in (None, platform_number):
        raise refusals.Refused("top_up_paid", "该充值单已由另一笔支付付清", 409, **facts)
    used = TopUp.find(channel=channel, platform_number=platform_number)
    if used is not None and used.id != top_up.id:
        raise refusals.Refused("payment_used", "该笔支付已用于另一张充值单", 409, **facts)


def _take(top_up: TopUp, account: ValueAccount, platform_number: str) -> TopUp:
    top_up.put(platform_number=platform_number, paid_at=clock.now())
    if _has_no_place(top_up, account):
        top_ups.move(top_up, "returning")
        top_up_refunds.give_back(top_up, account)
        return TopUp.get_by_id(top_up.id)
    stored_values.renew_limit(account)
    top_ups.move(top_up, "paid")
    if top_ups.uses_once(top_up):
        top_up.put(once_key=top_ups.once_key(top_up))
    moves = {
        "principal": top_up.principal_fen, top_up.channel: -top_up.principal_fen,
        "bonus": top_up.bonus_fen, "gifts": -top_up.bonus_fen,
    }  # fmt: skip
    value_ledger.post(
        account, moves, kind="top_up", key=f"{top_up.number}:paid", subject=f"top_up:{top_up.id}",
        shop_id=top_up.shop_id,
    )  # fmt: skip
    top_ups.record("top_ups.paid", top_up)
    return top_up


def _has_no_place(top_up: TopUp, account: ValueAccount) -> bool:
    """What was promised when it was asked for cannot be kept: another top-up was paid in between."""
    if top_up.principal_fen + top_up.bonus_fen > stored_values.room_for_top_up(account):
        return True
    return top_ups.uses_once(top_up) and top_up.rule_id in top_ups.rules_used(account.member_id)
