"""Attempts (支付单): each try to pay a payable, with its own number. `settlement.settle` alone makes one succeed."""

from datetime import datetime
from typing import Any

import peewee

from store.core import clock, encryption, errors, events, ids, input_limits
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.payments import kinds, payables, schedule, states
from store.payments.merchants import Merchant
from store.payments.schedule import PaymentScheduleSettings
from store.tenants import settings

TRANSITIONS = states.ATTEMPT_TRANSITIONS
LIVE = states.LIVE_ATTEMPTS
MAX_AMOUNT_FEN = 100_000_000
_LIVE_SQL = "state IN ('created', 'pending', 'unknown')"


class PaymentAttempt(Model):
    """`amount_fen` is asked for, `paid_fen` arrived: `taken_fen` of it pays, `surplus_fen` is refunded.

    `refunded_fen` is the sum of the live refunds. `closing` is set while the platform is asked to close it,
    `reversal` is asked, then done, for a pay code that is reversed (撤销). For cash `received_fen` is what the
    cashier was given. `tail` are the last four digits of a bank card, `platform_number` its reference.
    """

    number = peewee.CharField(max_length=32, unique=True, default=lambda: ids.public_id("p"))
    payable_kind = peewee.CharField(max_length=20)
    payable_number = peewee.CharField(max_length=40)
    merchant = peewee.ForeignKeyField(Merchant, null=True)
    app_id = peewee.CharField(max_length=64, default="")
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {kinds.CODES}")])
    key = peewee.CharField(max_length=160, unique=True)
    amount_fen = peewee.BigIntegerField(constraints=[peewee.Check("amount_fen > 0")])
    paid_fen = peewee.BigIntegerField(default=0)
    taken_fen = peewee.BigIntegerField(default=0)
    surplus_fen = peewee.BigIntegerField(default=0)
    refunded_fen = peewee.BigIntegerField(default=0)
    received_fen = peewee.BigIntegerField(default=0)
    change_fen = peewee.BigIntegerField(default=0)
    state = peewee.CharField(
        max_length=10, default="created", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    closing = peewee.BooleanField(default=False)
    reversal = peewee.CharField(
        max_length=5, default="", constraints=[peewee.Check("reversal IN ('', 'asked', 'done')")]
    )
    platform_number = peewee.CharField(max_length=64, default="", index=True)
    payer_id = EncryptedField(context="payment_attempt.payer_id", default="")
    union_id = EncryptedField(context="payment_attempt.union_id", default="")
    auth_code_hash = peewee.CharField(max_length=64, null=True)
    tail = peewee.CharField(max_length=4, default="")
    card_date = peewee.CharField(max_length=10, default="")
    message = peewee.CharField(max_length=200, default="")
    shop_id = peewee.BigIntegerField(null=True)
    terminal_id = peewee.BigIntegerField(null=True)
    cashier_id = peewee.BigIntegerField(null=True)
    created_at = UtcDateTimeField(default=clock.now)
    paid_at = UtcDateTimeField(null=True)
    next_query_at = UtcDateTimeField(null=True)
    queried_at = UtcDateTimeField(null=True)
    reverse_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            peewee.Check("taken_fen >= 0 AND surplus_fen >= 0 AND taken_fen + surplus_fen <= paid_fen"),
            peewee.Check("refunded_fen >= 0 AND refunded_fen <= paid_fen"),
            peewee.Check("change_fen >= 0 AND received_fen >= 0"),
        ]
        indexes = (
            (("payable_kind", "payable_number"), False),
            (("state", "next_query_at"), False),
            (("created_at", "id"), False),
            (("state", "paid_at"), False),
        )


# One platform attempt pends for each payable. Cash and cards are settled in the transaction that creates them.
PaymentAttempt.add_index(
    PaymentAttempt.index(
        PaymentAttempt.payable_kind,
        PaymentAttempt.payable_number,
        unique=True,
        name="payment_attempt_pending",
    ).where(peewee.SQL(f"{_LIVE_SQL} AND NOT closing AND merchant_id IS NOT NULL"))
)
# A scanned pay code is looked for among all attempts, also those that it has paid.
PaymentAttempt.add_index(
    PaymentAttempt.index(PaymentAttempt.auth_code_hash, name="payment_attempt_scanned").where(
        peewee.SQL("auth_code_hash IS NOT NULL")
    )
)
# A pay code that is scanned twice at the same moment charges once.
PaymentAttempt.add_index(
    PaymentAttempt.index(
        PaymentAttempt.auth_code_hash, unique=True, name="payment_attempt_auth_code"
    ).where(peewee.SQL(f"{_LIVE_SQL} AND auth_code_hash IS NOT NULL"))
)  # fmt: skip


@db.transactional
def start(
    *, payable_kind: str, payable_number: str, kind: str, merchant: Merchant, key: str,
    amount_fen: int | None = None, app_id: str = "", auth_code: str | None = None, payer_id: str = "",
    terminal_id: int | None = None, cashier_id: int | None = None,
) -> PaymentAttempt:  # fmt: skip
    """Create an attempt over a platform, by default of all that is due. Idempotent by `key`.

    What pends for the payable becomes `closing`: the caller, or else a task, closes it on the platform. A pay code
    that is in use for the same payable returns its attempt. Raises DomainError(invalid, nothing_due,
    amount_over_due, key_reused, merchant_retired, pay_code_pending, pay_code_used).
    """
    _check_kind(kind, merchant, auth_code)
    functions = payables.get_functions(payable_kind)
    functions.lock(payable_number)
    facts = (payable_kind, payable_number, kind, merchant.id)
    found = _find_existing(key, facts, amount_fen) or _find_by_pay_code(auth_code, facts)
    if found is not None:
        return found
    merchant = Merchant.get_by_id(merchant.id)
    if merchant.state != "active":
        raise errors.DomainError("merchant_retired", "该商户号已停用，请换一种付款方式", 409)
    amount_fen = check_amount(amount_fen, functions.due_fen(payable_number))
    _close_pending(payable_kind, payable_number)
    now, rules = clock.now(), settings.read(PaymentScheduleSettings)
    return PaymentAttempt.create(
        payable_kind=payable_kind, payable_number=payable_number, kind=kind, merchant=merchant, key=key,
        app_id=app_id or merchant.app_id, amount_fen=amount_fen, payer_id=payer_id,
        auth_code_hash=None if auth_code is None else _hash(auth_code), terminal_id=terminal_id,
        cashier_id=cashier_id, shop_id=functions.facts(payable_number).get("shop_id"), created_at=now,
        next_query_at=schedule.next_query(kind, now, now, rules),
        reverse_at=schedule.reversal_time(kind, now, rules),
    )  # fmt: skip


def get(number: str) -> PaymentAttempt:
    """Return the attempt of a number. Raises DomainError(not_found)."""
    return _get(PaymentAttempt.find(number=number))


def lock(number: str) -> PaymentAttempt:
    """Lock the payable of an attempt, then the attempt. Requires a transaction. Raises DomainError(not_found)."""
    row = get(number)
    payables.get_functions(row.payable_kind).lock(row.payable_number)
    if not db.is_postgresql():  # a transaction of SQLite is alone with the database from its start
        return row
    return _get(PaymentAttempt.find(lock=True, number=number))


def list_for(payable_kind: str, payable_number: str) -> list[PaymentAttempt]:
    """Return the attempts of a payable in the order in which they were begun."""
    mine = PaymentAttempt.find_all(payable_kind=payable_kind, payable_number=payable_number)
    return sorted(mine, key=lambda row: row.id)


def has_pending(payable_kind: str, payable_number: str) -> bool:
    """Return whether an attempt of a payable is not final, also one that is being closed."""
    return any(row.state in LIVE for row in list_for(payable_kind, payable_number))


def pending_fen(payable_kind: str, payable_number: str) -> int:
    """Return the amount that pends for a payable, without what is being closed."""
    rows = list_for(payable_kind, payable_number)
    return sum(row.amount_fen for row in rows if row.state in LIVE and not row.closing)


@db.transactional
def claim_charge(*, number: str) -> bool:
    """Claim the charge of a pay code and return whether the caller may send it: once for each attempt.

    A second scan gets the same attempt and must not charge again. From now on the outcome counts as unknown, so
    that an attempt whose process is killed is queried and reversed.
    """
    row = lock(number)
    if row.state != "created":
        return False
    row.update_fields(state="unknown")
    return True


@db.transactional
def request_closing(*, payable_kind: str, payable_number: str) -> list[PaymentAttempt]:
    """Request that everything that pends for a payable is closed or reversed, and return it. Idempotent."""
    payables.get_functions(payable_kind).lock(payable_number)
    now, rows = clock.now(), [row for row in list_for(payable_kind, payable_number) if row.state in LIVE]
    for row in rows:
        if not row.closing:
            row.update_fields(closing=True, next_query_at=now)
            events.record("payments.closing", shop_id=row.shop_id, number=row.number)
    return rows


def list_due_queries(now: datetime, limit: int = 100) -> list[tuple[PaymentAttempt, schedule.Action]]:
    """Return the attempts that are due, with what each needs: query, close or reverse. The longest due first."""
    due = PaymentAttempt.state.in_(LIVE) & (PaymentAttempt.next_query_at <= now)
    rows = PaymentAttempt.select().where(due).order_by(PaymentAttempt.next_query_at, PaymentAttempt.id)
    return [(row, next_action(row)) for row in rows.limit(min(max(limit, 1), 1000))]


def query_times(row: PaymentAttempt, now: datetime) -> dict[str, datetime]:
    """Return the columns that a query at `now` changes: when it was, and when the next one is due."""
    rules = settings.read(PaymentScheduleSettings)
    return {"queried_at": now, "next_query_at": schedule.next_query(row.kind, row.created_at, now, rules)}


def check_amount(amount_fen: int | None, due_fen: int) -> int:
    """Return the amount, by default what is due. Raises DomainError(invalid, nothing_due, amount_over_due)."""
    if due_fen <= 0:
        raise errors.DomainError("nothing_due", "该单没有待付金额", 409)
    if amount_fen is None:
        return due_fen
    if type(amount_fen) is not int or not 0 < amount_fen <= MAX_AMOUNT_FEN:
        raise errors.invalid("amount_fen", "金额应大于 0")
    if amount_fen > due_fen:
        raise errors.DomainError("amount_over_due", "金额超过待付金额", 422, due_fen=due_fen)
    return amount_fen


def record_event(event_kind: str, row: PaymentAttempt, **properties: Any) -> None:
    """Record an event of an attempt, with its amounts and without the payer."""
    events.record(
        event_kind, shop_id=row.shop_id, number=row.number, payable_kind=row.payable_kind,
        payable_number=row.payable_number, kind=row.kind, amount_fen=row.amount_fen,
        taken_fen=row.taken_fen, surplus_fen=row.surplus_fen, **properties,
    )  # fmt: skip


def _check_kind(kind: str, merchant: Merchant, auth_code: str | None) -> None:
    if kinds.find_platform(kind) != merchant.platform:
        raise errors.invalid("kind", "该商户号不支持这种付款方式")
    if kinds.is_pay_code(kind) != (auth_code is not None):
        raise errors.invalid("auth_code", "请扫描顾客的付款码")


def _find_existing(key: str, facts: tuple, amount_fen: int | None) -> PaymentAttempt | None:
    found = PaymentAttempt.find(key=input_limits.check_key(key, max_length=160))
    if found is None:
        return None
    same = (found.payable_kind, found.payable_number, found.kind, found.merchant_id) == facts
    if not same or amount_fen not in (None, found.amount_fen):
        raise errors.DomainError("key_reused", "该业务编号已用于另一笔支付", 422, key=key)
    return found


def _find_by_pay_code(auth_code: str | None, facts: tuple) -> PaymentAttempt | None:
    """Return the attempt that has the same pay code in use. A code that paid for something is not charged again."""
    if auth_code is None:
        return None
    scanned = PaymentAttempt.find_all(auth_code_hash=_hash(auth_code))
    row = next((row for row in scanned if row.state in (*LIVE, "succeeded")), None)
    if row is None:
        return None
    if (row.payable_kind, row.payable_number, row.kind, row.merchant_id) != facts:
        raise errors.DomainError("pay_code_used", "该付款码已使用，请顾客刷新付款码", 409)
    return row


def _close_pending(payable_kind: str, payable_number: str) -> None:
    """Mark what pends as closing. Raises DomainError(pay_code_pending): a charge in flight is waited for."""
    for row in list_for(payable_kind, payable_number):
        if row.state in LIVE and not row.closing and kinds.is_pay_code(row.kind):
            message = "上一次扫码还在等待结果，请稍候或先撤销"
            raise errors.DomainError("pay_code_pending", message, 409, number=row.number)
    request_closing(payable_kind=payable_kind, payable_number=payable_number)


def next_action(row: PaymentAttempt) -> schedule.Action:
    """Return what an attempt that is due needs: query, close or reverse."""
    return schedule.next_action(
        is_pay_code=kinds.is_pay_code(row.kind), closing=row.closing, reversal=row.reversal,
        reverse_at=row.reverse_at, queried_at=row.queried_at,
    )  # fmt: skip


def _hash(auth_code: str) -> str:
    return encryption.blind_index(auth_code, purpose="pay_code")


def _get(row: PaymentAttempt | None) -> PaymentAttempt:
    if row is None:
        raise errors.not_found("该笔支付")
    return row
