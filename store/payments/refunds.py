"""Refunds (退款) of attempts, each under its own number until it is final. Together never more than was paid."""

import re
from datetime import datetime

import peewee

from store.core import clock, errors, events, input_limits
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.payments import attempts, schedule, states
from store.payments.attempts import PaymentAttempt
from store.tenants import audit

TRANSITIONS = states.REFUND_TRANSITIONS
LIVE = states.LIVE_REFUNDS
METHODS = {"original": "原路退回", "cash": "现金退款", "bank_card": "银行卡退款"}
NUMBER = re.compile(r"[0-9A-Za-z]{1,32}")
STATE_LABELS = {
    "asked": "待发送", "sent": "处理中", "succeeded": "已退款", "failed": "退款失败", "abnormal": "需人工处理",
}  # fmt: skip
RESOLUTIONS = {"succeeded": "succeeded", "failed": "failed", "retry": "asked"}
_DUE_STATES = ("asked", "sent")


class Refund(Model):
    """`original` goes back over the platform, other methods are recorded by a cashier once the money is handed back.

    `purpose` is surplus for money that nothing was due for. `reference` is that of a bank card's terminal.
    """

    number = peewee.CharField(max_length=32, unique=True)
    attempt = peewee.ForeignKeyField(PaymentAttempt, backref="refunds")
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    reason = peewee.CharField(max_length=200)
    purpose = peewee.CharField(
        max_length=10, default="return", constraints=[peewee.Check("purpose IN ('return', 'surplus')")]
    )
    method = peewee.CharField(
        max_length=10, default="original", constraints=[peewee.Check(f"method IN {tuple(METHODS)}")]
    )
    state = peewee.CharField(
        max_length=10, default="asked", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    platform_number = peewee.CharField(max_length=64, default="")
    reference = peewee.CharField(max_length=100, default="")
    message = peewee.CharField(max_length=200, default="")
    shop_id = peewee.BigIntegerField(null=True)
    terminal_id = peewee.BigIntegerField(null=True)
    cashier_id = peewee.BigIntegerField(null=True)
    tries = peewee.IntegerField(default=0)
    asked_at = UtcDateTimeField(default=clock.now)
    done_at = UtcDateTimeField(null=True)
    next_try_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("state", "next_try_at"), False),
            (("asked_at", "id"), False),
            (("state", "done_at"), False),
        )


@db.transactional
def ask(*, number: str, attempt_number: str, amount_fen: int, reason: str, purpose: str = "return") -> Refund:
    """Request a refund over the platform. Idempotent by `number`.

    Raises DomainError(invalid, key_reused, not_refundable, refund_over_payment).
    """
    attempt = attempts.lock(attempt_number)
    found = find_existing(number, attempt, amount_fen, "original")
    if found is not None:
        return found
    if attempt.merchant_id is None:
        raise errors.DomainError("not_refundable", "现金和银行卡由收银员退还", 409)
    reserve(attempt, amount_fen)
    row = Refund.create(
        number=number, attempt=attempt, amount_fen=amount_fen, reason=check_reason(reason), purpose=purpose,
        shop_id=attempt.shop_id, next_try_at=clock.now(),
    )  # fmt: skip
    record_event("refunds.asked", row, attempt)
    return row


@db.transactional
def record_result(
    *, number: str, outcome: states.RefundOutcome, platform_number: str = "", amount_fen: int | None = None,
    attempt_number: str = "", merchant_id: int | None = None, message: str = "",
) -> Refund:  # fmt: skip
    """Record what the platform says about a refund: its answer, a notice or a query. Idempotent.

    `failed` frees the money, `abnormal` waits for a person, `not_enough` and `not_found` are sent again under the
    same number, `unknown` is queried or sent again. `merchant_id` is the row's id.
    Raises DomainError: not_found, or evidence_rejected where what is given differs from the refund.
    """
    attempt = attempts.lock(get(number).attempt.number)
    row = _get(Refund.find(lock=True, number=number))
    _compare(row, attempt, amount_fen, attempt_number, merchant_id)
    state = states.next_refund_state(row.state, outcome)
    if state in _DUE_STATES and row.state in _DUE_STATES:
        _schedule_next_try(row, state, outcome, platform_number, message)
    elif state != row.state:
        row.update_fields(
            state=state, platform_number=(platform_number or row.platform_number)[:64],
            message=message[:200], done_at=None if state == "abnormal" else clock.now(), next_try_at=None,
        )  # fmt: skip
        if state == "failed":
            _release(attempt, row.amount_fen)
        record_event(f"refunds.{state}", row, attempt)
    return row


@db.transactional
def ask_by_person(*, number: str, attempt_number: str, amount_fen: int, reason: str) -> Refund:
    """Request a refund over the platform in the name of an operator. Idempotent by `number`.

    It is audited. A surplus that was not given back is refunded first, as a surplus. Raises the errors of `ask`.
    """
    attempt = attempts.lock(attempt_number)
    if find_existing(number, attempt, amount_fen, "original") is not None:
        return get(number)
    purpose = "surplus" if amount_fen == _owed_surplus_fen(attempt) else "return"
    row = ask(
        number=number, attempt_number=attempt_number, amount_fen=amount_fen, reason=reason, purpose=purpose
    )
    facts = {"number": number, "amount_fen": amount_fen, "reason": row.reason}
    audit.record("refunds.ask", f"payment:{attempt.number}", after=facts)
    return row


@db.transactional
def resolve(*, number: str, resolution: str, reason: str) -> Refund:
    """Decide about a refund that waits for a person. Idempotent: the same decision changes nothing.

    `succeeded` says that the money is with the customer, `failed` frees it, `retry` sends the refund again under the
    same number. It is audited. Raises DomainError(invalid, not_found, not_abnormal).
    """
    if resolution not in RESOLUTIONS:
        raise errors.invalid("resolution", "处理结果应为 succeeded、failed 或 retry")
    reason = check_reason(reason)
    attempt = attempts.lock(get(number).attempt.number)
    row = _get(Refund.find(lock=True, number=number))
    state = RESOLUTIONS[resolution]
    if row.state == state or (resolution == "retry" and row.state in _DUE_STATES):
        return row
    if row.state != "abnormal":
        raise errors.DomainError("not_abnormal", "该笔退款不需要人工处理", 409, state=row.state)
    now = clock.now()
    times = {"next_try_at": now, "done_at": None} if state == "asked" else {"done_at": now}
    row.update_fields(state=state, **times)
    if state == "failed":
        _release(attempt, row.amount_fen)
    record_event(f"refunds.{state}", row, attempt)
    after = {"state": state, "reason": reason}
    audit.record("refunds.resolve", f"refund:{row.number}", before={"state": "abnormal"}, after=after)
    return row


def get(number: str) -> Refund:
    """Return the refund of a number. Raises DomainError(not_found)."""
    return _get(Refund.find(number=number))


def list_for_attempt(attempt: PaymentAttempt) -> list[Refund]:
    """Return the refunds of an attempt, the oldest first."""
    return list(Refund.select().where(Refund.attempt == attempt).order_by(Refund.id))


def list_due(now: datetime, limit: int = 100) -> list[Refund]:
    """Return the refunds to send (asked) or to query (sent) now, the longest due first."""
    due = Refund.state.in_(_DUE_STATES) & (Refund.next_try_at <= now)
    rows = Refund.select().where(due).order_by(Refund.next_try_at, Refund.id)
    return list(rows.limit(min(max(limit, 1), 1000)))


def list_refunds(*, state: str | None = None, before_id: int | None = None, limit: int = 50) -> list[Refund]:
    """Return the refunds, the newest first, in a state and before a row. Raises DomainError(invalid)."""
    if state is not None and state not in TRANSITIONS:
        raise errors.invalid("state", "不认识的退款状态")
    rows = Refund.select().order_by(Refund.id.desc()).limit(min(max(limit, 1), 1000))
    if state is not None:
        rows = rows.where(Refund.state == state)
    return list(rows if before_id is None else rows.where(Refund.id < before_id))


def list_abnormal(limit: int = 100) -> list[Refund]:
    """Return the refunds that wait for a person, the oldest first."""
    rows = Refund.select().where(Refund.state == "abnormal").order_by(Refund.id)
    return list(rows.limit(min(max(limit, 1), 1000)))


def refundable_fen(attempt: PaymentAttempt) -> int:
    """Return how much of an attempt has not been refunded."""
    return attempt.paid_fen - attempt.refunded_fen


def find_existing(number: str, attempt: PaymentAttempt, amount_fen: int, method: str) -> Refund | None:
    """Return the earlier refund of a number. Raises DomainError(invalid, key_reused)."""
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise errors.invalid("number", "退款单号应为不超过 32 位的字母和数字")
    found = Refund.find(number=number)
    same = (attempt.id, amount_fen, method)
    if found is not None and (found.attempt_id, found.amount_fen, found.method) != same:
        raise errors.DomainError("key_reused", "该退款单号已用于另一笔退款", 422, number=number)
    return found


def check_reason(reason: str) -> str:
    """Return the reason of a refund. Raises DomainError(invalid)."""
    if not reason.strip():
        raise errors.invalid("reason", "请填写退款原因")
    return input_limits.check_line(reason.strip(), field="reason", max_length=80)


def reserve(attempt: PaymentAttempt, amount_fen: int) -> None:
    """Take a part of what an attempt paid for a refund, by one conditional update. Requires a transaction.

    Raises DomainError(invalid, not_refundable, refund_over_payment).
    """
    if type(amount_fen) is not int or amount_fen <= 0:
        raise errors.invalid("amount_fen", "退款金额应大于 0")
    if attempt.state != "succeeded":
        raise errors.DomainError("not_refundable", "该笔支付没有成功，不能退款", 409)
    after = PaymentAttempt.refunded_fen + amount_fen
    mine = (PaymentAttempt.id == attempt.id) & (after <= PaymentAttempt.paid_fen)
    if not PaymentAttempt.update(refunded_fen=after).where(mine).execute():
        left = refundable_fen(PaymentAttempt.get_by_id(attempt.id))
        raise errors.DomainError("refund_over_payment", "退款金额超过可退金额", 422, refundable_fen=left)
    attempt.refunded_fen += amount_fen


def record_event(kind: str, row: Refund, attempt: PaymentAttempt) -> None:
    """Record an event of a refund."""
    events.record(
        kind, shop_id=row.shop_id, number=row.number, attempt_number=attempt.number,
        payable_kind=attempt.payable_kind, payable_number=attempt.payable_number, amount_fen=row.amount_fen,
        purpose=row.purpose, method=row.method,
    )  # fmt: skip


def _owed_surplus_fen(attempt: PaymentAttempt) -> int:
    """Return the surplus of an attempt that no live refund gives back."""
    asked = (
        row.amount_fen for row in list_for_attempt(attempt) if row.purpose == "surplus" and row.state in LIVE
    )
    return int(attempt.surplus_fen - sum(asked))


def _release(attempt: PaymentAttempt, amount_fen: int) -> None:
    less = PaymentAttempt.refunded_fen - amount_fen
    PaymentAttempt.update(refunded_fen=less).where(PaymentAttempt.id == attempt.id).execute()


def _schedule_next_try(row: Refund, state: str, outcome: str, platform_number: str, message: str) -> None:
    tries = row.tries + 1
    due_at = schedule.next_refund_try(tries, clock.now(), not_enough=outcome == "not_enough")
    row.update_fields(
        state=state, tries=tries, next_try_at=due_at, message=message[:200],
        platform_number=(platform_number or row.platform_number)[:64],
    )  # fmt: skip


def _compare(
    row: Refund, attempt: PaymentAttempt, amount_fen: int | None, attempt_number: str, merchant_id: int | None
) -> None:
    given = {"amount_fen": amount_fen, "attempt_number": attempt_number or None, "merchant_id": merchant_id}
    kept = {
        "amount_fen": row.amount_fen,
        "attempt_number": attempt.number,
        "merchant_id": attempt.merchant_id,
    }
    differing = [name for name, value in given.items() if value is not None and value != kept[name]]
    if row.method != "original":
        differing.append("method")
    if differing:
        raise states.EvidenceRejected(row.number, differing)


def _get(row: Refund | None) -> Refund:
    if row is None:
        raise errors.not_found("该笔退款")
    return row
