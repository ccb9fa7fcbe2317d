"""A customer in Alipay: follows the life account, taps its menu, checks in and opens the member card."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed import GREETING
from tests.browser.seed_life_account import KEY
from tests.browser.test_first_conversation import close_browser, page_frame
from tests.browser.test_pages import BEIJING, oauth_url
from tests.browser.test_payments import keep_in_all_widths

ALIPAY_BROWSER = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile AlipayClient/10.5.90"
PERSON = "laowang"


def test_life_account_follow_menu_check_in_and_member_card(
    running_app: RunningApp, open_page: OpenPage, screenshot: Callable[..., None]
) -> None:
    accounts_file = str(running_app.folder / "sandbox" / "accounts.json")
    facts = running_app.run_seed("tests.browser.seed_life_account", accounts_file)
    phone = open_page(running_app.sandbox, viewport=DESK, user_agent=ALIPAY_BROWSER)
    phone.get_by_test_id(f"person-{PERSON}").click()
    phone.get_by_test_id(f"account-{facts['appid']}").click()
    phone.get_by_test_id("follow").click()
    expect(last_reply(phone)).to_contain_text(GREETING)
    screenshot(phone, "life-account-1-follow")

    expect(phone.get_by_test_id("menu-0")).to_have_text("签到")
    phone.get_by_test_id("menu-0").click()
    expect(last_reply(phone)).to_contain_text("签到成功！积分 +5")
    phone.get_by_test_id("text-input").fill("签到")
    phone.get_by_test_id("send").click()
    expect(last_reply(phone)).to_contain_text("今天已经签到过了，已连续签到 1 天，当前积分 5")
    screenshot(phone, "life-account-2-check-in")

    tap(phone, 1, 0)
    expect(last_reply(phone)).to_contain_text("附近门店")
    phone.get_by_test_id("plus").click()
    phone.get_by_test_id("location-preset-0").click()
    phone.get_by_test_id("location-send").click()
    expect(phone.get_by_test_id("note").last).to_contain_text("北京西站")
    tap(phone, 1, 0)
    expect(last_reply(phone)).to_contain_text("离您最近：小二便利")
    screenshot(phone, "life-account-3-nearby")

    phone.get_by_test_id("plus").click()
    phone.get_by_test_id("scan-code-0").click()
    expect(last_reply(phone)).to_contain_text(facts["shop"])
    screenshot(phone, "life-account-scan")

    tap(phone, 2, 0)
    expect(last_reply(phone)).to_contain_text("会员卡")
    expect(last_reply(phone)).to_contain_text("当前积分 5")
    last_reply(phone).get_by_test_id("article").click()
    expect(page_frame(phone).get_by_test_id("points")).to_have_text("5")
    expect(page_frame(phone).get_by_test_id("tier")).to_have_text("未注册")
    screenshot(phone, "life-account-4-member-card")
    close_browser(phone)
    see_pages_in_all_widths(running_app, open_page, screenshot)


def see_pages_in_all_widths(
    running_app: RunningApp, open_page: OpenPage, screenshot: Callable[..., None]
) -> None:
    """The pages as Alipay opens them: the check-in of the chat is done, and the stores are those of the place."""
    page = open_page("about:blank", user_agent=ALIPAY_BROWSER)
    page.goto(oauth_url(running_app, PERSON, f"{running_app.web}/m/me?a={KEY}"))
    expect(page.get_by_test_id("points")).to_have_text("5")
    expect(page.get_by_test_id("streak")).to_have_text("1")
    expect(page.get_by_test_id("check-in")).to_be_disabled()
    keep_in_all_widths(page, screenshot, "life-account-me")
    page.goto(f"{running_app.web}/m/nearby?a={KEY}{BEIJING}")
    expect(page.get_by_test_id("shop").first).to_be_visible()
    keep_in_all_widths(page, screenshot, "life-account-stores")


def tap(phone: Page, first: int, second: int) -> None:
    phone.get_by_test_id(f"menu-{first}").click()
    phone.get_by_test_id(f"menu-{first}-{second}").click()


def last_reply(phone: Page) -> Locator:
    return phone.get_by_test_id("bubble-in").last
