"""Points in a merge (积分合并): two accounts become one with all entries and lots, and two again in its undo.

Both ways an account is what its entries say. In the undo the loser's are those that came over, what was
cancelled of them since, and the expiry of their lots; everything else since is the survivor's. A point
may not have crossed that border meanwhile, unless it paid a debt that can be owed again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import peewee

from store.kernel import db
from store.loyalty import point_moves
from store.loyalty.point_accounts import BALANCES, KINDS, PointAccount, PointEntry, PointLot, PointRelation
from store.people import merge_journal, merges
from store.people.merge_journal import Way
from store.people.merges import Hindrance


def _join_accounts(field: peewee.Field, way: Way) -> int:
    """Entries and lots go over account by account, with their expiry; the balances add up.

    What the one owes is then paid out of what the other has.
    """
    touched = 0
    for lost in list(PointAccount.select().where(field == way.loser)):
        kept = PointAccount.find(member=way.survivor, group=lost.group_id) or PointAccount.create(
            member=way.survivor, group=lost.group_id
        )
        accounts = Way(way.merge, lost.id, kept.id)
        for owner in (PointEntry.account, PointLot.account):
            touched += merge_journal.move(accounts, owner)
        kept.put(**{name: getattr(kept, name) + getattr(lost, name) for name in BALANCES})
        merge_journal.drop(way, lost)
        _pay_debts(accounts, kept)
    return touched


def _pay_debts(accounts: Way, kept: PointAccount) -> None:
    """The journal keeps which lot of the one paid for the other."""
    before = PointRelation.select(peewee.fn.MAX(PointRelation.id)).scalar() or 0
    point_moves.pay_debts(kept)
    mine = (PointRelation.id > before) & (PointLot.account == kept)
    for relation in PointRelation.select(PointRelation).join(PointLot).where(mine):
        merge_journal.note(accounts, relation, {"account": accounts.loser}, {})


def _part_accounts(field: peewee.Field, way: Way) -> None:
    for step, border in _borders(way):
        lost = merge_journal.put_back_dropped(step, PointAccount)
        for crossing in border.debts():
            lot = PointLot.id == crossing.lot_id
            PointLot.update(left=PointLot.left + crossing.value).where(lot).execute()
            crossing.delete_instance()
        entries, lots = border.entries | border.later_entries, border.lots | border.late_lots
        for owner, ours in ((PointEntry.account, entries), (PointLot.account, lots)):
            here = (owner == border.accounts.survivor) & db.among(owner.model.id, ours)
            owner.model.update({owner: lost}).where(here).execute()
        for account in (lost, PointAccount.get_by_id(border.accounts.survivor)):
            point_moves.recount(account)
            point_moves.pay_debts(account)


def _crossed(field: peewee.Field, way: Way) -> Iterator[Hindrance]:
    for _, border in _borders(way):
        yield from _spent(border)
        yield from _returned(border)
        if any(_has_expired(relation.lot) for relation in border.debts()):
            yield Hindrance("points_lapsed", "抵过欠分的积分批次已过期，无法还原")


def _spent(border: "_Border") -> Iterator[Hindrance]:
    """Points of the loser's lots in entries of the survivor's, by what they went into."""
    sums: dict[str, int] = {}
    returned = {entry.id for entry in border.returned}
    for relation in border.spent():
        if relation.entry_id in returned:
            continue
        sums[relation.entry.kind] = sums.get(relation.entry.kind, 0) + relation.value
    for kind, value in sums.items():
        sentence = f"合并过来的积分已用去 {value} 分（{KINDS[kind].word}）"
        yield Hindrance("points_spent", sentence, {"kind": kind, "points": value})


def _returned(border: "_Border") -> Iterator[Hindrance]:
    value = sum(entry.value for entry in border.returned)
    if value:
        yield Hindrance("points_returned", f"合并过来的积分已因退货扣回 {value} 分", {"points": value})


def _has_expired(lot: PointLot) -> bool:
    return PointEntry.find(key=f"expiry:{lot.id}") is not None


def _borders(way: Way) -> Iterator[tuple[merge_journal.MergeStep, "_Border"]]:
    """The accounts that the merge joined, each with how it would be divided."""
    for step in merge_journal.steps(way, PointAccount):
        if step.after is None and step.before["member"] == way.loser:
            kept = PointAccount.find(member=way.survivor, group=step.before["group"])
            assert kept is not None, "accounts end only in a merge"
            yield step, _Border(Way(way.merge, step.row_id, kept.id))


class _Given(NamedTuple):
    """Points that lay in a lot and went into an entry, or came from it."""

    relation: int
    entry: int
    kind: str
    lot: int


@dataclass(frozen=True)
class _Border:
    """What of a joined account is whose, in ids."""

    accounts: Way

    @cached_property
    def entries(self) -> set[int]:
        """The entries that came over."""
        return self._came_over(PointEntry.account)

    @cached_property
    def lots(self) -> set[int]:
        """The lots that came over."""
        return self._came_over(PointLot.account)

    def _came_over(self, owner: peewee.ForeignKeyField) -> set[int]:
        rows: Any = merge_journal.ids_of_moved(self.accounts, owner).tuples()
        return {row_id for (row_id,) in rows}

    @cached_property
    def cancelled(self) -> list[int]:
        """Redemptions of the loser's that were cancelled since: their points came back."""
        return [entry.id for entry in self._later("redemption_cancelled")]

    @cached_property
    def returned(self) -> list[PointEntry]:
        """What was taken back since of points that came over, as their goods were returned."""
        return self._later("return_reversal")

    def _later(self, kind: str) -> list[PointEntry]:
        """Entries since that undo one of the loser's."""
        here = (PointEntry.account == self.accounts.survivor) & (PointEntry.kind == kind)
        undoes = [row for row in PointEntry.select().where(here) if row.reverses_id in self.entries]
        return [row for row in undoes if row.id not in self.entries]

    @cached_property
    def late_lots(self) -> set[int]:
        """What came back after its own lot had ended lies in a lot of its own."""
        rows = PointLot.select(PointLot.id).where(db.among(PointLot.entry, self.cancelled))
        return {row.id for row in rows} if self.cancelled else set()

    @cached_property
    def later_entries(self) -> set[int]:
        lots = self.lots | self.late_lots
        ended = {given.entry for given in self._given if given.kind == "expiry" and given.lot in lots}
        return (ended - self.entries).union(self.cancelled)

    @cached_property
    def _given(self) -> list[_Given]:
        """All that went in and out of the lots of the joined account."""
        columns = PointRelation.id, PointEntry.id, PointEntry.kind, PointRelation.lot
        joined = PointRelation.select(*columns).join(PointEntry).switch(PointRelation).join(PointLot)
        rows: Any = joined.where(PointLot.account == self.accounts.survivor).tuples()
        return [_Given(*row) for row in rows]

    @cached_property
    def crossings(self) -> list[PointRelation]:
        """Points of one that went into an entry of the other."""
        entries, lots = self.entries | self.later_entries, self.lots | self.late_lots
        ids = [given.relation for given in self._given if (given.entry in entries) != (given.lot in lots)]
        query = PointRelation.select(PointRelation, PointEntry, PointLot)
        joined = query.join(PointEntry).switch(PointRelation).join(PointLot)
        return list(joined.where(db.among(PointRelation.id, ids)).order_by(PointRelation.id)) if ids else []

    def debts(self) -> list[PointRelation]:
        """Debts that are owed again: what the merge paid, and what the survivor's points paid for the loser."""
        return [relation for relation in self.crossings if self._may_be_owed(relation)]

    def spent(self) -> list[PointRelation]:
        return [relation for relation in self.crossings if not self._may_be_owed(relation)]

    def _may_be_owed(self, relation: PointRelation) -> bool:
        is_debt = relation.entry.kind == "return_reversal" and relation.entry_id in self.entries
        return is_debt or relation.id in self._paid

    @cached_property
    def _paid(self) -> set[int]:
        """The debts that the merge itself paid."""
        return {step.row_id for step in merge_journal.steps(self.accounts, PointRelation)}


merges.carries(PointAccount.member, _join_accounts, back=_part_accounts, hinders=_crossed)
