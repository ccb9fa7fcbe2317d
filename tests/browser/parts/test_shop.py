"""Parts of the README that give or sell something: red packets, lucky draws, cart, reservations."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.parts.seed import MILK, PRIZE
from tests.browser.parts.ways import Customer, Staff, link_in
from tests.browser.reloading import reload_until

GOODS, WAITING, FOLLOWED = "中秋礼盒", "待跟进", "跟进中"


def test_red_packets(customer: Customer, staff: Staff) -> None:
    """HTTP: staff give a red packet. Chat: a message says so, and the phone opens it. Browser: it is received."""
    customer.chat.act("follow")
    page = customer.open_page("me")
    api = customer.use_pages_api(page)
    card = api.get("/api/me")["member"]["card_number"]
    given = staff.post(
        "/red-packets", {"card": card, "amount_fen": 888, "title": "生日红包", "wishing": "生日快乐"}
    )
    staff.post(f"/red-packets/{given['id']}/queries")  # sent at once: a scheduler does it otherwise
    assert "8.88元 红包" in customer.chat.wait_for("您有红包待领取")
    (waiting,) = customer.sandbox.get(f"/sandbox/people/{customer.id}/payouts")["list"]
    customer.sandbox.post(f"/sandbox/people/{customer.id}/payouts/{waiting['id']}")

    (row,) = api.get("/api/me/red-packets")["list"]
    assert (row["amount_fen"], row["state"]) == (888, "sent")
    assert api.post(f"/api/me/red-packets/{row['id']}/queries")["state"] == "received"
    page.get_by_test_id("link-red-packets").click()
    expect(page.get_by_test_id("red-packet")).to_contain_text("¥8.88")
    expect(page.get_by_test_id("state")).to_have_text("已领取")


def test_lucky_draws(customer: Customer, facts: dict[str, str]) -> None:
    """Chat: a word gives a chance. HTTP: the draw wins. Browser: the prize waits. Chat: a message says so."""
    customer.chat.act("follow")
    reply = customer.chat.say("抽奖")
    assert "您有 1 次抽奖机会" in reply
    page = customer.open(link_in(reply))
    expect(page.get_by_test_id("chances")).to_contain_text("您还能抽 1 次")

    api = customer.use_pages_api(page)
    drawn = api.post(f"/api/activities/{facts['draw']}/draws", {})
    assert (drawn["prize"]["name"], drawn["chances_left"]) == (PRIZE, 0)
    page.reload()
    expect(page.get_by_test_id("draw")).to_be_disabled()
    expect(page.get_by_test_id("winners")).to_contain_text(PRIZE)
    page.get_by_test_id("to-prizes").click()
    expect(page.get_by_test_id("my-prize")).to_contain_text(PRIZE)
    expect(page.get_by_test_id("prize-state")).to_have_text("待领取")
    assert PRIZE in customer.chat.wait_for("恭喜中奖")


def test_cart(customer: Customer, facts: dict[str, str]) -> None:
    """Chat: a word opens the mall. Browser and HTTP: one cart. Browser: it is ordered and paid. Chat: a message."""
    customer.chat.act("follow")
    page = customer.open(link_in(customer.chat.say("商城")))
    page.get_by_test_id("home-recommended").get_by_role("button", name=f"选购{MILK}").click()
    page.get_by_test_id("add-to-cart").click()
    page.get_by_test_id("tab-cart").click()
    expect(page.get_by_test_id("cart-total")).to_have_text("¥6.00")
    page.get_by_test_id("checkout").click()
    expect(page.locator("body[data-signed-in=yes]")).to_be_attached()
    expect(page.get_by_test_id("cart-line")).to_have_count(1)

    api = customer.use_pages_api(page)
    (store,) = api.get("/api/me/cart")["stores"]
    assert [line["quantity"] for line in store["lines"]] == [1]
    api.post("/api/me/cart/lines", {"store_id": facts["store"], "sku_id": facts["sku"]})
    page.reload()
    expect(page.get_by_test_id("cart-total")).to_have_text("¥12.00")
    page.get_by_test_id("checkout").click()
    page.get_by_test_id("submit-order").click()
    expect(page.get_by_test_id("order-state")).to_have_text("待接单")
    assert "共 12.00元" in customer.chat.wait_for("您在小二便利 西站南广场店的订单已提交")


def test_reservations(customer: Customer, staff: Staff, open_console: Callable[[str], Page]) -> None:
    """Chat: a word opens the form. Browser: it is sent. HTTP: staff follow up. Chat and both pages say so."""
    customer.chat.act("follow")
    page = customer.open(link_in(customer.chat.say("预定")))
    for name, text in {"姓名": "周小姐", "手机号": customer.number, "商品": GOODS}.items():
        page.get_by_label(name).fill(text)
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("state")).to_have_text([WAITING])
    customer.chat.wait_for("您的预定已提交")

    (row,) = customer.use_pages_api(page).get("/api/me/reservations")["list"]
    step = {"state": "following", "expected_state": row["state"], "note": "样品已寄出", "is_shown": True}
    staff.post(f"/reservations/{row['id']}/follow-ups", step)
    assert FOLLOWED in customer.chat.wait_for("您的预定状态")
    reload_until(page, page.get_by_test_id("reservation").filter(has_text="样品已寄出"))
    expect(page.get_by_test_id("state")).to_have_text([FOLLOWED])
    console = open_console("/reservations")
    expect(console.locator("main .el-table__row:visible").first).to_contain_text(FOLLOWED)
