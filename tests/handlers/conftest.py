"""The route of WeChat over the tests' tenants, and one account of acme in each way of enciphering."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from apiflask import APIFlask

from handlers import sms_reports
from handlers import wechat as handler
from store.membership import follow_rewards
from store.official_accounts import keyword_replies, menus, qr_codes
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.tenants import channels, settings
from store.tenants.channels import Channel
from tests.support import database
from tests.support.payment_shop import _accounts, shop
from tests.support.wechat_pushes import WechatAccount
from web import request_context

__all__ = ["_accounts", "shop"]
ESCAPE = "]]></Content><Evil>1</Evil><Content><![CDATA["
MENU = {
    "button": [
        {"type": "click", "name": "签到", "key": "CHECK_IN", "answers": [{"type": "check_in"}]},
        {
            "type": "click",
            "name": "您好",
            "key": "HELLO",
            "answers": [{"type": "text", "text": "您好，欢迎光临"}],
        },
        {"type": "click", "name": "会员", "key": "MEMBER", "answers": [{"type": "member"}]},
    ]
}
CARD = {
    "type": "miniprogram",
    "title": "商城",
    "appid": "wxmall",
    "page": "pages/home",
    "thumb_media_id": "m1",
}


@dataclass(frozen=True)
class ShopScene:
    """The shop behind a QR code, and the scene that a scan of it brings."""

    shop: Shop
    scene: str


@pytest.fixture
def web() -> APIFlask:
    """The route alone, seeded as every route is."""
    app = APIFlask(__name__)
    app.config["PUBLIC_URL"] = "https://xiaoer.test"
    request_context.init_app(app)
    app.register_blueprint(handler.bp)
    app.register_blueprint(sms_reports.bp)
    return app


@pytest.fixture
def account(acme: str, web: APIFlask) -> Callable[[str], WechatAccount]:
    """Opens an account that talks, in the given mode."""

    def open_account(mode: str) -> WechatAccount:
        appid, key, token = f"wx{mode}", f"acme-{mode}", f"{mode}-token"
        channel = channels.add(
            kind="wechat_official", key=key, name="小二便利", appid=appid, secret="s" * 32, token=token,
            encoding_aes_key=database.AES_KEY, mode=mode,
        )  # fmt: skip
        _seed_conversation(channel)
        return WechatAccount(web, key, appid, token, mode)

    return open_account


@pytest.fixture(params=["plain", "compatible", "safe"])
def any_wechat(request: pytest.FixtureRequest, account: Callable[[str], WechatAccount]) -> WechatAccount:
    return account(request.param)


@pytest.fixture
def wechat(account: Callable[[str], WechatAccount]) -> WechatAccount:
    return account("safe")


@pytest.fixture
def channel(wechat: WechatAccount) -> Channel:
    return channels.get_by_key(wechat.key)


@pytest.fixture
def shop_qr_code(channel: Channel) -> ShopScene:
    """A code on the route of a shop whose name tries to leave its element."""
    shop = shops.create_shop(
        code="S1", name="前门店]]><Evil/>", location=Coordinates(116.404, 39.915), city="北京市"
    )
    code = qr_codes.create(channel=channel, kind="shop", target=shop.public_id, name="店门")
    return ShopScene(shop, code.scene)


def _seed_conversation(channel: Channel) -> None:
    settings.change(follow_rewards.FollowRewardSettings, points=20)
    rules = {
        "签到": [{"type": "check_in"}],
        "越狱": [{"type": "text", "text": ESCAPE}],
        "两条": [{"type": "text", "text": "第一条"}, {"type": "text", "text": "第二条"}],
        "商城": [CARD],
        "人工": [{"type": "text", "text": "马上来"}, {"type": "transfer"}],
    }
    for word, answers in rules.items():
        keyword_replies.save_rule(name=word, match="exact", keywords=[word], replies=answers, channel=channel)
    menus.save_draft(channel, MENU)
    menus.finish_publication(menus.request_publication(channel).id)
