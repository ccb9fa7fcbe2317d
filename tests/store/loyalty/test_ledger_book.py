"""The ledger walks beside a plain model through random lives; seeded faults have to be noticed."""

import inspect
import os
import textwrap
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from store.checks import ledger, lots
from store.checks import point_returns as return_checks
from store.company import calendar
from store.kernel.refusals import Refused
from store.loyalty import point_expiry, point_moves, point_returns, points
from store.loyalty.point_accounts import PointLot
from store.people import customers, members
from tests.store.loyalty.conftest import FIRST, ends, noon
from tests.store.loyalty.ledger_book import Book

VALUES = st.integers(1, 40)
WHOLES = st.integers(1, 4)
LAST = st.one_of(st.none(), st.integers(0, 2), st.integers(0, 2))


class Life(RuleBasedStateMachine):
    """One member earns, spends and returns while the days go by; the book says what has to come out."""

    earnings, spendings = Bundle("earnings"), Bundle("spendings")

    def __init__(self) -> None:
        super().__init__()
        self.member = members.of_customer(customers.open_customer(source="test"))
        self.book, self.today, self.count = Book(), 0, 0
        self.traveller = time_machine.travel(noon(0), tick=False)
        self.clock = self.traveller.start()

    def teardown(self) -> None:
        self.traveller.stop()

    @rule(target=earnings, value=VALUES, lasts=LAST, whole=WHOLES)
    def earn(self, value: int, lasts: int | None, whole: int) -> Any:
        key, last_day = self.key("earn"), None if lasts is None else self.today + lasts
        until = None if last_day is None else ends(last_day)
        for _ in range(2):
            points.earn(member=self.member, kind="transaction", value=value, key=key, expires_at=until)
        return key, self.book.earn(value, last_day, whole, self.today)

    @rule(target=spendings, value=VALUES, whole=WHOLES)
    def spend(self, value: int, whole: int) -> Any:
        key, spent = self.key("spend"), self.book.spend(value, whole, self.today)
        try:
            points.spend(member=self.member, kind="gift_redemption", value=value, key=key)
        except Refused:
            assert spent is None
            return multiple()
        assert spent is not None
        return key, spent

    @rule(value=VALUES, more=VALUES, whole=WHOLES, days=st.integers(1, 3))
    def regret_late(self, value: int, more: int, whole: int, days: int) -> None:
        """All that ends soon is spent and cancelled in parts when it has ended."""
        self.earn(value, 1, whole)
        self.earn(more, 2, whole)
        spent = self.spend(value + more, whole)
        self.days_go_by(days)
        if isinstance(spent, tuple):
            for _ in range(2):
                self.give_back(spent, 1)

    @rule(value=VALUES, whole=WHOLES)
    def return_and_regret(self, value: int, whole: int) -> None:
        """Points are spent, then their goods come back, then the spending is cancelled."""
        earned, spent = self.earn(value, None, whole), self.spend(value, whole)
        self.take_back(earned, whole)
        if isinstance(spent, tuple):
            self.give_back(spent, whole)

    @rule(value=VALUES, whole=WHOLES)
    def return_what_ended(self, value: int, whole: int) -> None:
        """Points end unspent before their goods come back piece by piece."""
        earned = self.earn(value, 0, whole)
        self.spend(1 + value // 2, whole)
        self.days_go_by(1)
        for _ in range(whole):
            self.take_back(earned, 1)

    @rule(what=earnings, part=WHOLES)
    def take_back(self, what: Any, part: int) -> None:
        self.returned(point_returns.take_back, self.book.take_back, what, part)

    @rule(what=spendings, part=WHOLES)
    def give_back(self, what: Any, part: int) -> None:
        self.returned(point_returns.give_back, self.book.give_back, what, part)

    @rule(days=st.integers(1, 2))
    def days_go_by(self, days: int) -> None:
        self.today += days
        self.clock.move_to(noon(self.today))

    @rule()
    def night(self) -> None:
        point_expiry.expire(day=calendar.day_of(noon(self.today - 1)), portion=2)
        self.book.night(self.today)

    @invariant()
    def the_book_agrees(self) -> None:
        held = points.account(self.member)
        balances = held.accumulated, held.available, held.expired, held.owed
        rows = [(lot.left, _day(lot.expires_at)) for lot in held.lots.order_by(PointLot.id)]
        assert (balances, rows) == self.book.state()

    def returned(self, verb: Any, in_book: Any, what: Any, part: int) -> None:
        """A return, told twice; beyond the whole it is refused."""
        (key, moved), number = what, self.key("return")
        part = min(part, moved.whole - moved.returned) or part
        if moved.returned + part > moved.whole:
            with pytest.raises(Refused):
                verb(key=key, number=number, part=part, whole=moved.whole)
            return
        in_book(moved, part, self.today)
        for _ in range(2):
            verb(key=key, number=number, part=part, whole=moved.whole)

    def key(self, what: str) -> str:
        self.count += 1
        return f"{self.member.id}:{what}:{self.count}"


def _day(moment: Any) -> int | None:
    return None if moment is None else (calendar.day_of(moment) - FIRST).days - 1


def live(examples: int, steps: int, **more: Any) -> None:
    """So many lives of so many steps, none kept for the next run."""
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate], **more,
        ),
    )  # fmt: skip


# LIVES=500 walks 20,000 steps and more; an ordinary run is content with less.
LIVES = int(os.environ.get("LIVES", "15"))


def test_random_lives_come_out_as_in_the_book(acme):
    live(LIVES, 40)
    checks = (*ledger.CHECKS, *lots.CHECKS, *return_checks.CHECKS)
    assert not [finding for check in checks for finding in check.findings()]


FAULTS = [
    (point_moves, "live_lots", '.asc(nulls="LAST")', '.desc(nulls="LAST")'),
    (point_moves, "live_lots", " & unended", ""),
    (point_moves, "take", "lot.put(left=lot.left - part)", "lot.put(left=0)"),
    (point_moves, "put_back", "left=lot.left + value", "left=lot.left"),
    (point_moves, "pay_debts", "owed=held.owed - paid", "owed=0"),
    (point_expiry, "_settle_accounts", "PointAccount.expired + ending.c.value", "PointAccount.expired"),
    (point_moves, "enter", "if KINDS[kind].accumulates else 0", "if value else 0"),
    (points, "earn", "point_moves.pay_debts(held)", "pass"),
    (points, "earn", "if before is not None:", "if False:"),
    (points, "spend", "usable < value", "usable < value - 1"),
    (point_returns, "_share", "* returned //", "* part //"),
    (point_returns, "_share", " - sum(row.value for row in earlier)", ""),
    (point_returns, "_share", "if returned > whole:", "if returned > whole + 1:"),
    (point_returns, "_before", "return found", "return None"),
    (point_returns, "_lapsed", " - int(counted)", ""),
    (point_returns, "_lapsed", "own.left if ended else 0", "0"),
    (point_returns, "take_back", "min(share, _lapsed(earned, own))", "0"),
    (point_returns, "take_back", "lot.id != own.id", "lot.id * 0"),
    (point_returns, "take_back", "owed=held.owed + taken", "owed=taken"),
    (point_returns, "give_back", "point_moves.pay_debts(held)", "pass"),
    (point_returns, "_restore", "lot.expires_at > now", "True"),
    (point_returns, "_restore", "timedelta(days=1)", "timedelta(days=2)"),
    (point_returns, "_sources", "PointRelation.id.desc()", "PointRelation.id"),
    (point_returns, "_sources", "min(given, relation.value)", "0"),
    (point_expiry, "_due", "<= ended", "< ended"),
    (point_expiry, "_settle_accounts", "PointAccount.available - ending.c.value", "PointAccount.available"),
]


@pytest.fixture(params=FAULTS, ids=lambda fault: f"{fault[1]}: {fault[2]}")
def fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function of the ledger with a mistake in it."""
    module, name, right, wrong = request.param
    source = textwrap.dedent(inspect.getsource(getattr(module, name)))
    assert source.count(right) == 1, "the fault has to change the function"
    found: dict[str, Any] = {}
    exec(source.replace(right, wrong), vars(module), found)
    monkeypatch.setattr(module, name, found[name])


def test_a_seeded_fault_is_noticed(acme, fault):
    with pytest.raises(BaseException) as noticed:  # hypothesis raises a group where several examples fail
        live(60, 40, derandomize=True)
    assert not isinstance(noticed.value, KeyboardInterrupt)
