"""The stand-in as wechatpy meets it: a client written by others finds everything where it expects it."""

from urllib.parse import urlsplit

import pytest
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from tests.support.sandbox_client import SHOP, Sandbox


class Elsewhere(HTTPAdapter):
    """Sends what is meant for the platform to the stand-in."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: PreparedRequest, **kwargs: object) -> Response:
        parts = urlsplit(request.url)
        request.url = f"{self.base}{parts.path}?{parts.query}"
        return super().send(request, **kwargs)


@pytest.fixture
def client(sandbox_url: str) -> WeChatClient:
    client = WeChatClient(SHOP["appid"], SHOP["secret"], timeout=5, auto_retry=False)
    client._http.mount("https://", Elsewhere(sandbox_url))
    return client


def test_menu_code_followers_and_message(client: WeChatClient, shop: Sandbox) -> None:
    assert client.menu.get() is None
    client.menu.create({"button": [{"type": "click", "name": "附近", "key": "near"}]})
    assert client.menu.get()["menu"]["button"][0]["key"] == "near"
    made = client.qrcode.create(
        {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}}
    )
    shop.do_action("scan", ticket=made["ticket"])
    assert list(client.user.iter_followers()) == [shop.openid()]
    assert client.user.get(shop.openid())["qr_scene_str"] == "s"
    client.message.send_text(shop.openid(), "您好")
    assert shop.list_messages()[-1]["content"] == {"Content": "您好"}


def test_rejections_carry_the_platforms_code(client: WeChatClient, shop: Sandbox) -> None:
    with pytest.raises(WeChatClientException) as refused:
        client.message.send_text("o-made-up", "您好")
    assert refused.value.errcode == 40003


def test_login_code(client: WeChatClient, shop: Sandbox) -> None:
    with pytest.raises(WeChatClientException) as refused:
        client.wxa.code_to_session("made-up")
    assert refused.value.errcode == 40029
