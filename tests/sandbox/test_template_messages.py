"""Template and subscribe messages: strict parameters, acceptances, and the events that report the outcome."""

import pytest

from platforms.errors import OutcomeUnknownError
from platforms.http import PlatformSession
from platforms.wechat.access_token import AccessTokens, InMemoryTokenStore
from platforms.wechat.official_account import OfficialAccount
from sandbox import message_templates
from sandbox.template_values import is_valid
from store.core import clock
from tests.support.sandbox_client import PERSON, PROGRAM, SHOP, Sandbox, start, write_accounts

TEMPLATE, SUBSCRIBE = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/send"
TITLE = "积分变动提醒"
VALUES = {
    "thing1": "消费获得",
    "character_string2": "+20",
    "number3": "120",
    "time4": "2026年10月1日 15:01",
}
SUBSCRIPTIONS = f"/sandbox/people/{PERSON}/subscriptions/{PROGRAM['appid']}"


def template_id(account: dict, title: str = TITLE) -> str:
    stored = message_templates.openids.derive_template_id(appid=account["appid"], title=title)
    assert len(stored) == 43
    return stored


def to_data(values: dict[str, str]) -> dict:
    return {keyword: {"value": value} for keyword, value in values.items()}


def send(sandbox: Sandbox, account: dict = SHOP, **changes: object) -> dict:
    body = {
        "touser": sandbox.openid(appid=account["appid"]),
        "template_id": template_id(account),
        "data": to_data(VALUES),
        **changes,
    }
    return sandbox.post(TEMPLATE if account is SHOP else SUBSCRIBE, body, account)


def received(sandbox: Sandbox) -> list[dict]:
    return sandbox.get(f"/sandbox/people/{PERSON}/template-messages")["messages"]


def answer(sandbox: Sandbox, status: str = "accept", account: dict = PROGRAM) -> dict:
    return sandbox.client.post(SUBSCRIPTIONS, json={"answers": {template_id(account): status}}).json


def remaining(sandbox: Sandbox) -> int:
    return sum(each["remaining"] for each in sandbox.get(SUBSCRIPTIONS)["templates"])


@pytest.fixture
def follower(sandbox: Sandbox) -> Sandbox:
    sandbox.do_action("follow")
    return sandbox


@pytest.fixture
def program(tmp_path, webhook) -> Sandbox:
    """The mini-program has a callback."""
    keys = {name: SHOP[name] for name in ("token", "encoding_aes_key", "mode")}
    write_accounts(tmp_path, SHOP, {**PROGRAM, **keys, "callback": webhook.url})
    return start(tmp_path)


def test_template_message_is_shown_in_the_chat(follower: Sandbox) -> None:
    sent = send(follower, url="https://xiaoer.test/m/me")
    (message,) = received(follower)
    assert (sent["errcode"], message["message_id"]) == (0, sent["msgid"])
    assert message["lines"][1] == {"name": "变动积分", "value": "+20"}
    line = follower.list_messages()[-1]
    assert (line["kind"], line["content"]["url"]) == ("template", "https://xiaoer.test/m/me")


@pytest.mark.parametrize("account", [SHOP, PROGRAM])
def test_templates_are_listed_with_stable_ids(sandbox: Sandbox, account: dict) -> None:
    token = sandbox.token(account)
    if account is SHOP:
        listed = sandbox.get("/cgi-bin/template/get_all_private_template", access_token=token)
        ids = [each["template_id"] for each in listed["template_list"]]
    else:
        listed = sandbox.get("/wxaapi/newtmpl/gettemplate", access_token=token)
        ids = [each["priTmplId"] for each in listed["data"]]
        assert listed["data"][0]["content"].startswith("变动类型:{{thing1.DATA}}")
    assert template_id(account) in ids
    assert len(set(ids)) == 10
    shown = sandbox.get(f"/sandbox/accounts/{account['appid']}/templates")["templates"]
    assert [each["template_id"] for each in shown] == ids


def test_examples_of_the_templates_are_valid() -> None:
    for lines in message_templates.BUILT_IN_TEMPLATES.values():
        for _, keyword, example in lines:
            assert is_valid(keyword.rstrip("0123456789"), example), (keyword, example)


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"template_id": "unknown"}, 40037),
        ({"touser": "unknown"}, 40003),
        ({"data": to_data({"thing1": "少了几项"})}, 47003),
        ({"data": to_data(VALUES | {"thing9": "多了一项"})}, 47003),
        ({"data": VALUES}, 47003),
        ({"data": to_data(VALUES | {"thing1": "长" * 21})}, 47003),
        ({"data": to_data(VALUES | {"thing1": ""})}, 47003),
        ({"miniprogram": {"appid": "unknown"}}, 40013),
    ],
)
def test_wrong_parameters_are_refused(follower: Sandbox, changes: dict, errcode: int) -> None:
    assert send(follower, **changes)["errcode"] == errcode
    assert received(follower) == []


@pytest.mark.parametrize("account", [SHOP, PROGRAM])
def test_msg_4_data_as_a_list_is_rejected(follower: Sandbox, account: dict) -> None:
    answer(follower)
    data = [{"name": keyword, "value": value} for keyword, value in VALUES.items()]
    assert send(follower, account, data=data)["errcode"] == 47003
    assert received(follower) == []
    assert remaining(follower) == 1


@pytest.mark.parametrize(
    ("type_name", "good", "bad"),
    [
        ("thing", "二十个字以内 A1", "字" * 21),
        ("number", "12.50", "-1"),
        ("letter", "abc", "a1"),
        ("symbol", "!?…", "a"),
        ("character_string", "A-1+2", "中文"),
        ("time", "2026-10-01 15:01", "25:00"),
        ("time", "9:00~18:00", "9:00~18:00~20:00"),
        ("date", "2026年10月1日", "明天"),
        ("amount", "￥12.80元", "12345678901"),
        ("phone_number", "+86-138000138000", "1" * 18),
        ("car_number", "京A12345", "京A12345678"),
        ("name", "王小美", "一二三四五六七八九十百"),
        ("phrase", "升级", "一二三四五六"),
    ],
)
def test_values_keep_the_limits_of_their_type(type_name: str, good: str, bad: str) -> None:
    assert (is_valid(type_name, good), is_valid(type_name, bad)) == (True, False)


def test_person_who_does_not_follow_gets_no_template_message(sandbox: Sandbox) -> None:
    assert send(sandbox)["errcode"] == 43004


def test_repeated_number_sends_nothing_for_ten_minutes(follower: Sandbox) -> None:
    ids = [send(follower, client_msg_id="n1")["msgid"] for _ in range(2)]
    assert (ids[0], len(received(follower))) == (ids[1], 1)
    follower.clock.advance(seconds=600)
    assert send(follower, client_msg_id="n1")["msgid"] != ids[0]
    assert len(received(follower)) == 2


def test_wrong_kind_of_account_is_refused(follower: Sandbox) -> None:
    assert follower.post(TEMPLATE, {}, PROGRAM)["errcode"] == 48001
    assert follower.post(SUBSCRIBE, {}, SHOP)["errcode"] == 48001


def test_one_acceptance_is_one_message(sandbox: Sandbox) -> None:
    assert send(sandbox, PROGRAM)["errcode"] == 43101
    answer(sandbox, "reject")
    assert send(sandbox, PROGRAM)["errcode"] == 43101
    answer(sandbox)
    assert [send(sandbox, PROGRAM, page="/pages/me")["errcode"] for _ in range(2)] == [0, 43101]
    assert [(each["kind"], each["page"]) for each in received(sandbox)] == [("subscribe", "/pages/me")]


@pytest.mark.parametrize(
    "answers", [{}, None, {"unknown": "accept"}, {template_id(PROGRAM): "perhaps"}, {"a": 1}]
)
def test_wrong_answer_is_refused(sandbox: Sandbox, answers: object) -> None:
    response = sandbox.client.post(SUBSCRIPTIONS, json={"answers": answers})
    assert response.status_code in (400, 404)
    assert remaining(sandbox) == 0


@pytest.mark.parametrize("blocked", [False, True])
def test_outcome_of_a_template_message_is_pushed(shop: Sandbox, webhook, blocked: bool) -> None:
    shop.do_action("follow")
    path = f"/sandbox/people/{PERSON}/subscriptions/{SHOP['appid']}"
    shop.client.put(path, json={"blocked": blocked})
    message_id = send(shop)["msgid"]
    shop.state.message_events.wait()
    body = webhook.requests[-1]["body"]
    assert "TEMPLATESENDJOBFINISH" in body
    assert f"<MsgID>{message_id}</MsgID>" in body
    assert ("failed:user block" if blocked else "success") in body
    assert len(received(shop)) == (0 if blocked else 1)


def test_answers_revocations_and_messages_of_a_mini_program_are_pushed(program: Sandbox, webhook) -> None:
    answer(program, "reject")
    answer(program)
    answer(program)
    message_id = send(program, PROGRAM)["msgid"]
    program.state.message_events.wait()
    program.client.delete(SUBSCRIPTIONS)
    program.client.delete(SUBSCRIPTIONS)  # changes nothing
    bodies = [request["body"] for request in webhook.requests]
    names = ["popup", "popup", "popup", "sent", "change"]
    assert len(bodies) == len(names)
    assert all(f"subscribe_msg_{name}_event" in body for name, body in zip(names, bodies, strict=True))
    assert "<SubscribeStatusString><![CDATA[reject]]>" in bodies[0]
    assert f"<MsgID><![CDATA[{message_id}]]></MsgID>" in bodies[3]
    assert remaining(program) == 0


def test_message_whose_answer_is_lost_was_delivered(shop: Sandbox, sandbox_url: str) -> None:
    shop.do_action("follow")
    shop.client.put(
        "/sandbox/faults", json={"path": TEMPLATE, "kind": "late_answer", "times": 1, "delay_s": 0.05}
    )
    with PlatformSession(base_url=sandbox_url) as http:
        tokens = AccessTokens(SHOP["appid"], SHOP["secret"], InMemoryTokenStore(clock.now), http, clock.now)
        official = OfficialAccount(SHOP["appid"], tokens, http)
        (template,) = [each for each in official.list_templates() if each.title == TITLE]
        with pytest.raises(OutcomeUnknownError) as caught:
            official.send_template(
                shop.openid(), template_id=template.template_id, data=VALUES, client_msg_id="n1"
            )
        assert caught.value.perhaps_sent
        (message,) = received(shop)
        again = official.send_template(
            shop.openid(), template_id=template.template_id, data=VALUES, client_msg_id="n1"
        )
    assert again == str(message["message_id"])
    assert len(received(shop)) == 1


def test_reset_forgets_messages_and_acceptances(follower: Sandbox) -> None:
    send(follower)
    answer(follower)
    follower.client.post("/sandbox/reset")
    assert (received(follower), remaining(follower)) == ([], 0)
