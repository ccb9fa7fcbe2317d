"""QR codes with a scene: making, showing, scanning, expiring."""

import io

import pytest
from PIL import Image

from tests.support.sandbox_client import OTHER_SHOP, SHOP, Sandbox, start


def qr_request(action: str, scene: object, **more: object) -> dict:
    field = "scene_str" if "STR" in action else "scene_id"
    return {"action_name": action, "action_info": {"scene": {field: scene}}, **more}


def create(sandbox: Sandbox, *args: object, **more: object) -> dict:
    return sandbox.post("/cgi-bin/qrcode/create", qr_request(*args, **more))


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        (qr_request("QR_DANCE", 1), 40052),
        ({}, 40052),
        ({"action_name": "QR_SCENE"}, 40053),
        (qr_request("QR_SCENE", 0), 40053),
        (qr_request("QR_SCENE", "1"), 40053),
        (qr_request("QR_SCENE", 2**32), 40053),
        (qr_request("QR_LIMIT_SCENE", 100_001), 40053),
        (qr_request("QR_STR_SCENE", ""), 40053),
        (qr_request("QR_STR_SCENE", "s" * 65), 40053),
        (qr_request("QR_STR_SCENE", "s", expire_seconds=2_592_001), 40053),
    ],
)
def test_bad_request_makes_no_code(sandbox: Sandbox, body: dict, errcode: int) -> None:
    assert sandbox.post("/cgi-bin/qrcode/create", body)["errcode"] == errcode
    assert sandbox.get(f"/sandbox/codes/{SHOP['appid']}")["codes"] == []


def test_temporary_code_says_how_long_it_lasts(sandbox: Sandbox) -> None:
    assert create(sandbox, "QR_SCENE", 7)["expire_seconds"] == 60
    assert create(sandbox, "QR_STR_SCENE", "s", expire_seconds=2_592_000)["expire_seconds"] == 2_592_000


def test_permanent_scene_has_one_code_that_outlives_a_restart(sandbox: Sandbox) -> None:
    made = create(sandbox, "QR_LIMIT_STR_SCENE", "shop-1")
    assert create(sandbox, "QR_LIMIT_STR_SCENE", "shop-1") == made
    assert "expire_seconds" not in made
    codes = start(sandbox.folder).get(f"/sandbox/codes/{SHOP['appid']}")["codes"]
    assert [(each["scene"], each["ticket"]) for each in codes] == [("shop-1", made["ticket"])]


def test_picture_is_shown_until_the_code_expires(sandbox: Sandbox) -> None:
    ticket = create(sandbox, "QR_SCENE", 7)["ticket"]
    answer = sandbox.client.get("/cgi-bin/showqrcode", query_string={"ticket": ticket})
    assert Image.open(io.BytesIO(answer.data)).format == "PNG"
    sandbox.clock.advance(seconds=60)
    assert sandbox.client.get("/cgi-bin/showqrcode", query_string={"ticket": ticket}).status_code == 404


@pytest.mark.parametrize("by", ["ticket", "url", "picture", "scene"])
def test_scanning_follows_first_and_tells_the_scene(sandbox: Sandbox, by: str) -> None:
    made = create(sandbox, "QR_LIMIT_STR_SCENE", "shop-1")
    ways = {
        "ticket": {"ticket": made["ticket"]},
        "url": {"url": made["url"]},
        "picture": {"url": f"http://127.0.0.1/cgi-bin/showqrcode?ticket={made['ticket']}"},
        "scene": {"scene": "shop-1"},
    }
    first = sandbox.do_action("scan", **ways[by])["push"]["xml"]
    assert "<Event><![CDATA[subscribe]]>" in first
    assert "<EventKey><![CDATA[qrscene_shop-1]]>" in first
    again = sandbox.do_action("scan", **ways[by])["push"]["xml"]
    assert "<Event><![CDATA[SCAN]]>" in again
    assert "<EventKey><![CDATA[shop-1]]>" in again
    assert made["ticket"] in again


def test_scanning_leads_to_the_codes_own_account(sandbox: Sandbox) -> None:
    ticket = sandbox.post("/cgi-bin/qrcode/create", qr_request("QR_SCENE", 7), OTHER_SHOP)["ticket"]
    assert sandbox.do_action("scan", ticket=ticket)["appid"] == OTHER_SHOP["appid"]
    assert sandbox.chat(appid=OTHER_SHOP["appid"])["following"] is True
    assert sandbox.chat()["following"] is False


def test_web_address_opens_instead(sandbox: Sandbox) -> None:
    assert (
        sandbox.do_action("scan", url="http://127.0.0.1:8000/m/table/3")["open"]
        == "http://127.0.0.1:8000/m/table/3"
    )


def test_expired_and_unknown_codes_are_refused(sandbox: Sandbox) -> None:
    ticket = create(sandbox, "QR_SCENE", 7)["ticket"]
    sandbox.clock.advance(seconds=61)
    assert sandbox.do_action("scan", ticket=ticket)["error"] == "code_expired"
    assert sandbox.do_action("scan", ticket="gQ-made-up")["error"] == "no_such_code"
    assert sandbox.do_action("scan", url="gQ-made-up")["error"] == "no_such_code"
    assert sandbox.do_action("scan", scene="nowhere")["error"] == "no_such_scene"


def test_user_info_tells_the_scene_that_brought_the_follower(sandbox: Sandbox) -> None:
    create(sandbox, "QR_LIMIT_SCENE", 42)
    sandbox.do_action("scan", scene="42")
    info = sandbox.get("/cgi-bin/user/info", access_token=sandbox.token(), openid=sandbox.openid())
    assert (info["subscribe"], info["qr_scene"], info["subscribe_scene"]) == (1, 42, "ADD_SCENE_QR_CODE")
