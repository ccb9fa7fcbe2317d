"""Messages an account sends: the person's windows and quotas decide."""

import pytest

from tests.support.sandbox_client import OTHER_SHOP, SHOP, Sandbox


def send(sandbox: Sandbox, content: str = "您好", account: dict = SHOP, **changes: object) -> int:
    body = {"touser": sandbox.openid(), "msgtype": "text", "text": {"content": content}, **changes}
    return sandbox.post("/cgi-bin/message/custom/send", body, account)["errcode"]


@pytest.fixture
def follower(sandbox: Sandbox) -> Sandbox:
    """The follow window is over."""
    sandbox.do_action("follow")
    sandbox.clock.advance(seconds=60)
    return sandbox


def test_message_arrives_in_the_chat(follower: Sandbox) -> None:
    follower.do_action("text", content="在吗")
    assert send(follower, "在的 <b>亲</b>") == 0
    assert follower.list_messages()[-1]["content"] == {"Content": "在的 <b>亲</b>"}


def test_no_message_can_be_sent_outside_a_window(follower: Sandbox) -> None:
    assert send(follower) == 45015


@pytest.mark.parametrize(
    ("do", "more", "count", "window_s"),
    [
        ("text", {"content": "在吗"}, 5, 48 * 3600),
        ("image", {}, 5, 48 * 3600),
        ("location", {"lng": 116.3, "lat": 39.9}, 5, 48 * 3600),
        ("click", {"key": "near"}, 3, 60),
    ],
)
def test_each_cause_has_its_quota_and_window(
    follower: Sandbox, do: str, more: dict, count: int, window_s: int
) -> None:
    follower.do_action(do, **more)
    assert [send(follower) for _ in range(count + 1)] == [0] * count + [45047]
    follower.do_action(do, **more)
    follower.clock.advance(seconds=window_s - 1)
    assert send(follower) == 0
    follower.clock.advance(seconds=1)
    assert send(follower) == 45015


def test_following_gives_three_messages_within_a_minute(sandbox: Sandbox) -> None:
    sandbox.do_action("follow")
    assert [send(sandbox) for _ in range(4)] == [0, 0, 0, 45047]


def test_scanning_gives_three_messages_within_a_minute(follower: Sandbox) -> None:
    body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "shop-1"}}}
    follower.post("/cgi-bin/qrcode/create", body)
    follower.do_action("scan", scene="shop-1")
    assert [send(follower) for _ in range(4)] == [0, 0, 0, 45047]


def test_the_short_window_is_spent_before_the_long_one(follower: Sandbox) -> None:
    follower.do_action("text", content="在吗")
    follower.do_action("click", key="near")
    assert [send(follower) for _ in range(3)] == [0, 0, 0]
    follower.clock.advance(seconds=60)
    assert [send(follower) for _ in range(6)] == [0] * 5 + [45047]


def test_a_view_or_a_reported_place_opens_no_window(follower: Sandbox) -> None:
    follower.do_action("view", url="http://127.0.0.1/m")
    follower.do_action("location_event", lng=116.3, lat=39.9)
    assert send(follower) == 45015


def test_strangers_and_leavers_cannot_be_written_to(follower: Sandbox) -> None:
    follower.do_action("text", content="再见")
    assert send(follower, account=OTHER_SHOP) == 40003
    assert send(follower, touser="o-made-up") == 40003
    follower.do_action("unfollow")
    assert send(follower) == 43004
    follower.do_action("follow")
    assert follower.chat()["quotas"].keys() == {"follow"}


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"msgtype": "dance"}, 40008),
        ({"msgtype": ["text"]}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": None}, 44004),
        ({"text": {"content": "字" * 683}}, 45002),
        ({"msgtype": "image", "image": {}}, 40007),
        ({"msgtype": "news", "news": {"articles": []}}, 45008),
        ({"msgtype": "news", "news": {"articles": [{"title": "一"}, {"title": "二"}]}}, 45008),
        ({"msgtype": "news", "news": {"articles": [{"title": "t" * 129}]}}, 45003),
        ({"msgtype": "news", "news": {"articles": [{"title": "t", "description": "d" * 513}]}}, 45004),
        ({"msgtype": "news", "news": {"articles": [{"title": "t", "url": "u" * 1025}]}}, 45005),
        ({"msgtype": "miniprogrampage", "miniprogrampage": {"thumb_media_id": "m"}}, 40013),
        ({"msgtype": "miniprogrampage", "miniprogrampage": {"appid": "wx1"}}, 40007),
    ],
)
def test_bad_message_is_refused_and_costs_nothing(follower: Sandbox, body: dict, errcode: int) -> None:
    follower.do_action("text", content="在吗")
    assert send(follower, **body) == errcode
    assert [send(follower) for _ in range(5)] == [0] * 5


def test_article_and_mini_program_page_arrive(follower: Sandbox) -> None:
    follower.do_action("text", content="在吗")
    article = {"title": "新店开业", "description": "来看看", "url": "http://127.0.0.1/a", "picurl": ""}
    assert send(follower, msgtype="news", news={"articles": [article]}) == 0
    page = {"title": "商城", "appid": "wx1", "pagepath": "pages/home", "thumb_media_id": "m1"}
    assert send(follower, msgtype="miniprogrampage", miniprogrampage=page) == 0
    assert [line["kind"] for line in follower.list_messages()] == ["news", "miniprogrampage"]
    assert follower.list_messages()[0]["content"]["Articles"][0]["Title"] == "新店开业"


def test_typing_shows_until_the_answer_comes(follower: Sandbox) -> None:
    def command(name: str) -> int:
        body = {"touser": follower.openid(), "command": name}
        return follower.post("/cgi-bin/message/custom/typing", body)["errcode"]

    assert command("Typing") == 45080
    follower.do_action("text", content="在吗")
    assert command("Dance") == 45072
    assert command("Typing") == 0
    assert command("Typing") == 45081
    assert follower.chat()["typing"] is True
    send(follower)
    assert follower.chat()["typing"] is False
    assert command("Typing") == 0
    assert command("CancelTyping") == 0
    follower.clock.advance(seconds=31)
    assert command("Typing") == 45080
