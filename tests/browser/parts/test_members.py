"""Parts of the README about membership: member card, pay-as-member, merging, card packs that follow."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.parts.ways import Api, Customer, Till, link_in, wait_for
from tests.browser.reloading import reload_until
from tests.browser.test_membership import address
from tests.browser.test_membership import register as register_on_page


def test_member_card(customer: Customer, till: Till) -> None:
    """Browser: a follower registers. Chat: the menu shows the card. HTTP: the page and the till know its number."""
    customer.chat.act("follow")
    customer.chat.say("签到")
    wait_for(customer.list_buttons, bool)
    reply = customer.chat.act("click", key="member")
    assert "小二便利会员卡" in reply
    assert "当前积分 5" in reply
    page = customer.open(link_in(reply))
    expect(page.get_by_test_id("tier")).to_have_text("未注册")
    register_on_page(page, customer.app, customer.id, customer.number)
    expect(page.get_by_test_id("tier")).to_have_text("普卡")
    assert "欢迎加入会员" in customer.chat.wait_for("您已成为")

    card = customer.use_pages_api(page).get("/api/me/card")
    assert (card["joined"], card["tier"]["name"], card["points"]["available"]) == (True, "普卡", 5)
    (found,) = till.get("/members", q=card["card_number"])["list"]
    assert (found["points"], found["tier"]) == (5, "普卡")
    page.goto(address(customer.app, "card"))
    expect(page.get_by_test_id("card-number")).to_have_text(spaced(card["card_number"]))


def test_pay_as_member(customer: Customer, till: Till) -> None:
    """HTTP: a stranger pays at the till by the code of the wallet. Browser: registers. Chat: the points arrive."""
    till.charge(1_280, customer.show_pay_code())
    customer.chat.act("follow")
    page = customer.open_page("orders")
    expect(page.get_by_test_id("order")).to_have_count(1)
    api = customer.use_pages_api(page)
    assert api.get("/api/me")["points"]["available"] == 0

    page.goto(address(customer.app, "me"))
    register_on_page(page, customer.app, customer.id, customer.number)
    assert "12" in customer.chat.wait_for("您本次购买获得 12 积分")
    assert api.get("/api/me")["points"]["available"] == 12
    page.reload()
    expect(page.get_by_test_id("points")).to_have_text("12")


def test_merging(customer: Customer, till: Till) -> None:
    """HTTP: a member of WeChat's mini-program buys. Chat: the same person checks in at Alipay, as another customer.
    Browser: the phone is verified there, which makes both one membership with the sum of the points.
    """
    program = customer.use_program_api()
    customer.press_phone_button(program)
    till.take_cash(3_800, member=customer.number)
    wait_for(lambda: read_points(program), lambda points: points == 38)
    customer.alipay_chat.act("follow")
    assert "当前积分 5" in customer.alipay_chat.say("签到")

    page = customer.open_in_alipay("me")
    expect(page.get_by_test_id("points")).to_have_text("5")
    register_on_page(page, customer.app, customer.id, customer.number)
    expect(page.get_by_test_id("points")).to_have_text("43")
    mine, theirs = (api.get("/api/me") for api in (customer.use_pages_api(page), program))
    assert mine["member"]["card_number"] == theirs["member"]["card_number"]
    assert (theirs["points"]["available"], theirs["check_in"]["streak"]) == (43, 1)
    customer.alipay_chat.say("会员")
    customer.alipay_chat.wait_for("当前积分 43")


def test_card_pack_sync(customer: Customer, till: Till) -> None:
    """HTTP: the card is added to the pack. Chat: a check-in changes it. HTTP: a sale changes it. Browser: both show."""
    customer.chat.act("follow")
    page = customer.open_page("card")
    api = customer.use_pages_api(page)
    customer.join(api)
    reload_until(page, page.get_by_test_id("pack-wechat-state"))
    card = api.post("/api/me/card/packs/wechat", {})
    cards = f"/sandbox/people/{customer.id}/cards"
    held = customer.sandbox.post(cards, {name: card[name] for name in ("card_id", "card_ext")})
    customer.sandbox.post(f"{cards}/{held['code']}/actions", {"action": "activate"})
    wait_for(lambda: read_pack(customer), lambda held: held["is_active"])

    customer.chat.say("签到")
    wait_for(lambda: read_pack(customer), lambda held: held["points"] == 5)
    till.take_cash(3_800, member=customer.number)
    shown = wait_for(lambda: read_pack(customer), lambda held: held["points"] == 43)
    assert shown["tier"] == "普卡"
    page.reload()
    expect(page.get_by_test_id("card-points")).to_have_text("43")
    expect(page.get_by_test_id("pack-wechat-state")).to_have_text("使用中")


def read_points(api: Api) -> int:
    return int(api.get("/api/me")["points"]["available"])


def read_pack(customer: Customer) -> Any:
    """What the phone shows of the card in the pack of WeChat."""
    (held,) = customer.sandbox.get(f"/sandbox/people/{customer.id}/cards")["list"]
    return held


def spaced(number: str) -> str:
    """Four digits at a time, as the page shows a card number."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
