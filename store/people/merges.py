"""A merge (身份合并): two rows that proved to be one person become one, and everything comes along.

Each noun that refers to a customer or a member says beside its table how its rows travel, how an undo
brings them back, and what has to stand in its way:
`merges.carries(Favourite.customer, merges.moved_unless_there("kind", "target_id"))`.
A test fails when a table that refers to one of them has not spoken.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import peewee

from store.company import audit
from store.kernel import bounds, clock, db, events, refusals, secrets
from store.people import customers, identities, members, merge_journal
from store.people.customers import Customer
from store.people.identities import Identity
from store.people.members import Member
from store.people.merge_journal import Merge, Way


@dataclass(frozen=True)
class Hindrance:
    """Why a merge cannot be undone: one sentence, and `facts` for a machine."""

    code: str
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)


# Moves one loser's rows to the survivor and tells how many; brings them back; tells what stands in the way.
Carry = Callable[[peewee.Field, Way], int]
Back = Callable[[peewee.Field, Way], None]
Hinders = Callable[[peewee.Field, Way], Iterable[Hindrance]]


class Carrier(NamedTuple):
    """What a noun has said about one column; with `leaves` its rows stay with the loser."""

    field: peewee.Field
    how: Carry
    back: Back
    hinders: Hinders
    leaves: bool


def moved(field: peewee.Field, way: Way) -> int:
    """All rows go over to the survivor."""
    return merge_journal.move(way, field)


def stays(field: peewee.Field, way: Way) -> int:
    """The rows are history about the loser itself and stay where they are."""
    return 0


def moved_with(*, remember: Iterable[str]) -> Carry:
    """All rows go over, and the journal knows more of each: see `merge_journal.move`."""

    def carry(field: peewee.Field, way: Way) -> int:
        return merge_journal.move(way, field, remember=remember)

    _BACKS[carry] = merge_journal.put_back
    return carry


def moved_unless_there(*columns: str) -> Carry:
    """Rows go over unless the survivor has one with the same `columns`; those are dropped."""

    def carry(field: peewee.Field, way: Way) -> int:
        model: Any = field.model
        keys = [getattr(model, column) for column in columns]
        there = set(model.select(*keys).where(field == way.survivor).tuples())
        rows = model.select().where(field == way.loser)
        twice = [row for row in rows if tuple(getattr(row, column) for column in columns) in there]
        for row in twice:
            merge_journal.drop(way, row)
        return len(twice) + merge_journal.move(way, field)

    _BACKS[carry] = merge_journal.put_back
    return carry


def _nothing(field: peewee.Field, way: Way) -> None:
    """There is nothing to bring back."""


def _no_hindrance(field: peewee.Field, way: Way) -> tuple[Hindrance, ...]:
    return ()


OF_CUSTOMER: list[Carrier] = []
OF_MEMBER: list[Carrier] = []
_BACKS: dict[Carry, Back] = {moved: merge_journal.put_back, stays: _nothing}


def carries(
    field: peewee.Field,
    how: Carry = moved,
    *,
    back: Back | None = None,
    hinders: Hinders = _no_hindrance,
    member: bool | None = None,
    leaves: bool = False,
) -> None:
    """Say how the rows that refer to a customer or member through `field` travel in a merge, and back.

    Foreign keys tell by themselves whom they refer to; plain number columns need `member`. A way of its
    own needs a way back of its own.
    """
    if member is None:
        member = getattr(field, "rel_model", None) is Member
    if back is None and how not in _BACKS:
        raise TypeError(f"say how the undo of a merge brings back {field}")
    carrier = Carrier(field, how, back or _BACKS[how], hinders, leaves or how is stays)
    (OF_MEMBER if member else OF_CUSTOMER).append(carrier)


def _bind_again(field: peewee.Field, way: Way) -> None:
    """Names go back to whom they belong; a phone that the merge took off is bound again."""
    merge_journal.put_back(field, way)
    for step in merge_journal.steps(way, Identity):
        if field.name not in step.before:
            merge_journal.restore(step, Identity)


def _bound_elsewhere(field: peewee.Field, way: Way) -> Iterable[Hindrance]:
    """Names that were the loser's and lead to somebody else by now."""
    mine = [step.row_id for step in merge_journal.steps(way, Identity) if step.before["unbound_at"] is None]
    for identity in Identity.of_ids(mine):
        holder = Identity.find(
            provider=identity.provider, account=identity.account, subject=identity.subject, unbound_at=None
        )
        if holder is not None and holder.id not in mine:
            phone = identity.clear if identity.provider == identities.PHONE else None
            word = f"手机号 {secrets.mask_phone(phone)} " if phone else "原来的平台身份"
            whose = customers.survivor(Customer.get_by_id(holder.customer_id)).public_id
            yield Hindrance("identity_taken", f"{word}合并后已绑定到客户 {whose}", {"customer": whose})


carries(Identity.customer, moved_with(remember=("unbound_at",)), back=_bind_again, hinders=_bound_elsewhere)
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
    return _join(keep, lose, proof, one_phone=False)


@db.verb
def merge_by_hand(*, keep: Customer, lose: Customer, proof: str) -> Customer:
    """Join two people on an operator's word; of two verified phones the one of `keep` stays."""
    if not 1 <= len(proof.strip()) <= 30:
        raise refusals.invalid("proof", "请填写合并依据，最多 30 个字")
    return _join(keep, lose, proof.strip(), one_phone=True)


def listing(*, limit: int = 100) -> list[Merge]:
    """The latest merges first."""
    return list(Merge.select().order_by(Merge.id.desc()).limit(limit))


def of_id(merge_id: int) -> Merge:
    """A merge by its number; raises Refused(not_found)."""
    found = Merge.find(id=bounds.number(merge_id, field="merge_id"))
    if found is None:
        raise refusals.not_found("该合并记录")
    return found


def _join(keep: Customer, lose: Customer, proof: str, *, one_phone: bool) -> Customer:
    first, second = sorted((keep.id, lose.id))
    rows = {row.id: row for row in (customers.locked(first), customers.locked(second))}
    if len(rows) == 1:
        return next(iter(rows.values()))
    survivor = rows[customers.locked(keep.id).id]  # `keep` may have been read before a merge of its own
    loser = next(row for row in rows.values() if row.id != survivor.id)
    lost = members.all_of(loser)
    for member_id in sorted(member.id for member in (*lost, *members.all_of(survivor))):
        members.locked(member_id)  # first: who holds one may be writing an event of its customer just now
    row = Merge.create(survivor=survivor, lost=loser, proof=proof)
    way = Way(row, loser.id, survivor.id)
    if one_phone and identities.phone_of(survivor) is not None:
        for identity in identities.of(loser, identities.PHONE):
            merge_journal.change(way, identity, unbound_at=clock.now())
    counts = _carry(OF_CUSTOMER, way)
    for member in lost:
        counts += _take_over(member, survivor, row)
    merge_journal.change(way, loser, merged_into=survivor.id)
    steps = merge_journal.MergeStep.select().where(merge_journal.MergeStep.merge == row.id).count()
    row.put(moved=dict(counts), steps=steps)
    events.record("customers.merged", customer_id=survivor.id, lost_id=loser.id, proof=proof)
    audit.record(
        "merges.merge", f"customer:{survivor.public_id}", after={"lost": loser.public_id, "proof": proof}
    )
    return survivor


def _take_over(member: Member, survivor: Customer, row: Merge) -> Counter[str]:
    """Bring one member account into the survivor's, which is opened where there is none.

    So what is done later has a place of its own, and an undo leaves it to the survivor.
    """
    kept = members.living(survivor, member.programme) or Member.create(
        customer=survivor, programme=member.programme_id, source=member.source, shop_id=member.shop_id,
        status=member.status,
    )  # fmt: skip
    kept, member = (members.locked(row.id) for row in (kept, member))
    way = Way(row, member.id, kept.id)
    counts = _carry(OF_MEMBER, way)
    latest = max(filter(None, (kept.latest_purchase_at, member.latest_purchase_at)), default=None)
    merge_journal.change(
        way, kept,
        joined_at=_earliest(kept.joined_at, member.joined_at),
        first_purchase_at=_earliest(kept.first_purchase_at, member.first_purchase_at),
        latest_purchase_at=latest,
    )  # fmt: skip
    merge_journal.change(way, member, merged_into=kept.id)
    return counts


def _carry(carriers: list[Carrier], way: Way) -> Counter[str]:
    counts: Counter[str] = Counter()
    for carrier in carriers:
        touched = carrier.how(carrier.field, way)
        if touched:
            counts[f"{carrier.field.model._meta.table_name}.{carrier.field.name}"] += touched
    return counts


def _earliest(*moments):  # type: ignore[no-untyped-def]
    return min(filter(None, moments), default=None)
