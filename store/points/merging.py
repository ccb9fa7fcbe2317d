"""Points in a merge (积分合并): two accounts become one with all entries and lots, and two again in an undo.

An account is always what its entries say. In the undo the duplicate gets the merged entries, cancellations of them
since, and the expiry of their lots; the survivor gets the rest. No point may have crossed between both meanwhile,
unless it paid a debt that can be open again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import peewee

from store.core import clock
from store.core.database import db
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.customers.merging.rules import UndoBlocker
from store.points import postings
from store.points.ledger import BALANCE_FIELDS, ENTRY_KINDS, LotAllocation, PointAccount, PointEntry, PointLot


def _merge_accounts(field: peewee.Field, context: MergeContext) -> int:
    """Move entries and lots account by account and add up the balances.

    Debts of one account are then settled from the other's lots.
    """
    touched = 0
    for lost in list(PointAccount.select().where(field == context.duplicate_id)):
        kept = PointAccount.find(member=context.survivor_id, group=lost.group_id) or PointAccount.create(
            member=context.survivor_id, group=lost.group_id
        )
        accounts = MergeContext(context.merge, lost.id, kept.id)
        for owner in (PointEntry.account, PointLot.account):
            touched += merge_journal.move_rows(accounts, owner)
        kept.update_fields(**{name: getattr(kept, name) + getattr(lost, name) for name in BALANCE_FIELDS})
        merge_journal.delete_duplicate(context, lost)
        _settle_debts(accounts, kept)
    return touched


def _settle_debts(accounts: MergeContext, survivor_account: PointAccount) -> None:
    """Settle debts and record in the journal which lot paid."""
    before = LotAllocation.select(peewee.fn.MAX(LotAllocation.id)).scalar() or 0
    postings.pay_debts(survivor_account)
    mine = (LotAllocation.id > before) & (PointLot.account == survivor_account)
    for relation in LotAllocation.select(LotAllocation).join(PointLot).where(mine):
        merge_journal.record_step(accounts, relation, {"account": accounts.duplicate_id}, {})


def list_merged_entries(context: MergeContext, behaviour: str) -> list[PointEntry]:
    """Return the duplicate's entries of a behaviour that have unspent points, in the merge that has moved them."""
    found = []
    for _, split in _splits(context):
        moved = PointEntry.id.in_(merge_journal.moved_ids(split.accounts, PointEntry.account))
        unspent = (PointEntry.behaviour == behaviour) & (PointLot.remaining > 0)
        found += list(PointEntry.select().join(PointLot).where(moved & unspent))
    return found


def take_back(context: MergeContext, entry: PointEntry, *, reason: str) -> None:
    """Take back what is unspent of a merged entry, in the merge that has moved it.

    What is spent or expired stays so, and nothing becomes a debt. The undo of the merge deletes the reversal.
    """
    lot = PointLot.find(entry=entry.id)
    if lot is None or not lot.remaining or (lot.expires_at is not None and lot.expires_at <= clock.now()):
        return
    reversal = postings.post_entry(
        PointAccount.get_by_id(lot.account_id),
        kind="merge_reversal",
        value=lot.remaining,
        key=f"{_reversal_key(context)}{entry.id}",
        behaviour=entry.behaviour,
        cost_centre=entry.cost_centre,
        source=entry.source,
        reason=reason,
    )
    postings.allocate_from_lots(reversal, [lot], lot.remaining)
    for _, split in _splits(context):
        if (
            split.accounts.survivor_id == lot.account_id
        ):  # an entry of the duplicate, like the points it takes
            sides = ({"account": split.accounts.duplicate_id}, {"account": split.accounts.survivor_id})
            merge_journal.record_step(split.accounts, reversal, *sides)


def _reversal_key(context: MergeContext) -> str:
    return f"merge:{context.merge.id}:"


def _delete_reversals(split: "_AccountSplit") -> None:
    """Return the points that the merge took back."""
    of_merge = PointEntry.key.startswith(_reversal_key(split.accounts)) & (
        PointEntry.account == split.accounts.survivor_id
    )
    for reversal in PointEntry.select().where(of_merge & (PointEntry.kind == "merge_reversal")):
        for allocation in LotAllocation.select().where(LotAllocation.entry == reversal.id):
            lot = PointLot.id == allocation.lot_id
            PointLot.update(remaining=PointLot.remaining + allocation.value).where(lot).execute()
            allocation.delete_instance()
        reversal.delete_instance()


def _undo_merge_accounts(field: peewee.Field, context: MergeContext) -> None:
    for step, border in _splits(context):
        lost = merge_journal.restore_deleted(step, PointAccount)
        _delete_reversals(border)
        for crossing in border.debt_allocations():
            lot = PointLot.id == crossing.lot_id
            PointLot.update(remaining=PointLot.remaining + crossing.value).where(lot).execute()
            crossing.delete_instance()
        entries, lots = border.entries | border.entries_since, border.lots | border.replacement_lots
        for owner, ours in ((PointEntry.account, entries), (PointLot.account, lots)):
            here = (owner == border.accounts.survivor_id) & db.in_ids(owner.model.id, ours)
            owner.model.update({owner: lost}).where(here).execute()
        for account in (lost, PointAccount.get_by_id(border.accounts.survivor_id)):
            postings.recompute_balances(account)
            postings.pay_debts(account)


def _find_blockers(field: peewee.Field, context: MergeContext) -> Iterator[UndoBlocker]:
    for _, border in _splits(context):
        yield from _spent_blockers(border)
        yield from _reversal_blockers(border)
        if any(_has_expired(relation.lot) for relation in border.debt_allocations()):
            yield UndoBlocker("points_expired", "抵过欠分的积分批次已过期，无法还原")


def _spent_blockers(split: "_AccountSplit") -> Iterator[UndoBlocker]:
    """Yield the duplicate's points that went into entries of the survivor."""
    sums: dict[str, int] = {}
    returned = {entry.id for entry in split.reversals_since}
    for relation in split.spent_allocations():
        if relation.entry_id in returned:
            continue
        sums[relation.entry.kind] = sums.get(relation.entry.kind, 0) + relation.value
    for kind, value in sums.items():
        sentence = f"合并过来的积分已用去 {value} 分（{ENTRY_KINDS[kind].label}）"
        yield UndoBlocker("points_spent", sentence, {"kind": kind, "points": value})


def _reversal_blockers(split: "_AccountSplit") -> Iterator[UndoBlocker]:
    value = sum(entry.value for entry in split.reversals_since)
    if value:
        yield UndoBlocker("points_returned", f"合并过来的积分已因退货扣回 {value} 分", {"points": value})


def _has_expired(lot: PointLot) -> bool:
    return PointEntry.find(key=f"expiry:{lot.id}") is not None


def _splits(context: MergeContext) -> Iterator[tuple[merge_journal.MergeStep, "_AccountSplit"]]:
    """Return the accounts that the merge joined, each with its division."""
    for step in merge_journal.list_steps(context, PointAccount):
        if step.after is None and step.before["member"] == context.duplicate_id:
            kept = PointAccount.find(member=context.survivor_id, group=step.before["group"])
            assert kept is not None, "accounts end only in a merge"
            yield step, _AccountSplit(MergeContext(context.merge, step.row_id, kept.id))


class _Allocation(NamedTuple):
    """An allocation of a lot to an entry."""

    allocation_id: int
    entry: int
    kind: str
    lot: int


@dataclass(frozen=True)
class _AccountSplit:
    """The division of a joined account, in ids."""

    accounts: MergeContext

    @cached_property
    def entries(self) -> set[int]:
        """Return the merged entries."""
        return self._moved_ids(PointEntry.account)

    @cached_property
    def lots(self) -> set[int]:
        """Return the merged lots."""
        return self._moved_ids(PointLot.account)

    def _moved_ids(self, owner: peewee.ForeignKeyField) -> set[int]:
        rows: Any = merge_journal.moved_ids(self.accounts, owner).tuples()
        return {row_id for (row_id,) in rows}

    @cached_property
    def cancelled_redemptions(self) -> list[int]:
        """Return the duplicate's redemptions that were cancelled since."""
        return [entry.id for entry in self._entries_since("redemption_cancelled")]

    @cached_property
    def reversals_since(self) -> list[PointEntry]:
        """Return the reversals since the merge of merged points."""
        return self._entries_since("return_reversal")

    def _entries_since(self, kind: str) -> list[PointEntry]:
        """Return the entries since the merge that undo one of the duplicate's."""
        here = (PointEntry.account == self.accounts.survivor_id) & (PointEntry.kind == kind)
        undoes = [row for row in PointEntry.select().where(here) if row.reverses_id in self.entries]
        return [row for row in undoes if row.id not in self.entries]

    @cached_property
    def replacement_lots(self) -> set[int]:
        """Return the lots of returned points whose own lot had expired."""
        rows = PointLot.select(PointLot.id).where(db.in_ids(PointLot.entry, self.cancelled_redemptions))
        return {row.id for row in rows} if self.cancelled_redemptions else set()

    @cached_property
    def entries_since(self) -> set[int]:
        lots = self.lots | self.replacement_lots
        ended = {given.entry for given in self._allocations if given.kind == "expiry" and given.lot in lots}
        return (ended - self.entries).union(self.cancelled_redemptions)

    @cached_property
    def _allocations(self) -> list[_Allocation]:
        """Return all allocations of the joined account's lots."""
        columns = LotAllocation.id, PointEntry.id, PointEntry.kind, LotAllocation.lot
        joined = LotAllocation.select(*columns).join(PointEntry).switch(LotAllocation).join(PointLot)
        rows: Any = joined.where(PointLot.account == self.accounts.survivor_id).tuples()
        return [_Allocation(*row) for row in rows]

    @cached_property
    def cross_allocations(self) -> list[LotAllocation]:
        """Return the allocations from a lot of one account to an entry of the other."""
        entries, lots = self.entries | self.entries_since, self.lots | self.replacement_lots
        ids = [
            given.allocation_id
            for given in self._allocations
            if (given.entry in entries) != (given.lot in lots)
        ]
        query = LotAllocation.select(LotAllocation, PointEntry, PointLot)
        joined = query.join(PointEntry).switch(LotAllocation).join(PointLot)
        return list(joined.where(db.in_ids(LotAllocation.id, ids)).order_by(LotAllocation.id)) if ids else []

    def debt_allocations(self) -> list[LotAllocation]:
        """Return the debts that are open again: settled by the merge or from the survivor's points."""
        return [relation for relation in self.cross_allocations if self._is_debt(relation)]

    def spent_allocations(self) -> list[LotAllocation]:
        return [relation for relation in self.cross_allocations if not self._is_debt(relation)]

    def _is_debt(self, relation: LotAllocation) -> bool:
        is_debt = relation.entry.kind == "return_reversal" and relation.entry_id in self.entries
        return is_debt or relation.id in self._debts_paid_by_merge

    @cached_property
    def _debts_paid_by_merge(self) -> set[int]:
        """Return the debts that the merge itself settled."""
        return {step.row_id for step in merge_journal.list_steps(self.accounts, LotAllocation)}


merge_rules.register_rule(
    PointAccount.member, _merge_accounts, undo=_undo_merge_accounts, find_blockers=_find_blockers
)
