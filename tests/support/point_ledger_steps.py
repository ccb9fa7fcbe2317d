"""What people do with points, in the ledger and in the book: several of them, their days, their merges."""

import functools
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from functools import partial
from itertools import count
from typing import Any

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from store.core import cache
from store.core.database import db
from store.customers import customers, members
from store.integrity import point_ledger, point_lots
from store.integrity import point_payments as payment_checks
from store.integrity import point_reversals as return_checks
from store.points import expiry as point_expiry
from store.points import payments as point_payments
from store.points import points
from store.points import reversals as point_reversals
from store.points.ledger import PointLot
from store.points.reversals import PointReversalSettings, ReturnedLine
from store.tenants import business_days, settings
from tests.support.customer_machine import MIN_CUSTOMERS, CustomerMachine
from tests.support.member_fixtures import FIRST_DAY, end_of_day, noon
from tests.support.point_ledger_model import AccountModel, Earning, MergedModel, Move, Redemption, State


class LedgerSteps(CustomerMachine):
    """Three people earn, spend, pay and return while the days go by, and now and then two are one person."""

    checks = (*point_ledger.CHECKS, *point_lots.CHECKS, *return_checks.CHECKS, *payment_checks.CHECKS)

    @initialize(waives=st.sampled_from([False, False, True]))
    def initialize_models(self, waives: bool) -> None:
        self.traveller = time_machine.travel(noon(0), tick=False)
        self.clock = self.traveller.start()
        settings.change(PointReversalSettings, waive_spent=waives)
        cache.clear()
        self.waives_spent, self.today, self.numbers = waives, 0, count(1)
        self.clear_customers()
        self.models: list[AccountModel] = []
        self.earned: list[tuple[str, Earning]] = []
        self.spent: list[tuple[str, Redemption]] = []
        self.payments: list[dict[str, Any]] = []
        self.done: list[Callable[[], Any]] = []
        for _ in range(MIN_CUSTOMERS):
            self.add_customer()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            if hasattr(self, "traveller"):
                self.traveller.stop()

    def earn(self, who: int, value: int, begins: int, lasts: int | None, whole: int) -> None:
        order, starts = self.next_key("order"), self.today + begins
        last_day = None if lasts is None else starts + lasts
        earned = self.model_of(who).earn(value, starts, last_day, whole, self.today)
        self.execute(
            points.earn, who, earned, kind="transaction", value=value, key=order,
            effective_at=noon(starts), expires_at=None if last_day is None else end_of_day(last_day),
            order_number=order, order_line="1",
        )  # fmt: skip
        self.earned.append((order, earned))

    def redeem(self, who: int, value: int, whole: int) -> None:
        """A gift is had for points."""
        key, spent = self.next_key("gift"), self.model_of(who).spend(value, whole, self.today)
        self.execute(points.spend, who, spent, kind="gift_redemption", value=value, key=key)
        if spent:
            self.spent.append((key, spent))

    def correct(self, who: int, value: int) -> None:
        right: Move | None
        if value > 0:
            right = self.model_of(who).earn(value, self.today, None, 1, self.today)
        else:
            right = self.model_of(who).spend(-value, 1, self.today, corrects=True)
        self.execute(points.adjust, who, right, value=value, key=self.next_key("correction"), reason="更正")

    def return_goods(self, which: int, part: int, by_line: bool) -> None:
        """Goods come back, reported by the line of their order or by the entry that they made."""
        self.execute_return(
            _reverse if by_line else point_reversals.reverse_earned,
            AccountModel.reverse_earned,
            self.pick(self.earned, which),
            part,
        )

    def cancel(self, which: int, part: int) -> None:
        """A redemption is cancelled, wholly or in part."""
        self.execute_return(
            point_reversals.refund_redeemed, AccountModel.refund_redeemed, self.pick(self.spent, which), part
        )

    def pay(self, who: int, value: int, whole: int) -> None:
        """Points are held for an order, a point a fen."""
        order, spent = self.next_key("paid"), self.model_of(who).spend(value, value, self.today)
        self.clock.shift(timedelta(milliseconds=1))  # holds end one after the other
        hold = partial(
            point_payments.hold, member=self.member(self.index_of(who)), order_number=order, points=value,
            amount_fen=value, limit_fen=50,
        )  # fmt: skip
        for _ in range(1 + whole % 2):  # the same again, which after a release would be a new hold
            self.agree(None if spent else "points_short", hold)
        if spent:
            self.payments.append({"what": (order, spent), "state": "held", "day": self.today})

    def end_payment(self, which: int, end: str) -> None:
        paid = self.pick(self.payments, which)
        verb = point_payments.commit if end == "committed" else point_payments.release
        rejections = {("committed", "released"): "wrong_state", ("released", "committed"): "hold_released"}
        self.agree(rejections.get((paid["state"], end)), partial(verb, order_number=paid["what"][0]))
        if paid["state"] == "held":
            self.end_payment_in_model(paid, end)

    def refund_payment(self, which: int, part: int) -> None:
        """An order that points have paid is returned."""
        paid = self.pick(self.payments, which)
        if paid["state"] == "committed":
            self.execute_return(_refund_payment, AccountModel.refund_redeemed, paid["what"], part)
        else:
            about = {"key": paid["what"][0], "number": "early", "numerator": 1, "denominator": 1}
            self.agree("not_paid", partial(_refund_payment, **about))

    def advance_days(self, days: int, night: bool) -> None:
        """Some daily closes no one takes out what has ended: the next one does, and it could not be spent anyway."""
        self.count_step()
        if days:
            self.today += days
            self.clock.move_to(noon(self.today))
        if night:
            point_expiry.expire(day=business_days.day_of(noon(self.today - 1)), batch_size=2)
            for number in set(self.holder):
                self.models[number].expire(self.today)

    def merge_models(self, kept: int, lost: int) -> MergedModel:
        return self.models[kept].absorb(self.models[lost], self.today)

    def split_models(self, union: MergedModel) -> None:
        union.split(self.today)

    def repeat(self, which: int) -> None:
        """What was done is asked for again, also for who was merged since: nothing changes."""
        self.pick(self.done, which)()

    @invariant()
    def models_agree(self) -> None:
        books = {self.members[number].id: self.models[number].state() for number in set(self.holder)}
        assert _read_ledger() == {member: state for member, state in books.items() if state != EMPTY_STATE}

    def execute(self, verb: Callable[..., Any], who: int, move: Move | None, **about: Any) -> None:
        """Done it may be asked for again, which after an undo may be someone else's; refused it may not."""
        number, work = self.index_of(who), partial(verb, member=self.member(who), **about)
        self.agree(None if move else "points_short", work)
        if move:
            self.done.append(
                lambda: self.agree(None if move.book is self.model_of(number) else "key_reused", work)
            )

    def execute_return(self, verb: Any, in_book: Any, what: tuple[str, Any], part: int) -> None:
        """A return, by turns in pieces and in fen, forty a piece; what is beyond the whole is refused."""
        key, moved = what
        number = next(self.numbers)
        part, whole = (
            (part, moved.whole) if number % 2 or verb is _refund_payment else (part * 30, moved.whole * 40)
        )
        part = min(part, int((1 - moved.returned) * whole)) or part
        beyond = moved.returned + Fraction(part, whole) > 1
        work = partial(verb, key=key, number=f"return:{number}", numerator=part, denominator=whole)
        self.agree("return_exceeds" if beyond else None, work)
        if not beyond:
            in_book(moved.book, moved, Fraction(part, whole), self.today)
            self.done.append(work)

    def end_payment_in_model(self, paid: dict[str, Any], state: str) -> None:
        _, spent = paid["what"]
        paid["state"] = state
        if state == "released":
            spent.book.refund_redeemed(spent, Fraction(1), self.today)

    def add_customer(self) -> None:
        self.holder.append(len(self.people))
        self.people.append(customers.create_customer(source="test"))
        self.members.append(members.get_or_create(self.people[-1]))
        self.models.append(AccountModel(self.waives_spent))

    def model_of(self, who: int) -> AccountModel:
        return self.models[self.holder_of(who)]

    @staticmethod
    def pick(rows: list[Any], which: int) -> Any:
        """The latest for 0."""
        return rows[-1 - which % len(rows)]

    def next_key(self, what: str) -> str:
        return f"{what}:{next(self.numbers)}"


EMPTY_STATE: State = (0, 0, 0, 0), []


def _read_ledger() -> dict[int, State]:
    """Each member's balances and lots as they stand in the tables, by age."""
    accounts = db.database.execute_sql(
        "SELECT id, member_id, accumulated, available, expired, debt FROM point_account"
    ).fetchall()
    rows = db.database.execute_sql(
        'SELECT account_id, "remaining", expires_at FROM point_lot ORDER BY id'
    ).fetchall()
    held: dict[int, list[Any]] = {account: [] for account, *_ in accounts}
    for account, left, expires_at in rows:
        held[account].append((left, _last_day(expires_at)))
    found = {member: (tuple(sums), held[account]) for account, member, *sums in accounts}
    return {member: state for member, state in found.items() if state != EMPTY_STATE}


@functools.cache
def _last_day(moment: Any) -> int | None:
    """The last day of a lot, counted from the first of the test."""
    ended = PointLot.expires_at.python_value(moment)
    return None if ended is None else (business_days.day_of(ended) - FIRST_DAY).days - 1


def _reverse(*, key: str, number: str, numerator: int, denominator: int) -> None:
    point_reversals.reverse_lines(
        order_number=key, number=number, lines=[ReturnedLine("1", numerator, denominator)]
    )


def _refund_payment(*, key: str, number: str, numerator: int, denominator: int) -> None:
    """Refund a fraction of the fen that the points paid."""
    row = point_payments.find_live(key)
    amount_fen = row.amount_fen * numerator // denominator if row else 1
    point_payments.refund(order_number=key, return_number=number, amount_fen=amount_fen)
