"""The inbox of payment notices: each is stored as it came before it has any effect."""

import hashlib
from collections.abc import Callable

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
def receive(*, merchant: Merchant, notice_id: str, body: bytes) -> PaymentNotice:
    """Store a notice. A repeated one returns its row, whose `result` says whether it was processed. Idempotent.

    Without an id of the platform the hash of the body is its id. Raises DomainError(invalid).
    """
    if len(body) > MAX_BODY_BYTES:
        raise errors.invalid("body", "通知内容过大")
    body_hash = hashlib.sha256(body).hexdigest()
    notice_id = notice_id or body_hash
    if len(notice_id) > 64 or not notice_id.isprintable():
        notice_id = hashlib.sha256(notice_id.encode(errors="replace")).hexdigest()
    found = PaymentNotice.find(lock=True, merchant=merchant.id, notice_id=notice_id)
    if found is not None:
        found.update_fields(times=found.times + 1)
        return found
    text = body.decode("utf-8", errors="backslashreplace")
    return PaymentNotice.create(merchant=merchant, notice_id=notice_id, body_hash=body_hash, body=text)


@db.transactional
def process(
    *, merchant: Merchant, notice_id: str, body: bytes, number: str, apply: Callable[[], str]
) -> errors.DomainError | None:
    """Store a notice, then apply it in the same transaction. Returns why it was rejected, or None.

    `apply` returns the result, which is kept: a repeated notice is not applied again. Where it raises DomainError, its
    writes are rolled back and the notice stays without a result. Idempotent.
    """
    notice = receive(merchant=merchant, notice_id=notice_id, body=body)
    if notice.result:
        return None
    try:
        with db.savepoint():
            result = apply()
    except errors.DomainError as rejection:
        return rejection
    notice.update_fields(result=result[:60], number=number[:32])
    return None


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
