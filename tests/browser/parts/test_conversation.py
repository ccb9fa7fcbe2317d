"""Parts of the README that begin in the chat: follow replies, menus, check-ins, nearby stores."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.console_pages import open_menu_entry
from tests.browser.parts.seed import KEY
from tests.browser.parts.ways import Api, Customer, Staff, link_in, wait_for
from tests.browser.seed import PLACES
from tests.browser.test_first_conversation import nearest_shops

GREETING, AGAIN, NO_MATCH = "新店开业，欢迎光临", "欢迎回来", "请点菜单查看服务"
PLACE = PLACES[0]


def test_follow_replies(customer: Customer, staff: Staff, open_console: Callable[[str], Page]) -> None:
    """HTTP: staff set the replies. Chat: a follower reads them. Browser: the console and the page of the card."""
    card = {"type": "article", "title": GREETING, "url": f"/m/nearby?a={KEY}"}
    again, no_match = {"type": "text", "text": AGAIN}, {"type": "text", "text": NO_MATCH}
    staff.put(
        "/keyword-replies/defaults", {"follow": [card], "welcome_back": [again], "fallback": [no_match]}
    )
    reply = customer.chat.act("follow")
    assert GREETING in reply
    customer.chat.unfollow()
    assert AGAIN in customer.chat.act("follow")
    assert NO_MATCH in customer.chat.say("在吗")
    page = customer.open(f"{link_in(reply)}#{PLACE['lng']:.5f},{PLACE['lat']:.5f}")
    expect(page.get_by_test_id("shop").first).to_be_visible()

    console = open_console("")
    open_menu_entry(console, "会话", "关键词回复")
    console.get_by_role("button", name="关注与默认回复").click()
    dialog = console.locator(".el-dialog:visible")
    expect(dialog.get_by_label("标题")).to_have_value(GREETING)
    expect(dialog.locator("[data-field=welcome_back] textarea")).to_have_value(AGAIN)


def test_menus(customer: Customer, staff: Staff) -> None:
    """HTTP: staff publish a menu. Chat: the phone shows and taps it. Browser: its link opens a page."""
    wait_for(customer.list_buttons, bool)
    buttons = staff.get(f"/menus/{KEY}")["button"][:2]
    checked = {"name": "每日签到", "type": "click", "key": "daily", "answers": [{"type": "check_in"}]}
    link = {"name": "我的积分", "type": "view", "url": f"/m/points?a={KEY}"}
    staff.put(f"/menus/{KEY}", {"button": [*buttons, {"name": "每日", "sub_button": [checked, link]}]})
    staff.post(f"/menus/{KEY}/publications")

    customer.chat.act("follow")
    shown = wait_for(customer.list_buttons, lambda rows: rows[-1]["name"] == "每日")
    click, view = shown[-1]["sub_button"]
    assert "签到成功！积分 +5" in customer.chat.act("click", key=click["key"])
    page = customer.open(view["url"])
    expect(page.get_by_test_id("available")).to_have_text("5")
    assert customer.use_pages_api(page).get("/api/me/points")["accounts"][0]["available"] == 5


def test_check_ins(customer: Customer) -> None:
    """Chat: 签到. HTTP: the streak is 1, and a second check-in gives nothing. Browser: the day is done."""
    customer.chat.act("follow")
    assert "签到成功！积分 +5，已连续签到 1 天，当前积分 5" in customer.chat.say("签到")
    page = customer.open_page("me")
    api = customer.use_pages_api(page)
    today = api.get("/api/me/check-ins")["today"]
    assert (today["done"], today["streak"]) == (True, 1)
    assert api.post("/api/me/check-ins")["already_done"]
    expect(page.get_by_test_id("streak")).to_have_text("1")
    expect(page.get_by_test_id("check-in")).to_be_disabled()
    expect(page.get_by_test_id("points")).to_have_text("5")
    assert "今天已经签到过了" in customer.chat.say("签到")


def test_nearby_stores(customer: Customer) -> None:
    """Chat: a sent location is answered with the nearest stores. HTTP and browser: the same stores, as far away."""
    customer.chat.act("follow")
    reply = customer.chat.act("location", **PLACE)
    nearest = nearest_shops(PLACE["lng"], PLACE["lat"])
    assert re.findall(r"^\d\. (.+)$", reply, re.M) == [f"{name} {away}" for name, away in nearest[:3]]

    page = customer.open(link_in(reply))
    expect(page.get_by_test_id("shop-name").first).to_have_text(nearest[0][0])
    assert page.get_by_test_id("distance").all_inner_texts()[:3] == [away for _, away in nearest[:3]]
    place = {"lng": PLACE["lng"], "lat": PLACE["lat"], "account": KEY}
    found = Api(customer.app.web).get("/api/stores/nearby", **place)["list"]
    assert [row["name"] for row in found[:3]] == [name for name, _ in nearest[:3]]
