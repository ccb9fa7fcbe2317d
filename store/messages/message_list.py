"""The records of messages as staff list them (短信消息, 微信消息, 邮件, 站内信)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, listing
from store.core.database import db
from store.core.listing import Page
from store.customers import member_scope, phones
from store.customers.members import Member
from store.messages import messages
from store.messages.kinds import CHAT_REPLY, KINDS, MEDIA
from store.messages.messages import Message
from store.tenants import audit, business_days

CHAT_REPLY_LABEL = "会话回复"
GROUPS = {
    "sms": ("sms",),
    "wechat": ("official_template", "subscribe", "customer_service"),
    "email": ("email",),
    "site": ("site",),
    "all": tuple(MEDIA),
}


@dataclass(frozen=True)
class MessageFilter:
    """`group` is a key of `GROUPS`; `search` a phone, an openid, an e-mail address or a part of the title.

    `shop_ids` are the only shops whose members' messages count, None for all.
    """

    group: str = "sms"
    search: str = ""
    state: str | None = None
    kind: str | None = None
    medium: str | None = None
    from_day: date | None = None
    until_day: date | None = None
    customer_id: int | None = None
    shop_ids: Collection[int] | None = None


def list_page(criteria: MessageFilter, page: Page) -> tuple[list[Message], int]:
    """Return a page of message records and the number of all."""
    sorts = {"created_at": Message.id, "sent_at": Message.sent_at, "state": Message.state}
    return listing.read_page(_select(criteria), page, sorts=sorts, default="-created_at", id_field=Message.id)


def iterate(criteria: MessageFilter) -> Iterator[Message]:
    """Yield all records of a filter, the latest first."""
    return listing.iterate_rows(_select(criteria), id_field=Message.id)


def count(criteria: MessageFilter) -> int:
    """Return the number of records of a filter."""
    return int(_select(criteria).count())


def get(number: str, *, shop_ids: Collection[int] | None = None) -> Message:
    """Return a record. Raises DomainError(not_found), also for members of other shops."""
    row = _within(Message.select(), shop_ids).where(Message.number == number).first()
    if row is None:
        raise errors.not_found("该消息")
    return row


@db.transactional
def send_again(number: str, *, shop_ids: Collection[int] | None = None) -> Message:
    """Send a message again that failed or was skipped. Idempotent while it waits. Raises DomainError(message_state)."""
    found = get(number, shop_ids=shop_ids)
    row = Message.find(id=found.id, lock=True)
    assert row is not None
    if row.state == "pending":
        return row
    if row.state not in ("failed", "skipped") or row.reason_code == "erased":
        raise errors.DomainError("message_state", "只有发送失败或已跳过的消息可以重发", 409, state=row.state)
    audit.record(
        "messages.send_again", f"message:{number}", before={"state": row.state, "reason": row.reason}
    )
    return messages.reopen(row)


def kind_label(key: str) -> str:
    """Return the name of a kind of message."""
    kind = KINDS.get(key)
    return kind.label if kind else CHAT_REPLY_LABEL if key == CHAT_REPLY else key


def _select(criteria: MessageFilter) -> Any:
    media = GROUPS.get(criteria.group)
    if media is None:
        raise errors.invalid("group", f"可选 {'、'.join(GROUPS)}")
    query = _within(Message.select(), criteria.shop_ids).where(Message.medium.in_(media))
    if criteria.customer_id is not None:
        query = query.where(Message.customer == criteria.customer_id)
    if criteria.medium:
        query = query.where(Message.medium == criteria.medium)
    if criteria.state:
        query = query.where(Message.state == criteria.state)
    if criteria.kind:
        query = query.where(Message.kind == criteria.kind)
    if criteria.from_day:
        query = query.where(Message.created_at >= business_days.start_of(criteria.from_day))
    if criteria.until_day:
        query = query.where(Message.created_at < business_days.end_of(criteria.until_day))
    return query.where(_matches(criteria.search)) if criteria.search.strip() else query


def _matches(search: str) -> Any:
    text = search.strip()
    addresses = [text, *(found for found in [phones.find_normalized(text)] if found)]
    indexes = [messages.address_index(address) for address in addresses]
    return Message.address_index.in_(indexes) | Message.title.contains(text)


def _within(query: Any, shop_ids: Collection[int] | None) -> Any:
    if shop_ids is None:
        return query
    theirs: Sequence[Any] = member_scope.select_member_ids(frozenset(shop_ids))
    return query.where(Message.customer.in_(Member.select(Member.customer).where(Member.id.in_(theirs))))
