"""What the tests of the parts find beside `tests.browser.seed`: `python -m tests.browser.parts.seed ACCOUNTS_FILE`.

An administrator of the console, a till, a mini-program, a life account of Alipay, a lucky draw of which every draw
wins, keyword replies that lead to it and to the pages, goods of shop S1, a merchant that gives red packets, and a card
for the pack of WeChat. Prints what the tests need as JSON.
"""

import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

import config
from bootstrap import bootstrap
from store.activities.activities import Activity
from store.core import actors
from store.customers import programmes
from store.mall.settings import MallSettings
from store.member_cards import pack_templates, templates
from store.official_accounts import keyword_replies
from store.payments import merchants
from store.points import points
from store.points import rules as point_rules
from store.red_packets import accounts as red_packet_accounts
from store.shops import shops
from store.shops.shops import Shop
from store.staff import account_changes, accounts
from store.tenants import channels, cost_centres, registry, settings
from store.tenants.channels import Channel
from store.tills import cashiers, terminals
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed_life_account import seed_life_account
from tests.browser.seed_till import PIN
from tests.support import draw_fixtures, shop_order_fixtures
from tests.support.card_fixtures import VALUES
from tests.support.card_packs import save_picture

TENANT, KEY, PROGRAM = "walk", "walk", "walk-mini"
PROGRAM_APPID = "wxpartsmini"
LOGIN, PASSWORD = "boss", "correct horse 7"
PRIZE = "青瓷保温杯"
MILK = "鲜牛奶"


def seed_parts(accounts_file: Path) -> dict[str, str]:
    """Make everything by operations."""
    channel, shop = channels.get_by_key(KEY), shops.get_by_code("S1")
    account = account_changes.add(login=LOGIN, role_keys=["admin"], nickname="王店长")
    accounts.set_password(account, password=PASSWORD)
    merchant = next(row for row in merchants.list_merchants() if row.platform == "wechat_pay")
    red_packet_accounts.save(merchant.key, way="red_packet", send_name="小二便利")
    _earn_a_point_for_a_yuan()
    _put_card_into_use()
    _add_program()
    draw = _publish_draw(channel)
    _add_article(channel, "商城", "/m/")
    _add_article(channel, "预定", "/m/reservations")
    life_account = seed_life_account(accounts_file)["appid"]
    return {
        "life_account": life_account, "draw": draw.public_id, "store": shop.public_id,
        **_add_till(shop), **_add_goods(shop),
    }  # fmt: skip


def _earn_a_point_for_a_yuan() -> None:
    point_rules.add_rule(
        group=points.list_groups(programmes.get_default())[0], name="消费积分", basis="amount", points=1,
        per_units=100, cost_centre=cost_centres.create(code="parts", name="会员"),
    )  # fmt: skip


def _put_card_into_use() -> None:
    urls = {"logo_url": save_picture((500, 500)), "cover_url": save_picture((1024, 643))}
    row = templates.add(**{**VALUES, **urls, "platforms": ["wechat"]})
    pack_templates.activate(public_id=row.public_id)


def _add_program() -> None:
    program = channels.add(
        kind="wechat_miniprogram", key=PROGRAM, name="小二会员", appid=PROGRAM_APPID, secret="s" * 32
    )
    known = ("kind", "name", "appid", "secret", "token", "encoding_aes_key", "mode")
    here = config.current()
    body = {name: getattr(program, name) for name in known}
    _put(
        f"{here.sandbox_url}/sandbox/accounts/{PROGRAM_APPID}",
        {**body, "callback": f"{here.public_url}/wechat/{PROGRAM}"},
    )


def _publish_draw(channel: Channel) -> Activity:
    """A draw whose chances come by a reply in the chat."""
    prize = {**draw_fixtures.CUP, "name": PRIZE, "quantity": 10}
    activity = draw_fixtures.create_running(
        total_draws=10, free_per_day=0, scan_chances=1, members_only=False, prizes=[prize]
    )
    keyword_replies.save_rule(
        name="抽奖", match="exact", keywords=["抽奖"], channel=channel,
        replies=[{"type": "draw_chance", "activity": activity.public_id, "quantity": 1}],
    )  # fmt: skip
    return activity


def _add_article(channel: Channel, word: str, path: str) -> None:
    article = {"type": "article", "title": word, "description": "点开查看", "url": f"{path}?a={channel.key}"}
    keyword_replies.save_rule(name=word, match="exact", keywords=[word], replies=[article], channel=channel)


def _add_till(shop: Shop) -> dict[str, str]:
    cashiers.add(number="1301", name="小周", pin=PIN, rights=["sell"], shop=shop)
    issued = terminals.add(code="T3", name="三号收银台", shop=shop)
    return {"terminal": "T3", "secret": issued.secret, "cashier": "1301", "pin": PIN}


def _add_goods(shop: Shop) -> dict[str, str]:
    sku = shop_order_fixtures.publish_sku(shop, "PART-MILK", name=MILK, price_fen=600)
    shop_order_fixtures.offer_all(shop)
    settings.change(MallSettings, recommended=[{"code": "P-PART-MILK"}])
    return {"sku": sku.public_id}


def _put(url: str, body: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers=headers, method="PUT")
    with urllib.request.urlopen(request, timeout=20):
        pass


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(TENANT), actors.acting_as(actors.Actor(kind="staff", name="王店长")):
        sys.stdout.write(json.dumps(seed_parts(Path(sys.argv[1]))) + "\n")
