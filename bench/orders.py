"""Orders of the shop: previews and submissions by 16 clients, and 500 units of one SKU wanted by 5,000 buyers.

They are called as operations, without HTTP, by eight threads in each of two processes: the web has two workers.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
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

PROCESSES, CLIENTS, BUYERS, UNITS = 2, 16, 5_000, 500
RICH, WARM_UP = 320, 32
SUBMIT_TARGET_MS, PREVIEW_TARGET_MS = 60.0, 40.0
RATE_TARGETS = {"SQLite": 250.0, "PostgreSQL": 300.0}


@dataclass(frozen=True)
class Call:
    """One call of a client: when it began and ended, and what came of it."""

    began: float
    ended: float
    answer: str

    @property
    def ms(self) -> float:
        return (self.ended - self.began) * 1000


def run() -> list[Row]:
    """Every measurement on SQLite, and the sale of the last units on PostgreSQL too."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-orders-") as folder:
        rows = _measure(f"sqlite:///{folder}/registry.db", folder, [_preview, _submit, _buy_last], "SQLite")
    with (
        tempfile.TemporaryDirectory(prefix="xiaoer-orders-") as folder,
        contextmanager(database.start_postgresql)("bench") as url,
    ):
        return rows + _measure(url, folder, [_buy_last], "PostgreSQL")


def _measure(url: str, folder: str, works: Sequence[Callable[..., Any]], database_name: str) -> list[Row]:
    """Seed a tenant and let the clients of all processes do each work at the same time."""
    with open_tenant(url, Path(folder)):
        coupon_codes = _seed()
    context = multiprocessing.get_context("spawn")
    results = {}
    for work in works:
        start = context.Barrier(PROCESSES)
        with context.Pool(PROCESSES, initializer=_keep, initargs=(start,)) as pool:
            parts = [(url, folder, work.__name__, part, coupon_codes) for part in range(PROCESSES)]
            results[work] = [call for calls in pool.starmap(_run_part, parts, chunksize=1) for call in calls]
    with open_tenant(url, Path(folder)):
        reserved = StockLevel.get(StockLevel.sku == _find_goods()[-1].id).reserved
    makers = {
        _preview: lambda calls: _time_row("preview", calls, PREVIEW_TARGET_MS),
        _submit: lambda calls: _time_row("submit, 3 lines with coupon and points", calls, SUBMIT_TARGET_MS),
        _buy_last: lambda calls: _rate_row(calls, reserved, database_name),
    }
    return [makers[work](calls) for work, calls in results.items()]


def _keep(start: Any) -> None:
    global _start
    _start = start


def _run_part(url: str, folder: str, work_name: str, part: int, coupon_codes: dict[int, str]) -> list[Call]:
    """Do the share of one process: its members one after the other by all its clients."""
    work = globals()[work_name]
    with open_tenant(url, Path(folder)):
        prefix = "buyer" if work is _buy_last else "rich"
        members = list(Member.select().where(Member.card_number.startswith(prefix)).order_by(Member.id))
        shop, goods = Shop.get(), _find_goods()
        wanted = goods[-1:] if work is _buy_last else goods[:3]
        choices = [
            _choose(shop, wanted, member, code=coupon_codes.get(member.id))
            for member in members[part::PROCESSES]
        ]

        def call(number: int) -> Call:
            with registry.use_tenant(SLUG):
                began = time.monotonic()
                try:
                    answer = work(choices[number], f"{part}-{number}")
                except errors.DomainError as error:
                    answer = error.code
                return Call(began, time.monotonic(), answer)

        with ThreadPoolExecutor(CLIENTS // PROCESSES) as pool:
            _start.wait()
            return list(pool.map(call, range(len(choices))))


def _preview(choice: Choice, key: str) -> str:
    submission.preview(choice)
    return "done"


def _submit(choice: Choice, key: str) -> str:
    submission.submit(choice, key=f"bench-rich-{key}")
    return "done"


def _buy_last(choice: Choice, key: str) -> str:
    submission.submit(choice, key=f"bench-buyer-{key}")
    return "sold"


def _rate_row(calls: list[Call], reserved: int, database_name: str) -> Row:
    """Each of the buyers wants one unit. Exactly as many orders as units may succeed."""
    answers = Counter(call.answer for call in calls)
    begin = min(call.began for call in calls)
    sold_s = max(call.ended for call in calls if call.answer == "sold") - begin
    exact = answers["sold"] == UNITS == reserved and answers["stock_short"] == BUYERS - UNITS
    rate, target = UNITS / sold_s, RATE_TARGETS[database_name]
    seconds = max(call.ended for call in calls) - begin
    return Row(
        name=f"orders: {UNITS} units wanted by {BUYERS:,}, {database_name}", measured=rate, baseline=None,
        ratio=None, target=f"≥ {target:.0f} /s, exactly {UNITS} sold", passed=exact and rate >= target, unit="/s",
        note=f"{dict(answers)}, {reserved} reserved; all answered after {seconds:.1f} s",
    )  # fmt: skip


def _choose(shop: Shop, goods: list[Sku], member: Member, *, code: str | None) -> Choice:
    """Return the order of a member; who has a coupon uses it, and 100 points too."""
    lines = tuple(WantedSku(sku.id, 1) for sku in goods)
    return Choice(
        shop=shop, customer=Customer.get_by_id(member.customer_id), lines=lines, kind="pickup",
        coupon_codes=frozenset({code} if code else ()), points=100 if code else 0,
    )  # fmt: skip


def _find_goods() -> list[Sku]:
    return list(Sku.select().order_by(Sku.id))


def _seed() -> dict[int, str]:
    """Create a shop with four goods, of which the last is scarce, and the members. Returns coupons by member."""
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
    return _make_rich_members()


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


def _make_rich_members() -> dict[int, str]:
    """Give members points and a coupon each, and return the codes by member."""
    rule, found = _create_rule(), {}
    rows = list(Member.select().where(Member.card_number.startswith("rich")).order_by(Member.id))
    for number, member in enumerate(rows):
        points.earn(member=member, kind="behaviour_increase", value=1_000, key=f"bench-{number}")
        found[member.id] = coupons.issue(rule=rule, member=member, key=f"bench-{number}").code
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


def _time_row(name: str, calls: list[Call], target_ms: float) -> Row:
    assert {call.answer for call in calls} == {"done"}
    times = [call.ms for call in sorted(calls, key=lambda call: call.began)]
    measured = statistics.quantiles(times[WARM_UP:], n=20)[-1]
    return Row(
        name=f"orders: {name}, {CLIENTS} clients, 95 %", measured=measured, baseline=None, ratio=None,
        target=f"≤ {target_ms:.0f} ms", passed=measured <= target_ms, unit="ms",
        note=f"median {statistics.median(times[WARM_UP:]):.1f}",
    )  # fmt: skip


if __name__ == "__main__":
    print_table(run())
