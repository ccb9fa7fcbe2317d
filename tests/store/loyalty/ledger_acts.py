"""What people do with points, in the ledger and in the book: several of them, their days, their merges."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
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
from store.people import customers, members
from tests.store.loyalty.conftest import FIRST, ends, noon
from tests.store.loyalty.ledger_book import Book, Earned, Move, Spent, State, Union
from tests.store.loyalty.walk_people import PEOPLE, People


class Acts(People):
    """Three people earn, spend, pay and return while the days go by, and now and then two are one person."""

    checks = (*ledger.CHECKS, *lots.CHECKS, *return_checks.CHECKS, *payment_checks.CHECKS)

    @initialize(forgives=st.sampled_from([False, False, True]))
    def open_the_books(self, forgives: bool) -> None:
        self.traveller = time_machine.travel(noon(0), tick=False)
        self.clock = self.traveller.start()
        settings.change(PointReturnRules, forgive=forgives)
        recent.forget()
        self.forgives, self.today, self.numbers = forgives, 0, count(1)
        self.nobody_yet()
        self.books: list[Book] = []
        self.earned: list[tuple[str, Earned]] = []
        self.spent: list[tuple[str, Spent]] = []
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
        earned = self.book(who).earn(value, starts, last_day, whole, self.today)
        self.do(
            points.earn, who, earned, kind="transaction", value=value, key=order,
            effective_at=noon(starts), expires_at=None if last_day is None else ends(last_day),
            order_number=order, order_line="1",
        )  # fmt: skip
        self.earned.append((order, earned))

    def redeem(self, who: int, value: int, whole: int) -> None:
        """A gift is had for points."""
        key, spent = self.key("gift"), self.book(who).spend(value, whole, self.today)
        self.do(points.spend, who, spent, kind="gift_redemption", value=value, key=key)
        if spent:
            self.spent.append((key, spent))

    def correct(self, who: int, value: int) -> None:
        right: Move | None
        if value > 0:
            right = self.book(who).earn(value, self.today, None, 1, self.today)
        else:
            right = self.book(who).spend(-value, 1, self.today, corrects=True)
        self.do(points.adjust, who, right, value=value, key=self.key("correction"), reason="更正")

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
        self.do(point_payments.hold, who, spent, order_number=order, value=value, total_fen=100)
        if spent:
            self.payments.append({"what": (order, spent), "state": "held", "day": self.today})

    def end_payment(self, which: int, end: str) -> None:
        paid = self.of(self.payments, which)
        verb = point_payments.commit if end == "committed" else point_payments.release
        self.agree(
            None if paid["state"] in ("held", end) else "wrong_state",
            partial(verb, order_number=paid["what"][0]),
        )
        if paid["state"] == "held":
            self.ended(paid, end)

    def pay_back(self, which: int, part: int) -> None:
        """An order that points have paid is returned."""
        paid = self.of(self.payments, which)
        if paid["state"] == "committed":
            self.returned(_pay_back, Book.give_back, paid["what"], part)
        else:
            about = {"key": paid["what"][0], "number": "early", "part": 1, "whole": 1}
            self.agree("not_paid", partial(_pay_back, **about))

    def overdue(self) -> None:
        self.step()
        due = [paid for paid in self.payments if paid["state"] == "held" and paid["day"] < self.today]
        assert point_payments.release_overdue() == len(due)
        for paid in due:
            self.ended(paid, "released")

    def days_go_by(self, days: int, night: bool) -> None:
        """Some nights nobody takes out what has ended: the next one does, and it could not be spent anyway."""
        self.step()
        if days:
            self.today += days
            self.clock.move_to(noon(self.today))
        if night:
            point_expiry.expire(day=calendar.day_of(noon(self.today - 1)), portion=2)
            for number in set(self.holder):
                self.books[number].night(self.today)

    def join(self, kept: int, lost: int) -> Union:
        return self.books[kept].absorb(self.books[lost], self.today)

    def part(self, union: Union) -> None:
        union.part(self.today)

    def repeat(self, which: int) -> None:
        """What was done is asked for again, also for who was merged since: nothing changes."""
        self.of(self.done, which)()

    @invariant()
    def the_books_agree(self) -> None:
        books = {self.members[number].id: self.books[number].state() for number in set(self.holder)}
        assert _ledger() == {member: state for member, state in books.items() if state != NOTHING}

    def do(self, verb: Callable[..., Any], who: int, move: Move | None, **about: Any) -> None:
        """Done it may be asked for again, which after an undo may be somebody else's; refused it may not."""
        number, work = self.number(who), partial(verb, member=self.member(who), **about)
        self.agree(None if move else "points_short", work)
        if move:
            self.done.append(
                lambda: self.agree(None if move.book is self.book(number) else "key_reused", work)
            )

    def returned(self, verb: Any, in_book: Any, what: tuple[str, Any], part: int) -> None:
        """A return, by turns in pieces and in fen, forty a piece; what is beyond the whole is refused."""
        key, moved = what
        number = next(self.numbers)
        part, whole = (part, moved.whole) if number % 2 else (part * 30, moved.whole * 40)
        part = min(part, int((1 - moved.returned) * whole)) or part
        beyond = moved.returned + Fraction(part, whole) > 1
        work = partial(verb, key=key, number=f"return:{number}", part=part, whole=whole)
        self.agree("return_exceeds" if beyond else None, work)
        if not beyond:
            in_book(moved.book, moved, Fraction(part, whole), self.today)
            self.done.append(work)

    def ended(self, paid: dict[str, Any], state: str) -> None:
        _, spent = paid["what"]
        paid["state"] = state
        if state == "released":
            spent.book.give_back(spent, Fraction(1), self.today)

    def somebody_new(self) -> None:
        self.holder.append(len(self.people))
        self.people.append(customers.open_customer(source="test"))
        self.members.append(members.of_customer(self.people[-1]))
        self.books.append(Book(self.forgives))

    def book(self, who: int) -> Book:
        return self.books[self.person(who)]

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
