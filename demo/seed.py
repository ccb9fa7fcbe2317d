"""The demo tenants, created only by operations: `python -m demo.seed`. Idempotent."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass

import config
from bootstrap import bootstrap
from demo import (
    bookings,
    cards,
    coupons,
    draws,
    flash_sales,
    goods,
    life_account,
    loyalty,
    mall,
    messages,
    official_account,
    orders,
    payments,
    promotions,
    sandbox_accounts,
    staff,
    tills,
)
from demo import shops as demo_shops
from store.core import actors
from store.customers import customers
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.nearby_settings import NearbySettings
from store.tenants import channels, registry, settings
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS


@dataclass(frozen=True)
class DemoTenant:
    """A demo tenant. `mode` is the encryption mode of its webhook messages, a different one in each tenant."""

    name: str
    mode: str
    open_group: str
    seed_shops: Callable[[], object]


def seed_tenants(here: config.Config) -> None:
    """Seed both tenants and write their accounts for the sandbox. New URLs publish the menus again."""
    with actors.acting_as(DEMO_OPERATOR):
        for slug, tenant in DEMO_TENANTS.items():
            if slug not in registry.list_slugs():
                registry.create_tenant(slug=slug, name=tenant.name)
            with registry.use_tenant(slug):
                _seed_tenant(slug, tenant)
                payments.seed_merchants(here, key=slug)
                life_account.seed_life_account(here, key=f"{slug}-alipay", name=tenant.name)
                messages.seed_messages(here, key=slug)
        with registry.use_tenant("demo"):
            goods.seed_goods(tenant="demo", var=here.var)
            mall.seed_mall()
            orders.seed_orders()
            promotions.seed_promotions()
            tills.seed_till(here.var)
            bookings.seed_bookings()
            staff.seed_staff()
            flash_sales.seed_flash_sale()
        if sandbox_accounts.write_accounts(here):
            for slug in DEMO_TENANTS:
                with registry.use_tenant(slug):
                    official_account.request_menu_publication(slug)
                    official_account.request_menu_publication(f"{slug}-alipay")


def renew_sign_in_link(here: config.Config) -> None:
    """Write a new one-time link of the console's administrator, which `bin/run` prints."""
    with actors.acting_as(DEMO_OPERATOR), registry.use_tenant("demo"):
        staff.renew_link(here.var)


def _seed_tenant(slug: str, demo_tenant: DemoTenant) -> None:
    _seed_official_account(slug, demo_tenant)
    _seed_mini_program(f"{slug}-mini", demo_tenant)
    _seed_sources()
    loyalty.seed_loyalty()
    cards.seed_cards()
    coupons.seed_coupons()
    demo_tenant.seed_shops()
    _seed_common_places()
    official_account.seed_conversation(slug)
    draws.seed_draws(key=slug)


def _seed_second_tenant() -> None:
    """Create two shops, which show that a search finds only shops of its own tenant."""
    for code, name, place in (
        ("D001", "对门超市 北京西站店", Coordinates(lng=116.3214, lat=39.8951)),
        ("D002", "对门超市 人民广场店", Coordinates(lng=121.4735, lat=31.2316)),
    ):
        shops.create_shop(code=code, name=name, location=place, brand="对门超市")


def _seed_common_places() -> None:
    """Set the common places of the nearby page. Places that a user has set are kept."""
    if not settings.read(NearbySettings).places:
        settings.change(NearbySettings, places=COMMON_PLACES)


def _seed_official_account(key: str, demo_tenant: DemoTenant) -> None:
    _ensure_account(
        key, kind="wechat_official", name=demo_tenant.name, open_group=demo_tenant.open_group, mode=demo_tenant.mode,
        token=secrets.token_hex(16), encoding_aes_key=_random_aes_key(),
    )  # fmt: skip


def _seed_mini_program(key: str, demo_tenant: DemoTenant) -> None:
    _ensure_account(
        key, kind="wechat_miniprogram", name=demo_tenant.name, open_group=demo_tenant.open_group, mode="plain",
        token=secrets.token_hex(16),
    )  # fmt: skip


def _ensure_account(key: str, *, kind: str, name: str, **columns: str | None) -> None:
    """Add an account with random secrets. An existing account is not changed."""
    if key in {channel.key for channel in channels.list_channels()}:
        return
    appid, secret = f"wx{secrets.token_hex(8)}", secrets.token_hex(16)
    channels.add(kind=kind, key=key, name=name, appid=appid, secret=secret, **columns)


def _seed_sources() -> None:
    for code, name in SOURCES.items():
        customers.add_source(code=code, name=name)


def _random_aes_key() -> str:
    """Return 43 letters and digits that are the base64 of exactly 32 bytes.

    Therefore the last character has fewer possible values.
    """
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(42)) + secrets.choice("AEIMQUYcgkosw048")


DEMO_TENANTS = {
    "demo": DemoTenant(name="小二便利", mode="compatible", open_group="g1", seed_shops=demo_shops.seed_shops),
    "demo2": DemoTenant(name="对门超市", mode="safe", open_group="g2", seed_shops=_seed_second_tenant),
}
SOURCES = {
    "wechat_official": "微信公众号", "wechat_miniprogram": "微信小程序", "h5": "微信网页", "alipay": "支付宝",
    "store_pos": "门店收银", "website": "官网", "app": "App", "tmall": "天猫", "jd": "京东", "meituan": "美团",
    "dianping": "大众点评", "eleme": "饿了么", "line": "LINE", "dealer": "经销商", "co_brand": "联名伙伴",
}  # fmt: skip
COMMON_PLACES = [
    {"label": "北京西站", "lng": 116.3213, "lat": 39.8949},
    {"label": "上海人民广场", "lng": 121.4752, "lat": 31.2288},
    {"label": "广州天河城", "lng": 113.3229, "lat": 23.1322},
    {"label": "深圳华强北", "lng": 114.0859, "lat": 22.5471},
    {"label": "成都春熙路", "lng": 104.0779, "lat": 30.6552},
]
DEMO_OPERATOR = actors.Actor(kind="operator", name="demo.seed")


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    seed_tenants(here)
    print("demo and demo2 are seeded / 演示公司已就绪")
