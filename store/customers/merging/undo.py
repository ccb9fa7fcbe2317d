"""The undo of a merge (撤销合并): two merged customers become two again, each with their own rows.

Merged rows go back exactly; what happened since stays with the survivor. If merged values were used since, the
undo lists the blockers and changes nothing (docs/decisions/0008).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from store.core import actors, clock, errors, events
from store.core.database import db
from store.customers import customers, members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import journal, merges, rules
from store.customers.merging.journal import Merge, MergeContext
from store.customers.merging.rules import MergeRule, UndoBlocker
from store.tenants import audit

UNDO_DAYS = journal.RETENTION_DAYS
MAX_REASON_LENGTH = 200


@dataclass(frozen=True)
class UndoPlan:
    """What would go back, rows by table and column, and all blockers."""

    merge: Merge
    restored_counts: dict[str, int]
    blockers: tuple[UndoBlocker, ...]


def plan(merge: Merge) -> UndoPlan:
    """Return what an undo of a merge would do, without doing it.

    Blockers of the undo as such hide those of single tables.
    """
    merge = merges.get_by_id(merge.id)
    found = tuple(_global_blockers(merge)) or tuple(_row_blockers(merge))
    return UndoPlan(merge=merge, restored_counts={} if found else dict(merge.moved_counts), blockers=found)


@db.transactional
def unmerge(*, merge: Merge, reason: str) -> Merge:
    """Undo a merge by staff, with a reason. Idempotent.

    Raises DomainError(unmerge_blocked) with all blockers.
    """
    if actors.current().kind not in ("staff", "operator"):
        raise errors.DomainError("staff_only", "撤销合并须由员工办理", 403)
    return _unmerge(merge, reason)


@db.transactional
def unmerge_own(*, merge: Merge, reason: str) -> Merge:
    """Undo a merge to which the person has agreed. Idempotent. The caller has identified the person.

    Raises DomainError(unmerge_blocked) with all blockers.
    """
    return _unmerge(merge, reason)


def list_later_merges(merge: Merge) -> list[Merge]:
    """Return the effective merges that were built on this one, the latest first: the order to undo them."""
    people, found = {merge.survivor_id}, []
    later = Merge.select().where((Merge.id > merge.id) & Merge.undone_at.is_null())
    for row in later.order_by(Merge.id):
        if people & {row.survivor_id, row.duplicate_id}:
            people.add(row.survivor_id)
            found.append(row)
    return found[::-1]


def _unmerge(merge: Merge, reason: str) -> Merge:
    if not 1 <= len(reason.strip()) <= MAX_REASON_LENGTH:
        raise errors.invalid("reason", f"请填写撤销原因，最多 {MAX_REASON_LENGTH} 个字")
    merge = _lock_merge(merge)
    if merge.undone_at is not None:
        return merge
    found = plan(merge).blockers
    if found:
        sentence = "不能撤销合并：" + "；".join(blocker.message for blocker in found)
        facts = [{"code": each.code, "message": each.message, **each.details} for each in found]
        raise errors.DomainError("unmerge_blocked", sentence, 409, blockers=facts)
    _split(merge)
    by = actors.current().name
    merge.update_fields(undone_at=clock.now(), undone_by=by, undo_reason=reason.strip())
    _record_undo(merge)
    return merge


def _lock_merge(merge: Merge) -> Merge:
    """Lock the merge and both customers and return the merge as it is then.

    The duplicate is locked first, in the order in which all operations reach the survivor.
    """
    merge = merges.get_by_id(merge.id)
    customers.lock(merge.duplicate_id)
    for step in _member_merge_steps(merge):
        members.lock(step.row_id)
    return merges.get_by_id(merge.id)


def _global_blockers(merge: Merge) -> Iterator[UndoBlocker]:
    if merge.undone_at is not None:
        yield UndoBlocker("undone", "这次合并已经撤销")
        return
    if merge.merged_at < clock.now() - timedelta(days=UNDO_DAYS):
        yield UndoBlocker("too_late", f"合并已超过 {UNDO_DAYS} 天", {"days": UNDO_DAYS})
    if merge.steps is None:
        yield UndoBlocker("no_journal", "合并时的版本没有留下明细，无法逐项恢复")
    above = [row.id for row in list_later_merges(merge)]
    if above:
        numbers = "、".join(map(str, above))
        yield UndoBlocker("merged_since", f"之后又有合并，请先依次撤销合并 {numbers}", {"merges": above})


def _row_blockers(merge: Merge) -> Iterator[UndoBlocker]:
    for merge_rules, way in _contexts(merge):
        for rule in merge_rules:
            yield from rule.find_blockers(rule.field, way)


def _split(merge: Merge) -> None:
    """Restore both customers, then their rows."""
    way = MergeContext(merge, merge.duplicate_id, merge.survivor_id)
    for model in (Customer, Member):
        for step in journal.list_steps(way, model):
            if step.after:
                journal.restore_columns(step, model)
    for merge_rules, each in _contexts(merge):
        for rule in merge_rules:
            rule.undo(rule.field, each)


def _contexts(merge: Merge) -> Iterator[tuple[list[MergeRule], MergeContext]]:
    yield rules.CUSTOMER_RULES, MergeContext(merge, merge.duplicate_id, merge.survivor_id)
    for step in _member_merge_steps(merge):
        assert step.after is not None
        yield rules.MEMBER_RULES, MergeContext(merge, step.row_id, step.after["merged_into"])


def _member_merge_steps(merge: Merge) -> list[journal.MergeStep]:
    """Return the steps in which member accounts were merged, in the order of their ids."""
    found = journal.list_steps(MergeContext(merge, merge.duplicate_id, merge.survivor_id), Member)
    taken = [step for step in found if step.after and "merged_into" in step.after]
    return sorted(taken, key=lambda step: step.row_id)


def _record_undo(merge: Merge) -> None:
    """Record the undo in both timelines."""
    for customer_id in (merge.survivor_id, merge.duplicate_id):
        events.record("customers.unmerged", customer_id=customer_id, merge_id=merge.id)
    audit.record(
        "merges.undo",
        f"customer:{merge.survivor.public_id}",
        after={"merge": merge.id, "duplicate": merge.duplicate.public_id, "reason": merge.undo_reason},
    )
