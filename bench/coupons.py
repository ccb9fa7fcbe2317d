"""Coupons: 100,000 given in bulk, quotes of full wallets, and redemptions, against the bare inserts they make."""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.table import Row, print_table
from store import wings
from store.company import tenants
from store.kernel import actors, clock, events, ids, secrets
from store.loyalty import (
    cost_centres,
    coupon_batches,
    coupon_quotes,
    coupon_reasons,
    coupon_rules,
    coupon_terms,
    coupon_uses,
)
from store.loyalty.coupon_baskets import Basket, Line
from store.loyalty.coupon_reasons import Card
from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupons import Coupon
from store.people import programmes
from store.people.customers import Customer
from store.people.members import Member

MEMBERS = 100_000
QUOTES = 1_000
LINES, COUPONS = 20, 50
REDEMPTIONS = 1_000
SEED = 20_261
BULK_BAR_S, QUOTE_BAR_MS, REDEMPTION_BAR_MS = 60.0, 20.0, 20.0


def run() -> list[Row]:
    """All measurements, in one company on SQLite."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-coupons-") as folder, _tenant(Path(folder)):
        file = Path(folder) / "tenants" / "bench.db"
        people = _people()
        rule = _listed(name="五元券", benefit={"kind": "amount_off", "off_fen": 500})
        return [_bulk(rule, people, file), _quotes(), _redemptions(people, file)]


def _bulk(rule: CouponRule, people: list[int], file: Path) -> Row:
    """Coupons with their codes, windows and events for a list, a transaction for each 500."""
    begin = time.perf_counter()
    batch = coupon_batches.open_batch(number="bench", rule=rule, member_ids=people)
    while coupon_batches.give_portion(batch):
        pass
    seconds = time.perf_counter() - begin
    baseline = _bare_bulk(file)
    return Row(
        name=f"coupons: {MEMBERS:,} given in bulk",
        measured=seconds,
        baseline=baseline,
        ratio=seconds / baseline,
        bar=f"≤ {BULK_BAR_S:.0f} s",
        passed=seconds <= BULK_BAR_S,
        unit="s",
        note=f"{MEMBERS / seconds:,.0f} a second; baseline: the same rows by bare inserts, as many a transaction",
    )


def _bare_bulk(file: Path) -> float:
    """The same coupons and events once more, by statements alone."""
    plain = _Plain(file)
    given = plain.rows("coupon", f"1=1 ORDER BY id DESC LIMIT {MEMBERS}")
    told = plain.rows("event", f"kind = 'coupons.issued' ORDER BY id DESC LIMIT {MEMBERS}")
    again = [(*row[:1], ids.digits(16), *row[2:4], "again", *row[5:]) for row in given]
    begin = time.perf_counter()
    for start in range(0, MEMBERS, coupon_batches.PORTION):
        part = slice(start, start + coupon_batches.PORTION)
        plain.write([("coupon", row) for row in again[part]] + [("event", row) for row in told[part]])
    seconds = time.perf_counter() - begin
    plain.close(undo=["DELETE FROM coupon WHERE origin = 'again'"])
    return seconds


def _quotes() -> Row:
    """Baskets of 20 lines with 50 coupons of mixed kinds, scopes and stacking."""
    rng, times, proven, fitting = random.Random(SEED), [], 0, 0
    for _ in range(QUOTES):
        basket, cards = _basket(rng), [_card(rng, number) for number in range(COUPONS)]
        begin = time.perf_counter()
        quote = coupon_quotes.best(basket, cards)
        times.append((time.perf_counter() - begin) * 1000)
        proven += quote.proven
        fitting += sum(coupon_reasons.against(card, basket) is None for card in cards)
    return Row(
        name=f"coupons: quote, {LINES} lines and {COUPONS} coupons, 95 %",
        measured=_late(times),
        baseline=None,
        ratio=None,
        bar=f"≤ {QUOTE_BAR_MS:.0f} ms",
        passed=_late(times) <= QUOTE_BAR_MS,
        unit="ms",
        note=(
            f"median {statistics.median(times):.2f}; {fitting / QUOTES:.0f} of {COUPONS} apply by themselves; "
            f"proven best in {proven:,} of {QUOTES:,}"
        ),
    )


def _redemptions(people: list[int], file: Path) -> Row:
    """One coupon for one order, each durable when it returns."""
    mine = Coupon.select().where(Coupon.member.in_(people[:REDEMPTIONS])).order_by(Coupon.id)
    pairs = [(coupon.code, Member.get_by_id(coupon.member_id)) for coupon in mine.limit(REDEMPTIONS)]
    basket = _basket(random.Random(SEED))
    times = [
        _timed(lambda code=code, me=me, number=f"O{n}": _redeem(code, me, basket, number))
        for n, (code, me) in enumerate(pairs)
    ]
    bare = _bare_redemptions(file)
    return Row(
        name="coupons: redemption, 95 %",
        measured=_late(times),
        baseline=_late(bare),
        ratio=_late(times) / _late(bare),
        bar=f"≤ {REDEMPTION_BAR_MS:.0f} ms",
        passed=_late(times) <= REDEMPTION_BAR_MS,
        unit="ms",
        note=f"median {statistics.median(times):.2f} against {statistics.median(bare):.2f} of the bare writes",
    )


def _redeem(code: str, me: Member, basket: Basket, number: str) -> None:
    coupon_uses.redeem(member=me, codes=[code], basket=basket, order_number=number)


def _bare_redemptions(file: Path) -> list[float]:
    """A use, an event and a changed coupon a transaction, by statements alone."""
    plain = _Plain(file)
    uses = plain.rows("coupon_use", "1=1 ORDER BY id")
    told = plain.rows("event", f"kind = 'coupons.used' ORDER BY id DESC LIMIT {REDEMPTIONS}")
    fresh = [
        row[0] for row in plain.every(f"SELECT id FROM coupon WHERE state = 'issued' LIMIT {REDEMPTIONS}")
    ]
    times = []
    for use, event, coupon_id in zip(uses, told, fresh, strict=True):
        rows = [("coupon_use", (coupon_id, *use[1:])), ("event", event)]
        change = ("UPDATE coupon SET state = 'used' WHERE id = ?", (coupon_id,))
        times.append(_timed(lambda rows=rows, change=change: plain.write(rows, change)))
    plain.close()
    return times


class _Plain:
    """A bare connection whose commits are on disk when they return."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -8000"):
            self._connection.execute(f"PRAGMA {pragma}")

    def every(self, sql: str) -> list[tuple]:
        return self._connection.execute(sql).fetchall()

    def rows(self, table: str, which: str) -> list[tuple]:
        """Rows without their ids."""
        return [row[1:] for row in self.every(f"SELECT * FROM {table} WHERE {which}")]

    def write(self, rows: list[tuple[str, tuple]], change: tuple[str, tuple] | None = None) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for table, row in rows:
            self._connection.execute(f"INSERT INTO {table} VALUES (NULL{', ?' * len(row)})", row)
        if change:
            self._connection.execute(*change)
        self._connection.execute("COMMIT")

    def close(self, undo: list[str] | None = None) -> None:
        for sql in undo or []:
            self._connection.execute(sql)
        self._connection.close()


def _people() -> list[int]:
    """Members as rows: registering each by SMS would measure something else."""
    club, now = programmes.open_programme(code="club", name="会员俱乐部"), clock.now()
    for start in range(0, MEMBERS, 1000):
        numbers = range(start + 1, start + 1001)
        Customer.insert_many([{"id": n, "public_id": ids.public("cus_")} for n in numbers]).execute()
        Member.insert_many(
            [
                {
                    "id": n, "customer": n, "programme": club.id, "joined_at": now,
                    "public_id": ids.public("mem_"), "card_number": ids.digits(16),
                }
                for n in numbers
            ]
        ).execute()  # fmt: skip
    return list(range(1, MEMBERS + 1))


def _listed(**terms: Any) -> CouponRule:
    cost_centres.open_cost_centre(code="bench", name="bench")
    values = {"cost_centre": "bench", "validity": {"kind": "days", "days": 30}} | terms
    with actors.acting(actors.Actor(kind="staff", name="owner")):
        rule = coupon_rules.draft(programme=programmes.main(), values=values)
        coupon_rules.ask_approval(rule, approver="manager")
    with actors.acting(actors.Actor(kind="staff", name="manager")):
        return coupon_rules.put_up(coupon_rules.approve(rule, version=rule.version))


def _basket(rng: random.Random) -> Basket:
    lines = tuple(
        Line(
            number=str(n), product=f"p{rng.randint(1, 40)}", quantity=rng.randint(1, 4),
            total_fen=rng.randint(200, 9000), groups=(f"g{rng.randint(1, 5)}",), promoted=rng.random() < 0.2,
        )
        for n in range(LINES)
    )  # fmt: skip
    return Basket(lines=lines, at=clock.local(clock.now()), shop="S1", shop_groups=("east",))


def _card(rng: random.Random, number: int) -> Card:
    rule = rng.randint(1, 25)
    own = random.Random(rule)
    benefit = own.choice(
        (
            {"kind": "amount_off", "off_fen": own.randint(100, 5000)},
            {"kind": "percent_off", "percent": own.randint(5, 40), "most_fen": own.choice((None, 3000))},
            {"kind": "exchange", "products": tuple(f"p{n}" for n in own.sample(range(1, 40), 5))},
            {"kind": "voucher", "worth_fen": own.randint(500, 5000)},
        )
    )
    terms = coupon_terms.Terms.model_validate(
        {
            "name": f"券{rule}", "cost_centre": "bench", "validity": {"kind": "days", "days": 30}, "benefit": benefit,
            "threshold_fen": own.choice((0, 5000, 20_000)),
            "product_groups": own.choice(((), ("g1", "g2"), ("g3",))),
            "stacking": {
                "others": own.choice(("none", "any", "chosen")), "rules": tuple(f"r{n}" for n in range(1, 12)),
                "promotions": own.random() < 0.7, "per_order": own.randint(1, 3),
            },
        }
    )  # fmt: skip
    starts_at, ends_at = coupon_terms.window(terms, clock.now() - timedelta(days=1))
    return Card(
        code=str(number), rule=f"r{rule}", terms=terms, state="issued", starts_at=starts_at, ends_at=ends_at
    )


def _timed(work: Callable[[], Any]) -> float:
    """How long it took, in milliseconds."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def _late(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


@contextmanager
def _tenant(folder: Path) -> Iterator[None]:
    """A company of its own on SQLite."""
    secrets.load(secrets.Keys(encryption=(("bench", b"b" * 32),), index=b"b" * 32))
    wings.load()
    events.install({})
    tenants.open_registry(f"sqlite:///{folder / 'registry.db'}", folder / "tenants")
    tenants.create(slug="bench", name="小二便利")
    try:
        with tenants.using("bench"):
            yield
    finally:
        tenants.close_all()


if __name__ == "__main__":
    print_table(run())
