"""The goods of a shop with 50,000 SKUs: lists, searches, categories and bar codes, against bare statements."""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.report import Row, print_table
from bench.tenant import open_tenant
from store.catalog import categories, search, shop_product_list
from store.catalog.products import Product
from store.catalog.search import ProductSearchText
from store.catalog.shop_goods import ShopProduct, ShopSku
from store.catalog.skus import Sku
from store.core import clock
from store.core.database import db
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop

PRODUCTS, SKUS_EACH = 25_000, 2
ROUNDS, BATCH = 100, 5_000
SEED = 20_262
LIST_TARGET_MS, SEARCH_TARGET_MS = 40.0, 60.0
PLACES = ("西湖", "云南", "武夷", "安溪", "东北", "新疆", "山东", "海南", "宁夏", "四川")
KINDS = ("有机", "特级", "鲜榨", "手工", "低糖", "原味", "香辣", "全麦", "冷冻", "家庭装")
GOODS = ("龙井", "燕麦片", "大米", "苹果汁", "红枣", "酸奶", "牛肉干", "豆腐", "饼干", "洗衣液")
SEARCHES = {
    "Chinese": ("龙井", "有机燕麦片", "西湖 龙井", "牛肉干"),
    "pinyin": ("longjing", "yanmaipian", "niurougan", "xihu"),
    "initials": ("lj", "ymp", "nrg", "xhyj"),
}


def run() -> list[Row]:
    """All measurements, in one tenant on SQLite."""
    with (
        tempfile.TemporaryDirectory(prefix="xiaoer-catalog-") as folder,
        open_tenant(f"sqlite:///{folder}/registry.db", Path(folder)),
    ):
        shop = _insert_goods()
        with closing(sqlite3.connect(Path(folder) / "tenants" / "bench.db")) as plain:
            return [
                *_measure_lists(shop, plain),
                *_measure_searches(shop, plain),
                _measure_categories(shop, plain),
                _measure_barcodes(shop, plain),
            ]


def _measure_lists(shop: Shop, plain: sqlite3.Connection) -> list[Row]:
    """The first page of each order with prices of its SKUs, and one far down the list."""
    bare = f"""SELECT p.*, s.lowest_fen, (SELECT COUNT(*) FROM shop_product WHERE shop_id = {shop.id})
        FROM shop_product s JOIN product p ON p.id = s.product_id WHERE s.shop_id = {shop.id}
        ORDER BY s.published_at DESC, s.product_id DESC LIMIT 20"""
    baseline = _measure(lambda: plain.execute(bare).fetchall())
    rows = []
    for sort, page in (("newest", 1), ("price", 1), ("-price", 1), ("newest", 500)):
        times = _measure(lambda sort=sort, page=page: _list(shop, sort=sort, page=page))
        rows.append(_row(f"list by {sort}, page {page}", times, baseline, LIST_TARGET_MS))
    return rows


def _measure_searches(shop: Shop, plain: sqlite3.Connection) -> list[Row]:
    """Words that find thousands of goods and words that find few, in turn."""
    rows = []
    for name, words in SEARCHES.items():
        times, bare = [], []
        for number in range(ROUNDS):
            text = words[number % len(words)]
            bare.append(_time_ms(lambda text=text: _search_bare(plain, text)))
            times.append(_time_ms(lambda text=text: _list(shop, text=text)))
        rows.append(_row(f"search, {name}", times, bare, SEARCH_TARGET_MS))
    return rows


def _measure_categories(shop: Shop, plain: sqlite3.Connection) -> Row:
    bare = f"SELECT DISTINCT category_id FROM shop_product WHERE shop_id = {shop.id}"
    baseline = _measure(lambda: plain.execute(bare).fetchall())
    return _row(
        "categories", _measure(lambda: shop_product_list.list_categories(shop)), baseline, LIST_TARGET_MS
    )


def _measure_barcodes(shop: Shop, plain: sqlite3.Connection) -> Row:
    rng = random.Random(SEED)
    codes = [_barcode(rng.randrange(PRODUCTS * SKUS_EACH)) for _ in range(ROUNDS)]
    bare = "SELECT p.* FROM sku JOIN product p ON p.id = sku.product_id WHERE sku.barcode = ?"
    baseline = [_time_ms(lambda code=code: plain.execute(bare, (code,)).fetchone()) for code in codes]
    assert all(shop_product_list.find_by_barcode(shop, code) for code in codes)
    times = [_time_ms(lambda code=code: shop_product_list.find_by_barcode(shop, code)) for code in codes]
    return _row("bar code", times, baseline, LIST_TARGET_MS)


def _list(shop: Shop, **options: Any) -> None:
    """Read a page as the list of customers does."""
    found, total = shop_product_list.list_products(shop, **options)
    assert total, options
    shop_product_list.list_sold_skus(shop, [product.id for product in found])


def _search_bare(plain: sqlite3.Connection, text: str) -> list[Any]:
    words = search.normalize(text).split()
    likes = " AND ".join(f"{'spelled' if word.isascii() else 'names'} LIKE ?" for word in words)
    sql = f"SELECT product_id FROM product_search_text WHERE {likes}"
    return plain.execute(sql, [f"%{word}%" for word in words]).fetchall()


def _insert_goods() -> Shop:
    """Insert rows: to create and publish so many goods one by one would take too long."""
    shop = shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))
    parents = [categories.create_category(code=f"A{n}", name=f"分类{n}") for n in range(10)]
    leaves = [
        categories.create_category(code=f"B{n}", name=f"小类{n}", parent=parents[n % 10]).id
        for n in range(100)
    ]
    for start in range(0, PRODUCTS, BATCH):
        _insert_batch(range(start, start + BATCH), shop, leaves)
    db.database.execute_sql("ANALYZE")
    return shop


@db.transactional
def _insert_batch(numbers: range, shop: Shop, leaves: Sequence[int]) -> None:
    now, rng = clock.now(), random.Random(SEED + numbers.start)
    names = {
        n: f"{rng.choice(PLACES)}{rng.choice(KINDS)}{rng.choice(GOODS)}{100 + n % 900}g" for n in numbers
    }
    moments = {n: now - timedelta(minutes=n) for n in numbers}
    found = Product.create_many([
        {"public_id": f"prd_b{n}", "code": f"P{n}", "name": names[n], "category": leaves[n % len(leaves)],
         "specifications": ["净含量"], "state": "published", "published_at": moments[n]}
        for n in numbers
    ])  # fmt: skip
    products = dict(zip(numbers, found, strict=True))
    sku_ids = Sku.create_many([
        {"public_id": f"sku_b{n * SKUS_EACH + size}", "code": f"P{n}-{size}", "product": products[n],
         "barcode": _barcode(n * SKUS_EACH + size), "specification": [f"{size + 1} 份"],
         "list_price_fen": _price_of(n) * (size + 1)}
        for n in numbers for size in range(SKUS_EACH)
    ])  # fmt: skip
    ShopSku.create_many([{"shop": shop.id, "sku": sku_id} for sku_id in sku_ids])
    ShopProduct.create_many([
        {"shop": shop.id, "product": products[n], "category": leaves[n % len(leaves)], "lowest_fen": _price_of(n),
         "published_at": moments[n]}
        for n in numbers
    ])  # fmt: skip
    ProductSearchText.create_many([
        {"product": products[n], **search.build_texts(
            name=names[n], brand="", keywords="", numbers=[f"P{n}", _barcode(n * SKUS_EACH)]
        )._asdict()}
        for n in numbers
    ])  # fmt: skip


def _price_of(number: int) -> int:
    return 500 + number * 7 % 20_000


def _barcode(number: int) -> str:
    return f"20{number:011d}"


def _row(name: str, times: list[float], bare: list[float], target_ms: float) -> Row:
    measured, baseline = _p95(times), _p95(bare)
    return Row(
        name=f"catalog: {name}, 95 %", measured=measured, baseline=baseline, ratio=measured / baseline,
        target=f"≤ {target_ms:.0f} ms", passed=measured <= target_ms, unit="ms",
        note=f"median {statistics.median(times):.2f} against {statistics.median(bare):.2f} of the bare statement",
    )  # fmt: skip


def _measure(work: Callable[[], Any]) -> list[float]:
    return [_time_ms(work) for _ in range(ROUNDS)]


def _time_ms(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    print_table(run())
