"""The till in a real browser: keyboard and scanner alone, before a fake of its JSON routes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.till_server import MEMBER, TillServer

DESK = {"width": 1280, "height": 800}
WECHAT, ALIPAY = "134567890123456789", "2812345678901234567"
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def server() -> TillServer:
    return TillServer()


@pytest.fixture
def open_till(running_app: RunningApp, open_page: OpenPage, server: TillServer) -> Callable[..., Page]:
    """The till after sign-in, with an open shift."""

    def open_till(**options: object) -> Page:
        page = open_page("about:blank", **{"viewport": DESK, **options})
        server.install(page)
        page.goto(f"{running_app.web}/till", timeout=60_000)
        for text in ("T1", "secret", "01", "123456"):
            type_line(page, text, end="Tab")
        page.get_by_test_id("sign-in").click()
        expect(page.locator("input[name=opening_fen]")).to_be_focused()
        type_line(page, "200")
        expect(page.get_by_test_id("status")).to_contain_text("已上班")
        return page

    return open_till


def type_line(page: Page, text: str, end: str = "Enter") -> None:
    """Type where the focus is, as a scanner does."""
    expect(page.locator(":is(input, button):focus")).to_be_visible()
    page.keyboard.type(text)
    page.keyboard.press(end)


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)
    expect(page.locator(".dialog").last).to_be_visible()


def expect_status(page: Page, text: str) -> None:
    expect(page.get_by_test_id("status")).to_contain_text(text)


def writes(server: TillServer, end: str) -> list[object]:
    return [body for method, path, body in server.requests if method != "GET" and path.endswith(end)]


def open_amount(page: Page, text: str, shown: str) -> None:
    type_line(page, text)
    expect(page.get_by_test_id("amount")).to_have_text(f"¥{shown}")
    expect(page.locator(".number")).to_be_visible()


@pytest.mark.deep
def test_an_amount_and_a_scanned_pay_code_are_a_paid_sale(
    open_till: Callable[..., Page], server: TillServer
) -> None:
    page = open_till()
    open_amount(page, "25", "25.00")
    type_line(page, WECHAT)
    expect_status(page, "收款成功")
    assert writes(server, "/charges") == [{"auth_code": WECHAT}]
    open_amount(page, "8.5", "8.50")
    type_line(page, ALIPAY)
    expect_status(page, "收款成功")
    assert len(server.sales) == 2


@pytest.mark.deep
def test_a_password_is_awaited_until_the_news_tell_the_end(
    open_till: Callable[..., Page], server: TillServer
) -> None:
    page = open_till()
    server.next_charge = "waiting"
    open_amount(page, "25", "25.00")
    type_line(page, WECHAT)
    expect_status(page, "顾客正在输入密码")
    server.finish_charge(next(iter(server.sales)), "paid")
    expect_status(page, "收款成功")
    server.next_charge = "failed"
    open_amount(page, "30", "30.00")
    type_line(page, WECHAT)
    expect_status(page, "余额不足")


@pytest.mark.deep
def test_who_is_not_found_by_phone_is_registered_with_consent(
    open_till: Callable[..., Page], server: TillServer
) -> None:
    page = open_till()
    press(page, "F3")
    type_line(page, "13912345678")
    expect(page.get_by_role("heading", name="新会员")).to_be_visible()
    type_line(page, "")
    type_line(page, "")
    expect(page.get_by_test_id("failure")).to_have_text("请确认顾客已同意会员协议和隐私政策")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect_status(page, "新会员已登记")
    expect(page.get_by_role("main")).to_contain_text(MEMBER["name"])
    assert writes(server, "/members") == [{"phone": "13912345678", "consent": True}]


@pytest.mark.deep
def test_cash_shows_its_change(open_till: Callable[..., Page], server: TillServer) -> None:
    page = open_till()
    open_amount(page, "36.5", "36.50")
    press(page, "F7")
    page.get_by_role("button", name="50.00", exact=True).click()
    expect(page.get_by_test_id("preview")).to_have_text("找零 13.50")
    page.get_by_test_id("submit").click()
    expect_status(page, "找零 13.50")
    assert writes(server, "/cash") == [{"received_fen": 5000}]


def test_cash_taken_without_network_becomes_one_sale_later(
    open_till: Callable[..., Page], server: TillServer, console_errors: list[str]
) -> None:
    page = open_till()
    server.down = True
    type_line(page, "12")
    expect_status(page, "网络不通，暂时只能收现金")
    page.keyboard.press("F8")
    expect_status(page, "网络不通，暂时只能收现金")
    press(page, "F7")
    type_line(page, "")
    expect_status(page, "收款成功")
    expect(page.get_by_test_id("queued")).to_have_text("待上传 1 笔")
    server.down = False
    expect(page.get_by_test_id("queued")).to_be_hidden()
    assert [sale["state"] for sale in server.sales.values()] == ["paid"]
    console_errors.clear()


def test_pos_4_cash_whose_answer_was_lost_is_paid_once_after_a_reload(
    open_till: Callable[..., Page], server: TillServer, console_errors: list[str]
) -> None:
    page = open_till()
    open_amount(page, "30", "30.00")
    server.lose_answers = True
    press(page, "F7")
    type_line(page, "")
    expect(page.get_by_test_id("queued")).to_have_text("待上传 1 笔")
    page.reload()
    expect(page.get_by_test_id("queued")).to_have_text("待上传 1 笔")
    server.lose_answers = False
    expect(page.get_by_test_id("queued")).to_be_hidden()
    assert [sale["paid_fen"] for sale in server.sales.values()] == [3000]
    assert len(writes(server, "/cash")) == 1
    console_errors.clear()


@pytest.mark.deep
def test_a_member_uses_a_coupon_and_points(open_till: Callable[..., Page], server: TillServer) -> None:
    page = open_till()
    open_amount(page, "50", "50.00")
    type_line(page, MEMBER["card"])
    expect(page.get_by_test_id("member")).to_contain_text("王小梅")
    press(page, "F4")
    type_line(page, "1")
    expect(page.get_by_test_id("amount")).to_have_text("¥45.00")
    press(page, "F5")
    type_line(page, "")
    expect(page.get_by_test_id("amount")).to_have_text("¥40.00")
    assert {"coupon_codes": "best"} in writes(server, next(iter(server.sales)))
    assert {"points": "most"} in writes(server, next(iter(server.sales)))


@pytest.mark.deep
def test_goods_are_typed_in_parked_and_taken_up_again(
    open_till: Callable[..., Page], server: TillServer
) -> None:
    page = open_till()
    press(page, "F2")
    for name, price, quantity in (("拿铁", "18", "2"), ("可颂", "12", "1")):
        expect(page.locator("input[name=name]")).to_be_focused()
        expect(page.locator("input[name=name]")).to_have_value("")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        type_line(page, price)
        expect(page.locator("input[name=quantity]")).to_be_focused()
        type_line(page, quantity)
        expect(page.locator(".lines")).to_contain_text(name)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("amount")).to_have_text("¥48.00")
    press(page, "F11")
    type_line(page, "1")
    expect(page.get_by_test_id("amount")).to_have_text("¥0.00")
    press(page, "F11")
    expect(page.get_by_test_id("item")).to_contain_text("拿铁、可颂")
    type_line(page, "1")
    expect(page.get_by_test_id("amount")).to_have_text("¥48.00")
    assert len(server.sales) == 1


def test_a_cashier_without_the_right_needs_a_managers_pin(
    open_till: Callable[..., Page], server: TillServer, console_errors: list[str]
) -> None:
    server.rights = ["sell"]
    page = open_till()
    open_amount(page, "100", "100.00")
    press(page, "F10")
    type_line(page, "2")
    expect(page.locator("input[name=manager_pin]")).to_be_visible()
    page.locator("input[name=fold]").fill("9")
    page.locator("input[name=reason]").fill("熟客")
    page.locator("input[name=manager_pin]").fill("111111")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("failure")).to_have_text("店长 PIN 不正确")
    page.locator("input[name=manager_pin]").fill("999999")
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("amount")).to_have_text("¥90.00")
    assert "999999" not in page.evaluate("JSON.stringify(localStorage)")
    console_errors.clear()


@pytest.mark.deep
def test_a_paid_sale_is_printed_and_given_back(open_till: Callable[..., Page], server: TillServer) -> None:
    page = open_till()
    open_amount(page, "25", "25.00")
    type_line(page, WECHAT)
    expect_status(page, "收款成功")
    page.get_by_role("button", name="打印小票").click()
    expect(page.frame_locator("[data-testid=slip]").locator("h1")).to_have_text("小票")
    page.keyboard.press("Escape")
    press(page, "F12")
    page.locator("input[name=reason]").fill("商品瑕疵")
    page.keyboard.press("Enter")
    expect_status(page, "退款已受理")
    assert writes(server, "/refunds") == [{"lines": [{"line": 1, "units": 1}], "reason": "商品瑕疵"}]


@pytest.mark.deep
@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_nothing_sticks_out(
    open_till: Callable[..., Page], server: TillServer, screenshot: Callable[..., None], width: int
) -> None:
    page = open_till(viewport=PHONE if width == 390 else {"width": width, "height": 800})
    open_amount(page, "50", "50.00")
    type_line(page, MEMBER["card"])
    expect(page.get_by_test_id("member")).to_contain_text("王小梅")
    screenshot(page, f"till-open-{width}")
    for key in ("F1", "F4", "F6", "F7", "F8", "F9", "F10", "F11"):
        press(page, key)
        screenshot(page, f"till-{key}-{width}")
        assert not page.evaluate(WIDER_THAN_SCREEN), key
        page.keyboard.press("Escape")
    type_line(page, WECHAT)
    expect_status(page, "收款成功")
    screenshot(page, f"till-paid-{width}")
    assert not page.evaluate(WIDER_THAN_SCREEN)
