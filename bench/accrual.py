"""Benchmark `accrual`: paid orders of 3 lines that earn in 2 groups, booked by one worker through the relay.

The baseline writes the very rows that ours made into a copy of the same records: bare statements through
sqlite3, in the same batches. Afterwards both hold the same, table by table.
"""

import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from bench.table import Row, print_table
from store import wings
from store.company import tenants
from store.kernel import clock, db, deliveries, events, secrets
from store.kernel.events import Delivery
from store.loyalty import cost_centres, order_accruals, point_rules, points, tier_rules, tiers
from store.loyalty.accrual import OrderLine, Payment
from store.loyalty.accruals import PaidOrder
from store.loyalty.point_accounts import PointEntry
from store.loyalty.purchases import Purchase
from store.loyalty.tier_rules import TierRule
from store.loyalty.validity import Validity
from store.people import members, programmes
from store.people.customers import Customer
from store.people.members import Member
from store.people.programmes import Programme
from tasks import reactions, relay
from tests import world

ORDERS, MEMBERS, LINES, GROUPS = 10_000, 2_000, 3, 2
SQLITE_BAR, POSTGRESQL_BAR, MOST_TIMES = 400.0, 200.0, 6.0
PORTION = 500
SEED = 20_263

TABLES = ("purchase", "point_entry", "point_lot", "tier_record", "event")
BOUGHT = "UPDATE member SET first_purchase_at = coalesce(first_purchase_at, ?1), latest_purchase_at = ?1 WHERE id = ?2"
EARNED = "UPDATE point_account SET accumulated = accumulated + ?1, available = available + ?1 WHERE id = ?2"
ENDED = "UPDATE tier_record SET ended_at = ? WHERE member_id = ? AND ended_at IS NULL"
DUE = (
    "SELECT id FROM delivery WHERE state = 'pending' AND due_at <= '9999-01-01' AND lease IS NULL "
    "ORDER BY due_at, id LIMIT ?"
)
CLAIMED = "UPDATE delivery SET lease = 'mine', lease_until = '2030-01-01', tries = tries + 1 WHERE id = ?"
DONE = "UPDATE delivery SET state = 'done', lease = NULL, lease_until = NULL, done_at = '2030-01-01' WHERE id = ?"

Rows = list[sqlite3.Row]
Statements = list[tuple[str, list[tuple[Any, ...]]]]


def run() -> list[Row]:
    """Book the same orders three times: through the relay, by statements alone, through the relay on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-accrual-") as folder:
        ours, bare = Path(folder) / "tenants" / "bench.db", Path(folder) / "bare.db"
        with _company(f"sqlite:///{folder}/registry.db", Path(folder)):
            with closing(sqlite3.connect(ours)) as connection:
                connection.execute("VACUUM INTO ?", (str(bare),))
            measured = _per_second(lambda: relay.run("bench"))
            made = _Made(ours, bare)
            baseline = _per_second(lambda: _bare(bare, made))
            made.compare()
    with contextmanager(world.postgresql)("bench") as url, _company(url, Path()):
        beside = _per_second(lambda: relay.run("bench"))
    return [
        Row("accrual: orders, SQLite", measured, None, None, "≥ 400 /s", measured >= SQLITE_BAR, "/s"),
        Row(
            "accrual: against the bare writes", ORDERS / measured, ORDERS / baseline, baseline / measured, "≤ 6 ×",
            baseline / measured <= MOST_TIMES, "s", f"{made.rows:,} rows inserted, {made.changes:,} changed",
        ),
        Row("accrual: orders, PostgreSQL", beside, None, None, "≥ 200 /s", beside >= POSTGRESQL_BAR, "/s"),
    ]  # fmt: skip


class _Made:
    """What ours made, as the statements that make it again, order by order; read before the clock runs."""

    def __init__(self, ours: Path, bare: Path) -> None:
        self._ours, self._bare, self.rows, self.changes = ours, bare, 0, ORDERS
        with self._both() as connection:
            rows = {table: _new(connection, table) for table in TABLES}
        of_order: dict[str, Statements] = {row["order_number"]: [] for row in rows["purchase"]}
        self._earned(rows, of_order)
        for row in rows["purchase"]:
            of_order[row["order_number"]] += [
                _inserted("purchase", [row]), (BOUGHT, [(row["at"], row["member_id"])]),
            ]  # fmt: skip
            self.changes += 1
        orders = list(of_order.values())
        self._moved(rows, orders)
        self.batches = [
            orders[start : start + deliveries.BATCH] for start in range(0, ORDERS, deliveries.BATCH)
        ]
        self.rows = sum(map(len, rows.values()))

    def _earned(self, rows: dict[str, Rows], of_order: dict[str, Statements]) -> None:
        """Entries, their lots, and what they add to the accounts."""
        lots = {row["entry_id"]: row for row in rows["point_lot"]}
        for number, group in groupby(rows["point_entry"], key=itemgetter("order_number")):
            entries, sums = list(group), Counter[int]()
            for entry in entries:
                sums[entry["account_id"]] += entry["value"]
            of_order[number] += [
                _inserted("point_entry", entries),
                _inserted("point_lot", [lots[entry["id"]] for entry in entries]),
                (EARNED, [(value, account) for account, value in sums.items()]),
            ]
            self.changes += len(sums)

    def _moved(self, rows: dict[str, Rows], orders: list[Statements]) -> None:
        """Tiers that members rose to, each with its event, spread over the orders in their turn."""
        for place, (record, event) in enumerate(zip(rows["tier_record"], rows["event"], strict=True)):
            orders[place * ORDERS // len(rows["event"])] += [
                (ENDED, [(record["started_at"], record["member_id"])]),
                _inserted("tier_record", [record]),
                _inserted("event", [event]),
            ]
            self.changes += 1

    def compare(self) -> None:
        """Both databases hold the same."""
        columns = {
            "member": "id, first_purchase_at, latest_purchase_at",
            "point_account": "*",
            "delivery": "id, event_id, reaction, state, tries",
            **dict.fromkeys(TABLES, "*"),
        }
        with self._both() as connection:
            for table, names in columns.items():
                for one, other in (("main", "bare"), ("bare", "main")):
                    query = f"SELECT {names} FROM {one}.{table} EXCEPT SELECT {names} FROM {other}.{table}"
                    assert not connection.execute(query).fetchall(), f"{table} is not the same"
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    @contextmanager
    def _both(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._ours)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("ATTACH ? AS bare", (str(self._bare),))
            yield connection


def _new(connection: sqlite3.Connection, table: str) -> Rows:
    query = f"SELECT * FROM {table} WHERE id NOT IN (SELECT id FROM bare.{table}) ORDER BY id"
    return connection.execute(query).fetchall()


def _inserted(table: str, rows: Rows) -> tuple[str, list[tuple[Any, ...]]]:
    """The statement for some rows of a table, as they stand there."""
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", [tuple(row) for row in rows]


def _bare(path: Path, made: _Made) -> int:
    """Claim, every row, done: the statements that cannot be spared, in the same transactions."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "cache_size = -8000"):
            connection.execute(f"PRAGMA {pragma}")
        for batch in made.batches:
            claimed = _claimed(connection)
            connection.execute("BEGIN IMMEDIATE")
            for order in batch:
                for sql, rows in order:
                    connection.executemany(sql, rows)
            connection.executemany(DONE, claimed)
            connection.execute("COMMIT")
        return connection.execute("SELECT count(*) FROM delivery WHERE state = 'done'").fetchone()[0]


def _claimed(connection: sqlite3.Connection) -> list[tuple[int]]:
    connection.execute("BEGIN IMMEDIATE")
    batch = connection.execute(DUE, (deliveries.BATCH,)).fetchall()
    connection.executemany(CLAIMED, batch)
    connection.execute("COMMIT")
    return batch


@contextmanager
def _company(url: str, folder: Path) -> Iterator[None]:
    """A company whose members have paid their orders, of which the club has heard and done nothing yet."""
    secrets.load(secrets.Keys(encryption=(("k1", b"1" * 32),), index=b"i" * 32))
    wings.load()
    tenants.open_registry(url, folder / "tenants")
    tenants.create(slug="bench", name="小二便利")
    events.install(reactions.TABLE, wake=lambda tenant: None)
    with tenants.using("bench"):
        club = programmes.open_programme(code="club", name="会员俱乐部")
        _rules(club)
        people, rng = _people(club), random.Random(SEED)
        for start in range(0, ORDERS, PORTION):
            _tell(people, rng, start)
    yield
    with tenants.using("bench"):
        assert Delivery.select().where(Delivery.state == "done").count() == ORDERS
        assert Purchase.select().count() == ORDERS
        assert PointEntry.select().count() == ORDERS * LINES * GROUPS
    tenants.close_all()


def _rules(club: Programme) -> None:
    """A rule for all and one for a category in each group; two tiers by growth, one of them by spend as well."""
    tiers.add(programme=club, code="base", name="普卡", base=True)
    silver, gold = (
        tiers.add(programme=club, code=code, name=name, rank=rank, valid=Validity(days=365))
        for code, name, rank in (("silver", "银卡", 1), ("gold", "金卡", 2))
    )
    centre = cost_centres.open_cost_centre(code="marketing", name="市场部")
    for code, name in (("points", "积分"), ("growth", "成长值")):
        group = points.open_group(programme=club, code=code, name=name, spendable=code == "points")
        for category, rate in ((None, 1), ("dairy", 2)):
            point_rules.add(
                group=group, name=name, basis="amount", points=rate, per=100, category=category, cost_centre=centre,
                valid=Validity(days=365), upgrade_eligible=code == "growth",
            )  # fmt: skip
    rules = [
        TierRule(tier=silver, basis="points", group=group, window_days=365, at_least=3_000, below=20_000),
        TierRule(tier=gold, basis="points", group=group, window_days=365, at_least=20_000),
        TierRule(tier=gold, basis="spend", window_days=90, at_least=500_000),
    ]
    tier_rules.replace(programme=club, rules=rules)


@db.verb
def _people(club: Programme) -> list[Member]:
    people = []
    for _ in range(MEMBERS):
        member = members.of_customer(Customer.create(source="till"), club)
        member.put(joined_at=clock.now())
        tiers.start_at_base(member)
        for group in points.groups(club):
            points.account(member, group)
        people.append(member)
    return people


@db.verb
def _tell(people: list[Member], rng: random.Random, start: int) -> None:
    for number in range(start, start + PORTION):
        lines = tuple(
            OrderLine(
                line=str(line), product=f"P{rng.randrange(500)}", quantity=rng.randint(1, 5),
                paid_fen=rng.randint(200, 20_000), categories=frozenset(rng.sample(("dairy", "fruit", "snacks"), 2)),
            )
            for line in range(1, LINES + 1)
        )  # fmt: skip
        total = sum(line.paid_fen for line in lines)
        methods = (Payment("wechat", total - total // 10), Payment("points", total // 10, earns=False))
        order = PaidOrder(
            number=f"B{number:010}", paid_at=clock.now(), lines=lines, payments=methods, source="till"
        )
        order_accruals.tell_paid(member=rng.choice(people), order=order)


def _per_second(work: Callable[[], int]) -> float:
    began = time.perf_counter()
    done = work()
    seconds = time.perf_counter() - began
    assert done == ORDERS, f"{done} orders were booked"
    return done / seconds


if __name__ == "__main__":
    print_table(run())
