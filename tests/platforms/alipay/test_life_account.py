"""Life accounts of the sandbox: what is sent and shown, by the client of the service, and the rules of the platform."""

from dataclasses import replace

import pytest

from platforms.alipay.client import Alipay
from platforms.alipay.credentials import AlipayCredentials
from platforms.alipay.life_account import LifeAccount
from platforms.errors import PlatformRejectedError
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


def test_keys_of_an_application_are_checked_without_a_seller(sandbox: Sandbox, app_id: str):
    given = sandbox.state.alipay.apps.get(app_id).credentials()
    credentials = AlipayCredentials(app_id, given["private_key_pem"], tuple(given["public_keys"]), "")
    http = PlatformSession(base_url=sandbox.url)
    assert Alipay(credentials, http, notify_url="").find_application_problem() is None
    wrong = replace(credentials, private_key_pem=OTHER_KEY)
    assert "不是一对" in str(Alipay(wrong, http, notify_url="").find_application_problem())
