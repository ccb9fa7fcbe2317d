"""The people of a long walk: some at any time, of whom two now and then are taken for one, and parted again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.core import actors, clock
from store.core.errors import DomainError
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import merges
from store.customers.merging import undo as merge_undo
from store.customers.merging.journal import Merge
from tests.support.state_machine import StoreMachine

MIN_CUSTOMERS = 3  # at the least; who is merged away is in the tests' memory and is asked about further
CLERK = actors.Actor(kind="staff", name="王店长")


@dataclass(eq=False)
class RecordedMerge:
    """A merge: whose became whose, under which numbers the lost one is known, and what the model keeps of it."""

    row: Merge
    kept: int
    lost: int
    numbers: list[int]
    at: datetime
    merged_model: Any
    undone: bool = False


class CustomerMachine(StoreMachine):
    """A machine says how someone comes in, and how its model joins two and tells what blocks their parting."""

    def clear_customers(self) -> None:
        self.people: list[Customer] = []
        self.members: list[Member] = []
        self.holder: list[int] = []  # of each who that is now: a number that leads to itself
        self.merged: list[RecordedMerge] = []

    def merge(self, keep: int, lose: int) -> None:
        """Two people are one; someone else comes in, so that there is always someone to merge."""
        keep, lose = self.index_of(keep), self.index_of(lose)
        kept, lost = self.holder[keep], self.holder[lose]
        self.count_step()
        merges.merge(survivor=self.people[keep], duplicate=self.people[lose], proof="test")
        if kept == lost:
            return
        numbers = [number for number, holder in enumerate(self.holder) if holder == lost]
        row = merges.list_merges(limit=1)[0]
        self.merged.append(
            RecordedMerge(row, kept, lost, numbers, clock.now(), self.merge_models(kept, lost))
        )
        self.set_holder(numbers, kept)
        if len(set(self.holder)) < MIN_CUSTOMERS:
            self.add_customer()

    def unmerge(self, which: int) -> None:
        """It was a mistake: mostly of a merge that is active, at times of one that was undone before."""
        among = self.active_merges() if self.active_merges() and which % 4 else self.merged
        self.undo(among[-1 - which // 4 % len(among)])

    def undo(self, joined: RecordedMerge) -> None:
        self.count_step()
        found, result = self.expected_blockers(joined), set()
        try:
            with actors.acting_as(CLERK):
                merge_undo.unmerge(merge=joined.row, reason="认错人")
        except DomainError as refused:
            result = {blocker["code"] for blocker in refused.details["blockers"]}
        assert result == found
        if not (found or joined.undone):
            joined.undone = True
            self.split_models(joined.merged_model)
            self.set_holder(joined.numbers, joined.lost)

    def active_merges(self) -> list[RecordedMerge]:
        return [joined for joined in self.merged if not joined.undone]

    def expected_blockers(self, joined: RecordedMerge) -> set[str]:
        """What forbids an undo, or else what became of the things that came over; undone before, nothing does."""
        if joined.undone:
            return set()
        later = self.merged[self.merged.index(joined) + 1 :]
        on_top = [one for one in later if not one.undone and joined.kept in (one.kept, one.lost)]
        forbids = {
            "too_late": clock.now() - joined.at > timedelta(days=30),
            "merged_since": bool(on_top),
        }
        return {code for code, holds in forbids.items() if holds} or joined.merged_model.find_blockers()

    def merge_models(self, kept: int, lost: int) -> Any:
        raise NotImplementedError

    def split_models(self, union: Any) -> None:
        raise NotImplementedError

    def add_customer(self) -> None:
        raise NotImplementedError

    def set_holder(self, numbers: list[int], holder: int) -> None:
        for number in numbers:
            self.holder[number] = holder

    def member(self, who: int) -> Member:
        return self.members[self.index_of(who)]

    def holder_of(self, who: int) -> int:
        return self.holder[self.index_of(who)]

    def index_of(self, who: int) -> int:
        return who % len(self.people)
