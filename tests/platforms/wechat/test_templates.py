"""Template and subscribe messages are sent as WeChat requires them, and its answers become results or errors."""

import pytest

from platforms.errors import CircuitOpenError, OutcomeUnknownError, PlatformRejectedError
from platforms.wechat.mini_program import MiniProgram
from platforms.wechat.official_account import OfficialAccount
from platforms.wechat.templates import PlatformTemplate
from tests.platforms.conftest import PreparedResponse
from tests.platforms.wechat.token_samples import APPID, SECRET, make_access_tokens, make_token, serve_tokens

TEMPLATE, SUBSCRIBE = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/send"
SHOPPER = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"
FINE = {"errcode": 0, "errmsg": "ok"}
DATA = {"thing1": "消费获得", "number2": "20"}


@pytest.fixture
def official(platform, http, clock) -> OfficialAccount:
    serve_tokens(platform)
    return OfficialAccount(APPID, make_access_tokens(http, clock), http)


@pytest.fixture
def mini(platform, http, clock) -> MiniProgram:
    serve_tokens(platform)
    return MiniProgram(APPID, SECRET, make_access_tokens(http, clock), http)


def test_msg_4_data_is_an_object_by_key(platform, official, mini):
    platform.prepare(TEMPLATE, FINE | {"msgid": 200228332})
    platform.prepare(SUBSCRIBE, FINE)
    official.send_template(SHOPPER, template_id="T1", data=DATA)
    mini.send_subscribe_message(SHOPPER, template_id="T2", data=DATA)
    for path in (TEMPLATE, SUBSCRIBE):
        (asked,) = platform.requests_to(path)
        assert asked.json["data"] == {"thing1": {"value": "消费获得"}, "number2": {"value": "20"}}
        assert "消费获得".encode() in asked.body


def test_template_message_is_sent_with_link_mini_program_and_number(platform, official):
    platform.prepare(TEMPLATE, FINE | {"msgid": 200228332})
    message_id = official.send_template(
        SHOPPER,
        template_id="T1",
        data={},
        url="https://xiaoer.test/m/me",
        mini_program=("wxmall", "pages/me"),
        client_msg_id="n1",
    )
    assert message_id == "200228332"
    (asked,) = platform.requests_to(TEMPLATE)
    assert asked.query == {"access_token": make_token(1)}
    assert asked.json == {
        "touser": SHOPPER,
        "template_id": "T1",
        "data": {},
        "url": "https://xiaoer.test/m/me",
        "miniprogram": {"appid": "wxmall", "pagepath": "pages/me"},
        "client_msg_id": "n1",
    }


def test_subscribe_message_is_sent_with_page_and_version(platform, mini):
    platform.prepare(SUBSCRIBE, FINE, FINE | {"msgid": 1700827132819554304})
    send = {"template_id": "T2", "data": {}, "page": "pages/me", "state": "trial"}
    assert [mini.send_subscribe_message(SHOPPER, **send) for _ in range(2)] == ["", "1700827132819554304"]
    assert platform.requests_to(SUBSCRIBE)[0].json == {
        "touser": SHOPPER,
        "template_id": "T2",
        "data": {},
        "page": "pages/me",
        "miniprogram_state": "trial",
        "lang": "zh_CN",
    }


def test_templates_are_listed(platform, official, mini):
    fields = {"title": "积分变动", "content": "类型:{{thing1.DATA}}", "example": "类型:消费"}
    platform.prepare(
        "/cgi-bin/template/get_all_private_template",
        {"template_list": [{"template_id": "T1", "primary_industry": "商业", **fields}, {"title": "无"}, 1]},
    )
    platform.prepare(
        "/wxaapi/newtmpl/gettemplate", FINE | {"data": [{"priTmplId": "T2", "type": 2, **fields}]}
    )
    assert official.list_templates() == [PlatformTemplate(template_id="T1", **fields)]
    assert mini.list_subscribe_templates() == [PlatformTemplate(template_id="T2", **fields)]


def test_unreadable_list_of_templates_is_an_error(platform, official):
    platform.prepare("/cgi-bin/template/get_all_private_template", {"template_list": None})
    with pytest.raises(OutcomeUnknownError):
        official.list_templates()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (43101, "用户没有订阅，或次数已用完"),
        (43107, "该账号的订阅消息能力已被封禁"),
        (47003, "模板参数不正确"),
        (40037, "模板 ID 不正确"),
        (41030, "页面路径不正确"),
    ],
)
def test_rejected_message_has_its_reason(platform, mini, code, message):
    platform.prepare(SUBSCRIBE, {"errcode": code, "errmsg": "no"})
    with pytest.raises(PlatformRejectedError) as caught:
        mini.send_subscribe_message(SHOPPER, template_id="T2", data=DATA)
    assert (caught.value.code, caught.value.message) == (code, message)


@pytest.mark.parametrize("answer", [PreparedResponse(b"", 504), PreparedResponse(b"<html>"), {}])
def test_lost_answer_is_perhaps_sent_and_not_repeated(platform, official, answer):
    platform.prepare(TEMPLATE, answer)
    with pytest.raises(OutcomeUnknownError) as caught:
        official.send_template(SHOPPER, template_id="T1", data=DATA)
    assert caught.value.perhaps_sent
    assert len(platform.requests_to(TEMPLATE)) == 1


def test_used_up_quota_of_the_day_stops_all_calls(platform, official):
    platform.prepare(TEMPLATE, {"errcode": 45009, "errmsg": "reach max api daily quota limit"})
    for _ in range(2):
        with pytest.raises(CircuitOpenError):
            official.send_template(SHOPPER, template_id="T1", data=DATA)
    assert len(platform.requests_to(TEMPLATE)) == 1
