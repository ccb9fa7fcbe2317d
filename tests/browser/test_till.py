"""A day at the till in a real browser, before the running application, by keyboard and scanner alone."""

import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from platforms.http import PlatformSession
from tests.browser.conftest import DESK, PHONE, WAIT_MS, OpenPage
from tests.browser.reloading import reload_until
from tests.browser.running_app import RunningApp
from tests.browser.seed_till import MANAGER_PIN, PIN
from tests.browser.test_sandbox_wallet import read_digits

Screenshot = Callable[..., None]
SHOP, CASHIER = "S1", "1101"
SHOWN_WITHIN_MS = 3_000 if os.environ.get("DEEP") else WAIT_MS  # two seconds, and what a busy machine adds
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > innerWidth"


class Scene:
    """The customer, whose phone the sandbox plays, and what the till's sign-in needs."""

    def __init__(self, app: RunningApp) -> None:
        self._app, self._http = app, PlatformSession(base_url=app.sandbox)
        person = self.call("POST", "people", {"name": "钱先生"})
        self.person, self.number, self.app_id = person["id"], person["phone"], app.facts["appid"]
        openid = self.call("GET", f"people/{self.person}/chats/{self.app_id}")["openid"]
        self.facts = self.run("walk", SHOP, app.sandbox, self.number, openid)

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self._http.request(method, f"{self._app.sandbox}/sandbox/{path}", json=body).json()

    def run(self, *arguments: str) -> Any:
        return self._app.run_seed("tests.browser.seed_till", *arguments)

    def pay_code(self, platform: str) -> str:
        return self.call("POST", f"people/{self.person}/pay-codes", {"platform": platform})["code"]

    def payment_code(self) -> str:
        return self.run("walk", self.facts["card"])

    def enter_password(self) -> None:
        (prompt,) = self.call("GET", f"people/{self.person}/wallet")["prompts"]
        self.call("POST", f"people/{self.person}/prompts/{prompt['id']}", {"action": "password"})


@pytest.fixture(scope="module")
def scene(running_app: RunningApp) -> Scene:
    return Scene(running_app)


@pytest.fixture
def till(running_app: RunningApp, open_page: OpenPage, scene: Scene) -> Page:
    """The page with a signed-in cashier and an open shift."""
    page = open_page(f"{running_app.web}/till", viewport=DESK)
    open_shift(page, scene.facts, cashier=CASHIER, pin=PIN)
    return page


def open_shift(page: Page, facts: dict[str, str], *, cashier: str, pin: str) -> None:
    """Sign in at the terminal of `facts` and open a shift with 200 yuan."""
    for text in (facts["terminal"], facts["secret"], cashier):
        type_line(page, text, end="Tab")
    type_line(page, pin)
    expect(page.locator("input[name=opening_fen]")).to_be_focused()
    type_line(page, "200")
    expect_status(page, "已上班")


def type_line(page: Page, text: str, end: str = "Enter") -> None:
    """Type where the focus is, as a scanner does."""
    expect(page.locator(":is(input, button):focus")).to_be_visible()
    page.keyboard.type(text)
    page.keyboard.press(end)


def fill_form(page: Page, key: str, *texts: str) -> None:
    """Open a dialog by its key, and type a line into each of its fields."""
    page.keyboard.press(key)
    for text in texts:
        expect(page.locator(".dialog").last.locator(":is(input, button):focus")).to_be_visible()
        page.keyboard.press("Control+A")
        type_line(page, text)
    expect(page.locator(".dialog")).to_have_count(0)


def expect_status(page: Page, text: str) -> None:
    expect(page.get_by_test_id("status")).to_contain_text(text)


def expect_due(page: Page, yuan: str) -> None:
    expect(page.get_by_test_id("amount")).to_have_text(f"¥{yuan}")


def open_amount(page: Page, text: str) -> None:
    type_line(page, text)
    expect(page.locator(".totals")).to_contain_text("应收")
    expect_due(page, text)


def read_slip(page: Page) -> str:
    """The receipt of the sale in front, its white space made one."""
    page.keyboard.press("F1")
    expect(page.get_by_test_id("dialog-list")).to_be_visible()
    type_line(page, "1")
    body = page.frame_locator("[data-testid=slip]").locator("body")
    expect(body).to_contain_text("小票")
    return re.sub(r"\s+", " ", body.inner_text())


def test_a_cashier_takes_money_in_every_way(
    running_app: RunningApp, till: Page, open_page: OpenPage, scene: Scene, screenshot: Screenshot
) -> None:
    phone = open_page(
        f"{running_app.sandbox}/?person={scene.person}&account={scene.app_id}", viewport=DESK, bypass_csp=True
    )
    phone.get_by_test_id("wallet-open").click()
    digits = read_digits(phone)

    # 12.80 by the code on the phone, which shows the payment within two seconds.
    open_amount(till, "12.80")
    type_line(till, digits)
    expect_status(till, "收款成功")
    expect(phone.get_by_test_id("wallet-balance")).to_have_text("¥4,987.20", timeout=SHOWN_WITHIN_MS)
    screenshot(till, "till-1-wechat")
    slip = read_slip(till)
    assert "合计 ￥12.80" in slip
    assert "￥12.80" in slip.partition("合计")[2]
    till.keyboard.press("Escape")

    # The same by Alipay, and with the password.
    open_amount(till, "12.80")
    type_line(till, scene.pay_code("alipay"))
    expect_status(till, "收款成功")
    scene.call("PUT", f"people/{scene.person}/wallet", {"password_above_fen": 100})
    open_amount(till, "12.80")
    type_line(till, scene.pay_code("alipay"))
    expect_status(till, "顾客正在输入密码")
    screenshot(till, "till-2-password")
    expect(phone.get_by_test_id("password-prompt")).to_contain_text("12.80")
    phone.get_by_test_id("password-prompt-confirm").click()
    expect_status(till, "收款成功")

    home = f"{running_app.web}/m/points?a=walk"
    member_page = open_page(f"{running_app.sandbox}/open?person={scene.person}&url={quote(home, safe='')}")
    member_page.get_by_role("button", name="微信登录").click()
    expect(member_page.get_by_test_id("available")).to_have_text("1,012")

    # Goods for a member: coupon, points, stored value and cash in one sale.
    till.keyboard.press("F2")
    expect(till.locator(".dialog")).to_have_count(0)
    till.keyboard.press("F2")
    for name, price, quantity in (("牛奶", "50", "2"), ("面包", "12.80", "1")):
        expect(till.locator("input[name=name]")).to_have_value("")
        for text in (name, price):
            type_line(till, text)
        till.keyboard.press("Control+A")
        type_line(till, quantity)
        expect(till.locator(".lines")).to_contain_text(name)
        expect(till.locator(".dialog")).to_have_count(1)
    till.keyboard.press("Escape")
    type_line(till, scene.number)
    expect(till.get_by_test_id("member")).to_contain_text("储值")
    fill_form(till, "F4", "1")
    expect_due(till, "107.80")
    fill_form(till, "F5", "1000")
    expect_due(till, "97.80")
    fill_form(till, "F6", scene.payment_code(), "30")
    expect_due(till, "67.80")
    fill_form(till, "F7", "100")
    expect_status(till, "找零 32.20")
    expect(till.locator(".earned")).to_have_text("顾客获得 97 积分")
    screenshot(till, "till-3-mixed")
    slip = read_slip(till)
    for text in (
        "牛奶 ￥100.00", "2 x ￥50.00", "面包 ￥12.80", "满减五元券 -￥5.00", "合计 ￥107.80", "1000 积分抵现 ￥10.00",
        "储值支付 ￥30.00", "现金 ￥67.80", "实收 ￥100.00", "找零 ￥32.20", "本次得积分 97", "储值余额 ￥20.00",
    ):  # fmt: skip
        assert text in slip, (text, slip)
    screenshot(till, "till-4-receipt")
    till.keyboard.press("Escape")
    earned = 12 + 97  # the first payer was the member, whom WeChat knows
    reload_until(
        member_page, member_page.get_by_test_id("available").filter(has_text=re.compile(f"^{earned}$"))
    )
    screenshot(member_page, "till-5-points")

    # A milk comes back, with the PIN of a manager.
    fill_form(till, "F12", "1", "", "顾客不要了", MANAGER_PIN)
    expect_status(till, "退 47.78，现金 30.05，储值 13.30，积分抵扣 4.43")
    expect(till.locator(".lines")).to_contain_text("已退 1")
    screenshot(till, "till-6-return")
    for size, name in (({"width": 1024, "height": 768}, "1024"), (PHONE, "390")):
        till.set_viewport_size(size)
        assert not till.evaluate(WIDER_THAN_SCREEN)
        screenshot(till, f"till-7-{name}")
