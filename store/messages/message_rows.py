"""Rows of message records: each with its customer's name and card number, addresses only in part."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from store.core import masking
from store.customers import profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.messages import message_list
from store.messages.kinds import KINDS
from store.messages.messages import Message
from store.tenants.channels import Channel

BATCH_SIZE = 500
_PURPOSES = {True: "营销类", False: "通知类"}


@dataclass(frozen=True)
class MessageRow:
    """A record as a list shows it. `address` is a masked phone or e-mail address, or the end of an openid."""

    message: Message
    kind: str
    purpose: str
    customer: str
    card_number: str
    channel: str
    address: str


def list_rows(found: Iterable[Message]) -> Iterator[MessageRow]:
    """Yield the rows of records, with a few queries for each batch."""
    remaining = iter(found)
    while batch := tuple(islice(remaining, BATCH_SIZE)):
        yield from _read_batch(batch)


def _read_batch(batch: tuple[Message, ...]) -> Iterator[MessageRow]:
    customer_ids = {row.customer_id for row in batch if row.customer_id}
    people = {row.id: row for row in Customer.select().where(Customer.id.in_(sorted(customer_ids)))}
    owned = Member.customer.in_(sorted(customer_ids)) & Member.merged_into.is_null()
    accounts = Member.select().where(owned).order_by(Member.id.desc())
    cards = {row.customer_id: row.card_number for row in accounts}
    names: Mapping[int, str] = {row.id: row.name for row in Channel.select(Channel.id, Channel.name)}
    for message in batch:
        owner = people.get(message.customer_id)
        kind = KINDS.get(message.kind)
        yield MessageRow(
            message=message, kind=message_list.kind_label(message.kind),
            purpose=_PURPOSES[kind is not None and kind.is_marketing],
            customer=profiles.display_name(owner) if owner else "", card_number=cards.get(message.customer_id, ""),
            channel=names.get(message.channel_id, ""), address=mask_address(message.medium, message.address),
        )  # fmt: skip


def mask_address(medium: str, address: Any) -> str:
    """Return an address in part, as its medium has it."""
    if not address:
        return ""
    if medium == "sms":
        return masking.mask_phone(address)
    if medium == "email":
        return masking.mask_email(address)
    return f"{address[:4]}…{address[-4:]}" if len(address) > 10 else f"…{address[-4:]}"
