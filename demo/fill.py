"""The trial companies, laid out by verbs alone: `python -m demo.fill`; filled twice they stay as they are."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass

import config
import house
from demo import accounts, chain, club, conversation, coupons
from store.company import channels, tenants
from store.kernel import actors
from store.people import customers
from store.shop import shops
from store.shop.places import Place


@dataclass(frozen=True)
class Company:
    """`mode` is how the platform enciphers its pushes: the two companies show two of the ways."""

    name: str
    mode: str
    open_group: str
    open_shops: Callable[[], object]


def fill(settings: config.Config) -> None:
    """Fill both companies, and tell the sandbox of their accounts; new addresses put the menus in force anew."""
    with actors.acting(FILLER):
        for slug, company in COMPANIES.items():
            if slug not in tenants.slugs():
                tenants.create(slug=slug, name=company.name)
            with tenants.using(slug):
                _company(slug, company)
        if accounts.write(settings):
            for slug in COMPANIES:
                with tenants.using(slug):
                    conversation.publish(slug)


def _company(slug: str, company: Company) -> None:
    _official_account(slug, company)
    _mini_program(f"{slug}-mini", company)
    _sources()
    club.lay_out()
    coupons.lay_out()
    company.open_shops()
    conversation.lay_out(slug)


def _open_opposite() -> None:
    """Two shops are enough to see that a search finds its own company's only."""
    for code, name, place in (
        ("D001", "对门超市 北京西站店", Place(lng=116.3214, lat=39.8951)),
        ("D002", "对门超市 人民广场店", Place(lng=121.4735, lat=31.2316)),
    ):
        shops.open_shop(code=code, name=name, place=place, brand="对门超市")


def _official_account(key: str, company: Company) -> None:
    _account(
        key, kind="wechat_official", name=company.name, open_group=company.open_group, mode=company.mode,
        token=secrets.token_hex(16), encoding_aes_key=_aes_key(),
    )  # fmt: skip


def _mini_program(key: str, company: Company) -> None:
    _account(key, kind="wechat_miniprogram", name=company.name, open_group=company.open_group)


def _account(key: str, *, kind: str, name: str, **rest: str | None) -> None:
    """Add an account with secrets of its own; one that is there keeps what it has."""
    if key in {channel.key for channel in channels.listing()}:
        return
    appid, secret = f"wx{secrets.token_hex(8)}", secrets.token_hex(16)
    channels.add(kind=kind, key=key, name=name, appid=appid, secret=secret, **rest)


def _sources() -> None:
    for code, name in SOURCES.items():
        customers.add_source(code=code, name=name)


def _aes_key() -> str:
    """43 letters and digits that are base64 of exactly 32 bytes, hence the narrower choice for the last."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(42)) + secrets.choice("AEIMQUYcgkosw048")


COMPANIES = {
    "demo": Company(name="小二便利", mode="compatible", open_group="g1", open_shops=chain.open_chain),
    "demo2": Company(name="对门超市", mode="safe", open_group="g2", open_shops=_open_opposite),
}
SOURCES = {
    "wechat_official": "微信公众号", "wechat_miniprogram": "微信小程序", "h5": "微信网页", "alipay": "支付宝",
    "store_pos": "门店收银", "website": "官网", "app": "App", "tmall": "天猫", "jd": "京东", "meituan": "美团",
    "dianping": "大众点评", "eleme": "饿了么", "line": "LINE", "dealer": "经销商", "co_brand": "联名伙伴",
}  # fmt: skip
FILLER = actors.Actor(kind="operator", name="demo.fill")


if __name__ == "__main__":
    settings = config.read()
    house.open_house(settings)
    fill(settings)
    print("demo and demo2 are filled / 演示公司已就绪")
