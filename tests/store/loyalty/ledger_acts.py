"""What people do with points, in the ledger and in the book: several of them, their days, their merges."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from itertools import count
from typing import Any

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from store.checks import ledger, lots
from store.checks import point_payments as payment_checks
from store.checks import point_returns as return_checks
from store.company import calendar, settings
from store.kernel import db, recent
from store.loyalty import point_expiry, point_payments, point_returns, points
from store.loyalty.point_accounts import PointLot
from store.loyalty.point_returns import PointReturnRules, ReturnedLine
from store.people import customers, members, merges
from tests.store.loyalty.conftest import FIRST, ends, noon
from tests.store.loyalty.ledger_book import Book, Earned, Spent, State
from tests.store.loyalty.walk import Walker

PEOPLE = 3  # at any time; who is merged away stands in the tests' memory and is asked about further


class Acts(Walker):
    """Three people earn, spend, pay and return while the days go by, and now and then two are one person."""

    checks = (*ledger.CHECKS, *lots.CHECKS, *return_checks.CHECKS, *payment_checks.CHECKS)

    @initialize(forgives=st.booleans())
    def open_the_books(self, forgives: bool) -> None:
        self.traveller = time_machine.travel(noon(0), tick=False)
        self.clock = self.traveller.start()
        settings.change(PointReturnRules, forgive=forgives)
        recent.forget()
        self.forgives, self.today, self.numbers = forgives, 0, count(1)
        self.people, self.members, self.books, self.holder = [], [], [], []
        self.earned: list[tuple[int, str, Earned]] = []
        self.spent: list[tuple[int, str, Spent]] = []
        self.payments: list[dict[str, Any]] = []
        self.done: list[Callable[[], Any]] = []
        for _ in range(PEOPLE):
            self.somebody_new()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            if hasattr(self, "traveller"):
                self.traveller.stop()

    def earn(self, who: int, value: int, begins: int, lasts: int | None, whole: int) -> None:
        order, starts = self.key("order"), self.today + begins
        last_day = None if lasts is None else starts + lasts
        self.do(
            points.earn, member=self.member(who), kind="transaction", value=value, key=order,
            effective_at=noon(starts), expires_at=None if last_day is None else ends(last_day),
            order_number=order, order_line="1",
        )  # fmt: skip
        earned = self.book(who).earn(value, starts, last_day, whole, self.today)
        self.earned.append((self.number(who), order, earned))

    def redeem(self, who: int, value: int, whole: int) -> None:
        """A gift is had for points."""
        key, spent = self.key("gift"), self.book(who).spend(value, whole, self.today)
        about = {"member": self.member(who), "kind": "gift_redemption", "value": value, "key": key}
        self.do(points.spend, refusal=None if spent else "points_short", **about)
        if spent:
            self.spent.append((self.number(who), key, spent))

    def correct(self, who: int, value: int) -> None:
        if value > 0:
            right = self.book(who).earn(value, self.today, None, 1, self.today)
        else:
            right = self.book(who).spend(-value, 1, self.today, corrects=True)
        about = {"member": self.member(who), "value": value, "key": self.key("correction"), "reason": "更正"}
        self.do(points.adjust, refusal=None if right else "points_short", **about)

    def take_back(self, which: int, part: int, by_line: bool) -> None:
        """Goods come back, told by the line of their order or by the entry that they made."""
        self.returned(
            _reverse if by_line else point_returns.take_back,
            Book.take_back,
            self.of(self.earned, which),
            part,
        )

    def cancel(self, which: int, part: int) -> None:
        """A redemption is cancelled, wholly or in part."""
        self.returned(point_returns.give_back, Book.give_back, self.of(self.spent, which), part)

    def pay(self, who: int, value: int, whole: int) -> None:
        """Points are held for an order, a point a fen."""
        order, spent = self.key("paid"), self.book(who).spend(value, whole, self.today)
        self.clock.shift(timedelta(milliseconds=1))  # holds end one after the other
        about = {"member": self.member(who), "order_number": order, "value": value, "total_fen": 100}
        self.do(point_payments.hold, refusal=None if spent else "points_short", **about)
        if spent:
            paid = {"what": (self.number(who), order, spent), "state": "held", "day": self.today}
            self.payments.append(paid)

    def end_payment(self, which: int, end: str) -> None:
        paid = self.of(self.payments, which)
        verb = point_payments.commit if end == "committed" else point_payments.release
        self.agree(
            None if paid["state"] in ("held", end) else "wrong_state",
            partial(verb, order_number=paid["what"][1]),
        )
        if paid["state"] == "held":
            self.ended(paid, end)

    def pay_back(self, which: int, part: int) -> None:
        """An order that points have paid is returned."""
        paid = self.of(self.payments, which)
        if paid["state"] == "committed":
            self.returned(_pay_back, Book.give_back, paid["what"], part)
        else:
            about = {"key": paid["what"][1], "number": "early", "part": 1, "whole": 1}
            self.agree("not_paid", partial(_pay_back, **about))

    def overdue(self) -> None:
        due = [paid for paid in self.payments if paid["state"] == "held" and paid["day"] < self.today]
        assert point_payments.release_overdue() == len(due)
        for paid in due:
            self.ended(paid, "released")

    def days_go_by(self, days: int, night: bool) -> None:
        """Some nights nobody takes out what has ended: the next one does, and it could not be spent anyway."""
        if days:
            self.today += days
            self.clock.move_to(noon(self.today))
        if night:
            point_expiry.expire(day=calendar.day_of(noon(self.today - 1)), portion=2)
            for number in set(self.holder):
                self.books[number].night(self.today)

    def merge(self, keep: int, lose: int) -> None:
        """Two people are one; somebody else comes in, so that there is always somebody to merge."""
        keep, lose = self.number(keep), self.number(lose)
        kept, lost = self.holder[keep], self.holder[lose]
        merges.merge(keep=self.people[keep], lose=self.people[lose], proof="test")
        if kept != lost:
            self.books[kept].absorb(self.books[lost], self.today)
            self.holder = [kept if holder == lost else holder for holder in self.holder]
            self.somebody_new()

    def repeat(self, which: int) -> None:
        """What was done is asked for again, also for who was merged since: nothing changes."""
        self.of(self.done, which)()

    def regret_late(self, value: int, more: int, whole: int, days: int) -> None:
        """All that ends soon is spent and cancelled in parts when it has ended."""
        self.earn(0, value, 0, 1, whole)
        self.earn(0, more, 0, 2, whole)
        spent = self.had(0, value + more, whole)
        self.days_go_by(days, False)
        for _ in range(2 * spent):
            self.cancel(0, 1)

    def return_and_regret(self, value: int, whole: int) -> None:
        """Points are spent, then their goods come back, then the spending is cancelled."""
        self.earn(0, value, 0, None, whole)
        spent = self.had(0, value, whole)
        self.take_back(0, whole, False)
        if spent:
            self.cancel(0, whole)

    def spend_too_early(self, value: int) -> None:
        """Points that begin tomorrow are not spent today."""
        self.somebody_new()
        self.earn(-1, value, 1, None, 1)
        self.redeem(-1, 1, 1)

    def marry_a_debt(self, value: int, other: int) -> None:
        """Who owes points for returned goods proves to be somebody who has some."""
        self.somebody_new()
        self.earn(-1, value, 0, None, 1)
        self.redeem(-1, value, 1)
        self.take_back(0, 1, False)
        self.somebody_new()
        self.earn(-1, other, 0, 2, 1)
        self.merge(-1, -2)

    def return_what_ended(self, value: int, whole: int) -> None:
        """Points end unspent before their goods come back piece by piece."""
        self.earn(0, value, 0, 0, whole)
        self.redeem(0, 1 + value // 2, whole)
        self.days_go_by(1, False)
        for _ in range(whole):
            self.take_back(0, 1, False)

    def pay_and_return(self, value: int, whole: int, ends: list[str]) -> None:
        """Points pay an order, which is ended more than once and returned in parts."""
        self.somebody_new()
        self.earn(-1, value, 0, 1, 1)
        self.pay(-1, value, whole)
        self.repeat(0)
        for end in ends:
            self.days_go_by(int(end == "overdue"), False)
            self.overdue() if end == "overdue" else self.end_payment(0, end)
        for _ in range(2):
            self.pay_back(0, 1)

    @invariant()
    def the_books_agree(self) -> None:
        books = {self.members[number].id: self.books[number].state() for number in set(self.holder)}
        assert _ledger() == {member: state for member, state in books.items() if state != NOTHING}

    def do(self, verb: Callable[..., Any], *, refusal: str | None = None, **about: Any) -> None:
        """Done it may be asked for again; refused it may not."""
        work = partial(verb, **about)
        self.agree(refusal, work)
        if refusal is None:
            self.done.append(work)

    def returned(self, verb: Any, in_book: Any, what: tuple[int, str, Earned | Spent], part: int) -> None:
        """A return; what is beyond the whole is refused."""
        who, key, moved = what
        part = min(part, moved.whole - moved.returned) or part
        beyond = moved.returned + part > moved.whole
        about = {"key": key, "number": self.key("return"), "part": part, "whole": moved.whole}
        self.do(verb, refusal="return_exceeds" if beyond else None, **about)
        if not beyond:
            in_book(self.book(who), moved, part, self.today)

    def had(self, who: int, value: int, whole: int) -> bool:
        """Whether there were points enough for the gift."""
        before = len(self.spent)
        self.redeem(who, value, whole)
        return len(self.spent) > before

    def ended(self, paid: dict[str, Any], state: str) -> None:
        who, _, spent = paid["what"]
        paid["state"] = state
        if state == "released":
            self.book(who).give_back(spent, spent.whole, self.today)

    def somebody_new(self) -> None:
        self.holder.append(len(self.people))
        self.people.append(customers.open_customer(source="test"))
        self.members.append(members.of_customer(self.people[-1]))
        self.books.append(Book(self.forgives))

    def member(self, who: int) -> members.Member:
        return self.members[self.number(who)]

    def book(self, who: int) -> Book:
        return self.books[self.holder[self.number(who)]]

    def number(self, who: int) -> int:
        return who % len(self.people)

    @staticmethod
    def of(rows: list[Any], which: int) -> Any:
        """The latest for 0."""
        return rows[-1 - which % len(rows)]

    def key(self, what: str) -> str:
        return f"{what}:{next(self.numbers)}"


NOTHING: State = (0, 0, 0, 0), []


def _ledger() -> dict[int, State]:
    """Each member's balances and lots as they stand in the tables, by age."""
    accounts = db.database.execute_sql(
        "SELECT id, member_id, accumulated, available, expired, owed FROM point_account"
    ).fetchall()
    rows = db.database.execute_sql(
        'SELECT account_id, "left", expires_at FROM point_lot ORDER BY id'
    ).fetchall()
    held: dict[int, list[Any]] = {account: [] for account, *_ in accounts}
    for account, left, expires_at in rows:
        held[account].append((left, _day(expires_at)))
    found = {member: (tuple(sums), held[account]) for account, member, *sums in accounts}
    return {member: state for member, state in found.items() if state != NOTHING}


@cache
def _day(moment: Any) -> int | None:
    """The last day of a lot, counted from the first of the test."""
    ended = PointLot.expires_at.python_value(moment)
    return None if ended is None else (calendar.day_of(ended) - FIRST).days - 1


def _reverse(*, key: str, number: str, part: int, whole: int) -> None:
    point_returns.reverse(order_number=key, number=number, lines=[ReturnedLine("1", part, whole)])


def _pay_back(*, key: str, number: str, part: int, whole: int) -> None:
    point_payments.give_back(order_number=key, number=number, part=part, whole=whole)
