"""Uploads of shipping information (发货信息上传): what WeChat has to know before it pays out a mini-program's order.

One row for each payment that a mini-program took. WeChat reminds of those that it waits for, and reports when it
pays the money out.
"""

from datetime import datetime

import peewee
import structlog

from store.core import clock
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.orders import counting, fulfilments, locks
from store.orders.fulfilments import Fulfilment
from store.orders.tables import Order
from store.payments import attempts, merchants
from store.payments.attempts import PaymentAttempt
from store.shop_orders import moves
from store.tenants import channels
from store.tenants.channels import Channel

log = structlog.get_logger("shipping_uploads")
STATE_LABELS = {"waiting": "待上传", "uploaded": "已上传", "settled": "已结算"}
LEFT_STATES = ("shipped", "received", "completed")  # the goods are out of the shop
MAX_REMINDED = 500  # orders of one reminder of an account
_MAX_ERROR = 200


class ShippingUpload(Model):
    """The upload of one payment. `reminded_at` is the time of WeChat's latest reminder, `error` of the last try.

    `expected_at` is when WeChat expects to pay the money out.
    """

    order = peewee.ForeignKeyField(Order)
    attempt_id = peewee.BigIntegerField(unique=True)
    channel_id = peewee.BigIntegerField()
    state = peewee.CharField(
        max_length=10, default="waiting", constraints=[peewee.Check(f"state IN {tuple(STATE_LABELS)}")]
    )
    error = peewee.CharField(max_length=_MAX_ERROR, default="")
    reminded_at = UtcDateTimeField(null=True)
    uploaded_at = UtcDateTimeField(null=True)
    expected_at = UtcDateTimeField(null=True)
    settled_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("channel_id", "state"), False),)
        constraints = [peewee.Check("(state = 'waiting') = (uploaded_at IS NULL)")]


@db.transactional
def prepare(order: Order) -> list[ShippingUpload]:
    """Create the rows of an order's payments that a mini-program took, and return those to upload. Idempotent."""
    for attempt in attempts.list_for("order", order.number):
        channel = _find_channel(attempt)
        if attempt.state == "succeeded" and channel is not None:
            _ensure(order, attempt, channel)
    return [row for row in list_of_order(order) if row.state == "waiting"]


@db.transactional
def mark_uploaded(upload: ShippingUpload) -> ShippingUpload:
    """Record that WeChat has the shipping information. Idempotent."""
    row = _lock(upload)
    if row.state == "waiting":
        row.update_fields(state="uploaded", uploaded_at=clock.now(), error="")
    return row


@db.transactional
def record_failure(upload: ShippingUpload, error: str) -> ShippingUpload:
    """Record why WeChat did not take the shipping information."""
    row = _lock(upload)
    if row.state == "waiting":
        row.update_fields(error=error[:_MAX_ERROR])
    return row


@db.transactional
def remind(*, channel: Channel, merchant_number: str, payment_number: str, at: datetime) -> bool:
    """Take WeChat's reminder to ship a payment and return whether it is ours. Idempotent by `at`.

    Goods that left are uploaded again; of others the tills of the shop are reminded.
    """
    row = _find_reported(channel, merchant_number, payment_number)
    if row is None:
        return False
    if row.state == "waiting" and (row.reminded_at is None or at > row.reminded_at):
        row.update_fields(reminded_at=at)
        _follow_reminder(row)
    return True


@db.transactional
def remind_account(*, channel: Channel, at: datetime) -> int:
    """Take WeChat's reminder that an account uploads nothing: upload what left, and return the number. Idempotent."""
    waiting = (ShippingUpload.channel_id == channel.id) & (ShippingUpload.state == "waiting")
    fresh = ShippingUpload.reminded_at.is_null() | (ShippingUpload.reminded_at < at)
    rows = ShippingUpload.select().where(waiting & fresh).order_by(ShippingUpload.id).limit(MAX_REMINDED)
    count = 0
    for row in list(rows):
        row.update_fields(reminded_at=at)
        count += _follow_reminder(row)
    return count


@db.transactional
def settle(
    *, channel: Channel, merchant_number: str, payment_number: str, shipped_at: datetime | None,
    expected_at: datetime | None, received_at: datetime | None, settled_at: datetime | None,
) -> bool:  # fmt: skip
    """Take WeChat's report about the pay-out of a payment and return whether it is ours. Idempotent.

    A delivery that the customer confirmed at WeChat is received here too.
    """
    row = _find_reported(channel, merchant_number, payment_number)
    if row is None:
        return False
    values = {"expected_at": expected_at or row.expected_at, "error": ""}
    if row.state == "waiting" and (shipped_at or settled_at):
        values |= {"state": "uploaded", "uploaded_at": shipped_at or clock.now()}
    if settled_at is not None and row.settled_at is None:
        values |= {"state": "settled", "settled_at": settled_at}
    row.update_fields(**values)
    fulfilment = fulfilments.find(row.order)
    is_shipped = fulfilment is not None and fulfilment.state == "shipped" and row.order.state == "paid"
    if received_at is not None and is_shipped:
        moves.receive(number=row.order.number)
    return True


def list_of_order(order: Order) -> list[ShippingUpload]:
    """Return the uploads of an order, the earliest payment first."""
    return list(ShippingUpload.select().where(ShippingUpload.order == order.id).order_by(ShippingUpload.id))


def get_attempt(upload: ShippingUpload) -> PaymentAttempt:
    """Return the payment of an upload."""
    return PaymentAttempt.get_by_id(upload.attempt_id)


def _find_reported(channel: Channel, merchant_number: str, payment_number: str) -> ShippingUpload | None:
    """Lock the upload of a payment that an account reports, None for one that is not ours or another account's."""
    attempt = PaymentAttempt.find(number=payment_number, payable_kind="order")
    order = Order.find(number=attempt.payable_number) if attempt is not None else None
    if attempt is None or order is None or attempt.state != "succeeded":
        log.warning("unknown_payment_reported", number=payment_number[:40])
        return None
    if attempt.app_id != channel.appid or merchants.get_number(attempt.merchant_id) != merchant_number:
        log.warning("foreign_payment_reported", number=attempt.number)
        return None
    locks.lock(order.number)
    return _lock(_ensure(order, attempt, channel))


def _follow_reminder(row: ShippingUpload) -> int:
    """Let goods that left be uploaded and return 1, else remind the shop and return 0."""
    fulfilment = fulfilments.find(row.order)
    if fulfilment is None or (fulfilment.state in fulfilments.ENDED and fulfilment.state != "completed"):
        return 0
    if fulfilment.state in LEFT_STATES:
        counting.record("orders.upload_due", row.order)
        return 1
    _remind_shop(fulfilment)
    return 0


def _remind_shop(fulfilment: Fulfilment) -> None:
    fulfilments.note(fulfilment, "remind", "微信提醒尽快发货")
    counting.record("orders.shipping_due", fulfilment.order, fulfilment=fulfilment.order.kind)


def _ensure(order: Order, attempt: PaymentAttempt, channel: Channel) -> ShippingUpload:
    ShippingUpload.insert(
        order=order.id, attempt_id=attempt.id, channel_id=channel.id
    ).on_conflict_ignore().execute()
    return ShippingUpload.get(ShippingUpload.attempt_id == attempt.id)


def _find_channel(attempt: PaymentAttempt) -> Channel | None:
    return channels.find_by_appid("wechat_miniprogram", attempt.app_id) if attempt.app_id else None


def _lock(upload: ShippingUpload) -> ShippingUpload:
    return db.lock(ShippingUpload.select().where(ShippingUpload.id == upload.id)).get()
