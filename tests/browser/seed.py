"""The tenant of the browser tests, seeded by verbs in a process of its own: `python -m tests.browser.seed`.

It prints what it made as JSON. The sandbox must run already, because the shop's code is made there.
"""

import json
import sys
import urllib.request
from pathlib import Path

import config
import platform_clients
from bootstrap import bootstrap
from demo import coupons
from store.check_ins.make_ups import MakeUpSettings
from store.core import actors
from store.coupons import rules as coupon_rules
from store.customers import programmes
from store.official_accounts import keyword_replies, menus, qr_codes
from store.payments import merchants
from store.points import points
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.nearby_settings import NearbySettings
from store.tenants import channels, registry, settings
from store.tenants.channels import Channel
from store.tiers import tiers
from store.tills import collection_codes
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

KEY = "walk"
NAME = "小二便利"
GREETING = "欢迎来到小二便利"
XSS_PAYLOAD = "<img src=x onerror=\"document.title='hurt'\">"
ROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}

# Code, name, longitude, latitude in GCJ-02: four around 北京西站, then a row of further ones, one in Shanghai.
SHOPS = [
    ("S1", "小二便利 西站南广场店", 116.3220, 39.8921),
    ("S2", "小二便利 莲花池店", 116.3150, 39.8973),
    ("S3", f"小二便利 {XSS_PAYLOAD}店", 116.3302, 39.8990),
    ("S4", "小二便利 六里桥店", 116.3105, 39.8830),
    *(
        (f"R{number}", f"小二便利 丰台 {number} 号店", 116.30, 39.875 - number / 1000)
        for number in range(1, 26)
    ),
    ("H1", "小二便利 人民广场店", 121.4760, 31.2290),
]
PLACES = [
    {"label": "北京西站", "lng": 116.3213, "lat": 39.8949},
    {"label": "上海人民广场", "lng": 121.4752, "lat": 31.2288},
]
CLOSED = ("C1", "小二便利 旧址店", 116.3214, 39.8950)
PAUSED_SHOP = "S2"
PICTURE_URL = "/static/vendor/swagger-ui/favicon-32x32.png"  # any picture that the running_app has


def seed_tenant(accounts_file: Path, public_url: str) -> dict[str, object]:
    """Make everything; returns the appid and the public ids of the shops by code."""
    registry.create_tenant(slug="walk", name=NAME)
    with registry.use_tenant("walk"):
        channel = _add_account()
        accounts_file.parent.mkdir(parents=True, exist_ok=True)
        accounts_file.write_text(json.dumps([_account_entry(channel, public_url)]))
        _seed_programme()
        coupons.seed_coupons()
        _publish_markup_coupon()
        settings.change(MakeUpSettings, enabled=True)
        settings.change(NearbySettings, places=PLACES)
        ids = _create_shops()
        _seed_conversation(channel)
        code = qr_codes.create(channel=channel, kind="shop", target=ids["S4"], name="门口")
        made = platform_clients.official_account_client(channel).create_qr_code(code.scene, permanent=True)
        qr_codes.store_ticket(code.id, ticket=made.ticket, url=made.url, expires_at=None)
        _add_merchant(channel)
        collection = collection_codes.get_or_create(shops.get_by_code("S4"))
        return {"appid": channel.appid, "shops": ids, "collection_path": collection.path}


def _add_account() -> Channel:
    return channels.add(
        kind="wechat_official", key=KEY, name=NAME, appid="wx00000000000000d4", secret="walk-secret",
        token="walktoken", encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", mode="safe",
        open_group="walk",
    )  # fmt: skip


def _add_merchant(channel: Channel) -> None:
    """A merchant of the sandbox's WeChat Pay that is bound to the account."""
    url = f"{config.current().sandbox_url}/sandbox/wechat-pay/merchants"
    body = json.dumps({"name": NAME, "app_ids": [channel.appid]}).encode()
    with urllib.request.urlopen(url, data=body, timeout=30) as answer:
        secrets = json.load(answer)["credentials"]
    merchants.add(
        platform="wechat_pay", name=NAME, merchant_id=secrets.pop("merchant_id"), app_id=channel.appid,
        credentials=secrets,
    )  # fmt: skip


def _account_entry(channel: Channel, public_url: str) -> dict[str, object]:
    """The account as the sandbox has to know it."""
    same = ("kind", "name", "appid", "secret", "token", "encoding_aes_key", "mode", "open_group")
    callback = f"{public_url}/wechat/{KEY}"
    return {**{name: getattr(channel, name) for name in same}, "callback": callback}


def _seed_programme() -> None:
    programme = programmes.create_programme(code="programme", name="会员俱乐部")
    tiers.add(programme=programme, code="base", name="普卡", is_base=True)
    points.create_group(programme=programme, code="points", name="积分")


def _publish_markup_coupon() -> None:
    """A coupon whose every text would like to be markup."""
    texts = dict.fromkeys(("content", "instructions", "disclaimer"), XSS_PAYLOAD)
    values = coupons.RULES[-1] | texts | {"name": "<img src=x>", "title": "<b>", "cost_centre": "marketing"}
    with actors.acting_as(coupons.WRITER):
        rule = coupon_rules.create_draft(programme=programmes.get_default(), values=values)
        coupon_rules.request_approval(rule, approver=coupons.APPROVER.name)
    with actors.acting_as(coupons.APPROVER):
        coupon_rules.publish(coupon_rules.approve(rule, version=rule.version))


def _create_shops() -> dict[str, str]:
    ids = {}
    for code, name, lng, lat in (*SHOPS, CLOSED):
        shop = shops.create_shop(
            code=code,
            name=name,
            location=Coordinates(lng, lat),
            brand=NAME,
            phone="010-83921199",
            city="上海市" if code == "H1" else "北京市",
            district="丰台区",
            address=f"莲花池东路 {code} 号 {XSS_PAYLOAD}",
            hours={} if code == PAUSED_SHOP else ROUND_THE_CLOCK,
            introduction=f"步行两分钟。{XSS_PAYLOAD}",
            pictures=[PICTURE_URL, PICTURE_URL],
            advertisements=[{"picture": PICTURE_URL, "title": XSS_PAYLOAD, "link": "/m/"}],
        )
        ids[code] = shop.public_id
    shops.close(shops.get_by_code(CLOSED[0]))
    return ids


def _seed_conversation(channel: Channel) -> None:
    settings.change(keyword_replies.FollowReplySettings, answers=[{"type": "text", "text": GREETING}])
    keyword_replies.save_rule(
        name="签到", match="exact", keywords=["签到"], replies=[{"type": "check_in"}], channel=channel
    )
    member = {"name": "会员卡", "type": "click", "key": "member", "answers": [{"type": "member"}]}
    around = {"name": "附近门店", "type": "click", "key": "nearby", "answers": [{"type": "nearby"}]}
    send = {"name": "发送位置", "type": "location_select", "key": "location"}
    page = {"name": "附近页面", "type": "view", "url": f"/m/nearby?a={channel.key}"}
    places = {"name": "门店", "sub_button": [send, page]}
    menus.save_draft(channel, {"button": [member, around, places]})
    menus.request_publication(channel)


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    sys.stdout.write(json.dumps(seed_tenant(Path(sys.argv[1]), here.public_url)) + "\n")
