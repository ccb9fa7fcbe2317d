"""Members (会员账号): a customer's account in one programme; a follower until a phone is verified."""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import peewee

from store.core import clock, errors, ids, numbers
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers import customers
from store.customers.customers import Customer
from store.customers.programmes import Programme, get_default

BATCH_SIZE = 500
MIN_CARD_DIGITS = 14  # a phone number with its country code is shorter
_SEPARATORS = re.compile(r"[\s\u2010-\u2015-]+")

R = TypeVar("R", bound=Model)
# Finds the member of a number, also of a blocked one if the second argument says so.
FindMember = Callable[[str, bool], "Member | None"]

_NUMBER_SEARCHES: list[FindMember] = []


def register_number_search(find_member: FindMember) -> None:
    """Register how a module above this one finds the member of a number that is no account's own."""
    _NUMBER_SEARCHES.append(find_member)


class Member(Model):
    """`joined_at` is empty for a follower (粉丝). The membership of a `closed` account has ended (注销).

    A `frozen` account (冻结) earns, and does not spend points, coupons or stored value.

    `merged_into` refers to the account that took this one over.
    """

    customer = peewee.ForeignKeyField(Customer, backref="members")
    programme = peewee.ForeignKeyField(Programme)
    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("mem_"))
    card_number = peewee.CharField(max_length=20, unique=True, default=lambda: numbers.generate("card"))
    status = peewee.CharField(
        max_length=20,
        default="active",
        constraints=[peewee.Check("status IN ('active', 'frozen', 'closed')")],
    )
    source = peewee.CharField(max_length=30, default="unknown")
    shop_id = peewee.BigIntegerField(null=True)
    joined_at = UtcDateTimeField(null=True)
    first_purchase_at = UtcDateTimeField(null=True)
    latest_purchase_at = UtcDateTimeField(null=True)
    merged_into = peewee.ForeignKeyField("self", null=True, index=False)
    created_at = UtcDateTimeField(default=clock.now)

    @property
    def is_closed(self) -> bool:
        return bool(self.status == "closed")

    @property
    def is_frozen(self) -> bool:
        return bool(self.status == "frozen")


Member.add_index(
    Member.index(Member.customer, Member.programme, unique=True, name="member_active").where(
        peewee.SQL("merged_into_id IS NULL")
    )
)
# Nearly all members are merged into none: an index with those would be chosen in place of better ones.
Member.add_index(
    Member.index(Member.merged_into, name="member_merged").where(peewee.SQL("merged_into_id IS NOT NULL"))
)
# The list of members is read page by page in this order.
Member.add_index(
    Member.index(Member.joined_at, Member.id, name="member_joined").where(
        peewee.SQL("joined_at IS NOT NULL AND merged_into_id IS NULL")
    )
)


def get_or_create(customer: Customer, programme: Programme | None = None) -> Member:
    """Return the customer's account in a programme (by default the first), which is created if needed.

    A customer that was merged meanwhile gets the survivor's account. Only the creation is a transaction, so readers
    do not wait for writers.
    """
    programme = programme or get_default()
    return find_active(customer, programme) or _create(customer, programme)


@db.transactional
def _create(customer: Customer, programme: Programme) -> Member:
    person = customers.lock(customer.id)
    return find_active(person, programme) or Member.create(
        customer=person, programme=programme, source=person.source, shop_id=person.first_shop_id
    )


def find_active(customer: Customer, programme: Programme | None = None) -> Member | None:
    """Return the customer's account in a programme, or None."""
    return Member.find(customer=customer.id, programme=(programme or get_default()).id, merged_into=None)


def count_joined() -> dict[int, int]:
    """Return the number of members by programme id. Followers and closed accounts do not count."""
    active = Member.joined_at.is_null(False) & Member.merged_into.is_null() & (Member.status != "closed")
    rows: Any = Member.select(Member.programme, peewee.fn.COUNT(Member.id)).where(active)
    return dict(rows.group_by(Member.programme).tuples())


def is_card_number(text: str) -> bool:
    """Return whether a text has the form of a card number, also of an imported one."""
    number = numbers.normalize(text)
    return number.isdigit() and MIN_CARD_DIGITS <= len(number) <= numbers.MAX_CARD_DIGITS


def get_by_card(number: str, *, include_blocked: bool = False) -> Member:
    """Return the member of a card number or public id, also of a merged one. Raises DomainError(not_found).

    Spaces and hyphens in the number are ignored. The number of a plastic card names its member too, one that was
    reported lost only for staff with `include_blocked`: others get DomainError(card_lost).
    """
    found = find_by_number(number, include_blocked=include_blocked)
    if found is None:
        raise errors.not_found("该会员")
    return found


def find_by_number(number: str, *, include_blocked: bool = False) -> Member | None:
    """Return the member of a card number or public id like `get_by_card`, or None."""
    number = numbers.normalize(number)
    found = Member.get_or_none((Member.card_number == number) | (Member.public_id == number))
    found = found or _find_by_other_number(number, include_blocked)
    return None if found is None else survivor(found)


def find_by_cards(written_numbers: Iterable[str]) -> dict[str, Member]:
    """Return the members by card number as it was written, also merged ones. Unknown numbers are left out."""
    normalized = {written: numbers.normalize(written) for written in written_numbers}
    wanted = sorted(set(normalized.values()))
    found: dict[str, Member] = {}
    for start in range(0, len(wanted), BATCH_SIZE):
        rows = Member.select().where(Member.card_number.in_(wanted[start : start + BATCH_SIZE]))
        found |= {row.card_number: row for row in rows}
    for number in wanted:
        if number not in found and (member := _find_by_other_number(number, True)) is not None:
            found[number] = member
    return {written: found[number] for written, number in normalized.items() if number in found}


def find_card_numbers(public_ids: Iterable[str]) -> dict[str, str]:
    """Return the card numbers of members and customers by their public ids. A customer has the first one."""
    wanted = sorted(set(public_ids))
    query = Member.select(Member, Customer).join(Customer).order_by(Member.id.desc())
    found = query.where(Member.public_id.in_(wanted) | Customer.public_id.in_(wanted)) if wanted else []
    return {key: row.card_number for row in found for key in (row.public_id, row.customer.public_id)}


def survivor(member: Member) -> Member:
    """Return the account itself, or the one it was merged into."""
    while member.merged_into_id is not None:
        member = member.merged_into
    return member


def read_current(member: Member) -> Member:
    """Return the account as it is now, or the one that a merge has moved it to since the caller read it."""
    return survivor(Member.get_by_id(member.id))


def ensure_open(member: Member) -> None:
    """Raise DomainError(membership_closed) if the membership has ended."""
    if member.is_closed:
        raise errors.DomainError("membership_closed", "该会员已注销", 409)


def ensure_can_spend(member: Member) -> None:
    """Raise DomainError(member_frozen) if the account may earn only."""
    if member.is_frozen:
        raise errors.DomainError("member_frozen", "该会员已冻结，不能使用积分、优惠券和储值", 409)


def lock(member_id: int) -> Member:
    """Lock the current account until the transaction ends. Follows a merge that commits meanwhile."""
    while True:
        found = Member.find(id=member_id, lock=True)
        assert found is not None, "members are never deleted"
        if found.merged_into_id is None:
            return found
        member_id = found.merged_into_id


def lock_for(customer: Customer) -> Member:
    """Lock the customer's account in the first programme, which is created if needed."""
    found = Member.find(customer=customer.id, programme=get_default().id, merged_into=None, lock=True)
    return found or lock(get_or_create(customer).id)


def lock_row_with_member(load_row: Callable[[], R]) -> R:
    """Lock the member of a row and return the row as it is then.

    A merge may have moved the row to another account meanwhile, or an undo may have returned it.
    """
    row = load_row()
    if not db.is_postgresql():  # a transaction of SQLite is alone with the database from its start
        return row
    while lock(row.member_id).id != (row := load_row()).member_id:
        pass
    return row


def lock_all_in_order(member_ids: Iterable[int]) -> list[int]:
    """Lock many accounts in the order of their ids and return those that are not merged.

    The order prevents deadlocks. Rows of members that were merged meanwhile belong to the survivor.
    """
    active = db.in_ids(Member.id, member_ids) & Member.merged_into.is_null()
    rows: Any = db.lock(Member.select(Member.id).where(active).order_by(Member.id)).tuples()
    return [member_id for (member_id,) in rows]


def lock_rows_in_order(member_ids: Iterable[int]) -> list[Member]:
    """Lock the members of rows in the order of their ids and return both."""
    return sorted(Member.by_ids(lock_all_in_order(member_ids)), key=lambda member: int(member.id))


def list_ever_of(customer: Customer) -> list[Member]:
    """Return the accounts of a customer in every programme, also those that were merged into others."""
    return list(Member.select().where(Member.customer == customer.id).order_by(Member.id))


def list_for_customer(customer: Customer) -> list[Member]:
    """Return the customer's accounts in every programme."""
    return list(Member.select().where((Member.customer == customer) & Member.merged_into.is_null()))


def _find_by_other_number(number: str, include_blocked: bool) -> Member | None:
    matches = (find_member(number, include_blocked) for find_member in _NUMBER_SEARCHES)
    return next((member for member in matches if member is not None), None)
