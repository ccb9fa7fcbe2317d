"""A merge (身份合并): two rows that proved to be one person become one, and everything comes along.

Each noun that refers to a customer or a member says beside its table how its rows travel:
`merges.carries(Favourite.customer, merges.moved_unless_there("kind", "target_id"))`.
A test fails when a table that refers to one of them has not spoken.
"""

from collections.abc import Callable

import peewee

from store.company import audit
from store.kernel import clock, db, events, refusals
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.people import customers, identities, members
from store.people.customers import Customer
from store.people.identities import Identity
from store.people.members import Member

# Moves the rows of one loser to the survivor: (field, loser id, survivor id) → rows touched.
Carry = Callable[[peewee.Field, int, int], int]


class Merge(Record):
    """Who became part of whom, on what proof, and how many rows of each table moved."""

    survivor = peewee.ForeignKeyField(Customer)
    lost = peewee.ForeignKeyField(Customer)
    proof = peewee.CharField(max_length=30)
    moved = Json(default=dict)
    at = Moment(default=clock.now)


def moved(field: peewee.Field, loser_id: int, survivor_id: int) -> int:
    """All rows go over to the survivor."""
    return field.model.update({field: survivor_id}).where(field == loser_id).execute()


def stays(field: peewee.Field, loser_id: int, survivor_id: int) -> int:
    """The rows are history about the loser itself and stay where they are."""
    return 0


def moved_unless_there(*columns: str) -> Carry:
    """Rows go over unless the survivor has one with the same `columns`; those are dropped."""

    def carry(field: peewee.Field, loser_id: int, survivor_id: int) -> int:
        model = field.model
        keys = [getattr(model, column) for column in columns]
        there = set(model.select(*keys).where(field == survivor_id).tuples())
        touched = 0
        for row_id, *key in list(model.select(model.id, *keys).where(field == loser_id).tuples()):
            row = model.id == row_id
            query = model.delete() if tuple(key) in there else model.update({field: survivor_id})
            touched += query.where(row).execute()
        return touched

    return carry


OF_CUSTOMER: list[tuple[peewee.Field, Carry]] = []
OF_MEMBER: list[tuple[peewee.Field, Carry]] = []


def carries(field: peewee.Field, how: Carry = moved, *, member: bool | None = None) -> None:
    """Say how the rows that refer to a customer or member through `field` travel in a merge.

    Foreign keys tell by themselves whom they refer to; plain number columns need `member`.
    """
    if member is None:
        member = getattr(field, "rel_model", None) is Member
    (OF_MEMBER if member else OF_CUSTOMER).append((field, how))


carries(Identity.customer)
carries(events.Event.customer_id, member=False)
carries(events.Event.member_id, member=True)
carries(Customer.merged_into, stays)
carries(Member.merged_into, stays)
carries(Merge.survivor, stays)
carries(Merge.lost, stays)


@db.verb
def merge(*, keep: Customer, lose: Customer, proof: str) -> Customer:
    """Join two people into `keep`; merged before, or one and the same, nothing happens.

    Both rows are locked in the order of their ids, so two merges of the same pair queue up.
    """
    first, second = sorted((keep.id, lose.id))
    rows = {row.id: row for row in (customers.locked(first), customers.locked(second))}
    if len(rows) == 1:
        return next(iter(rows.values()))
    survivor = rows[customers.locked(keep.id).id]  # `keep` may have been read before a merge of its own
    loser = next(row for row in rows.values() if row.id != survivor.id)
    lost = members.all_of(loser)
    for member_id in sorted(member.id for member in (*lost, *members.all_of(survivor))):
        members.locked(member_id)  # first: who holds one may be writing an event of its customer just now
    counts = _carry(OF_CUSTOMER, loser.id, survivor.id)
    for member in lost:
        counts.update(_take_over(member, survivor))
    loser.merged_into = survivor
    loser.save()
    Merge.create(survivor=survivor, lost=loser, proof=proof, moved=counts)
    events.record("customers.merged", customer_id=survivor.id, lost_id=loser.id, proof=proof)
    audit.record(
        "merges.merge", f"customer:{survivor.public_id}", after={"lost": loser.public_id, "proof": proof}
    )
    return survivor


@db.verb
def merge_by_hand(*, keep: Customer, lose: Customer, proof: str) -> Customer:
    """Join two people on an operator's word; of two verified phones the one of `keep` stays."""
    if not 1 <= len(proof.strip()) <= 30:
        raise refusals.invalid("proof", "请填写合并依据，最多 30 个字")
    living = {row_id: customers.locked(row_id) for row_id in sorted((keep.id, lose.id))}
    keep, lose = living[keep.id], living[lose.id]
    if keep.id != lose.id and identities.phone_of(keep) is not None:
        for identity in identities.of(lose, identities.PHONE):
            identities.unbind(identity)
    return merge(keep=keep, lose=lose, proof=proof.strip())


def listing(*, limit: int = 100) -> list[Merge]:
    """The latest merges first."""
    return list(Merge.select().order_by(Merge.id.desc()).limit(limit))


def _take_over(member: Member, survivor: Customer) -> dict[str, int]:
    """Bring one member account under the survivor: as it is, or into the account that is there already."""
    kept = Member.get_or_none(
        (Member.customer == survivor)
        & (Member.programme == member.programme_id)
        & Member.merged_into.is_null()
    )
    if kept is None:
        member.customer = survivor
        member.save()
        return {"member": 1}
    kept, member = (members.locked(row.id) for row in (kept, member))
    counts = _carry(OF_MEMBER, member.id, kept.id)
    kept.joined_at = _earliest(kept.joined_at, member.joined_at)
    kept.first_purchase_at = _earliest(kept.first_purchase_at, member.first_purchase_at)
    kept.latest_purchase_at = max(
        filter(None, (kept.latest_purchase_at, member.latest_purchase_at)), default=None
    )
    kept.save()
    member.merged_into = kept
    member.save()
    return counts


def _carry(carriers: list[tuple[peewee.Field, Carry]], loser_id: int, survivor_id: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for field, carry in carriers:
        touched = carry(field, loser_id, survivor_id)
        if touched:
            name = f"{field.model._meta.table_name}.{field.name}"
            counts[name] = touched
    return counts


def _earliest(*moments):  # type: ignore[no-untyped-def]
    return min(filter(None, moments), default=None)
