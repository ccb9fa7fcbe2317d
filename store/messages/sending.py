"""Sending of messages: claims what is due, prepares one message after the other, and records each outcome.

A process claims a batch under a lease: `due_at` moves to the end of the lease, so that a process that is killed delays
messages and loses none. A message becomes `sending` in a transaction of its own just before the platform is called,
so one that is found in this state with its lease over was perhaps sent. It is then looked up at the provider where
that is possible, and otherwise never sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import peewee

from store.core import clock
from store.core.database import db
from store.customers import customers, sms_budget
from store.customers.customers import Customer
from store.messages import kinds, messages, preferences, recipients, results, subscriptions, templates
from store.messages import settings as message_settings
from store.messages.kinds import MessageKind
from store.messages.messages import Message
from store.messages.recipients import REASONS, Recipient
from store.messages.results import Outcome
from store.messages.settings import MessageSettings
from store.messages.templates import RenderedMessage
from store.tenants import settings
from store.tenants.channels import Channel

BATCH_SIZE = 20
PRIORITIES = (kinds.CHAT, kinds.TRANSACTIONAL, kinds.MARKETING)
# Written like the condition of the index `message_due`, which is not used for parameters.
WAITING = peewee.SQL("state IN ('pending', 'sending')")
LEASE = timedelta(seconds=60)
MAX_QUERIES = 5
# Older messages are out of date: the window of chat replies is 48 hours.
MAX_AGE = timedelta(days=3)


@dataclass(frozen=True)
class SendRequest:
    """What the platform is called with. `is_query` asks whether an earlier call was executed."""

    message: Message
    address: str
    channel: Channel | None
    content: RenderedMessage
    platform_template: str = ""
    is_query: bool = False
    chat_replies: list[dict[str, Any]] = field(default_factory=list)


@db.transactional
def claim() -> list[Message]:
    """Claim a batch of due messages under a lease, the most urgent first. Returns none if nothing is due."""
    now = clock.now()
    found: list[Message] = []
    for priority in PRIORITIES:
        due = (
            Message.select()
            .where(
                WAITING & (Message.priority == priority) & (Message.due_at <= now)
            )
            .order_by(Message.due_at, Message.id)
            .limit(BATCH_SIZE - len(found))
        )  # fmt: skip
        found += list(due.for_update("FOR UPDATE SKIP LOCKED") if db.is_postgresql() else due)  # type: ignore[arg-type]
        if len(found) >= BATCH_SIZE:
            break
    until = now + LEASE
    if found:
        Message.update(due_at=until).where(Message.id.in_([row.id for row in found])).execute()
    for row in found:
        row.due_at = until
    return found


@db.transactional
def release(claimed: Sequence[Message]) -> None:
    """Give back claimed messages that were not tried: they are due now. Idempotent."""
    for row in claimed:
        mine = (Message.id == row.id) & (Message.state == "pending") & (Message.due_at == row.due_at)
        Message.update(due_at=clock.now()).where(mine).execute()


def has_due() -> bool:
    """Return whether any message is due."""
    now = clock.now()
    return any(
        Message.select(Message.id)
        .where(WAITING & (Message.priority == priority) & (Message.due_at <= now))
        .exists()
        for priority in PRIORITIES
    )


@db.transactional
def prepare(claimed: Message, done: tuple[Message, Outcome] | None = None) -> SendRequest | None:
    """Make a claimed message `sending` and return what the platform is called with.

    Returns None if it is not to be sent: another process has it, or the customer cannot be reached and the message is
    skipped. `done` is the outcome of the message before, which is recorded in the same transaction.
    """
    if done is not None:
        results.finish(*done)
    row = Message.find(id=claimed.id, lock=True)
    if row is None or row.due_at != claimed.due_at or row.state not in ("pending", "sending"):
        return None
    if row.state == "sending":
        return _prepare_query(row)
    if clock.now() - (row.reopened_at or row.created_at) > MAX_AGE:
        _skip(row, "too_late")
        return None
    if row.address is not None:
        return _prepare_to_address(row)
    return _prepare_by_kind(row)


def _prepare_query(row: Message) -> SendRequest | None:
    """Ask the provider about a message whose process ended, or that got no answer; else it was perhaps sent."""
    if row.medium != "sms" or row.attempts >= MAX_QUERIES or not row.address:
        results.record_sent(row, Outcome("perhaps_sent", code="no_answer", reason="没有收到平台的答复"))
        return None
    row.update_fields(due_at=clock.now() + LEASE, attempts=row.attempts + 1)
    return SendRequest(row, row.address, row.channel, _content_of(row), row.platform_template, is_query=True)


def _prepare_to_address(row: Message) -> SendRequest:
    row.update_fields(state="sending", due_at=clock.now() + LEASE)
    replies = list(row.variables.get("replies", []))
    return SendRequest(
        row, row.address, row.channel, _content_of(row), row.platform_template, chat_replies=replies
    )


def _prepare_by_kind(row: Message) -> SendRequest | None:
    kind = kinds.find(row.kind)
    owner = customers.survivor(Customer.get_by_id(row.customer_id))
    if kind is None or owner.erased_at is not None:
        _skip(row, "no_template" if kind is None else "erased")
        return None
    found = recipients.find(owner, kind, row.medium)
    if isinstance(found, str):
        _skip(row, found)
        return None
    if kind.is_marketing or _is_marketing_template(found):
        opening = message_settings.next_marketing_time()
        if opening > clock.now():
            row.update_fields(state="pending", due_at=opening)
            return None
        if not preferences.accepts_marketing(owner, row.medium):
            _skip(row, "opted_out" if owner.marketing_consent else "no_consent")
            return None
    if not _reserve(row, owner, found):
        return None
    return _start(row, kind, found)


def _start(row: Message, kind: MessageKind, found: Recipient) -> SendRequest:
    content = templates.render(kind, found.template, row.variables, path=row.path)
    template = found.template
    row.update_fields(
        state="sending", due_at=clock.now() + LEASE, address=found.address,
        address_index=messages.address_index(found.address),
        channel=found.channel.id if found.channel else None, title=content.title, text=content.text,
        path=content.path, platform_template=template.platform_id if template else "",
        template_name=template.name if template else "",
    )  # fmt: skip
    return SendRequest(row, found.address, found.channel, content, row.platform_template)


def _reserve(row: Message, owner: Customer, found: Recipient) -> bool:
    """Take what sending uses up: an acceptance of the person, or one SMS of today. Skips the message without it."""
    if row.medium == "subscribe":
        assert found.channel is not None
        assert found.template is not None
        if not subscriptions.consume(owner, found.channel, found.template.platform_id):
            _skip(row, "not_subscribed")
            return False
    if row.medium == "sms":
        rules = settings.read(MessageSettings)
        if not sms_budget.take("message", limit=rules.sms_per_day, alarm_percent=rules.sms_alarm_percent):
            _skip(row, "sms_budget_used_up")
            return False
    return True


def _skip(row: Message, code: str) -> None:
    row.update_fields(state="skipped", reason_code=code, reason=REASONS.get(code, code))
    messages.write_next(row)


def _content_of(row: Message) -> RenderedMessage:
    return RenderedMessage(row.title, row.text, {}, row.path)


def _is_marketing_template(found: Recipient) -> bool:
    return found.template is not None and found.template.purpose == "marketing"
