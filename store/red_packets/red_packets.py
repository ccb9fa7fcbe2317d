"""Cash red packets (现金红包) to customers: requested once, sent under one number until that is final."""

import secrets
from typing import Any

import peewee
from peewee import fn

from store.core import clock, errors, events, ids, input_limits, keyset
from store.core.database import db
from store.core.database.fields import EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.core.keyset import Keys, Position
from store.customers import customers
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.red_packets import accounts, budget, schedule, states
from store.red_packets import settings as red_packet_settings
from store.red_packets.accounts import RedPacketAccount
from store.red_packets.settings import RedPacketSettings
from store.tenants import business_days, settings
from store.tenants.channels import Channel

TRANSITIONS = states.TRANSITIONS
LIVE = states.LIVE
PURPOSES = {"draw": "抽奖奖品", "activity": "活动红包", "manual": "人工发放"}
MAX_TITLE, MAX_WISHING = 32, 128
_FORBIDDEN = ("]]>", "<", ">")  # the platform's XML


class RedPacket(Model):
    """A red packet or merchant transfer to one person.

    `number` is the platform's mch_billno or out_bill_no, stored before the first call and never changed. `key` is that
    of the caller. `problem` is the platform's last code, `message` its explanation. One that is held waits for staff.
    With `closing` it is ended as soon as the platform says that nothing was paid.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("rp_"))
    number = peewee.CharField(max_length=32, unique=True)
    key = peewee.CharField(max_length=100, unique=True)
    customer = peewee.ForeignKeyField(Customer, backref="red_packets", index=False)
    account = peewee.ForeignKeyField(RedPacketAccount, index=False)
    way = peewee.CharField(max_length=12, constraints=[peewee.Check(f"way IN {tuple(states.WAYS)}")])
    app_id = peewee.CharField(max_length=64)
    openid = EncryptedField(context="red_packet.openid")
    amount_fen = peewee.IntegerField(constraints=[peewee.Check("amount_fen > 0")])
    purpose = peewee.CharField(max_length=20)
    title = peewee.CharField(max_length=MAX_TITLE)
    wishing = peewee.CharField(max_length=MAX_WISHING)
    send_name = peewee.CharField(max_length=32)
    scene_id = peewee.CharField(max_length=32, default="")
    state = peewee.CharField(
        max_length=10, default="requested", constraints=[peewee.Check(f"state IN {tuple(TRANSITIONS)}")]
    )
    held = peewee.BooleanField(default=False)
    closing = peewee.BooleanField(default=False)
    problem = peewee.CharField(max_length=40, default="")
    message = peewee.CharField(max_length=200, default="")
    platform_number = peewee.CharField(max_length=64, default="")
    package = EncryptedField(context="red_packet.package", default="")
    tries = peewee.IntegerField(default=0)
    requested_at = UtcDateTimeField(default=clock.now)
    sent_at = UtcDateTimeField(null=True)
    finished_at = UtcDateTimeField(null=True)
    next_try_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("customer", "requested_at"), False),
            (("state", "next_try_at"), False),
            (("requested_at", "id"), False),
        )


merge_rules.register_rule(RedPacket.customer)
KEYS: Keys = ((RedPacket.id, True),)


@db.transactional
def request(
    *, customer: Customer, channel: Channel | None = None, amount_fen: int, purpose: str, key: str, title: str,
    wishing: str,
) -> RedPacket:  # fmt: skip
    """Request a red packet to a customer: its amount is reserved, and a task sends it. Idempotent by `key`.

    Raises DomainError: invalid, key_reused, red_packets_stopped, no_red_packets, no_openid, red_packet_limit.
    """
    input_limits.check_key(key)
    if purpose not in PURPOSES:
        raise errors.invalid("purpose", f"用途应为 {'、'.join(PURPOSES)} 之一")
    title = check_text(title, field="title", max_length=MAX_TITLE)
    wishing = check_text(wishing, field="wishing", max_length=MAX_WISHING)
    customer = customers.lock(customer.id)
    found = _find_existing(key, customer, amount_fen, purpose)
    if found is not None:
        return found
    red_packet_settings.ensure_running()
    recipient = accounts.choose(customer, channel)
    accounts.check_amount(recipient.account, amount_fen)
    _reserve(customer, amount_fen)
    row = RedPacket.create(
        number=_make_number(recipient.account), key=key, customer=customer, account=recipient.account,
        way=recipient.account.way, app_id=recipient.app_id, openid=recipient.openid, amount_fen=amount_fen,
        purpose=purpose, title=title, wishing=wishing, send_name=recipient.account.send_name,
        scene_id=recipient.account.scene_id, next_try_at=clock.now(),
    )  # fmt: skip
    budget.book(row.id, "reserved", amount_fen)
    record_event("red_packets.requested", row)
    return row


def get(number: str) -> RedPacket:
    """Return the red packet of a number. Raises DomainError(not_found)."""
    return _get(RedPacket.find(number=number))


def get_by_public_id(public_id: str) -> RedPacket:
    """Return the red packet of a public id. Raises DomainError(not_found)."""
    return _get(RedPacket.find(public_id=public_id))


def find_by_key(key: str) -> RedPacket | None:
    """Return the red packet of a caller's key, or None."""
    return RedPacket.find(key=key)


def get_own(customer: Customer, public_id: str) -> RedPacket:
    """Return a red packet of a customer. Raises DomainError(not_found)."""
    return _get(RedPacket.find(public_id=public_id, customer=customer.id))


def read_page(
    customer: Customer, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[RedPacket], int]:
    """Return red packets of a customer, the latest first, and the number of all.

    One row more than a page is allowed.
    """
    rows = RedPacket.select().where(RedPacket.customer == customer)
    return keyset.select_page(rows, KEYS, page=page, page_size=page_size, after=after), int(rows.count())


def get_position(packet: RedPacket) -> Position:
    """Return the position of a red packet in the list."""
    return (packet.id,)


def lock(number: str) -> RedPacket:
    """Lock the red packet of a number until the transaction ends. Raises DomainError(not_found)."""
    return _get(RedPacket.find(lock=True, number=number))


def check_text(text: str, *, field: str, max_length: int) -> str:
    """Return a text that the platform shows. Raises DomainError(invalid)."""
    text = input_limits.check_line(text.strip(), field=field, max_length=max_length)
    if not text or not text.isprintable() or any(part in text for part in _FORBIDDEN):
        raise errors.invalid(field, f"应为 1–{max_length} 个字，不能有 < > 和换行")
    return text


def record_event(kind: str, row: RedPacket, **more: Any) -> None:
    """Record an event of a red packet."""
    events.record(
        kind, customer_id=row.customer_id, number=row.number, public_id=row.public_id, key=row.key,
        purpose=row.purpose, amount_fen=row.amount_fen, way=row.way, state=row.state, **more,
    )  # fmt: skip


def _find_existing(key: str, customer: Customer, amount_fen: int, purpose: str) -> RedPacket | None:
    found = RedPacket.find(key=key)
    if found is not None:
        own = (found.customer_id, found.amount_fen, found.purpose)
        if own != (customer.id, amount_fen, purpose):
            raise errors.DomainError("key_reused", "该业务编号已用于另一个红包", 422)
    return found


def _reserve(customer: Customer, amount_fen: int) -> None:
    """Count a red packet against the limits of the customer, who is locked, and of the tenant."""
    rules, today = settings.read(RedPacketSettings), business_days.today()
    of_today = (RedPacket.customer == customer) & (RedPacket.requested_at >= business_days.start_of(today))
    count, sum_fen = (
        RedPacket.select(fn.COUNT(RedPacket.id), fn.COALESCE(fn.SUM(RedPacket.amount_fen), 0))
        .where(of_today & (RedPacket.state != "failed"))
        .tuples()[0]
    )
    if count >= rules.member_daily_count or sum_fen + amount_fen > rules.member_daily_fen:
        raise errors.DomainError("red_packet_limit", "您今天领取的红包已达上限，请明天再来", 409)
    spent = "今天的红包已发完，请明天再来"
    budget.take(budget.ALL, amount_fen, rules.budget_fen or budget.NO_LIMIT, message="红包已发完，下次再来")
    budget.take(f"day:{today.isoformat()}", amount_fen, rules.daily_fen, message=spent)


def _make_number(account: RedPacketAccount) -> str:
    """Return a number as the platform asks for: merchant, day and ten digits, here random ones."""
    day = schedule.platform_day(clock.now())
    return f"{account.merchant.merchant_id}{day}{secrets.randbelow(10**10):010d}"


def _get(row: RedPacket | None) -> RedPacket:
    if row is None:
        raise errors.not_found("该红包")
    return row
