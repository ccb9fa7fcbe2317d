"""Messages (消息): one row for each message to a customer on one medium, from writing to delivery.

Rows are the queue as well as the record: a due row is sent by `tasks/messages`, once. States:

    pending → sending → sent → delivered
                      → perhaps_sent (no answer; counts as sent)
                      → failed (the platform's reason), skipped (ours); then the next medium gets a row
    site messages are delivered when they are written
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import peewee

from store.core import clock, encryption, events, ids
from store.core.database import db
from store.core.database.fields import EncryptedField, JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import profiles
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.messages import kinds, policies, templates
from store.messages.kinds import CHAT, CHAT_REPLY, MEDIA, MessageKind
from store.messages.templates import RenderedMessage
from store.tenants import branding
from store.tenants.channels import Channel

STATES: Mapping[str, str] = {
    "pending": "未发送", "sending": "发送中", "sent": "发送成功", "delivered": "送达", "failed": "发送失败",
    "perhaps_sent": "可能已发送", "skipped": "已跳过",
}  # fmt: skip
FINAL = ("sent", "delivered", "failed", "perhaps_sent", "skipped")
MAX_SOURCE_LENGTH = 120


class Message(Model):
    """`number` is our own and goes to the platform where it takes one, `provider_number` is the platform's.

    `source` names what it is about, for example an event: with the medium it is unique, so nothing is sent twice.
    `remaining` are the media to try if this one does not reach the customer. `due_at` is when it may be sent and,
    while a process works on it, the end of that process's lease. `address` is the openid, phone or e-mail address.
    """

    number = peewee.CharField(max_length=40, unique=True)
    kind = peewee.CharField(max_length=40)
    customer = peewee.ForeignKeyField(Customer, null=True, index=False)
    medium = peewee.CharField(max_length=20, constraints=[peewee.Check(f"medium IN {tuple(MEDIA)}")])
    source = peewee.CharField(max_length=MAX_SOURCE_LENGTH)
    priority = peewee.IntegerField()
    variables = JsonField(default=dict)
    path = peewee.CharField(max_length=200, default="")
    title = peewee.CharField(max_length=200, default="")
    text = peewee.TextField(default="")
    remaining = JsonField(default=list)
    channel = peewee.ForeignKeyField(Channel, null=True, index=False, on_delete="SET NULL")
    platform_template = peewee.CharField(max_length=500, default="")
    template_name = peewee.CharField(max_length=60, default="")
    address = EncryptedField(context="message.address", null=True)
    address_index = peewee.CharField(max_length=64, null=True)
    state = peewee.CharField(max_length=15, constraints=[peewee.Check(f"state IN {tuple(STATES)}")])
    reason_code = peewee.CharField(max_length=60, default="")
    reason = peewee.CharField(max_length=200, default="")
    attempts = peewee.IntegerField(default=0)
    provider_number = peewee.CharField(max_length=100, null=True)
    created_at = UtcDateTimeField(default=clock.now)
    due_at = UtcDateTimeField(default=clock.now)
    sent_at = UtcDateTimeField(null=True)
    delivered_at = UtcDateTimeField(null=True)
    read_at = UtcDateTimeField(null=True)
    deleted_at = UtcDateTimeField(null=True)
    reopened_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("source", "medium"), True),
            (("customer", "medium", "id"), False),
            (("created_at",), False),
        )


Message.add_index(
    Message.index(Message.priority, Message.due_at, name="message_due").where(
        peewee.SQL("state IN ('pending', 'sending')")
    )
)
Message.add_index(
    Message.index(Message.provider_number, name="message_provider_number").where(
        peewee.SQL('"provider_number" IS NOT NULL')
    )
)
Message.add_index(
    Message.index(Message.address_index, Message.id, name="message_address").where(
        peewee.SQL('"address_index" IS NOT NULL')
    )
)
merge_rules.register_rule(Message.customer)


@dataclass(frozen=True)
class NewMessage:
    """What to tell a customer. `due_at` is the earliest time of sending, by default now."""

    customer_id: int
    source: str
    variables: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    due_at: datetime | None = None


@db.transactional
def write_many(kind: MessageKind, wanted: Sequence[NewMessage]) -> int:
    """Write messages of one kind in a few statements and return the number of rows.

    Not idempotent: the unique key of source and medium raises IntegrityError for what was written before. A kind that
    is switched off writes nothing.
    """
    policy = policies.read(kind)
    if not policy.enabled or not wanted:
        return 0
    media = [medium for medium in policy.media if templates.is_usable(kind, medium)]
    first = media if policy.mode == "all" else media[:1]
    remaining = [] if policy.mode == "all" else media[1:]
    common = {"品牌": branding.read_name()}
    site_template = next(iter(templates.list_for(kind.key, "site")), None)
    rows = []
    for new in wanted:
        variables = {**common, **new.variables}
        content = templates.render(kind, site_template, variables, path=new.path)
        if policy.on_site:
            rows.append(_new_row(kind, new, variables, content, "site", ()))
        rows += [_new_row(kind, new, variables, content, medium, remaining) for medium in first]
    Message.create_many(rows)
    if first:
        request_sending()
    return len(rows)


@db.transactional
def write_to_address(
    *, kind: str, customer_id: int | None, source: str, channel: Channel, openid: str, text: str,
    replies: Sequence[Mapping[str, Any]] = (),
) -> None:  # fmt: skip
    """Write a customer-service message to an openid that is known now. Idempotent by `source`.

    `replies` are the content of a chat reply, which may be more than text.
    """
    if Message.find(source=source, medium="customer_service") is not None:
        return
    insert(
        kind=kind, customer=customer_id, medium="customer_service", source=source,
        priority=CHAT if kind == CHAT_REPLY else kinds.TRANSACTIONAL, text=text,
        variables={"replies": list(replies)} if replies else {}, address=openid, address_index=address_index(openid),
        channel=channel.id,
    )  # fmt: skip
    request_sending()


def insert(*, medium: str, **columns: Any) -> Message:
    """Insert one message that waits to be sent, or that has arrived if it is a site message. Requires a transaction."""
    on_site = medium == "site"
    return Message.create(
        number=ids.public_id("msg_"), medium=medium, state="delivered" if on_site else "pending",
        delivered_at=clock.now() if on_site else None, **columns,
    )  # fmt: skip


def request_sending() -> None:
    """Record the event whose subscriber sends what is due. Requires a transaction."""
    events.record("messages.due")


def write_next(message: Message) -> None:
    """Write the message for the next medium of one that did not reach the customer. Requires a transaction."""
    media = message.remaining
    if not media:
        return
    insert(
        kind=message.kind, customer=message.customer_id, medium=media[0], source=message.source,
        priority=message.priority, variables=message.variables, path=message.path, title=message.title,
        text=message.text, remaining=list(media[1:]),
    )  # fmt: skip


def reopen(message: Message) -> Message:
    """Make a message pending again with all its attempts. Requires a transaction and the message's lock."""
    message.update_fields(
        state="pending", attempts=0, due_at=clock.now(), reopened_at=clock.now(), reason_code="", reason="",
        remaining=[], address=message.address if keeps_address(message) else None,
    )  # fmt: skip
    request_sending()
    return message


def keeps_address(message: Message) -> bool:
    """Return whether a message goes to the address that it was written with, instead of the customer's present one."""
    return message.kind not in kinds.KINDS or message.kind == "account_closing"


def address_index(address: str) -> str:
    """Return the blind index by which a message is found by its phone, openid or e-mail address."""
    return encryption.blind_index(address.casefold(), purpose="message.address")


def _new_row(
    kind: MessageKind, new: NewMessage, variables: dict[str, str], content: RenderedMessage, medium: str,
    remaining: Iterable[str],
) -> dict[str, Any]:  # fmt: skip
    """Return a new row. Media that go out get their own content when they are sent."""
    on_site = medium == "site"
    now = clock.now()
    return {
        "number": ids.public_id("msg_"), "kind": kind.key, "customer": new.customer_id, "medium": medium,
        "source": new.source, "priority": kind.priority, "variables": variables, "path": content.path,
        "title": content.title, "text": content.text, "remaining": list(remaining),
        "state": "delivered" if on_site else "pending", "created_at": now, "due_at": new.due_at or now,
        "delivered_at": now if on_site else None,
    }  # fmt: skip


def _erase(customer_ids: list[int]) -> int:
    """Erase addresses and contents of these customers' messages, and give up what is not sent yet."""
    theirs = Message.customer.in_(customer_ids)
    held = theirs & (Message.address.is_null(False) | (Message.text != ""))
    waiting = theirs & (Message.state == "pending") & (Message.kind != "account_closing")
    Message.update(state="skipped", reason_code="erased", reason="资料已清除").where(waiting).execute()
    return int(
        Message.update(
            address=None, address_index=None, title="", text="", variables={}, deleted_at=clock.now()
        )
        .where(held & (Message.state.in_(FINAL)))
        .execute()
    )


profiles.register_eraser(_erase)
