"""The formulas of L12 on many random histories, counted from the raw rows and not by any code of the store.

`HISTORIES=100000` walks the full number, a quarter to half of an hour; an ordinary run is content with less.
"""

import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest
import time_machine

from store.core import cache
from store.core.database import db
from store.core.errors import DomainError
from store.customers import customers, members
from store.customers.merging import merges
from store.points import expiry as point_expiry
from store.points import points
from store.points import reversals as point_reversals
from store.points.reversals import PointReversalSettings
from store.tenants import business_days, settings
from tests.support.member_fixtures import end_of_day, noon

HISTORIES = {"sqlite": 2_000, "postgresql": 300}
BATCH_SIZE = 300  # histories side by side, a transaction a day; their daily closes are run once for all
DAYS = 3  # on which something happens; then the daily closes go on until everything has ended that can

EARN_KINDS = ("transaction", "promotion", "behaviour_increase")
SPEND_KINDS = ("gift_redemption", "coupon_redemption", "behaviour_decrease")

# L12 as the specification says it.
ACCUMULATED = {
    "transaction": 1, "promotion": 1, "manual_increase": 1, "manual_decrease": -1, "return_reversal": -1,
    "behaviour_increase": 1,
}  # fmt: skip
AVAILABLE = ACCUMULATED | {
    "behaviour_decrease": -1, "gift_redemption": -1, "redemption_cancelled": 1, "expiry": -1,
    "coupon_redemption": -1,
}  # fmt: skip


class MemberHistory:
    """What happens to one member: two to six moves on their days."""

    def __init__(self, number: int, dice: random.Random) -> None:
        self.dice, self.number, self.count = dice, number, 0
        self.customer = customers.create_customer(source="test")
        self.member = members.get_or_create(self.customer)
        self.earned: list[tuple[str, int]] = []
        self.spent: list[tuple[str, int]] = []
        self.days = sorted(dice.randrange(DAYS) for _ in range(dice.randint(2, 6)))

    def live(self, day: int, today: int) -> None:
        for _ in range(self.days.count(day)):
            verbs = [self.earn, self.earn, self.spend, self.spend, self.correct]
            verbs += [self.take_back] * (2 * bool(self.earned)) + [self.give_back] * (2 * bool(self.spent))
            act = self.dice.choice(verbs) if self.count else self.earn
            try:
                act(today)
            except DomainError as refused:
                if refused.code not in ("points_short", "return_exceeds"):
                    raise

    def earn(self, today: int) -> None:
        lasts, kind, key = self.dice.choice((None, 0, 1, 2)), self.dice.choice(EARN_KINDS), self.key()
        until = None if lasts is None else end_of_day(today + lasts)
        value = self.dice.randint(1, 40)
        points.earn(member=self.member, kind=kind, value=value, key=key, expires_at=until)
        if kind != "behaviour_increase":
            self.earned.append((key, self.dice.randint(1, 4)))

    def spend(self, today: int) -> None:
        kind, key = self.dice.choice(SPEND_KINDS), self.key()
        points.spend(member=self.member, kind=kind, value=self.dice.randint(1, 30), key=key)
        if kind != "behaviour_decrease":
            self.spent.append((key, self.dice.randint(1, 4)))

    def correct(self, today: int) -> None:
        value = self.dice.choice((-9, -2, 5, 20))
        with db.database.savepoint():  # what is refused leaves nothing behind
            points.adjust(member=self.member, value=value, reason="更正", key=self.key())

    def take_back(self, today: int) -> None:
        self.returned(point_reversals.reverse_earned, self.earned)

    def give_back(self, today: int) -> None:
        self.returned(point_reversals.refund_redeemed, self.spent)

    def returned(self, verb: Callable[..., object], moved: list[tuple[str, int]]) -> None:
        key, whole = self.dice.choice(moved)
        verb(key=key, number=self.key(), numerator=self.dice.randint(1, whole), denominator=whole)

    def key(self) -> str:
        self.count += 1
        return f"{self.number}:{self.count}"


def run_histories(count: int, seed: int) -> None:
    """So many histories, a batch after the other; each twentieth member proves to be their neighbour."""
    with time_machine.travel(noon(0), tick=False) as clock:
        for first in range(0, count, BATCH_SIZE):
            dice = random.Random(f"{seed}:{first}")
            today = first // BATCH_SIZE * 2 * DAYS
            with db.database.transaction():
                histories = [MemberHistory(n, dice) for n in range(first, min(first + BATCH_SIZE, count))]
            cache.clear()
            for day in range(2 * DAYS):
                clock.move_to(noon(today + day))
                point_expiry.expire(day=business_days.day_of(noon(today + day - 1)))
                with db.database.transaction():
                    settings.change(
                        PointReversalSettings, waive_spent=day == 1
                    )  # what was owed before stays owed
                    for history in histories:
                        history.live(day, today + day)
                    if day == 1:
                        merge_neighbours(histories)


def merge_neighbours(histories: list[MemberHistory]) -> None:
    for one, other in zip(histories[::20], histories[1::20], strict=False):
        merges.merge(survivor=one.customer, duplicate=other.customer, proof="test")


def find_mismatches() -> Iterator[str]:
    """Accounts that are not what their rows add up to, read by the driver of the database itself."""
    accumulated, available, expired, owed, left = (defaultdict(int) for _ in range(5))
    for account, kind, value in rows("SELECT account_id, kind, value FROM point_entry"):
        accumulated[account] += ACCUMULATED.get(kind, 0) * value
        available[account] += AVAILABLE[kind] * value
        expired[account] += value if kind == "expiry" else 0
        owed[account] += value if kind == "return_reversal" else 0
    for account, value in rows(
        "SELECT e.account_id, r.value FROM lot_allocation r JOIN point_entry e ON e.id = r.entry_id "
        "WHERE e.kind = 'return_reversal'"
    ):
        owed[account] -= value
    for account, value in rows('SELECT account_id, "remaining" FROM point_lot'):
        left[account] += value
    for account, *kept in rows("SELECT id, accumulated, available, expired, debt FROM point_account"):
        counted = [accumulated[account], available[account], expired[account], owed[account]]
        if kept != counted or counted[1] != left[account] - counted[3]:
            yield f"account {account} keeps {kept}, its rows say {counted} and {left[account]} in lots"


def rows(query: str) -> Iterator[tuple]:
    cursor = db.database.connection().cursor()
    cursor.execute(query)
    while some := cursor.fetchmany(10_000):
        yield from some


@pytest.mark.timeout(7200)
def test_the_formulas_hold_on_many_random_histories(acme, database_kind):
    count, seed = int(os.environ.get("HISTORIES", HISTORIES[database_kind])), int(os.environ["SEED"])
    run_histories(count, seed)
    found = list(find_mismatches())
    assert not found, f"SEED={seed}: {found[:5]}"
    ((accounts,),) = rows("SELECT COUNT(*) FROM point_account")
    assert accounts >= count * 0.9  # those who were merged share one
    kinds = {kind for (kind,) in rows("SELECT DISTINCT kind FROM point_entry")}
    assert kinds == set(AVAILABLE), "every kind of entry came up"
    ((owing,),) = rows("SELECT COUNT(*) FROM point_account WHERE debt > 0")
    assert owing, "some owe"


DAMAGES = [
    "UPDATE point_account SET accumulated = accumulated + 1 WHERE id = 7",
    "UPDATE point_account SET available = available - 1 WHERE id = 7",
    "UPDATE point_account SET expired = expired + 1 WHERE id = 7",
    "UPDATE point_account SET debt = debt + 1 WHERE id = 7",
    "UPDATE point_account SET debt = debt + 1, available = available - 1 WHERE id = 7",
    "UPDATE point_entry SET value = value + 1 WHERE id = 7",
    "UPDATE point_entry SET kind = 'gift_redemption' WHERE id = 7",
    "DELETE FROM lot_allocation WHERE id = (SELECT MIN(r.id) FROM lot_allocation r "
    "JOIN point_entry e ON e.id = r.entry_id WHERE e.kind = 'return_reversal')",
    'UPDATE point_lot SET "remaining" = "remaining" - 1 '
    'WHERE id = (SELECT MIN(id) FROM point_lot WHERE "remaining" > 0)',
]


def test_one_corrupted_row_is_found(acme):
    """The control: whichever number is wrong, the sums tell."""
    run_histories(60, seed=1)
    assert not list(find_mismatches())
    for damage in DAMAGES:
        with db.database.atomic() as undo:
            db.database.execute_sql(damage)
            assert len(list(find_mismatches())) == 1, damage
            undo.rollback()
