"""The door of WeChat over the tests' companies, and one account of acme in each way of enciphering."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from apiflask import APIFlask

import doors
from handlers import wechat as handler
from store.activities import menus, qr_codes, replies
from store.company import channels, settings
from store.company.channels import Channel
from store.loyalty import follow_gifts
from store.shop import shops
from store.shop.places import Place
from store.shop.shops import Shop
from tests import world
from tests.handlers.wechat_server import Wechat

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
class Scene:
    """The shop behind a QR code, and the scene that a scan of it brings."""

    shop: Shop
    scene: str


@pytest.fixture
def web() -> APIFlask:
    """The door alone, furnished as every door is."""
    app = APIFlask(__name__)
    app.config["PUBLIC_URL"] = "https://xiaoer.test"
    doors.furnish(app)
    app.register_blueprint(handler.door)
    return app


@pytest.fixture
def account(acme: str, web: APIFlask) -> Callable[[str], Wechat]:
    """Opens an account that talks, in the given mode."""

    def open_account(mode: str) -> Wechat:
        appid, key, token = f"wx{mode}", f"acme-{mode}", f"{mode}-token"
        channel = channels.add(
            kind="wechat_official", key=key, name="小二便利", appid=appid, secret="s" * 32, token=token,
            encoding_aes_key=world.AES_KEY, mode=mode,
        )  # fmt: skip
        _teach(channel)
        return Wechat(web, key, appid, token, mode)

    return open_account


@pytest.fixture(params=["plain", "compatible", "safe"])
def any_wechat(request: pytest.FixtureRequest, account: Callable[[str], Wechat]) -> Wechat:
    return account(request.param)


@pytest.fixture
def wechat(account: Callable[[str], Wechat]) -> Wechat:
    return account("safe")


@pytest.fixture
def channel(wechat: Wechat) -> Channel:
    return channels.of_key(wechat.key)


@pytest.fixture
def door_code(channel: Channel) -> Scene:
    """A code on the door of a shop whose name tries to leave its element."""
    shop = shops.open_shop(code="S1", name="前门店]]><Evil/>", place=Place(116.404, 39.915), city="北京市")
    code = qr_codes.design(channel=channel, kind="shop", target=shop.public_id, name="店门")
    return Scene(shop, code.scene)


def _teach(channel: Channel) -> None:
    settings.change(follow_gifts.FollowGift, points=20)
    rules = {
        "签到": [{"type": "check_in"}],
        "越狱": [{"type": "text", "text": ESCAPE}],
        "两条": [{"type": "text", "text": "第一条"}, {"type": "text", "text": "第二条"}],
        "商城": [CARD],
        "人工": [{"type": "text", "text": "马上来"}, {"type": "transfer"}],
    }
    for word, answers in rules.items():
        replies.save(name=word, match="exact", words=[word], answers_=answers, channel=channel)
    menus.save(channel, MENU)
    menus.settle(menus.ask_publish(channel).id)
