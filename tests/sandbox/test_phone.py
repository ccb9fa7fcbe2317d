"""The phone page in a real browser: the whole way from following to reading a page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from bin.chromium import find as find_chromium
from tests.support.sandbox_client import PERSON, SHOP, Sandbox, Webhook, reply_xml

CHROMIUM = find_chromium()
NASTY = "<img src=x onerror=\"document.title='broken'\">"
WAIT_MS = 30_000


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
def test_a_customer_reads_mails_and_answers_a_text_message(
    page: Page, shop: Sandbox, webhook: Webhook
) -> None:
    person = shop.state.people.get(PERSON)
    shop.state.mails.receive(
        f"Subject: {NASTY}\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n".encode(),
        recipient=person.email,
    )
    message = {
        "sign_name": "小二便利",
        "template": "t",
        "phone": person.phone,
        "params": {},
        "request_id": "r1",
    }
    shop.state.sms.send(message)
    shop.state.sms_reports.uplink_url, shop.state.sms_reports.delay_s = webhook.url, 0.0
    page.get_by_test_id(f"person-{PERSON}").click()
    page.get_by_test_id("sms-reply-send").click()
    expect(page.get_by_test_id("toast")).to_have_text("已回复")
    assert shop.state.sms_reports.wait_until_idle(WAIT_MS / 1000)
    assert '"text": "R"' in webhook.requests[-1]["body"]
    page.get_by_test_id("tab-mails").click()
    expect(page.get_by_test_id("mail")).to_contain_text(NASTY)
    expect(page.get_by_test_id("mail")).to_contain_text("Hello")
    page.get_by_test_id("mail-address").fill("mei@example.com")
    page.get_by_test_id("mail-address-save").click()
    expect(page.get_by_test_id("mails")).to_contain_text("还没有邮件")


@pytest.mark.deep
@pytest.mark.browser
def test_the_page_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_test_id(f"account-{SHOP['appid']}").click()
    expect(page.get_by_test_id("follow")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


BUTTONS = [
    {"type": "scancode_push", "name": "扫码推", "key": "k1"},
    {"type": "scancode_waitmsg", "name": "扫码等", "key": "k2"},
    {"type": "pic_sysphoto", "name": "拍照", "key": "k3"},
    {"type": "pic_photo_or_album", "name": "拍照或相册", "key": "k4"},
    {"type": "pic_weixin", "name": "微信相册", "key": "k5"},
    {"type": "location_select", "name": "发位置", "key": "k6"},
    {"type": "media_id", "name": "素材", "media_id": "MEDIA"},
    {"type": "article_view_limited", "name": "图文", "article_id": "ARTICLE"},
    {"type": "miniprogram", "name": "小程序", "appid": "wx1", "pagepath": "p", "url": "http://127.0.0.1/"},
]


@pytest.mark.browser
def test_every_kind_of_menu_button_works(page: Page, shop: Sandbox, webhook: Webhook) -> None:
    webhook.answer = lambda request: (
        200, reply_xml(request, "<MsgType>text</MsgType><Content>收到</Content>"),
    )  # fmt: skip
    menu = [{"name": "一", "sub_button": BUTTONS[:5]}, {"name": "二", "sub_button": BUTTONS[5:]}]
    shop.post("/cgi-bin/menu/create", {"button": menu})
    page.get_by_test_id(f"person-{PERSON}").click()
    page.get_by_test_id(f"account-{SHOP['appid']}").click()
    page.get_by_test_id("follow").click()

    def press(top: int, sub: int) -> None:
        page.get_by_test_id(f"menu-{top}").click()
        page.get_by_test_id(f"menu-{top}-{sub}").click()

    for sub, text in enumerate(("12345", "6901234567892")):
        press(0, sub)
        page.get_by_test_id("menu-scan-input").fill(text)
        page.get_by_test_id("menu-scan-send").click()
        expect(page.get_by_test_id("menu-panel")).to_be_hidden()
    for sub in (2, 3, 4):
        press(0, sub)
        expect(page.get_by_test_id("bubble-out")).to_have_count(sub - 1)
    press(1, 0)
    page.get_by_test_id("location-preset-1").click()
    page.get_by_test_id("location-send").click()
    expect(page.get_by_test_id("bubble-out").last).to_contain_text("上海人民广场")
    for sub, text in ((1, "MEDIA"), (2, "ARTICLE"), (3, "沙箱里不运行小程序")):
        press(1, sub)
        expect(page.get_by_test_id("note").last).to_contain_text(text)
    kinds = [button["type"] for button in BUTTONS[:6]] + ["view_miniprogram"]
    pushed = " ".join(request["body"] for request in webhook.requests)
    assert [kind for kind in kinds if f"<Event><![CDATA[{kind}]]></Event>" not in pushed] == []
