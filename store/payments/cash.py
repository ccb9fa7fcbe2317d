"""Money at the till: cash with its change, bank cards by reference, and what a cashier hands back."""

import re
from datetime import date

from store.core import clock, errors, input_limits
from store.core.database import db
from store.payments import attempts, payables, refunds, settlement
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from store.tenants import business_days

_TAIL = re.compile(r"[0-9]{4}")
_CARD_NUMBER = re.compile(r"[3-6][0-9]{14,18}")


@db.transactional
def record_cash(
    *, payable_kind: str, payable_number: str, received_fen: int, key: str, terminal_id: int | None = None,
    cashier_id: int | None = None,
) -> PaymentAttempt:  # fmt: skip
    """Record cash, of which `change_fen` is what exceeds the amount due. Idempotent by `key`.

    What pends on a platform is left for that payment. Raises DomainError(invalid, nothing_due,
    payment_pending, key_reused).
    """
    functions = payables.get_functions(payable_kind)
    functions.lock(payable_number)
    found = _find_existing(key, (payable_kind, payable_number, "cash"), received_fen=received_fen)
    if found is not None:
        return found
    if type(received_fen) is not int or not 0 < received_fen <= attempts.MAX_AMOUNT_FEN:
        raise errors.invalid("received_fen", "实收金额应大于 0")
    amount_fen = min(received_fen, _free_fen(payable_kind, payable_number))
    row = PaymentAttempt.create(
        payable_kind=payable_kind, payable_number=payable_number, kind="cash", key=key, amount_fen=amount_fen,
        received_fen=received_fen, change_fen=received_fen - amount_fen, terminal_id=terminal_id,
        cashier_id=cashier_id, shop_id=functions.facts(payable_number).get("shop_id"),
    )  # fmt: skip
    return settlement.settle(settlement.evidence_of_cashier(row)).attempt


@db.transactional
def record_bank_card(
    *, payable_kind: str, payable_number: str, amount_fen: int, reference: str, tail: str, key: str,
    paid_on: date | None = None, terminal_id: int | None = None, cashier_id: int | None = None,
) -> PaymentAttempt:  # fmt: skip
    """Record a payment by a bank card on another company's terminal. Idempotent by `key`.

    Reference, day and the last four digits are kept, never the card's number. Raises DomainError(invalid,
    nothing_due, amount_over_due, payment_pending, key_reused).
    """
    functions = payables.get_functions(payable_kind)
    functions.lock(payable_number)
    reference = check_reference(reference)
    if not isinstance(tail, str) or not _TAIL.fullmatch(tail):
        raise errors.invalid("tail", "请填写卡号后 4 位，不要填写完整卡号")
    found = _find_existing(
        key, (payable_kind, payable_number, "bank_card"), amount_fen=amount_fen, platform_number=reference, tail=tail
    )  # fmt: skip
    if found is not None:
        return found
    attempts.check_amount(amount_fen, _free_fen(payable_kind, payable_number))
    day = input_limits.check_day(paid_on or business_days.today(), field="paid_on")
    row = PaymentAttempt.create(
        payable_kind=payable_kind, payable_number=payable_number, kind="bank_card", key=key,
        amount_fen=amount_fen, received_fen=amount_fen, tail=tail, card_date=day.isoformat(),
        terminal_id=terminal_id, cashier_id=cashier_id,
        shop_id=functions.facts(payable_number).get("shop_id"),
    )  # fmt: skip
    return settlement.settle(settlement.evidence_of_cashier(row, reference=reference)).attempt


@db.transactional
def hand_back(
    *, number: str, attempt_number: str, amount_fen: int, reason: str, method: str = "cash", reference: str = "",
    terminal_id: int | None = None, cashier_id: int | None = None,
) -> Refund:  # fmt: skip
    """Record that a cashier gave money back: cash, or a void or return on a card terminal. Idempotent by `number`.

    Cash also replaces a refund that the platform no longer makes (现金退款). Raises DomainError(invalid,
    key_reused, not_refundable, refund_over_payment).
    """
    attempt = attempts.lock(attempt_number)
    if method not in ("cash", "bank_card") or (method == "bank_card" and attempt.kind != "bank_card"):
        raise errors.invalid("method", "该笔支付不能这样退款")
    found = refunds.find_existing(number, attempt, amount_fen, method)
    if found is not None:
        return found
    reference = check_reference(reference) if method == "bank_card" else ""
    refunds.reserve(attempt, amount_fen)
    row = Refund.create(
        number=number, attempt=attempt, amount_fen=amount_fen, reason=refunds.check_reason(reason), method=method,
        state="succeeded", reference=reference, shop_id=attempt.shop_id, terminal_id=terminal_id,
        cashier_id=cashier_id, done_at=clock.now(),
    )  # fmt: skip
    refunds.record_event("refunds.succeeded", row, attempt)
    return row


def check_reference(reference: str) -> str:
    """Return the reference of a card terminal. Raises DomainError(invalid), also for what may be a card number."""
    reference = input_limits.check_key(reference, field="reference", max_length=64).strip()
    if _looks_like_card(re.sub(r"[\s-]", "", reference)):
        raise errors.invalid("reference", "请填写交易参考号，不要填写卡号")
    return reference


def _looks_like_card(text: str) -> bool:
    """Return whether a text has the form and check digit of a bank card's number (ISO/IEC 7812)."""
    if not _CARD_NUMBER.fullmatch(text):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(text))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _free_fen(payable_kind: str, payable_number: str) -> int:
    """Return what is due and does not pend on a platform. Raises DomainError(nothing_due, payment_pending)."""
    due_fen = payables.get_functions(payable_kind).due_fen(payable_number)
    if due_fen <= 0:
        raise errors.DomainError("nothing_due", "该单没有待付金额", 409)
    free_fen = due_fen - attempts.pending_fen(payable_kind, payable_number)
    if free_fen <= 0:
        raise errors.DomainError("payment_pending", "有一笔支付正在等待结果，请稍候或先撤销", 409)
    return free_fen


def _find_existing(key: str, facts: tuple[str, str, str], **given: object) -> PaymentAttempt | None:
    found = PaymentAttempt.find(key=input_limits.check_key(key, max_length=160))
    if found is None:
        return None
    same = (found.payable_kind, found.payable_number, found.kind) == facts
    if not same or any(getattr(found, name) != value for name, value in given.items()):
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔支付", 422, key=key)
    return found
