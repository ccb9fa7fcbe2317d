"""The phone page in a real browser: the whole way from following to reading a page."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.sandbox_client import PERSON, SHOP, Sandbox, Webhook, reply_xml

CHROMIUM = shutil.which("chromium")
NASTY = "<img src=x onerror=\"document.title='broken'\">"
WAIT_MS = 10_000


@pytest.fixture
def page(sandbox_url: str) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(WAIT_MS)
        page.goto(sandbox_url)
        yield page
        browser.close()


@pytest.mark.browser
def test_a_customer_follows_chats_taps_and_reads(page: Page, shop: Sandbox, webhook: Webhook) -> None:
    home = webhook.url.replace("/wechat/shop", "/m/me")
    news = (
        "<MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item><Title>附近门店</Title>"
        f"<Description>共 3 家</Description><PicUrl></PicUrl><Url>{home}</Url></item></Articles>"
    )
    inner = {"CLICK": news, "你好": f"<MsgType>text</MsgType><Content><![CDATA[{NASTY}]]></Content>"}

    def answer(request: dict) -> tuple[int, str]:
        for word, reply in inner.items():
            if word in request["body"]:
                return 200, reply_xml(request, reply)
        return 200, "success" if request["body"] else "<h1>me</h1>"

    webhook.answer = answer
    menu = [{"name": "更多", "sub_button": [{"type": "click", "name": "附近", "key": "near"}]}]
    shop.post("/cgi-bin/menu/create", {"button": menu})

    page.get_by_test_id(f"person-{PERSON}").click()
    page.get_by_test_id(f"account-{SHOP['appid']}").click()
    page.get_by_test_id("follow").click()
    page.get_by_test_id("text-input").fill("你好")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("bubble-out")).to_have_text(["小你好"])
    expect(page.get_by_test_id("bubble-in").first).to_contain_text(NASTY)
    expect(page).to_have_title("沙箱手机")

    page.get_by_test_id("menu-0").click()
    page.get_by_test_id("menu-0-0").click()
    page.get_by_test_id("article").click()
    expect(page.frame_locator("[data-testid=browser-frame]").locator("h1")).to_have_text("me")
    page.get_by_test_id("browser-close").click()

    page.get_by_test_id("plus").click()
    page.get_by_test_id("location-preset-0").click()
    page.get_by_test_id("location-send").click()
    expect(page.get_by_test_id("bubble-out").last).to_contain_text("北京西站")
    page.get_by_test_id("tab-raw").click()
    expect(page.get_by_test_id("raw-push").first).to_contain_text("location")


@pytest.mark.browser
def test_the_page_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_test_id(f"account-{SHOP['appid']}").click()
    expect(page.get_by_test_id("follow")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
