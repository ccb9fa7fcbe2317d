"""The inbox of payment notices: each is stored as it came, in the transaction of its effect or without one."""

import hashlib
from collections.abc import Callable, Collection

import peewee

from store.core import clock, errors, events
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.payments.merchants import Merchant

MAX_BODY_BYTES = 256 * 1024


class PaymentNotice(Model):
    """`body` is what the platform posted; `result` is empty until it was processed. A notice is never deleted."""

    merchant = peewee.ForeignKeyField(Merchant)
    notice_id = peewee.CharField(max_length=64)
    body_hash = peewee.CharField(max_length=64)
    body = EncryptedField(context="payment_notice.body")
    received_at = UtcDateTimeField(default=clock.now)
    times = peewee.IntegerField(default=1)
    result = peewee.CharField(max_length=60, default="")
    number = peewee.CharField(max_length=32, default="", index=True)

    class Meta:
        indexes = ((("merchant", "notice_id"), True), (("received_at",), False))


@db.transactional
def process(
    *, merchant: Merchant, notice_id: str, body: bytes, number: str, apply: Callable[[], str]
) -> PaymentNotice:
    """Apply a notice and store it with the result, in one transaction. A repeated one is not applied again. Idempotent.

    `apply` returns the result. What it raises undoes everything: the caller then keeps the notice with `receive`.
    """
    found = _find_existing(merchant, notice_id, body)
    if found is not None and found.result:
        found.update_fields(times=found.times + 1)
        return found
    facts = {"result": apply()[:60], "number": number[:32]}
    if found is None:
        return _create(merchant, notice_id, body, **facts)
    found.update_fields(times=found.times + 1, **facts)
    return found


@db.transactional
def receive(*, merchant: Merchant, notice_id: str, body: bytes) -> PaymentNotice:
    """Store a notice that could not be applied. A repeated one returns its row. Idempotent.

    Without an id of the platform the hash of the body is its id. Raises DomainError(invalid).
    """
    found = _find_existing(merchant, notice_id, body)
    if found is None:
        return _create(merchant, notice_id, body)
    found.update_fields(times=found.times + 1)
    return found


@db.transactional
def record_rejection(*, merchant: Merchant, reason: str, number: str = "") -> bool:
    """Record the alarm of a rejected notice and return whether it is new.

    One for each merchant, reason and number within an hour: strangers can post as many notices as they like.
    """
    reason, number = reason[:60], number[:40]
    key = f"{merchant.key}:{reason}:{number}:{clock.now():%Y%m%d%H}"
    known = (events.Event.kind == "payments.notice_rejected") & (events.Event.key == key)
    if events.Event.select().where(known).exists():
        return False
    events.record(
        "payments.notice_rejected", unique_key=key, merchant=merchant.key, reason=reason, number=number or None,
        shop_id=merchant.shop_id,
    )  # fmt: skip
    return True


def list_for_numbers(numbers: Collection[str]) -> list[PaymentNotice]:
    """Return the notices about payments and refunds of these numbers, the oldest first."""
    return list(
        PaymentNotice.select().where(PaymentNotice.number.in_(list(numbers))).order_by(PaymentNotice.id)
    )


def _find_existing(merchant: Merchant, notice_id: str, body: bytes) -> PaymentNotice | None:
    if len(body) > MAX_BODY_BYTES:
        raise errors.invalid("body", "通知内容过大")
    return PaymentNotice.find(lock=True, merchant=merchant.id, notice_id=_identify(notice_id, body))


def _create(merchant: Merchant, notice_id: str, body: bytes, **facts: str) -> PaymentNotice:
    return PaymentNotice.create(
        merchant=merchant, notice_id=_identify(notice_id, body), body_hash=hashlib.sha256(body).hexdigest(),
        body=body.decode("utf-8", errors="backslashreplace"), **facts,
    )  # fmt: skip


def _identify(notice_id: str, body: bytes) -> str:
    """Return the id under which a notice is stored."""
    if not notice_id:
        return hashlib.sha256(body).hexdigest()
    if len(notice_id) > 64 or not notice_id.isprintable():
        return hashlib.sha256(notice_id.encode(errors="replace")).hexdigest()
    return notice_id
