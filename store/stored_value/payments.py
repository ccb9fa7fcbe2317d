"""Payments with stored value (储值消费): principal and bonus are taken by the rule and refunded in proportion.

An order holds the amount first, then commits or releases it. The desk spends at once.
"""

from collections.abc import Callable

from store.core import errors, input_limits
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.stored_value import accounts
from store.stored_value import payment_records as records
from store.stored_value.authorization import PaymentAuthorization
from store.stored_value.ledger import StoredValueAccount, StoredValueEntry
from store.stored_value.payment_records import StoredValuePayment


@db.transactional
def spend(
    *, member: Member, amount_fen: int, key: str, payment_authorization: PaymentAuthorization | None = None,
    order_number: str | None = None, shop_id: int | None = None,
) -> StoredValuePayment:  # fmt: skip
    """Spend an amount at once. Idempotent by `key`.

    Raises DomainError if the account is frozen, short or over a limit, or if a required authorization is missing.
    """
    return records.create("committed", member, amount_fen, key, payment_authorization, order_number, shop_id)


def spend_with_authorization(
    *,
    member: Member,
    amount_fen: int,
    key: str,
    authorize: Callable[[], PaymentAuthorization | None],
    order_number: str | None = None,
    shop_id: int | None = None,
) -> StoredValuePayment:
    """Spend and call `authorize` only if the key is new. Idempotent by `key`.

    `authorize` runs outside the transaction. If it fails, look up the key again: a concurrent call may have
    used the same code, and both get the one payment.
    """
    before = _find_completed(member, key, amount_fen)
    if before is not None:
        return before
    try:
        proof = authorize()
    except errors.DomainError:
        before = _find_completed(member, key, amount_fen)
        if before is None:
            raise
        return before
    return spend(
        member=member, amount_fen=amount_fen, key=key, payment_authorization=proof, order_number=order_number,
        shop_id=shop_id,
    )  # fmt: skip


@db.transactional
def hold(
    *, member: Member, order_number: str, amount_fen: int, authorization: PaymentAuthorization | None = None,
    shop_id: int | None = None,
) -> StoredValuePayment:  # fmt: skip
    """Hold an amount for an order, under the same conditions as `spend`. Idempotent.

    Raises DomainError(hold_differs) if the order holds another amount.
    """
    account = accounts.lock_for_member(member)
    live = records.find_live(order_number)
    if live is not None:
        if (live.member_id, live.amount_fen) != (account.member_id, amount_fen):
            message = "该订单已占用其他金额的储值"
            raise errors.DomainError("hold_differs", message, 409, amount_fen=live.amount_fen)
        return live
    mine = StoredValuePayment.order_number == order_number
    sequence = StoredValuePayment.select().where(mine).count() + 1
    key = f"payment:{order_number}:{sequence}"
    return records.create("held", member, amount_fen, key, authorization, order_number, shop_id)


def find_held(order_number: str) -> StoredValuePayment | None:
    """Return what an order holds, or None. Asked before a code is checked, so that a repeat needs no second one."""
    live = records.find_live(order_number)
    return live if live is not None and live.state == "held" else None


@db.transactional
def change(
    *, order_number: str, amount_fen: int, authorization: PaymentAuthorization | None = None
) -> StoredValuePayment:
    """Hold another amount for the same order. Idempotent. A smaller amount needs no new authorization.

    Raises DomainError(not_found, hold_released, invalid_payment_state) and what `hold` raises.
    """
    row, _ = _lock_live(order_number)
    if row.state == "held" and row.amount_fen == amount_fen:
        return row
    release(order_number=order_number)
    if row.authorized_by and authorization is None and amount_fen < row.amount_fen:
        authorization = PaymentAuthorization(
            kind=row.authorized_by, member_id=row.member_id, manager_id=row.manager_id
        )
    return hold(
        member=Member.get_by_id(row.member_id), order_number=order_number, amount_fen=amount_fen,
        authorization=authorization, shop_id=row.shop_id,
    )  # fmt: skip


@db.transactional
def commit(*, order_number: str) -> StoredValuePayment:
    """Commit a held amount as spent. Idempotent. Raises DomainError(not_found, hold_released)."""
    row, account = _lock_live(order_number)
    if row.state == "committed":
        return row
    records.transition(row, "committed")
    records.post_entry(row, account, "committed", {"held": -row.amount_fen, "sales": row.amount_fen})
    records.record_event("stored_value.spent", row, row.amount_fen)
    return row


@db.transactional
def release(*, order_number: str) -> list[StoredValuePayment]:
    """Release a held amount to principal and bonus, and return the row. Idempotent: nothing held is an empty list.

    Raises DomainError(invalid_payment_state) if it is spent.
    """
    if records.find_live(order_number) is None:
        return []
    row, account = _lock_live(order_number)
    records.transition(row, "released")
    back = {"held": -row.amount_fen, "principal": row.principal_fen, "bonus": row.bonus_fen}
    records.post_entry(row, account, "released", back)
    return [row]


@db.transactional
def refund(
    *, order_number: str, return_number: str, amount_fen: int, reason: str = ""
) -> StoredValuePayment | None:
    """Refund a part of what an order was paid with, or None for 0. Idempotent by order and return number.

    No limit applies. Raises DomainError as `refund_by_key`.
    """
    if amount_fen == 0:
        return None
    row, _ = _lock_live(order_number)
    refund_key = f"{order_number}:{return_number}"
    return refund_by_key(key=row.key, amount_fen=amount_fen, refund_key=refund_key, reason=reason)


@db.transactional
def refund_by_key(*, key: str, amount_fen: int, refund_key: str, reason: str = "") -> StoredValuePayment:
    """Refund a part of a payment to the same account, principal and bonus in proportion.

    Idempotent by `refund_key`. A frozen account accepts refunds, and no limit applies. Raises DomainError if
    more than the payment would be refunded.
    """
    row, account = records.lock_by_key(key)
    entry_key = f"stored-value-refund:{input_limits.check_key(refund_key, field='refund_key')}"
    if _is_already_refunded(row, entry_key, amount_fen):
        return row
    remaining_fen = row.amount_fen - row.refunded_fen if row.state == "committed" else 0
    if not 0 < amount_fen <= remaining_fen:
        raise errors.DomainError(
            "refund_exceeds_payment", "退款金额超过可退金额", 409, remaining_fen=remaining_fen
        )
    accounts.extend_limit(account, amount_fen)
    after_fen = row.refunded_fen + amount_fen
    bonus_fen = records.bonus_share(row, after_fen) - records.bonus_share(row, row.refunded_fen)
    moves = {"sales": -amount_fen, "principal": amount_fen - bonus_fen, "bonus": bonus_fen}
    records.post_entry(row, account, "spend_refunded", moves, key=entry_key, reason=reason[:200])
    row.update_fields(refunded_fen=after_fen)
    records.record_event("stored_value.refunded", row, amount_fen)
    return row


def _find_completed(member: Member, key: str, amount_fen: int) -> StoredValuePayment | None:
    input_limits.check_key(key)
    return records.find_existing(
        members.survivor(Member.get_by_id(member.id)).id, key, amount_fen, "committed"
    )


def _lock_live(order_number: str) -> tuple[StoredValuePayment, StoredValueAccount]:
    """Lock the member and return the live row. Raises DomainError(not_found, hold_released)."""
    found = records.find_live(order_number)
    if found is None:
        if StoredValuePayment.find(order_number=order_number) is None:
            raise errors.not_found("该笔储值消费")
        raise errors.DomainError("hold_released", "该订单的储值已释放", 409)
    row, account = records.lock_by_key(found.key)
    if row.state == "released":  # while this call waited
        raise errors.DomainError("hold_released", "该订单的储值已释放", 409)
    return row, account


def _is_already_refunded(row: StoredValuePayment, entry_key: str, amount_fen: int) -> bool:
    """Return whether a refund was booked before. Raises DomainError if the key belongs to another one."""
    found = StoredValueEntry.find(key=entry_key)
    if found is not None and (found.subject, -found.sales_fen) != (records.subject_of(row), amount_fen):
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔退款", 422)
    return found is not None
