"""The whole first conversation of a customer, walked on the sandbox's phone."""

import re
from collections.abc import Callable

import pytest
from geopy.distance import geodesic
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import DESK, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed import CLOSED, GREETING, SHOPS, XSS_PAYLOAD

PERSON = "xiaomei"
FIRST_DAY, BALANCE = 5, "5"
Screenshot = Callable[..., None]


def test_the_first_conversation(running_app: RunningApp, open_page: OpenPage, screenshot: Screenshot) -> None:
    phone = open_page(running_app.sandbox, viewport=DESK)
    phone.get_by_test_id(f"person-{PERSON}").click()
    phone.get_by_test_id(f"account-{running_app.facts['appid']}").click()

    follow(phone)
    screenshot(phone, "walk-1-follow")
    tap_the_menu(phone)
    screenshot(phone, "walk-2-menu")
    check_in_twice(phone)
    screenshot(phone, "walk-3-check-in")
    send_a_place(phone)
    screenshot(phone, "walk-4-nearby-card")
    see_the_list(phone)
    screenshot(phone, "walk-5-nearby-page")
    close_browser(phone)
    scan_a_shop(phone)
    screenshot(phone, "walk-6-scan")
    see_the_shop(phone)
    screenshot(phone, "walk-7-store-page")
    close_browser(phone)
    see_my_points(phone)
    screenshot(phone, "walk-8-me")
    register(phone)
    screenshot(phone, "walk-9-member")


def follow(phone: Page) -> None:
    phone.get_by_test_id("follow").click()
    expect(last_replies(phone)).to_contain_text(GREETING)


def tap_the_menu(phone: Page) -> None:
    """The menu is published by the worker, so it may come a moment later."""
    expect(phone.get_by_test_id("menu-0")).to_have_text("会员卡")
    phone.get_by_test_id("menu-0").click()
    expect(last_replies(phone)).to_contain_text("当前积分 0")


def check_in_twice(phone: Page) -> None:
    send_text(phone, "签到")
    expect(last_replies(phone)).to_contain_text(
        f"签到成功！积分 +{FIRST_DAY}，已连续签到 1 天，当前积分 {BALANCE}。"
    )
    send_text(phone, "签到")
    expect(last_replies(phone)).to_contain_text(f"今天已经签到过了，已连续签到 1 天，当前积分 {BALANCE}")


def send_a_place(phone: Page) -> None:
    """The card names the three nearest shops in business with the distances that the ellipsoid gives."""
    phone.get_by_test_id("plus").click()
    phone.get_by_test_id("location-preset-0").click()
    phone.get_by_test_id("location-send").click()
    said = phone.get_by_test_id("bubble-out").last
    expect(said).to_contain_text("北京西站")
    lng, lat = re.search(r"([\d.]+), ([\d.]+)（GCJ-02）", said.inner_text()).groups()
    nearest = nearest_shops(float(lng), float(lat))[:3]
    expect(last_replies(phone)).to_contain_text(f"离您最近：{nearest[0][0]} {nearest[0][1]}")
    card = last_replies(phone).inner_text()
    assert re.findall(r"^\d\. (.+)$", card, re.M) == [f"{name} {away}" for name, away in nearest]


def see_the_list(phone: Page) -> None:
    last_replies(phone).get_by_test_id("article").click()
    page = page_frame(phone)
    expect(page.get_by_test_id("shop")).to_have_count(20)
    shown = list(
        zip(
            page.get_by_test_id("shop-name").all_inner_texts(),
            page.get_by_test_id("distance").all_inner_texts(),
            strict=True,
        )
    )
    assert shown == nearest_shops(116.3213, 39.8949)[:20]


def scan_a_shop(phone: Page) -> None:
    phone.get_by_test_id("plus").click()
    phone.get_by_test_id("scan-code-0").click()
    expect(last_replies(phone)).to_contain_text("六里桥店")
    expect(last_replies(phone)).to_contain_text("营业中")


def see_the_shop(phone: Page) -> None:
    last_replies(phone).get_by_test_id("article").click()
    page = page_frame(phone)
    expect(page.get_by_test_id("store-name")).to_have_text("小二便利 六里桥店")
    expect(page.get_by_test_id("hours")).to_contain_text("24 小时营业")
    expect(page.get_by_test_id("introduction")).to_contain_text(XSS_PAYLOAD)


def see_my_points(phone: Page) -> None:
    """The page learns from WeChat who opened it, without a tap."""
    phone.get_by_test_id("menu-0").click()
    expect(last_replies(phone)).to_contain_text(f"当前积分 {BALANCE}")
    last_replies(phone).get_by_test_id("article").click()
    page = page_frame(phone)
    expect(page.get_by_test_id("points")).to_have_text(BALANCE)
    expect(page.get_by_test_id("tier")).to_have_text("未注册")
    expect(page.get_by_test_id("check-in")).to_be_disabled()
    expect(page.get_by_test_id("day-done")).to_have_count(1)
    expect(page.get_by_test_id("entry")).to_have_count(1)


def register(phone: Page) -> None:
    page = page_frame(phone)
    page.get_by_label("手机号").fill(number_of(phone))
    page.get_by_test_id("consent").check()
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("send-code")).to_contain_text("秒后重发")
    message = phone.get_by_test_id("sms-message").first
    expect(message).to_contain_text("验证码")
    page.get_by_label("验证码").fill(re.search(r"\d{6}", message.inner_text()).group())
    page.get_by_test_id("join").click()
    expect(page.get_by_test_id("tier")).to_have_text("普卡")
    expect(page.get_by_test_id("registration")).to_have_count(0)
    expect(page.get_by_test_id("points")).to_have_text(BALANCE)


def number_of(phone: Page) -> str:
    """The person's number, as the phone's inbox shows it."""
    phone.get_by_test_id("tab-sms").click()
    shown = phone.get_by_test_id("sms").locator(".hint")
    expect(shown).to_contain_text("的短信")
    return re.search(r"1\d{10}", shown.inner_text()).group()


def send_text(phone: Page, text: str) -> None:
    answers = phone.get_by_test_id("bubble-in").count()
    phone.get_by_test_id("text-input").fill(text)
    phone.get_by_test_id("send").click()
    expect(phone.get_by_test_id("bubble-in")).to_have_count(answers + 1)


def last_replies(phone: Page) -> Locator:
    return phone.get_by_test_id("bubble-in").last


def page_frame(phone: Page) -> FrameLocator:
    return phone.frame_locator("[data-testid=browser-frame]")


def close_browser(phone: Page) -> None:
    phone.get_by_test_id("browser-close").click()


def nearest_shops(lng: float, lat: float) -> list[tuple[str, str]]:
    """Names and distances of all shops in business, worked out here and not by the application."""
    away = [(geodesic((lat, lng), (shop[3], shop[2])).meters, shop[1]) for shop in SHOPS if shop != CLOSED]
    return [(name, format_distance(metres)) for metres, name in sorted(away)]


def format_distance(metres: float) -> str:
    return f"{round(metres)} 米" if round(metres) < 1000 else f"{metres / 1000:.1f} 公里"


@pytest.mark.deep
def test_n09_the_menu_button_opens_the_location_panel(running_app: RunningApp, open_page: OpenPage) -> None:
    phone = open_phone(running_app, open_page, "lili")
    tap_place_entry(phone, 0)
    expect(phone.get_by_test_id("toast")).to_be_hidden()
    answers = phone.get_by_test_id("bubble-in").count()
    phone.get_by_test_id("location-preset-0").click()
    phone.get_by_test_id("location-send").click()
    expect(phone.get_by_test_id("bubble-out").last).to_contain_text("北京西站")
    expect(phone.get_by_test_id("bubble-in")).to_have_count(answers + 1)
    expect(last_replies(phone)).to_contain_text(f"离您最近：{nearest_shops(116.3213, 39.8949)[0][0]}")


def test_n09_the_page_in_the_phone_is_located_at_the_chosen_preset(
    running_app: RunningApp, open_page: OpenPage, screenshot: Screenshot
) -> None:
    """No permission of the browser is needed: the sandbox tells where its phone is."""
    phone = open_phone(running_app, open_page, "aqiang")
    tap_place_entry(phone, 1)
    expect(page_frame(phone).get_by_test_id("shop-name").first).to_have_text(
        nearest_shops(116.3213, 39.8949)[0][0]
    )
    close_browser(phone)
    phone.get_by_test_id("plus").click()
    phone.get_by_test_id("location-preset-1").click()
    phone.get_by_test_id("plus").click()
    tap_place_entry(phone, 1)
    page_frame(phone).get_by_test_id("where").click()
    page_frame(phone).get_by_test_id("locate").click()
    expect(page_frame(phone).get_by_test_id("shop-name")).to_have_text(["小二便利 人民广场店"])
    screenshot(phone, "n09-nearby-in-the-phone")


def open_phone(running_app: RunningApp, open_page: OpenPage, person: str) -> Page:
    phone = open_page(running_app.sandbox, viewport=DESK)
    phone.get_by_test_id(f"person-{person}").click()
    phone.get_by_test_id(f"account-{running_app.facts['appid']}").click()
    follow(phone)
    expect(phone.get_by_test_id("menu-2")).to_be_visible()
    return phone


def tap_place_entry(phone: Page, number: int) -> None:
    phone.get_by_test_id("menu-2").click()
    phone.get_by_test_id(f"menu-2-{number}").click()
