"""The conversation of an official account, or a life account of Alipay: replies to messages and events.

A message that changes rows is processed once: its number and its replies are stored in the transaction of the
change, so a repeated message gets the same replies and changes nothing.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import peewee

from store.core import clock
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import followers
from store.customers.customers import Customer
from store.messages import messages as message_queue
from store.messages.kinds import CHAT_REPLY
from store.official_accounts import (
    account_events,
    chat_actions,
    chat_rewards,
    keyword_replies,
    location_replies,
    menus,
    message_content,
    qr_codes,
)
from store.official_accounts.message_content import Article, IncomingMessage, Reply
from store.shops import nearby, shops
from store.tenants.channels import CHAT_KINDS, Channel

MIN_REPEAT_INTERVAL = timedelta(seconds=4)  # the platform repeats an unanswered push after five seconds
RETENTION_DAYS = 3  # the platform repeats within seconds; the rest is for looking things up


class ProcessedMessage(Model):
    """A processed message with its replies, or a signature that was used."""

    channel = peewee.ForeignKeyField(Channel, on_delete="CASCADE", index=False)
    number = peewee.CharField(max_length=64)
    replies = JsonField()
    processed_at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("channel", "number"), True),)


def answer_message(channel: Channel, message: IncomingMessage) -> list[Reply]:
    """Process a message and return the replies. Idempotent by the message's number.

    A mini-program has no conversation: only results of messages count.
    """
    if channel.kind not in CHAT_KINDS and message.kind != "message_result":
        return []
    if message.kind in _EVENT_HANDLERS:
        return _process_once(channel, message, _EVENT_HANDLERS[message.kind])
    chosen = _configured_replies(channel, message)
    if channel.kind == "alipay":  # all its replies are queued, so each message counts once
        return _process_once(channel, message, _reply_as_configured)
    if message.signature or len(chosen) > 1 or any(answer.type in _SIDE_EFFECT_ACTIONS for answer in chosen):
        return _process_once(channel, message, _reply_as_configured)
    return _run_actions(channel, message, chosen)


def asks_for_location(channel: Channel, message: IncomingMessage) -> bool:
    """Return whether the reply depends on where the sender is, and the message does not say it."""
    if message.lng is not None:
        return False
    return any(item.type == "nearby" for item in _configured_replies(channel, message))


def passive_reply(channel: Channel, replies: list[Reply]) -> list[Reply]:
    """Return the part of the replies that the response can hold: at most one, none at Alipay. The rest is queued."""
    if channel.kind == "alipay":
        return []
    return replies[:1] if replies and replies[0].type != "miniprogram" else []


def send_late_reply(channel: Channel, message: IncomingMessage, replies: list[Reply]) -> None:
    """Queue a reply that came too late as a customer-service message. Idempotent.

    Queued messages are not encrypted, so they name the nearby shops and not the sender's location.
    """
    if message.kind in _LOCATION_KINDS and any(isinstance(one, Article) for one in replies):
        replies = chat_actions.show_nearby(channel, message, with_location=False)
    queue_messages(
        channel,
        openid=message.sender,
        messages=passive_reply(channel, replies),
        number=f"late:{message.number}",
    )


@db.transactional
def queue_messages(channel: Channel, *, openid: str, messages: list[Reply], number: str) -> None:
    """Queue customer-service messages. Idempotent by `number`."""
    if not messages:
        return
    digest = _digest(f"{channel.key}:later:{number}")
    customer = followers.find_customer(channel, openid)
    if channel.kind == "alipay":
        messages = message_content.fit_to_alipay(messages)
    # A row each, so that none is said again because another one failed.
    parts = [part for message in messages for part in message_content.fit_to_platform(message)]
    for index, part in enumerate(parts):
        message_queue.write_to_address(
            kind=CHAT_REPLY, customer_id=customer.id if customer else None, source=f"chat:{digest}:{index}",
            channel=channel, openid=openid, replies=message_content.serialize([part]),
            text=message_content.to_plain_text(part),
        )  # fmt: skip


def has_received(channel: Channel) -> bool:
    """Return whether anything shows that the platform has sent messages of a channel.

    Replies to texts leave no row, and processed messages are kept for three days only.
    """
    processed = ProcessedMessage.select().where(ProcessedMessage.channel == channel.id)
    return bool(processed.exists()) or followers.has_any(channel)


@db.transactional
def claim_signature(channel: Channel, signature: str) -> bool:
    """Store a signature as used and return False if it was used before."""
    digest = _digest(f"signed:{signature}")
    if ProcessedMessage.find(channel=channel.id, number=digest) is not None:
        return False
    ProcessedMessage.create(channel=channel, number=digest, replies=[])
    return True


@db.transactional
def purge_expired() -> int:
    """Delete processed messages older than three days and past location visits.

    Returns the number of messages.
    """
    location_replies.purge_expired()
    old = ProcessedMessage.select(ProcessedMessage.id).where(
        ProcessedMessage.processed_at < clock.now() - timedelta(days=RETENTION_DAYS)
    )
    return ProcessedMessage.delete().where(ProcessedMessage.id.in_(old)).execute()


@db.transactional
def _process_once(
    channel: Channel, message: IncomingMessage, handler: Callable[[Channel, IncomingMessage], list[Reply]]
) -> list[Reply]:
    digest = _digest(message.number)
    # Locked, so that of two copies of a reversal (see `_reverses_follow`) the second one sees the first.
    before = ProcessedMessage.find(channel=channel.id, number=digest, lock=True)
    if before is not None and not _reverses_follow(channel, message, before):
        return _run_actions(channel, message, message_content.parse(before.replies))
    if message.signature and not claim_signature(channel, message.signature):
        return []
    said = handler(channel, message)
    kept = message_content.serialize([_NEARBY] if said and message.kind in _LOCATION_KINDS else said)
    rest, queue_number = said[len(passive_reply(channel, said)) :], message.number
    if before is None:
        ProcessedMessage.create(channel=channel, number=digest, replies=kept)
    else:
        queue_number += f":{before.processed_at.isoformat()}"
        before.update_fields(replies=kept, processed_at=clock.now())
    queue_messages(channel, openid=message.sender, messages=rest, number=queue_number)
    return said


def _reverses_follow(channel: Channel, message: IncomingMessage, before: ProcessedMessage) -> bool:
    """Return whether an event that equals an earlier one is a new one: follow, unfollow, follow in one second.

    The platform repeats an event only after five seconds. One that equals an earlier event, comes sooner and
    finds the opposite state of the same second is no copy.
    """
    if message.kind not in ("subscribe", "unsubscribe") or message.sent_at is None:
        return False
    if clock.now() - before.processed_at >= MIN_REPEAT_INTERVAL:
        return False
    last = followers.find_last_change(channel=channel, openid=message.sender)
    return last == (message.kind == "unsubscribe", message.sent_at)


def _configured_replies(channel: Channel, message: IncomingMessage) -> list[Any]:
    """Return the configured replies to a message that by itself changes nothing."""
    if message.kind == "text":
        return keyword_replies.replies_to_text(channel, message.text, seed=message.number)
    if message.kind == "voice" and message.text:  # recognised by the platform
        return keyword_replies.replies_to_text(channel, message.text, seed=message.number)
    if message.kind in _MEDIA_KINDS or message.kind.startswith("message:"):
        return keyword_replies.fallback_replies()
    if message.kind == "click":
        return menus.answers_by_key(channel.id).get(message.key, [])
    if message.kind == "location":
        return [_NEARBY]
    return []


def _reply_as_configured(channel: Channel, message: IncomingMessage) -> list[Reply]:
    return _run_actions(channel, message, _configured_replies(channel, message))


def _run_actions(channel: Channel, message: IncomingMessage, configured: list[Any]) -> list[Reply]:
    said: list[Reply] = []
    for item in configured:
        said += chat_rewards.run(channel, message, item)
    return sorted(said, key=lambda one: one.type != "transfer")  # only the reply hands over to a person


def _handle_follow(channel: Channel, message: IncomingMessage) -> list[Reply]:
    code = qr_codes.find_by_scene(channel, message.scene) if message.scene else None
    followed = followers.follow(
        channel=channel, openid=message.sender, scene=message.scene or None,
        shop_id=qr_codes.shop_id_of(code), at=message.sent_at,
    )  # fmt: skip
    answers = keyword_replies.replies_to_follow(first_time=followed.first_time)
    if not followed.first_time:
        answers = [item for item in answers if not chat_rewards.is_reward(item)]
    said = _run_actions(channel, message, answers)
    return said + _handle_scene(channel, message, followed.customer, by_follow=True)


def _handle_unfollow(channel: Channel, message: IncomingMessage) -> list[Reply]:
    followers.unfollow(channel=channel, openid=message.sender, at=message.sent_at)
    return []


def _handle_scan(channel: Channel, message: IncomingMessage) -> list[Reply]:
    customer = chat_actions.get_or_create_customer(channel, message)
    return _handle_scene(channel, message, customer, by_follow=False)


def _handle_location_event(channel: Channel, message: IncomingMessage) -> list[Reply]:
    place = chat_actions.find_location(message)
    if place is None:
        return []
    nearest = nearby.list_nearest(place, limit=1)
    nearest_shop_id = nearest[0].shop.id if nearest else None
    if not location_replies.claim(channel, sender=message.sender, nearest_shop_id=nearest_shop_id):
        return []
    return chat_actions.show_nearby(channel, message)


def _handle_scene(
    channel: Channel, message: IncomingMessage, customer: Customer, *, by_follow: bool
) -> list[Reply]:
    if not message.scene:
        return []
    code = qr_codes.count_scan(
        channel=channel, scene=message.scene, customer_id=customer.id, by_follow=by_follow
    )
    if code is not None and code.kind == "activity":
        return chat_rewards.show_activity(channel, code.target)
    if code is None or code.kind != "shop":
        return []
    shop = shops.get_by_public_id(code.target)
    return [chat_actions.shop_card(channel, shop)]


def _digest(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()


_EVENT_HANDLERS = {
    "subscribe": _handle_follow, "unsubscribe": _handle_unfollow, "scan": _handle_scan,
    "location_event": _handle_location_event, **account_events.HANDLERS,
}  # fmt: skip
_MEDIA_KINDS = {"image", "voice", "video", "shortvideo", "link", "miniprogrampage"}
_LOCATION_KINDS = {"location", "location_event"}
# Stored instead of replies that contain a location; a repeat computes them again.
_NEARBY = message_content.Action(type="nearby")
# A check-in is an entry, a card a message to be sent, a reward a coupon or a chance.
_SIDE_EFFECT_ACTIONS = {"check_in", "miniprogram", "coupon", "draw_chance"}
