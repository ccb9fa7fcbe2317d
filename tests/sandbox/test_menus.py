"""Menus: what the platform takes and what it turns down."""

from typing import Any

import pytest

from tests.support.sandbox_client import OTHER_SHOP, SHOP, Sandbox, start

CLICK = {"type": "click", "name": "附近门店", "key": "near"}
VIEW = {"type": "view", "name": "会员", "url": "http://127.0.0.1:8000/m/me"}


def create(sandbox: Sandbox, button: Any) -> int:
    return sandbox.post("/cgi-bin/menu/create", {"button": button})["errcode"]


def submenu(*subs: Any) -> list[dict]:
    return [{"name": "更多", "sub_button": list(subs)}]


def test_published_menu_comes_back(sandbox: Sandbox) -> None:
    assert create(sandbox, [CLICK, *submenu(VIEW, CLICK)]) == 0
    token = sandbox.token()
    menu = sandbox.get("/cgi-bin/menu/get", access_token=token)["menu"]["button"]
    assert menu[0] == {**CLICK, "sub_button": []}
    assert [sub["name"] for sub in menu[1]["sub_button"]] == ["会员", "附近门店"]
    current = sandbox.get("/cgi-bin/get_current_selfmenu_info", access_token=token)
    assert current["is_menu_open"] == 1
    assert current["selfmenu_info"]["button"][1]["sub_button"]["list"] == [VIEW, CLICK]


def test_there_is_no_menu_before_and_after(sandbox: Sandbox) -> None:
    assert sandbox.get("/cgi-bin/menu/get", access_token=sandbox.token())["errcode"] == 46003
    create(sandbox, [CLICK])
    assert sandbox.get("/cgi-bin/menu/delete", access_token=sandbox.token())["errcode"] == 0
    assert sandbox.get("/cgi-bin/menu/get", access_token=sandbox.token())["errcode"] == 46003
    assert (
        sandbox.get("/cgi-bin/get_current_selfmenu_info", access_token=sandbox.token())["is_menu_open"] == 0
    )


def test_menus_belong_to_their_account_and_outlive_a_restart(sandbox: Sandbox) -> None:
    create(sandbox, [CLICK])
    again = start(sandbox.folder)
    assert again.get(f"/sandbox/accounts/{SHOP['appid']}/menu")["button"][0]["key"] == "near"
    assert again.get(f"/sandbox/accounts/{OTHER_SHOP['appid']}/menu")["button"] is None


@pytest.mark.parametrize(
    ("button", "errcode"),
    [
        (None, 40015),
        ([], 40016),
        ([CLICK] * 4, 40016),
        (["x"], 40017),
        ([{"name": "无类型"}], 40017),
        ([{**CLICK, "type": "dance"}], 40017),
        ([{**CLICK, "name": ""}], 40018),
        ([{**CLICK, "name": "六个汉字太长"}], 40018),
        ([{"type": "click", "name": "点"}], 40019),
        ([{**CLICK, "key": "k" * 129}], 40019),
        ([{"type": "view", "name": "看"}], 40020),
        ([{**VIEW, "url": "http://a.cn/" + "x" * 1013}], 40020),
        ([{**VIEW, "url": "javascript:alert(1)"}], 40055),
        (submenu(*[CLICK] * 6), 40023),
        (submenu("x"), 40024),
        (submenu({**CLICK, "type": "dance"}), 40024),
        (submenu({**CLICK, "name": "字" * 21}), 40025),
        (submenu({**CLICK, "key": ""}), 40026),
        (submenu({**VIEW, "url": ""}), 40027),
        (submenu({**VIEW, "url": "ftp://a.cn/"}), 40054),
        (submenu({"name": "第三层", "sub_button": [CLICK]}), 40022),
        ([{"type": "miniprogram", "name": "小程序", "url": "http://a.cn", "pagepath": "p"}], 40013),
        ([{"type": "media_id", "name": "图"}], 40007),
    ],
)
def test_bad_menu_is_turned_down_and_the_old_one_stays(sandbox: Sandbox, button: Any, errcode: int) -> None:
    create(sandbox, [VIEW])
    assert create(sandbox, button) == errcode
    assert (
        sandbox.get("/cgi-bin/menu/get", access_token=sandbox.token())["menu"]["button"][0]["name"] == "会员"
    )


def test_the_longest_menu_is_taken(sandbox: Sandbox) -> None:
    longest = {"type": "click", "name": "字" * 20, "key": "k" * 128}
    top = {"name": "五个汉字a", "sub_button": [longest] * 5}
    assert len(top["name"].encode()) == 13
    assert create(sandbox, [{**top, "name": "n" * 16}] * 3) == 0
