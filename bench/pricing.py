"""Pricing: baskets of 20 lines with 30 promotions and 50 coupons, beside the same baskets with the coupons alone."""

import random
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.coupons import COUPONS, LINES, SEED, random_basket, random_snapshot
from bench.report import Row, print_table
from bench.tenant import open_tenant
from store.pricing import calculation
from store.pricing.promotions import BundlePart, Gift, Promotion, SpecialPrice, Step
from store.pricing.request import Buyer, PointTerms, PriceLine, PriceRequest

PROMOTIONS, REQUESTS = 30, 500
TARGET_MS = 30.0
_KINDS = (
    "special_price",
    "second_half",
    "buy_get",
    "bundle",
    "reduction",
    "discount",
    "member_day",
    "gift",
)


def run() -> list[Row]:
    """The price with promotions and coupons, and the price with promotions alone."""
    with (
        tempfile.TemporaryDirectory(prefix="xiaoer-pricing-") as folder,
        open_tenant(f"sqlite:///{folder}/registry.db", Path(folder)),
    ):
        rng = random.Random(SEED)
        requests = [_random_request(rng) for _ in range(REQUESTS)]
    whole, applied = _time(requests)
    bare, _ = _time([replace(request, promotions=()) for request in requests])
    alone, _ = _time([replace(request, coupons=()) for request in requests])
    return [
        Row(
            name=f"pricing: {LINES} lines, {PROMOTIONS} promotions, {COUPONS} coupons, 95 %",
            measured=_p95(whole),
            baseline=_p95(bare),
            ratio=_p95(whole) / _p95(bare),
            target=f"≤ {TARGET_MS:.0f} ms",
            passed=_p95(whole) <= TARGET_MS,
            unit="ms",
            note=f"median {statistics.median(whole):.2f} against {statistics.median(bare):.2f} without promotions; "
            f"{applied / REQUESTS:.0f} of {PROMOTIONS} promotions apply",
        ),
        Row(
            name=f"pricing: {LINES} lines, {PROMOTIONS} promotions, no coupons, 95 %",
            measured=_p95(alone),
            baseline=None,
            ratio=None,
            target="–",
            passed=True,
            unit="ms",
            note=f"median {statistics.median(alone):.2f}",
        ),
    ]


def _time(requests: list[PriceRequest]) -> tuple[list[float], int]:
    """Price each request, and return the milliseconds of each and how many promotions applied.

    A price waits for nothing, so the time of the thread is what an idle machine needs.
    """
    times, applied = [], 0
    for request in requests:
        begin = time.thread_time()
        price = calculation.price(request)
        times.append((time.thread_time() - begin) * 1000)
        applied += len({one.code for one in price.promotions})
    return times, applied


def _random_request(rng: random.Random) -> PriceRequest:
    basket = random_basket(rng)
    lines = tuple(
        PriceLine(
            line=str(place), product=line.product, quantity=line.quantity, list_fen=line.total_fen,
            categories=line.groups, name=line.product,
        )
        for place, line in enumerate(basket.lines, start=1)
    )  # fmt: skip
    return PriceRequest(
        lines=lines, local_time=basket.local_time, shop=basket.shop, shop_groups=basket.shop_groups,
        buyer=Buyer("gold", 5), coupons=tuple(random_snapshot(rng, number) for number in range(COUPONS)),
        point_terms=PointTerms(100, 20), points_available=5_000, points_wanted="most",
        promotions=tuple(_random_promotion(rng, number) for number in range(PROMOTIONS)),
    )  # fmt: skip


def _random_promotion(rng: random.Random, number: int) -> Promotion:
    kind = _KINDS[number % len(_KINDS)]
    products = rng.sample(range(1, 41), 8)
    gift = Gift("cup", "杯子", 500, sku_id=1, available=3)
    parameters: dict[str, object] = {
        "special_price": {
            "prices": tuple(SpecialPrice(f"p{n}", rng.randint(100, 4_000), 3) for n in products)
        },
        "second_half": {"per_product": True},
        "buy_get": {"buy": 2, "get": 1},
        "bundle": {
            "parts": (
                BundlePart(frozenset(f"p{n}" for n in products[:4])),
                BundlePart(frozenset(f"p{n}" for n in products[4:])),
            ),
            "price_fen": 5_000,
        },
        "reduction": {"steps": (Step(10_000, off_fen=500), Step(30_000, off_fen=2_000))},
        "discount": {"steps": (Step(from_units=3, percent=5),)},
        "member_day": {"steps": (Step(percent=3),)},
        "gift": {"steps": (Step(20_000, gifts=(gift,)),)},
    }[kind]  # type: ignore[assignment]
    scope = {} if kind in ("special_price", "bundle") or rng.random() < 0.3 else {
        "categories": frozenset({f"g{rng.randint(1, 5)}"})
    }  # fmt: skip
    return Promotion(
        kind=kind, code=f"P{number}", name=f"促销{number}", priority=rng.randint(1, 200), created=number,
        exclusive=rng.random() < 0.1, with_coupons=rng.random() < 0.9, **scope, **parameters,
    )  # type: ignore[arg-type]  # fmt: skip


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    print_table(run())
