"""Points as anybody would keep them on paper, and a machine that compares the books after each step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store.company import channels, tenants
from store.kernel import clock, db
from store.kernel.refusals import Refused
from store.loyalty import points
from store.loyalty.point_accounts import PointEntry, PointLot, PointRelation
from store.people import fans, members, merges
from store.people.members import Member

PEOPLE = 3
DAYS = st.sampled_from([None, 1, 2, 5])
WHO = st.integers(0, PEOPLE - 1)
VALUE = st.integers(1, 40)


@dataclass
class Lot:
    left: int
    ends: int | None
    order: int


@dataclass
class Account:
    lots: list[Lot] = field(default_factory=list)
    accumulated: int = 0

    @property
    def available(self) -> int:
        return sum(lot.left for lot in self.lots)

    def spend(self, value: int) -> bool:
        if self.available < value:
            return False
        for lot in sorted(self.lots, key=lambda lot: (lot.ends is None, lot.ends or 0, lot.order)):
            part = min(lot.left, value)
            lot.left, value = lot.left - part, value - part
        return True


class Books(RuleBasedStateMachine):
    """Earn, spend, adjust, repeat and merge in any order: the ledger and the paper always agree."""

    steps = 0

    @initialize()
    def open_books(self) -> None:
        self._company = tenants.using("acme")
        self._company.__enter__()
        self._transaction = db.database.transaction().__enter__()  # undone at the end of the run
        account = channels.of_key("acme-mp")
        self.customers = [fans.known(channel=account, openid=f"o{n}", source="h5") for n in range(PEOPLE)]
        self.papers = [Account() for _ in range(PEOPLE)]
        self.holder = list(range(PEOPLE))
        self.now, self.order, self.done = clock.now(), 0, []

    def teardown(self) -> None:
        self._transaction.rollback(begin=False)
        db.database.pop_transaction()
        self._company.__exit__(None, None, None)

    @rule(who=WHO, value=VALUE, days=DAYS)
    def earn(self, who: int, value: int, days: int | None) -> None:
        ends = None if days is None else self.now + timedelta(days=days)
        told = {"kind": "promotion", "value": value, "key": self._key(), "expires_at": ends}
        points.earn(member=self._member(who), **told)
        self._add(who, value, days)
        self.done.append((who, points.earn, told))

    @rule(who=WHO, value=VALUE)
    def spend(self, who: int, value: int) -> None:
        told = {"kind": "gift_redemption", "value": value, "key": self._key()}
        self._same(who, value, lambda: points.spend(member=self._member(who), **told))

    @rule(who=WHO, value=st.integers(-30, 30).filter(bool))
    def adjust(self, who: int, value: int) -> None:
        told = {"value": value, "reason": "更正", "key": self._key()}
        if value > 0:
            points.adjust(member=self._member(who), **told)
            self._add(who, value, None)
        elif self._same(who, -value, lambda: points.adjust(member=self._member(who), **told)):
            self._paper(who).accumulated += value

    @rule(pick=st.randoms(use_true_random=False))
    def repeat(self, pick) -> None:
        """What was done is asked for again, also for who was merged since."""
        if self.done:
            who, verb, told = pick.choice(self.done)
            verb(member=self._member(who), **told)

    @rule(keep=WHO, lose=WHO)
    def merge(self, keep: int, lose: int) -> None:
        kept, lost = self.holder[keep], self.holder[lose]
        merges.merge(keep=self.customers[keep], lose=self.customers[lose], proof="test")
        if kept != lost:
            self.papers[kept].lots += self.papers[lost].lots
            self.papers[kept].accumulated += self.papers[lost].accumulated
            self.papers[lost] = Account()
            self.holder = [kept if holder == lost else holder for holder in self.holder]

    @invariant()
    def the_books_agree(self) -> None:
        Books.steps += 1
        for number in {*self.holder}:
            paper = self.papers[number]
            held = points.account(self._member(number))
            assert (held.available, held.accumulated) == (paper.available, paper.accumulated)
            lots = list(PointLot.select().where(PointLot.account == held).order_by(PointLot.id))
            assert [lot.left for lot in lots] == [
                lot.left for lot in sorted(paper.lots, key=lambda lot: lot.order)
            ]
            signed = sum(entry.signed for entry in PointEntry.select().where(PointEntry.account == held))
            assert signed == paper.available
            for lot in lots:
                taken = PointRelation.select().where(PointRelation.lot == lot)
                assert lot.value - lot.left == sum(row.value for row in taken)

    def _same(self, who: int, value: int, act: Callable[[], object]) -> bool:
        """Do it in the ledger and on paper: both have enough, or neither."""
        enough = self._paper(who).spend(value)
        assert self._refusal(act) == (None if enough else "points_short")
        return enough

    @staticmethod
    def _refusal(act: Callable[[], object]) -> str | None:
        try:
            act()
        except Refused as refused:
            return refused.code
        return None

    def _add(self, who: int, value: int, ends: int | None) -> None:
        self.order += 1
        self._paper(who).lots.append(Lot(left=value, ends=ends, order=self.order))
        self._paper(who).accumulated += value

    def _paper(self, who: int) -> Account:
        return self.papers[self.holder[who]]

    def _member(self, who: int) -> Member:
        return members.of_customer(self.customers[who])

    def _key(self) -> str:
        self.order += 1
        return f"key:{self.order}"
