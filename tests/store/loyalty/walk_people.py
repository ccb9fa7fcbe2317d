"""The people of a long walk: some at any time, of whom two now and then are taken for one, and parted again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.kernel import actors, clock
from store.kernel.refusals import Refused
from store.people import merges, unmerges
from store.people.customers import Customer
from store.people.members import Member
from store.people.merge_journal import Merge
from tests.store.loyalty.walk import Walker

PEOPLE = 3  # at the least; who is merged away stands in the tests' memory and is asked about further
CLERK = actors.Actor(kind="staff", name="王店长")


@dataclass(eq=False)
class Joined:
    """A merge: whose became whose, under which numbers the lost one is known, and what the model keeps of it."""

    row: Merge
    kept: int
    lost: int
    numbers: list[int]
    at: datetime
    union: Any
    undone: bool = False


class People(Walker):
    """A machine says how somebody comes in, and how its model joins two and tells what hinders their parting."""

    def nobody_yet(self) -> None:
        self.people: list[Customer] = []
        self.members: list[Member] = []
        self.holder: list[int] = []  # of each who that is now: a number that leads to itself
        self.merged: list[Joined] = []

    def merge(self, keep: int, lose: int) -> None:
        """Two people are one; somebody else comes in, so that there is always somebody to merge."""
        keep, lose = self.number(keep), self.number(lose)
        kept, lost = self.holder[keep], self.holder[lose]
        self.step()
        merges.merge(keep=self.people[keep], lose=self.people[lose], proof="test")
        if kept == lost:
            return
        numbers = [number for number, holder in enumerate(self.holder) if holder == lost]
        row = merges.listing(limit=1)[0]
        self.merged.append(Joined(row, kept, lost, numbers, clock.now(), self.join(kept, lost)))
        self.lead(numbers, kept)
        if len(set(self.holder)) < PEOPLE:
            self.somebody_new()

    def unmerge(self, which: int) -> None:
        """It was a mistake: mostly of a merge that is in force, at times of one that was undone before."""
        among = self.in_force() if self.in_force() and which % 4 else self.merged
        self.undo(among[-1 - which // 4 % len(among)])

    def undo(self, joined: Joined) -> None:
        self.step()
        found, told = self.in_the_way(joined), set()
        try:
            with actors.acting(CLERK):
                unmerges.unmerge(merge=joined.row, reason="认错人")
        except Refused as refused:
            told = {hindrance["code"] for hindrance in refused.facts["hindrances"]}
        assert told == found
        if not (found or joined.undone):
            joined.undone = True
            self.part(joined.union)
            self.lead(joined.numbers, joined.lost)

    def in_force(self) -> list[Joined]:
        return [joined for joined in self.merged if not joined.undone]

    def in_the_way(self, joined: Joined) -> set[str]:
        """What forbids an undo, or else what became of the things that came over; undone before, nothing does."""
        if joined.undone:
            return set()
        later = self.merged[self.merged.index(joined) + 1 :]
        on_top = [one for one in later if not one.undone and joined.kept in (one.kept, one.lost)]
        forbids = {
            "too_late": clock.now() - joined.at > timedelta(days=30),
            "merged_since": bool(on_top),
        }
        return {code for code, holds in forbids.items() if holds} or joined.union.hindered()

    def join(self, kept: int, lost: int) -> Any:
        raise NotImplementedError

    def part(self, union: Any) -> None:
        raise NotImplementedError

    def somebody_new(self) -> None:
        raise NotImplementedError

    def lead(self, numbers: list[int], holder: int) -> None:
        for number in numbers:
            self.holder[number] = holder

    def member(self, who: int) -> Member:
        return self.members[self.number(who)]

    def person(self, who: int) -> int:
        return self.holder[self.number(who)]

    def number(self, who: int) -> int:
        return who % len(self.people)
