"""Merges (身份合并): two customers of one person become one, with all their rows.

Each module declares beside its tables how rows move, how an undo restores them, and what blocks it:
`rules.register_rule(Favourite.customer, rules.move_or_drop_duplicates("kind", "target_id"))`.
A test fails if a table that refers to a customer or member has no rule.
"""

from collections import Counter
from collections.abc import Iterable

import peewee

from store.core import clock, errors, events, input_limits, masking
from store.core.database import db
from store.customers import customers, identities, members
from store.customers.customers import Customer
from store.customers.identities import Identity
from store.customers.members import Member
from store.customers.merging import journal, rules
from store.customers.merging.journal import Merge, MergeContext
from store.customers.merging.rules import UndoBlocker
from store.tenants import audit


def _rebind(field: peewee.Field, context: MergeContext) -> None:
    """Return identities to their owners; bind a phone again that the merge unbound."""
    journal.undo_move(field, context)
    for step in journal.list_steps(context, Identity):
        if field.name not in step.before:
            journal.restore_columns(step, Identity)


def _find_rebound(field: peewee.Field, context: MergeContext) -> Iterable[UndoBlocker]:
    """Yield the duplicate's identities that belong to another customer now."""
    mine = [
        step.row_id for step in journal.list_steps(context, Identity) if step.before["unbound_at"] is None
    ]
    for identity in Identity.by_ids(mine):
        holder = Identity.find(
            provider=identity.provider, account=identity.account, subject=identity.subject, unbound_at=None
        )
        if holder is not None and holder.id not in mine:
            phone = identity.value if identity.provider == identities.PHONE else None
            word = f"手机号 {masking.mask_phone(phone)} " if phone else "原来的平台身份"
            whose = customers.survivor(Customer.get_by_id(holder.customer_id)).public_id
            yield UndoBlocker("identity_taken", f"{word}合并后已绑定到客户 {whose}", {"customer": whose})


rules.register_rule(
    Identity.customer,
    rules.move_and_remember(remember=("unbound_at",)),
    undo=_rebind,
    find_blockers=_find_rebound,
)
rules.register_rule(events.Event.customer_id, refers_to_member=False)
rules.register_rule(events.Event.member_id, refers_to_member=True)
rules.register_rule(Customer.merged_into, rules.keep_rows)
rules.register_rule(Member.merged_into, rules.keep_rows)
rules.register_rule(Merge.survivor, rules.keep_rows)
rules.register_rule(Merge.duplicate, rules.keep_rows)


@db.transactional
def merge(*, survivor: Customer, duplicate: Customer, proof: str) -> Customer:
    """Merge two customers. Idempotent.

    Both rows are locked in the order of their ids, so two merges of the same pair queue.
    """
    return _merge_customers(survivor, duplicate, proof, one_phone=False)


@db.transactional
def merge_manually(*, survivor: Customer, duplicate: Customer, proof: str) -> Customer:
    """Merge two customers by an operator. Of two verified phones the survivor's stays."""
    if not 1 <= len(proof.strip()) <= 30:
        raise errors.invalid("proof", "请填写合并依据，最多 30 个字")
    for member in (*members.list_for_customer(survivor), *members.list_for_customer(duplicate)):
        members.ensure_open(member)
    return _merge_customers(survivor, duplicate, proof.strip(), one_phone=True)


def list_merges(*, limit: int = 100) -> list[Merge]:
    """Return the latest merges first."""
    return list(Merge.select().order_by(Merge.id.desc()).limit(limit))


def list_for_customer(customer: Customer) -> list[Merge]:
    """Return the merges into a customer, and those of rows that were merged into it, the latest first."""
    family = customers.merged_ids(customer)
    mine = Merge.survivor.in_(family) | Merge.duplicate.in_(family)
    return list(Merge.select().where(mine).order_by(Merge.id.desc()))


def get_by_id(merge_id: int) -> Merge:
    """Return a merge by its number. Raises DomainError(not_found)."""
    found = Merge.find(id=input_limits.check_id(merge_id, field="merge_id"))
    if found is None:
        raise errors.not_found("该合并记录")
    return found


def _merge_customers(survivor: Customer, duplicate: Customer, proof: str, *, one_phone: bool) -> Customer:
    first, second = sorted((survivor.id, duplicate.id))
    rows = {row.id: row for row in (customers.lock(first), customers.lock(second))}
    if len(rows) == 1:
        return next(iter(rows.values()))
    survivor = rows[customers.lock(survivor.id).id]  # `survivor` may have been read before a merge of its own
    duplicate = next(row for row in rows.values() if row.id != survivor.id)
    lost = members.list_for_customer(duplicate)
    for member_id in sorted(member.id for member in (*lost, *members.list_for_customer(survivor))):
        members.lock(member_id)  # first: who holds one may be writing an event of its customer just now
    row = Merge.create(survivor=survivor, duplicate=duplicate, proof=proof)
    way = MergeContext(row, duplicate.id, survivor.id)
    if one_phone and identities.find_phone(survivor) is not None:
        for identity in identities.list_for(duplicate, identities.PHONE):
            journal.update_row(way, identity, unbound_at=clock.now())
    counts = _apply_rules(rules.CUSTOMER_RULES, way)
    for member in lost:
        counts += _merge_member(member, survivor, row)
    journal.update_row(way, duplicate, merged_into=survivor.id)
    steps = journal.MergeStep.select().where(journal.MergeStep.merge == row.id).count()
    row.update_fields(moved_counts=dict(counts), steps=steps)
    events.record("customers.merged", customer_id=survivor.id, duplicate_id=duplicate.id, proof=proof)
    audit.record(
        "merges.merge",
        f"customer:{survivor.public_id}",
        after={"duplicate": duplicate.public_id, "proof": proof},
    )
    return survivor


def _merge_member(member: Member, survivor: Customer, merge_row: Merge) -> Counter[str]:
    """Merge one member account into the survivor's; create the survivor's if needed.

    So later changes have an account of the survivor, which an undo leaves in place.
    """
    kept = members.find_active(survivor, member.programme) or Member.create(
        customer=survivor, programme=member.programme_id, source=member.source, shop_id=member.shop_id,
        status=member.status,
    )  # fmt: skip
    kept, member = (members.lock(row.id) for row in (kept, member))
    way = MergeContext(merge_row, member.id, kept.id)
    counts = _apply_rules(rules.MEMBER_RULES, way)
    latest = max(filter(None, (kept.latest_purchase_at, member.latest_purchase_at)), default=None)
    journal.update_row(
        way, kept,
        joined_at=_earliest(kept.joined_at, member.joined_at),
        first_purchase_at=_earliest(kept.first_purchase_at, member.first_purchase_at),
        latest_purchase_at=latest,
        status="frozen" if member.is_frozen and not kept.is_closed else kept.status,
    )  # fmt: skip
    journal.update_row(way, member, merged_into=kept.id)
    return counts


def _apply_rules(merge_rules: list[rules.MergeRule], context: MergeContext) -> Counter[str]:
    counts: Counter[str] = Counter()
    for rule in merge_rules:
        touched = rule.apply(rule.field, context)
        if touched:
            counts[f"{rule.field.model._meta.table_name}.{rule.field.name}"] += touched
    return counts


def _earliest(*moments):  # type: ignore[no-untyped-def]
    return min(filter(None, moments), default=None)
