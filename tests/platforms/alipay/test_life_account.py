"""Life accounts of the sandbox: what is sent and shown, by the client of the service, and the rules of the platform."""

from dataclasses import replace

import pytest
from requests import Response

from platforms.alipay import code_pictures
from platforms.alipay.client import Alipay
from platforms.alipay.credentials import AlipayCredentials
from platforms.alipay.life_account import LifeAccount
from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.http import PlatformSession
from platforms.wechat.reply import Article
from sandbox import openids
from sandbox.accounts import Account
from sandbox.alipay_apps import App
from tests.support.private_keys import OTHER_KEY
from tests.support.sandbox_server import Sandbox

BUTTONS = [
    {"name": "签到", "type": "click", "key": "check-in"},
    {"name": "我的", "sub_button": [{"name": "会员卡", "type": "view", "url": "https://xiaoer.test/m/me"}]},
]
PERSON = "xiaomei"
USER = openids.derive_alipay_user_id(person_id=PERSON)


@pytest.fixture
def app_id(sandbox: Sandbox, alipay_app: App) -> str:
    sandbox.state.accounts.save(Account(kind="alipay", name="小二便利", appid=alipay_app.app_id, secret="-"))
    return alipay_app.app_id


@pytest.fixture
def life(sandbox: Sandbox, app_id: str) -> LifeAccount:
    given = sandbox.state.alipay.apps.get(app_id).credentials()
    credentials = AlipayCredentials(app_id, given["private_key_pem"], tuple(given["public_keys"]), "")
    return LifeAccount(credentials, PlatformSession(base_url=sandbox.url))


def act(sandbox: Sandbox, app_id: str, **action: object) -> int:
    path = f"/sandbox/people/{PERSON}/chats/{app_id}/actions"
    return sandbox.app.test_client().post(path, json=action).status_code


def test_menu_is_created_then_modified_and_read_back(life: LifeAccount):
    assert life.find_menu() is None
    life.create_menu(BUTTONS)
    life.create_menu(BUTTONS)
    shown = life.find_menu()
    assert shown == {"menu": {"button": BUTTONS}}
    with pytest.raises(PlatformRejectedError):
        life.create_menu([{"name": "五个汉字多", "type": "click", "key": "k"}])


def test_messages_reach_a_follower_for_48_hours(sandbox: Sandbox, life: LifeAccount, app_id: str):
    with pytest.raises(PlatformRejectedError, match="没有关注"):
        life.send_text(USER, "您好")
    assert act(sandbox, app_id, action="follow") == 200
    life.send_text(USER, "您好")
    life.send_articles(USER, [Article("会员卡", "当前积分 0", "", "https://xiaoer.test/m/me")])
    lines = sandbox.state.chats.list_lines(appid=app_id, person_id=PERSON)
    assert [line.kind for line in lines if line.side == "in"] == ["text", "news"]
    assert life.find_location(USER) is None
    assert act(sandbox, app_id, action="location", lng=116.404, lat=39.915) == 200
    assert life.find_location(USER) == (116.404, 39.915)
    sandbox.state.message_quotas.revoke(appid=app_id, person_id=PERSON)  # as after 48 hours
    with pytest.raises(PlatformRejectedError, match="48 小时"):
        life.send_text(USER, "晚了")


def test_codes_have_a_scene_and_a_content_that_a_phone_scans(
    sandbox: Sandbox, life: LifeAccount, app_id: str
):
    first, again = (life.create_qr_code("shop_abc", permanent=True) for _ in range(2))
    assert (first, first.expires_s) == (again, None)
    assert first.url.startswith("https://qr.alipay.com/")
    temporary = life.create_qr_code("shop_abc", permanent=False, expires_s=86_400)
    assert (temporary.expires_s, temporary.url == first.url) == (1800, False)
    with pytest.raises(PlatformRejectedError):
        life.create_qr_code("门店", permanent=True)
    act(sandbox, app_id, action="unfollow")
    for _ in range(2):  # the second time as a follower
        assert act(sandbox, app_id, action="scan", url=first.url) == 200
    assert act(sandbox, app_id, action="scan", url="https://qr.alipay.com/other") == 404
    lines = sandbox.state.chats.list_lines(appid=app_id, person_id=PERSON)
    events = [line.content for line in lines if line.kind == "event"][-2:]
    assert [one["Event"] for one in events] == ["follow", "enter"]
    assert all("shop_abc" in one["EventKey"] for one in events)


def test_pictures_of_codes_are_read_from_alipay_alone(sandbox: Sandbox, life: LifeAccount):
    http = PlatformSession(base_url=sandbox.url)
    for address in ("http://127.0.0.1/show.htm", "https://alipay.com.evil.test/", "file:///etc/passwd", ""):
        with pytest.raises(OutcomeUnknownError, match="无法识别"):
            code_pictures.read_content(http, address)
    with pytest.raises(OutcomeUnknownError, match="没有取到"):
        code_pictures.read_content(http, "https://mobilecodec.alipay.com/show.htm?code=other")
    ticket = life.create_qr_code("shop_abc", permanent=True)

    class Redirecting(PlatformSession):
        to = ticket.ticket

        def request(self, method: str, url: str, **options: object) -> Response:
            if not url.endswith("/here"):
                return super().request(method, url, **options)
            moved = Response()
            moved.status_code, moved.headers["Location"] = 302, self.to
            return moved

    redirecting = Redirecting(base_url=sandbox.url)
    assert code_pictures.read_content(redirecting, "https://mobilecodec.alipay.com/here") == ticket.url
    for target in ("https://evil.test/here", "/here"):
        redirecting.to = target
        with pytest.raises(OutcomeUnknownError, match="无法识别"):
            code_pictures.read_content(redirecting, "https://mobilecodec.alipay.com/here")


def test_keys_of_an_application_are_checked_without_a_seller(sandbox: Sandbox, app_id: str):
    given = sandbox.state.alipay.apps.get(app_id).credentials()
    credentials = AlipayCredentials(app_id, given["private_key_pem"], tuple(given["public_keys"]), "")
    http = PlatformSession(base_url=sandbox.url)
    assert Alipay(credentials, http, notify_url="").find_application_problem() is None
    wrong = replace(credentials, private_key_pem=OTHER_KEY)
    assert "不是一对" in str(Alipay(wrong, http, notify_url="").find_application_problem())
