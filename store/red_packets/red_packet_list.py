"""The list of red packets for staff (红包发放): filtered by state, way, purpose and day, and searched by number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from store.core import errors, listing
from store.core.database import db
from store.core.listing import Page
from store.customers import member_scope, member_search
from store.customers.customers import Customer
from store.customers.members import Member
from store.red_packets import states
from store.red_packets.red_packets import PURPOSES, RedPacket
from store.tenants import business_days

_SORTS = {"requested_at": RedPacket.requested_at, "amount_fen": RedPacket.amount_fen}


@dataclass(frozen=True)
class RedPacketFilter:
    """Which red packets are listed. `search` is the beginning of a number, or the member's phone, name or card.

    `shop_ids` are the shops whose members the caller sees, None for all. With `held` those that wait for staff.
    """

    search: str = ""
    state: str | None = None
    way: str | None = None
    purpose: str | None = None
    held: bool = False
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class RedPacketSum:
    """How many red packets are in a state, and their amount."""

    state: str
    count: int
    amount_fen: int


def list_page(criteria: RedPacketFilter, page: Page) -> tuple[list[RedPacket], int]:
    """Return a page of red packets with their customers, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-requested_at", id_field=RedPacket.id
    )


def count_packets(criteria: RedPacketFilter) -> int:
    """Return the number of red packets. Raises DomainError(invalid)."""
    return int(_select(criteria).count())


def iterate_packets(criteria: RedPacketFilter) -> Iterator[RedPacket]:
    """Yield all red packets, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_select(criteria), id_field=RedPacket.id)


def sum_by_state() -> list[RedPacketSum]:
    """Return count and amount of all red packets by state, in the order of a life."""
    rows: Any = (
        RedPacket.select(RedPacket.state, fn.COUNT(RedPacket.id), fn.SUM(RedPacket.amount_fen))
        .group_by(RedPacket.state)
        .tuples()
    )
    found = {state: (count, int(amount)) for state, count, amount in rows}
    return [RedPacketSum(state, *found.get(state, (0, 0))) for state in states.TRANSITIONS]


def read_members(packets: Iterable[RedPacket]) -> dict[int, Member]:
    """Return by customer id a member account of each customer of the red packets who has one."""
    rows = Member.select().where(db.in_ids(Member.customer, [packet.customer_id for packet in packets]))
    return {row.customer_id: row for row in rows.order_by(Member.id)}


def ensure_seen(packet: RedPacket, shop_ids: frozenset[int] | None) -> None:
    """Raise DomainError(not_found) for a red packet of a member of another shop."""
    if (
        shop_ids is not None
        and not _select(RedPacketFilter(shop_ids=shop_ids)).where(RedPacket.id == packet.id).exists()
    ):
        raise errors.not_found("该红包")


def count_held() -> int:
    """Return how many red packets wait for staff."""
    return RedPacket.select().where(RedPacket.held).count()


def _select(criteria: RedPacketFilter) -> Any:
    query = RedPacket.select(RedPacket, Customer).join(Customer)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: RedPacketFilter) -> Iterator[Any]:
    for name, value, known in (
        ("state", criteria.state, states.TRANSITIONS), ("way", criteria.way, states.WAYS),
        ("purpose", criteria.purpose, PURPOSES),
    ):  # fmt: skip
        if value is None:
            continue
        if value not in known:
            raise errors.invalid(name, "不认识的取值")
        yield getattr(RedPacket, name) == value
    if criteria.held:
        yield RedPacket.held
    if criteria.search.strip():
        yield _matches(criteria.search.strip())
    if criteria.since is not None:
        yield RedPacket.requested_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield RedPacket.requested_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield RedPacket.customer.in_(_select_customer_ids(member_scope.select_member_ids(criteria.shop_ids)))


def _matches(search: str) -> Any:
    """Return the condition that a number begins with a text, or that it names the member."""
    of_member = RedPacket.customer.in_(_select_customer_ids(member_search.select_member_ids(search)))
    return RedPacket.number.startswith(search) | RedPacket.platform_number.startswith(search) | of_member


def _select_customer_ids(member_ids: Any) -> Any:
    return Member.select(Member.customer).where(Member.id.in_(member_ids))
