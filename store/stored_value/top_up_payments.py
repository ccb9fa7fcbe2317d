"""Payments of top-ups in cash (现金充值) that a clerk records outside a till."""

from store.core import actors, errors
from store.core.database import db
from store.customers.members import Member
from store.stored_value import top_up_payables, top_ups
from store.stored_value.top_ups import TopUp
from store.tenants import audit


@db.transactional
def take_cash(*, member: Member, amount_fen: int, key: str, shop_id: int | None = None) -> TopUp:
    """Top up with cash. Idempotent by `key`, the number of the receipt.

    Raises DomainError(staff_only) for other actors, because a member of staff answers for the money.
    """
    if actors.current().kind not in ("staff", "operator"):
        raise errors.DomainError("staff_only", "现金充值须由店员办理", 403)
    asked = top_ups.request(member=member, amount_fen=amount_fen, key=key, shop_id=shop_id)
    top_up, _ = top_ups.lock_with_account(asked.number)
    if top_up.state == "paid":
        return top_up
    number = top_up.number
    if not top_up_payables.take(number, attempt_number=number, kind="cash", amount_fen=amount_fen):
        raise errors.DomainError("top_up_not_possible", "该充值单已不能入账，请重新办理", 409)
    after = {"amount_fen": amount_fen, "bonus_fen": top_up.bonus_fen, "shop_id": shop_id}
    audit.record("top_up_payments.take_cash", f"top_up:{number}", after=after)
    return TopUp.get_by_id(top_up.id)
