"""Orders of the shop: previews and submissions by 16 clients, and 500 units of one SKU wanted by 5,000 buyers.

They are called as operations in the threads of one process, without HTTP.
"""

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.report import Row, print_table
from bench.tenant import SLUG, open_tenant
from store.catalog import categories, changes, shop_goods
from store.catalog.skus import Sku
from store.core import actors, clock, errors, ids
from store.core.database import db
from store.coupons import coupons
from store.coupons import rules as coupon_rules
from store.coupons.rules import CouponRule
from store.customers import programmes
from store.customers.customers import Customer
from store.customers.members import Member
from store.delivery import rules as delivery_rules
from store.orders.goods_lines import WantedSku
from store.points import points
from store.shop_orders import submission
from store.shop_orders.submission import Choice
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.stock import changes as stock_changes
from store.stock.levels import StockLevel
from store.tenants import cost_centres, registry
from store.tiers import tiers
from tests.support import database

CLIENTS, BUYERS, UNITS = 16, 5_000, 500
RICH, WARM_UP = 320, 32
SUBMIT_TARGET_MS, PREVIEW_TARGET_MS = 60.0, 40.0
RATE_TARGETS = {"SQLite": 250.0, "PostgreSQL": 300.0}


def run() -> list[Row]:
    """Every measurement on SQLite, and the sale of the last units on PostgreSQL too."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-orders-") as folder:
        with open_tenant(f"sqlite:///{folder}/registry.db", Path(folder)):
            shop, goods = _seed()
            rows = [*_measure_times(shop, goods), _measure_sell_out(shop, goods[-1], "SQLite")]
        with (
            contextmanager(database.start_postgresql)("bench") as url,
            open_tenant(url, Path(folder)),
        ):
            shop, goods = _seed()
            return [*rows, _measure_sell_out(shop, goods[-1], "PostgreSQL")]


def _measure_times(shop: Shop, goods: list[Sku]) -> list[Row]:
    """Three lines with a coupon and points, previewed and then submitted."""
    people = _make_rich_members()
    choices = [
        _choose(shop, goods[:3], member, codes=frozenset({code}), points=100) for member, code in people
    ]
    previews = _run_by_clients(lambda number: submission.preview(choices[number]), range(RICH))
    submits = _run_by_clients(
        lambda number: submission.submit(choices[number], key=f"bench-rich-{number}"), range(RICH)
    )
    return [
        _time_row("preview", previews, PREVIEW_TARGET_MS),
        _time_row("submit, 3 lines with coupon and points", submits, SUBMIT_TARGET_MS),
    ]


def _measure_sell_out(shop: Shop, sku: Sku, database_name: str) -> Row:
    """Each of the buyers wants one unit. Exactly as many orders as units may succeed."""
    people = list(Member.select().where(Member.card_number.startswith("buyer")).order_by(Member.id))
    choices = [_choose(shop, [sku], member) for member in people]
    answers: Counter[str] = Counter()
    finished: list[float] = []

    def buy(number: int) -> None:
        try:
            submission.submit(choices[number], key=f"bench-buyer-{number}")
            answers["sold"] += 1
            finished.append(time.perf_counter())
        except errors.DomainError as error:
            answers[error.code] += 1

    begin = time.perf_counter()
    _run_by_clients(buy, range(len(choices)))
    seconds, sold_s = time.perf_counter() - begin, max(finished) - begin
    level = StockLevel.get(StockLevel.sku == sku.id)
    exact = answers["sold"] == UNITS == level.reserved and answers["stock_short"] == BUYERS - UNITS
    rate, target = UNITS / sold_s, RATE_TARGETS[database_name]
    return Row(
        name=f"orders: {UNITS} units wanted by {BUYERS:,}, {database_name}", measured=rate, baseline=None,
        ratio=None, target=f"≥ {target:.0f} /s, exactly {UNITS} sold", passed=exact and rate >= target, unit="/s",
        note=f"{dict(answers)}, {level.reserved} reserved; all answered after {seconds:.1f} s",
    )  # fmt: skip


def _run_by_clients(work: Callable[[int], Any], numbers: range) -> list[float]:
    """Call `work` for each number by many threads and return the milliseconds of each."""

    def call(number: int) -> float:
        with registry.use_tenant(SLUG):
            begin = time.perf_counter()
            work(number)
            return (time.perf_counter() - begin) * 1000

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(call, numbers))


def _choose(
    shop: Shop, goods: list[Sku], member: Member, *, codes: frozenset[str] = frozenset(), points: int = 0
) -> Choice:
    lines = tuple(WantedSku(sku.id, 1) for sku in goods)
    return Choice(
        shop=shop, customer=Customer.get_by_id(member.customer_id), lines=lines, kind="pickup", coupon_codes=codes,
        points=points,
    )  # fmt: skip


def _seed() -> tuple[Shop, list[Sku]]:
    """Create a shop with four goods, of which the last is scarce, and the members."""
    programme = programmes.create_programme(code="programme", name="会员俱乐部")
    tiers.add(programme=programme, code="base", name="普卡", is_base=True)
    points.create_group(programme=programme, code="points", name="积分")
    cost_centres.create(code="bench", name="bench")
    shop = shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))
    delivery_rules.save(shop, pickup_on=True)
    category = categories.create_category(code="TEA", name="茶叶")
    goods = [_make_sku(shop, number, category) for number in range(4)]
    for number, sku in enumerate(goods):
        quantity = UNITS if number == 3 else 100_000
        stock_changes.receive(shop=shop, sku=sku, quantity=quantity, key=f"bench-{number}")
    _insert_members("buyer", BUYERS)
    _insert_members("rich", RICH)
    return shop, goods


def _make_sku(shop: Shop, number: int, category: Any) -> Sku:
    skus = [{"code": f"T{number}", "specification": [], "list_price_fen": 5_000}]
    product = changes.create_product(code=f"P{number}", name=f"龙井{number}", skus=skus, category=category)
    shop_goods.take_over(shop, [product])
    changes.publish(product)
    return Sku.get(Sku.code == f"T{number}")


@db.transactional
def _insert_members(prefix: str, count: int) -> None:
    programme, now = programmes.get_default(), clock.now()
    customers = Customer.create_many([{"public_id": ids.public_id("cus_")} for _ in range(count)])
    Member.create_many([
        {"customer": customer, "programme": programme.id, "joined_at": now, "public_id": ids.public_id("mem_"),
         "card_number": f"{prefix}{number}"}
        for number, customer in enumerate(customers)
    ])  # fmt: skip


def _make_rich_members() -> list[tuple[Member, str]]:
    """Return members with points, each with the code of a coupon."""
    rule, found = _create_rule(), []
    rows = list(Member.select().where(Member.card_number.startswith("rich")).order_by(Member.id))
    for number, member in enumerate(rows):
        points.earn(member=member, kind="behaviour_increase", value=1_000, key=f"bench-{number}")
        found.append((member, coupons.issue(rule=rule, member=member, key=f"bench-{number}").code))
    return found


def _create_rule() -> CouponRule:
    values = {
        "name": "五元券", "benefit": {"kind": "amount_off", "off_fen": 500}, "cost_centre": "bench",
        "validity": {"kind": "days", "days": 30},
    }  # fmt: skip
    with actors.acting_as(actors.Actor(kind="staff", name="owner")):
        rule = coupon_rules.create_draft(programme=programmes.get_default(), values=values)
        coupon_rules.request_approval(rule, approver="manager")
    with actors.acting_as(actors.Actor(kind="staff", name="manager")):
        return coupon_rules.publish(coupon_rules.approve(rule, version=rule.version))


def _time_row(name: str, times: list[float], target_ms: float) -> Row:
    measured = statistics.quantiles(times[WARM_UP:], n=20)[-1]
    return Row(
        name=f"orders: {name}, {CLIENTS} clients, 95 %", measured=measured, baseline=None, ratio=None,
        target=f"≤ {target_ms:.0f} ms", passed=measured <= target_ms, unit="ms",
        note=f"median {statistics.median(times[WARM_UP:]):.1f}",
    )  # fmt: skip


if __name__ == "__main__":
    print_table(run())
