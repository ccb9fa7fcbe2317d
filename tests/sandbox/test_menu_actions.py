"""Every kind of menu button does on the phone what it does in WeChat."""

from xml.etree.ElementTree import fromstring

import pytest

from sandbox.menus import REQUIRED_FIELDS
from sandbox.user_actions import ACTIONS
from tests.support.sandbox_client import Sandbox, Webhook

POINT = {"lng": 116.3213, "lat": 39.8949}


@pytest.fixture
def follower(shop: Sandbox) -> Sandbox:
    shop.do_action("follow")
    return shop


def events(webhook: Webhook) -> list[tuple[str, str | None]]:
    """Kind and key of each push after the follow."""
    pushed = [fromstring(request["body"]) for request in webhook.requests[1:]]
    return [
        (each.findtext("Event") or each.findtext("MsgType"), each.findtext("EventKey")) for each in pushed
    ]


@pytest.mark.parametrize("kind", ["scancode_push", "scancode_waitmsg"])
def test_what_was_scanned_is_pushed(follower, webhook, kind):
    answer = follower.do_action(kind, key="scan", result="https://shop.example/p/1")
    assert events(webhook) == [(kind, "scan")]
    assert (
        fromstring(webhook.requests[1]["body"]).findtext("ScanCodeInfo/ScanResult")
        == "https://shop.example/p/1"
    )
    assert answer["open"] == ("https://shop.example/p/1" if kind == "scancode_push" else None)


@pytest.mark.parametrize("kind", ["pic_sysphoto", "pic_photo_or_album", "pic_weixin"])
def test_a_picture_is_announced_and_sent(follower, webhook, kind):
    follower.do_action(kind, key="picture", pic_url="http://127.0.0.1/a.jpg")
    assert events(webhook) == [(kind, "picture"), ("image", None)]
    announced = fromstring(webhook.requests[1]["body"])
    assert announced.findtext("SendPicsInfo/Count") == "1"
    assert len(announced.findtext("SendPicsInfo/PicList/item/PicMd5Sum")) == 32


def test_a_selected_location_is_announced_and_sent(follower, webhook):
    follower.do_action("location_select", key="here", label="北京西站", **POINT)
    assert events(webhook) == [("location_select", "here"), ("location", None)]
    announced = fromstring(webhook.requests[1]["body"])
    assert announced.findtext("SendLocationInfo/Location_Y") == "116.321300"
    assert announced.findtext("SendLocationInfo/Label") == "北京西站"


def test_a_mini_program_is_pushed_and_a_note_says_that_it_does_not_run(follower, webhook):
    follower.do_action("miniprogram", program="wx1", pagepath="pages/index")
    assert events(webhook) == [("view_miniprogram", "pages/index")]
    assert "沙箱里不运行小程序" in follower.list_messages("note")[-1]["content"]["Content"]


def test_a_material_is_received_without_a_push(follower, webhook):
    follower.do_action("material", media_id="MEDIA")
    assert events(webhook) == []
    assert "MEDIA" in follower.list_messages("note")[-1]["content"]["Content"]


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("scancode_push", {"key": "a"}), ("pic_weixin", {}), ("location_select", {"key": "a", "lng": 400, "lat": 1}),
        ("material", {}), ("miniprogram", {"program": "wx1"}),
    ],
)  # fmt: skip
def test_what_is_incomplete_is_refused(follower, webhook, action, parameters):
    assert follower.do_action(action, **parameters)["error"] == "bad_action"
    assert events(webhook) == []


def test_only_a_follower_presses_buttons(shop):
    assert shop.do_action("material", media_id="MEDIA")["error"] == "not_following"


def test_every_kind_of_button_of_the_menu_has_an_action():
    materials = {"media_id", "view_limited", "article_id", "article_view_limited"}
    assert set(REQUIRED_FIELDS) - materials <= set(ACTIONS)
    assert "material" in ACTIONS


def test_control_characters_are_sent_as_they_are(follower, webhook):
    follower.do_action("text", content="签\u0008到\u001d")
    assert "签\u0008到\u001d" in webhook.requests[1]["body"]
