"""Coupons: 100,000 given in bulk, quotes of full wallets, and redemptions, against the bare inserts they make."""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.report import Row, print_table
from bench.tenant import open_tenant
from store.core import actors, clock, ids
from store.core import numbers as number_forms
from store.coupons import bulk_issue as coupon_bulk_issue
from store.coupons import eligibility as coupon_eligibility
from store.coupons import quotes as coupon_quotes
from store.coupons import redemptions as coupon_redemptions
from store.coupons import rules as coupon_rules
from store.coupons import terms as coupon_terms
from store.coupons.basket import Basket, BasketLine
from store.coupons.coupons import Coupon
from store.coupons.eligibility import CouponSnapshot
from store.coupons.rules import CouponRule
from store.customers import programmes
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import cost_centres

MEMBERS = 100_000
QUOTES = 1_000
LINES, COUPONS = 20, 50
REDEMPTIONS = 1_000
SEED = 20_261
BULK_TARGET_S, QUOTE_TARGET_MS, REDEMPTION_TARGET_MS = 60.0, 20.0, 20.0


def run() -> list[Row]:
    """All measurements, in one tenant on SQLite."""
    with (
        tempfile.TemporaryDirectory(prefix="xiaoer-coupons-") as folder,
        open_tenant(f"sqlite:///{folder}/registry.db", Path(folder)),
    ):
        file = Path(folder) / "tenants" / "bench.db"
        people = _insert_members()
        rule = _create_listed_rule(name="五元券", benefit={"kind": "amount_off", "off_fen": 500})
        return [
            _measure_bulk_issue(rule, people, file),
            _measure_quotes(),
            _measure_redemptions(people, file),
        ]


def _measure_bulk_issue(rule: CouponRule, people: list[int], file: Path) -> Row:
    """Coupons with their codes, windows and events for a list, a transaction for each 500."""
    begin = time.perf_counter()
    batch = coupon_bulk_issue.create_batch(number="bench", rule=rule, member_ids=people)
    while coupon_bulk_issue.issue_chunk(batch):
        pass
    seconds = time.perf_counter() - begin
    baseline = _baseline_bulk_issue(file)
    return Row(
        name=f"coupons: {MEMBERS:,} given in bulk",
        measured=seconds,
        baseline=baseline,
        ratio=seconds / baseline,
        target=f"≤ {BULK_TARGET_S:.0f} s",
        passed=seconds <= BULK_TARGET_S,
        unit="s",
        note=f"{MEMBERS / seconds:,.0f} a second; baseline: the same rows by bare inserts, as many a transaction",
    )


def _baseline_bulk_issue(file: Path) -> float:
    """The same coupons and events once more, by statements alone."""
    plain = _RawConnection(file)
    given = plain.rows("coupon", f"1=1 ORDER BY id DESC LIMIT {MEMBERS}")
    issued = plain.rows("event", f"kind = 'coupons.issued' ORDER BY id DESC LIMIT {MEMBERS}")
    again = [(*row[:1], number_forms.generate("coupon"), *row[2:4], "again", *row[5:]) for row in given]
    begin = time.perf_counter()
    for start in range(0, MEMBERS, coupon_bulk_issue.CHUNK_SIZE):
        part = slice(start, start + coupon_bulk_issue.CHUNK_SIZE)
        plain.write([("coupon", row) for row in again[part]] + [("event", row) for row in issued[part]])
    seconds = time.perf_counter() - begin
    plain.close(undo=["DELETE FROM coupon WHERE issue_key = 'again'"])
    return seconds


def _measure_quotes() -> Row:
    """Baskets of 20 lines with 50 coupons of mixed kinds, scopes and stacking."""
    rng, times, proven, fitting = random.Random(SEED), [], 0, 0
    for _ in range(QUOTES):
        basket, cards = random_basket(rng), [random_snapshot(rng, number) for number in range(COUPONS)]
        begin = time.perf_counter()
        quote = coupon_quotes.best_quote(basket, cards)
        times.append((time.perf_counter() - begin) * 1000)
        proven += quote.is_optimal
        fitting += sum(coupon_eligibility.find_ineligibility_reason(card, basket) is None for card in cards)
    return Row(
        name=f"coupons: quote, {LINES} lines and {COUPONS} coupons, 95 %",
        measured=_p95(times),
        baseline=None,
        ratio=None,
        target=f"≤ {QUOTE_TARGET_MS:.0f} ms",
        passed=_p95(times) <= QUOTE_TARGET_MS,
        unit="ms",
        note=(
            f"median {statistics.median(times):.2f}; {fitting / QUOTES:.0f} of {COUPONS} apply by themselves; "
            f"proven best in {proven:,} of {QUOTES:,}"
        ),
    )


def _measure_redemptions(people: list[int], file: Path) -> Row:
    """One coupon for one order, each durable when it returns."""
    mine = Coupon.select().where(Coupon.member.in_(people[:REDEMPTIONS])).order_by(Coupon.id)
    pairs = [(coupon.code, Member.get_by_id(coupon.member_id)) for coupon in mine.limit(REDEMPTIONS)]
    basket = random_basket(random.Random(SEED))
    times = [
        _time_ms(lambda code=code, me=me, number=f"O{n}": _redeem(code, me, basket, number))
        for n, (code, me) in enumerate(pairs)
    ]
    bare = _baseline_redemptions(file)
    return Row(
        name="coupons: redemption, 95 %",
        measured=_p95(times),
        baseline=_p95(bare),
        ratio=_p95(times) / _p95(bare),
        target=f"≤ {REDEMPTION_TARGET_MS:.0f} ms",
        passed=_p95(times) <= REDEMPTION_TARGET_MS,
        unit="ms",
        note=f"median {statistics.median(times):.2f} against {statistics.median(bare):.2f} of the bare writes",
    )


def _redeem(code: str, member: Member, basket: Basket, number: str) -> None:
    coupon_redemptions.redeem(member=member, codes=[code], basket=basket, order_number=number)


def _baseline_redemptions(file: Path) -> list[float]:
    """A use, an event and a changed coupon a transaction, by statements alone."""
    plain = _RawConnection(file)
    uses = plain.rows("coupon_redemption", "1=1 ORDER BY id")
    used = plain.rows("event", f"kind = 'coupons.used' ORDER BY id DESC LIMIT {REDEMPTIONS}")
    fresh = [
        row[0] for row in plain.fetch_all(f"SELECT id FROM coupon WHERE state = 'issued' LIMIT {REDEMPTIONS}")
    ]
    times = []
    for use, event, coupon_id in zip(uses, used, fresh, strict=True):
        rows = [("coupon_redemption", (coupon_id, *use[1:])), ("event", event)]
        change = ("UPDATE coupon SET state = 'used' WHERE id = ?", (coupon_id,))
        times.append(_time_ms(lambda rows=rows, change=change: plain.write(rows, change)))
    plain.close()
    return times


class _RawConnection:
    """A bare connection whose commits are on disk when they return."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -8000"):
            self._connection.execute(f"PRAGMA {pragma}")

    def fetch_all(self, sql: str) -> list[tuple]:
        return self._connection.execute(sql).fetchall()

    def rows(self, table: str, condition: str) -> list[tuple]:
        """Rows without their ids."""
        return [row[1:] for row in self.fetch_all(f"SELECT * FROM {table} WHERE {condition}")]

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


def _insert_members() -> list[int]:
    """Members as rows: registering each by SMS would measure something else."""
    programme, now = programmes.create_programme(code="programme", name="会员俱乐部"), clock.now()
    for start in range(0, MEMBERS, 1000):
        numbers = range(start + 1, start + 1001)
        Customer.insert_many([{"id": n, "public_id": ids.public_id("cus_")} for n in numbers]).execute()
        Member.insert_many(
            [
                {
                    "id": n, "customer": n, "programme": programme.id, "joined_at": now,
                    "public_id": ids.public_id("mem_"), "card_number": number_forms.generate("card"),
                }
                for n in numbers
            ]
        ).execute()  # fmt: skip
    return list(range(1, MEMBERS + 1))


def _create_listed_rule(**terms: Any) -> CouponRule:
    cost_centres.create(code="bench", name="bench")
    values = {"cost_centre": "bench", "validity": {"kind": "days", "days": 30}} | terms
    with actors.acting_as(actors.Actor(kind="staff", name="owner")):
        rule = coupon_rules.create_draft(programme=programmes.get_default(), values=values)
        coupon_rules.request_approval(rule, approver="manager")
    with actors.acting_as(actors.Actor(kind="staff", name="manager")):
        return coupon_rules.publish(coupon_rules.approve(rule, version=rule.version))


def random_basket(rng: random.Random) -> Basket:
    lines = tuple(
        BasketLine(
            number=str(n), product=f"p{rng.randint(1, 40)}", quantity=rng.randint(1, 4),
            total_fen=rng.randint(200, 9000), groups=(f"g{rng.randint(1, 5)}",), promoted=rng.random() < 0.2,
        )
        for n in range(LINES)
    )  # fmt: skip
    return Basket(lines=lines, local_time=clock.to_local(clock.now()), shop="S1", shop_groups=("east",))


def random_snapshot(rng: random.Random, number: int) -> CouponSnapshot:
    rule = rng.randint(1, 25)
    own = random.Random(rule)
    benefit = own.choice(
        (
            {"kind": "amount_off", "off_fen": own.randint(100, 5000)},
            {"kind": "percent_off", "percent": own.randint(5, 40), "max_fen": own.choice((None, 3000))},
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
    starts_at, ends_at = coupon_terms.validity_window(terms, clock.now() - timedelta(days=1))
    return CouponSnapshot(
        code=str(number), rule=f"r{rule}", terms=terms, state="issued", starts_at=starts_at, ends_at=ends_at
    )


def _time_ms(work: Callable[[], Any]) -> float:
    """How long it took, in milliseconds."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    print_table(run())
