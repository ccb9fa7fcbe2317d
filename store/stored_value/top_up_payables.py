"""Top-ups as payables (充值收款): what is due, and how a payment attempt that succeeded is credited, once.

What a top-up does not take is a surplus, which payments refund: a second payment, a smaller amount, or a payment for
which the account has no headroom any more.
"""

from collections.abc import Mapping
from typing import Any

from store.core import clock
from store.core.database import db
from store.customers.members import Member
from store.payments.attempts import PaymentAttempt
from store.payments.payables import PayableFunctions
from store.stored_value import accounts, ledger, top_ups
from store.stored_value.ledger import StoredValueAccount
from store.stored_value.top_ups import TopUp


def due_fen(number: str) -> int:
    """Return the fen that a new payment attempt may pay, 0 once a top-up is paid or closed.

    Raises DomainError(not_found).
    """
    top_up = top_ups.get_by_number(number)
    return int(top_up.principal_fen) if top_up.state == "requested" else 0


def lock(number: str) -> None:
    """Lock a top-up behind its member. Requires a transaction. Raises DomainError(not_found)."""
    top_ups.lock_with_account(number)


@db.transactional
def take(number: str, *, attempt_number: str, kind: str, amount_fen: int) -> int:
    """Credit a payment attempt that succeeded and return the fen taken. Idempotent by `attempt_number`.

    A closed top-up still takes its money. Returns 0 if another attempt has paid, the amount is too small, the account
    has no headroom any more or the membership has ended. Raises DomainError(not_found).
    """
    top_up, account = top_ups.lock_with_account(number)
    if top_up.attempt_number == attempt_number:
        return int(top_up.principal_fen)
    if top_up.state == "paid" or amount_fen < top_up.principal_fen:
        return 0
    if not _can_credit(top_up, account):
        if top_up.state == "requested":
            top_ups.transition(top_up, "closed")
        return 0
    _credit(top_up, account, attempt_number=attempt_number, kind=kind)
    return int(top_up.principal_fen)


def read_facts(number: str) -> Mapping[str, Any]:
    """Return the shop of a top-up. Raises DomainError(not_found)."""
    return {"shop_id": top_ups.get_by_number(number).shop_id}


def _take_attempt(number: str, attempt: PaymentAttempt) -> int:
    return take(number, attempt_number=attempt.number, kind=attempt.kind, amount_fen=attempt.paid_fen)


FUNCTIONS = PayableFunctions(due_fen=due_fen, take=_take_attempt, lock=lock, facts=read_facts)


def _credit(top_up: TopUp, account: StoredValueAccount, *, attempt_number: str, kind: str) -> None:
    accounts.apply_current_limit(account)
    top_ups.transition(top_up, "paid", kind=kind, attempt_number=attempt_number, paid_at=clock.now())
    if top_ups.uses_single_use_rule(top_up):
        top_up.update_fields(single_use_key=top_ups.single_use_key(top_up))
    moves = {
        "principal": top_up.principal_fen, "money": -top_up.principal_fen,
        "bonus": top_up.bonus_fen, "promotions": -top_up.bonus_fen,
    }  # fmt: skip
    ledger.post_entry(
        account, moves, kind="top_up", key=f"{top_up.number}:paid", subject=f"top_up:{top_up.id}",
        money_kind=kind, shop_id=top_up.shop_id,
    )  # fmt: skip
    top_ups.record_event("top_ups.paid", top_up)


def _can_credit(top_up: TopUp, account: StoredValueAccount) -> bool:
    """Return whether the offer can be kept. Another top-up may have been paid meanwhile."""
    if Member.get_by_id(account.member_id).is_closed:
        return False
    if top_up.principal_fen + top_up.bonus_fen > accounts.headroom_for_top_up(account):
        return False
    return not (
        top_ups.uses_single_use_rule(top_up) and top_up.rule_id in top_ups.used_rule_ids(account.member_id)
    )
