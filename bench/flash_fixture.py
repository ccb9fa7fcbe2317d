"""The tenant of the benchmark `flash`: a shop with a flash sale, and buyers who are signed in.

Called as `python -m bench.flash_fixture BUYERS UNITS WARM_UP`. Prints the ids of the sale and the tokens as JSON. The
sale has a second item of `WARM_UP` units, for orders before the measurement.
"""

import json
import sys
from datetime import timedelta
from typing import Any

import config
from bootstrap import bootstrap
from store.catalog import categories, changes, shop_goods
from store.catalog.skus import Sku
from store.core import actors, clock, ids
from store.core.database import db
from store.customers import programmes, sessions
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.sessions import Session
from store.delivery import rules as delivery_rules
from store.flash_sales import flash_sales, submissions
from store.flash_sales.items import FlashSaleItem
from store.points import points
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.stock import changes as stock_changes
from store.tenants import channels, registry
from store.tiers import tiers
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

SLUG, PRICE_FEN, FLASH_FEN = "bench", 5_000, 1_990


def main(buyers: int, units: int, warm_up: int) -> dict[str, Any]:
    settings = config.current()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    registry.create_tenant(slug=SLUG, name="小二便利")
    with registry.use_tenant(SLUG):
        channel = channels.add(
            kind="wechat_miniprogram", key="bench-mini", name="小二便利", appid="wxbench", secret="s" * 32,
            token="t" * 32, mode="plain",
        )  # fmt: skip
        programme = programmes.create_programme(code="programme", name="会员俱乐部")
        tiers.add(programme=programme, code="base", name="普卡", is_base=True)
        points.create_group(programme=programme, code="points", name="积分")
        shop = shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))
        delivery_rules.save(shop, pickup_on=True)
        quantities = {
            _make_sku(shop, number, count): count for number, count in enumerate((units, warm_up), start=1)
        }
        items = _publish(shop, quantities)
        (sku, item), (warm_sku, warm_item) = [(sku.public_id, item.public_id) for sku, item in items]
        return {
            "store": shop.public_id, "sku": sku, "item": item, "warm_sku": warm_sku, "warm_item": warm_item,
            "price_fen": FLASH_FEN, "tokens": _insert_buyers(buyers, channel.id),
        }  # fmt: skip


def _make_sku(shop: Shop, number: int, units: int) -> Sku:
    category = categories.create_category(code=f"TEA{number}", name=f"茶叶{number}")
    skus = [{"code": f"T{number}", "specification": [], "list_price_fen": PRICE_FEN}]
    product = changes.create_product(code=f"P{number}", name=f"龙井{number}", skus=skus, category=category)
    shop_goods.take_over(shop, [product])
    changes.publish(product)
    sku = Sku.get(Sku.code == f"T{number}")
    stock_changes.receive(shop=shop, sku=sku, quantity=units, key=f"bench{number}")
    return sku


def _publish(shop: Shop, quantities: dict[Sku, int]) -> list[tuple[Sku, FlashSaleItem]]:
    """Publish a sale of SKUs and return them with their items."""
    now = clock.now()
    values = {
        "name": "抢购", "announced_at": now.isoformat(), "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(), "rules_text": "抢完为止", "shops": [shop.code],
        "goods": [
            {"sku": sku.code, "price_fen": FLASH_FEN, "quantity": units, "limit": 1}
            for sku, units in quantities.items()
        ],
    }  # fmt: skip
    with actors.acting_as(actors.Actor(kind="staff", name="maker")):
        approval = submissions.submit(flash_sales.create_draft(values=values), approver="boss")
    with actors.acting_as(actors.Actor(kind="staff", name="boss")):
        submissions.approve(approval, version=approval.version)
    return [(sku, FlashSaleItem.get(FlashSaleItem.sku == sku)) for sku in quantities]


@db.transactional
def _insert_buyers(count: int, channel_id: int) -> list[str]:
    """Insert members with a session each, and return the tokens."""
    programme, now = programmes.get_default(), clock.now()
    customers = Customer.create_many([{"public_id": ids.public_id("cus_")} for _ in range(count)])
    Member.create_many([
        {"customer": customer, "programme": programme.id, "joined_at": now, "public_id": ids.public_id("mem_"),
         "card_number": f"buyer{number}"}
        for number, customer in enumerate(customers)
    ])  # fmt: skip
    tokens = [f"{SLUG}.{ids.token()}" for _ in range(count)]
    ends_at = now + timedelta(days=1)
    Session.create_many([
        {"customer": customer, "channel_id": channel_id, "token_hash": sessions.hash_token(token), "ends_at": ends_at}
        for customer, token in zip(customers, tokens, strict=True)
    ])  # fmt: skip
    return tokens


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*map(int, sys.argv[1:]))) + "\n")
