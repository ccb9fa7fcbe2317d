"""The gateway of a life account: what Alipay posts is verified, and answered by the same conversation as WeChat."""

import json
import time
from types import SimpleNamespace

import pytest
from apiflask import APIFlask

import platform_clients
from handlers import alipay_gateway
from platforms.qr_ticket import QrTicket
from store.check_ins import check_ins
from store.core.errors import DomainError
from store.core.events import Event
from store.customers import followers
from store.messages.messages import Message
from store.official_accounts import conversation, keyword_replies, menus, qr_codes
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import channels
from store.tenants.channels import Channel
from tasks import relay
from tests.support.life_account import APP_ID, CHECK, USER, LifeAccount, event, text

PLACE = (116.404, 39.915)
MENU = {
    "button": [
        {"type": "click", "name": "附近", "key": "NEARBY", "answers": [{"type": "nearby"}]},
        {"type": "click", "name": "会员", "key": "MEMBER", "answers": [{"type": "member"}]},
    ]
}


class Platform:
    """What the account has sent, and where the person is."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.place: tuple[float, float] | None = None

    def client(self, channel: Channel) -> SimpleNamespace:
        return SimpleNamespace(
            send_text=lambda user, content: self.said.append(f"{user}:{content}"),
            send_articles=lambda user, cards: self.said.extend(
                f"{user}:{card.title} {card.url}" for card in cards
            ),
            find_location=lambda user: self.place,
            create_qr_code=lambda scene, **_: QrTicket("ticket", f"https://qr.alipay.com/{scene}", None),
        )


@pytest.fixture
def life(acme: str, web: APIFlask) -> LifeAccount:
    web.register_blueprint(alipay_gateway.bp)
    account = LifeAccount(web)
    channel = channels.add(
        kind="alipay", key=account.key, name="小二便利", appid=APP_ID, secret=account.private_key,
        platform_public_key=account.platform_key,
    )  # fmt: skip
    for word, answer in (("签到", {"type": "check_in"}), ("人工", {"type": "transfer"})):
        keyword_replies.save_rule(
            name=word, match="exact", keywords=[word], replies=[answer], channel=channel
        )
    menus.save_draft(channel, MENU)
    menus.finish_publication(menus.request_publication(channel).id)
    return account


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    platform = Platform()
    monkeypatch.setattr(platform_clients, "life_account_client", platform.client)
    return platform


def test_check_of_the_gateway_is_answered_with_our_public_key(life: LifeAccount):
    form = life.form(event("verifygw"), service=CHECK)
    content = life.read(life.post(life.sign(form)))
    prefix, suffix = "<success>true</success><biz_content>", "</biz_content>"
    assert content.startswith(prefix)
    assert life.is_public_key(content.removeprefix(prefix).removesuffix(suffix))
    assert life.post(life.sign(form, key=life.mine)).status_code == 403


def test_follow_check_in_member_card_and_nearby_shops(life: LifeAccount, platform: Platform):
    shops.create_shop(code="S1", name="前门店", location=Coordinates(*PLACE), city="北京市")
    channel = channels.get_by_key(life.key)
    assert "ack" in life.send(event("follow"))
    relay.run("acme")
    assert platform.said.pop().startswith(f"{USER}:欢迎关注")
    customer = followers.find_customer(channel, USER)
    assert customer is not None
    assert customer.source == "alipay"

    life.send(text("签到", "1"))
    life.send(text("签到", "1"))  # the platform repeats it
    relay.run("acme")
    assert [said[:21] for said in platform.said] == [f"{USER}:签到成功"]
    assert check_ins.CheckIn.select().count() == 1

    life.send(event("click", "MEMBER"))
    relay.run("acme")
    assert platform.said.pop().endswith(f"/m/me?a={life.key}")

    life.send(event("click", "NEARBY"))
    relay.run("acme")
    assert platform.said.pop().startswith(f"{USER}:附近门店 ")
    platform.place = PLACE
    life.send(event("click", "NEARBY"))
    relay.run("acme")
    card = platform.said.pop()
    assert "离您最近：前门店" in card
    assert "116." not in card  # a queued message does not say where the person is
    assert "116." not in str(list(Message.select(Message.variables).tuples()))

    life.send(text("人工", "2"))
    relay.run("acme")
    assert "没有人工客服" in platform.said.pop()
    life.send(event("unfollow"))
    assert followers.list_followed_channels(customer) == []


def test_request_that_is_not_from_alipay_changes_nothing(life: LifeAccount, platform: Platform):
    right = life.form(text("签到", "1"))
    altered = life.sign(right).replace(b"MsgId", b"MsgID")
    refused = {
        "foreign key": life.sign(right, key=life.mine),
        "altered": altered,
        "foreign application": life.sign(life.form(text("签到", "1"), app_id="2021000000000009")),
        "no application": life.sign(life.form(text("签到", "1"), app_id="")),
        "old": life.sign(life.form(text("签到", "1"), at=time.time() - 7200)),
        "no signature": b"service=alipay.mobile.public.message.notify&biz_content=x",
        "twice": life.sign(right) + b"&charset=GBK",
        "document type": life.sign({**right, "biz_content": "<!DOCTYPE XML [<!ENTITY a 'b'>]><XML></XML>"}),
        "other signature type": life.sign({**right, "sign_type": "RSA"}),
    }
    for name, body in refused.items():
        assert life.post(body).status_code in (400, 403), name
    assert life.post(b"x" * 70_000).status_code == 413
    assert check_ins.CheckIn.select().count() == 0
    assert Message.select().count() == 0


def test_message_that_cannot_be_stored_now_is_not_acknowledged(
    life: LifeAccount, platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    real, busy = conversation.answer_message, DomainError("busy", "系统正忙", 503)
    form = life.sign(life.form(text("签到", "1")))
    monkeypatch.setattr(conversation, "answer_message", lambda *_: (_ for _ in ()).throw(busy))
    assert life.post(form).status_code == 503
    monkeypatch.setattr(conversation, "answer_message", real)
    assert life.post(form).status_code == 200  # what the platform repeats
    assert check_ins.CheckIn.select().count() == 1


def test_address_of_wechat_takes_no_alipay_account_and_the_reverse(life: LifeAccount, wechat: object):
    life.key = "acme-safe"
    assert life.post(life.sign(life.form(text("签到", "1")))).status_code == 404
    assert life.web.test_client().post("/wechat/acme-alipay", data=b"x").status_code == 404


def test_menu_that_a_life_account_cannot_show_is_rejected(life: LifeAccount):
    channel = channels.get_by_key(life.key)
    button = {"type": "location_select", "name": "位置", "key": "L"}
    with pytest.raises(DomainError, match="按钮只能是点击或网页"):
        menus.save_draft(channel, {"button": [button]})
    with pytest.raises(DomainError, match="不支持撤下菜单"):
        menus.request_withdrawal(channel)


def test_scan_of_a_shop_code_records_the_shop_and_shows_it(life: LifeAccount, platform: Platform):
    shop = shops.create_shop(code="S1", name="西站店", location=Coordinates(*PLACE))
    channel = channels.get_by_key(life.key)
    code = qr_codes.create(channel=channel, kind="shop", target=shop.public_id, name="门口")
    parameter = json.dumps({"scene": {"sceneId": code.scene}})
    for kind, repeats in (("follow", 2), ("enter", 1)):
        form = life.form(event(kind, parameter))
        for _ in range(repeats):
            assert life.post(life.sign(form)).status_code == 200
    relay.run("acme")
    assert followers.find_customer(channel, USER).first_shop_id == shop.id
    assert sum("西站店" in said for said in platform.said) == 2
    row = qr_codes.get_by_id(code.id)
    assert (row.scans, row.follows, row.url) == (2, 1, f"https://qr.alipay.com/{code.scene}")
    with pytest.raises(DomainError, match="30 分钟"):
        qr_codes.create(
            channel=channel,
            kind="shop",
            target=shop.public_id,
            name="当天",
            permanent=False,
            lifetime_s=86_400,
        )
    scanned = [each for each in Event.select() if each.kind == "qr_codes.scanned"]
    assert [(each.shop_id, each.channel_id) for each in scanned] == [(shop.id, channel.id)] * 2
