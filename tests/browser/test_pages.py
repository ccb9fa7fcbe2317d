"""The pages in every state that a visitor can bring them into, on a phone and on a desk."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from store.shops.coordinates import wgs84_to_gcj02
from tests.browser.conftest import OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed import CLOSED, KEY, PAUSED_SHOP, SHOPS, XSS_PAYLOAD
from tests.browser.test_first_conversation import nearest_shops

Screenshot = Callable[..., None]
SHORT_PAYLOAD = "<img src=x onerror=stop()>"
BEIJING = "#116.32130,39.89490"


def nearby_url(running_app: RunningApp, fragment: str = "") -> str:
    return f"{running_app.web}/m/nearby?a={KEY}{fragment}"


def store_url(running_app: RunningApp, code: str) -> str:
    return f"{running_app.web}/m/stores/{running_app.facts['shops'][code]}?a={KEY}"


def oauth_url(running_app: RunningApp, person: str, url: str) -> str:
    """The address under which the sandbox's WeChat opens a page as a person."""
    return f"{running_app.sandbox}/open?person={person}&url={quote(url, safe='')}"


def sign_in(page: Page, running_app: RunningApp, person: str) -> None:
    """Open my page as a person, and tap the button, since this is no frame of the phone."""
    page.goto(oauth_url(running_app, person, f"{running_app.web}/m/me?a={KEY}"))
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("member-card")).to_be_visible()


def has_no_overflow(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_list_grows_by_scrolling(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page(nearby_url(running_app, BEIJING))
    expect(page.get_by_test_id("shop")).to_have_count(20)
    total = int(page.get_by_test_id("count").inner_text().removesuffix(" 家"))
    page.get_by_test_id("shop").last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 4000)
    expect(page.get_by_test_id("shop")).to_have_count(total)
    names = page.get_by_test_id("shop-name").all_inner_texts()
    assert names == [name for name, _ in nearest_shops(116.3213, 39.8949)][:total]
    assert len(set(names)) == total > 20


@pytest.mark.deep
def test_the_list_can_be_narrowed(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page(nearby_url(running_app, BEIJING))
    page.get_by_placeholder("门店、品牌或地址").fill("莲花池店")
    page.get_by_placeholder("门店、品牌或地址").press("Enter")
    expect(page.get_by_test_id("shop-name")).to_have_text(["小二便利 莲花池店"])
    page.get_by_test_id("open-now").click()
    expect(page.get_by_test_id("no-results")).to_be_visible()
    page.get_by_test_id("clear").click()
    expect(page.get_by_test_id("shop")).to_have_count(20)


def test_n02_a_shop_without_hours_shows_none(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page(store_url(running_app, PAUSED_SHOP))
    expect(page.get_by_test_id("store-name")).to_be_visible()
    expect(page.get_by_test_id("hours-text")).to_have_count(0)


@pytest.mark.deep
def test_the_phones_own_reading_is_measured_on_the_map(running_app: RunningApp, open_page: OpenPage) -> None:
    here = {"longitude": 116.315, "latitude": 39.893}
    page = open_page(nearby_url(running_app), geolocation=here, permissions=["geolocation"])
    place = wgs84_to_gcj02(here["longitude"], here["latitude"])
    expect(page.get_by_test_id("distance").first).to_have_text(nearest_shops(place.lng, place.lat)[0][1])


def test_without_permission_a_place_or_a_city_can_be_chosen(
    running_app: RunningApp, open_page: OpenPage
) -> None:
    page = open_page(nearby_url(running_app))
    expect(page.get_by_test_id("asking")).to_contain_text("没有定位权限")
    page.get_by_test_id("choose-place").click()
    page.get_by_test_id("preset-1").click()
    expect(page.get_by_test_id("shop-name")).to_have_text(["小二便利 人民广场店"])
    page.get_by_test_id("where").click()
    page.get_by_test_id("place-sheet").get_by_text("北京市").click()
    expect(page.get_by_test_id("count")).to_have_text(f"{len(SHOPS) - 1} 家")
    expect(page.get_by_test_id("distance")).to_have_count(0)


@pytest.mark.deep
def test_where_nothing_is_near_the_circle_can_be_widened(
    running_app: RunningApp, open_page: OpenPage
) -> None:
    page = open_page(nearby_url(running_app, "#116.60000,39.89490"))
    expect(page.get_by_test_id("no-results")).to_be_visible()
    page.get_by_test_id("widen").click()
    expect(page.get_by_test_id("shop").first).to_be_visible()


@pytest.mark.deep
def test_n06_a_city_drops_the_radius(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page(nearby_url(running_app, "#121.47520,31.22880"))
    expect(page.get_by_test_id("shop-name")).to_have_text(["小二便利 人民广场店"])
    page.get_by_text("全部城市").click()
    page.get_by_role("menuitem", name="北京市").click()
    expect(page.get_by_test_id("count")).to_have_text(f"{len(SHOPS) - 1} 家")
    expect(page.get_by_text("不限距离").first).to_be_visible()
    expect(page.get_by_test_id("distance")).to_have_count(0)


def test_n07_going_back_restores_filters_pages_and_scroll(
    running_app: RunningApp, open_page: OpenPage
) -> None:
    page = open_page(nearby_url(running_app, BEIJING))
    expect(page.get_by_test_id("shop")).to_have_count(20)
    page.get_by_placeholder("门店、品牌或地址").fill("丰台")
    with page.expect_response("**/api/stores/nearby?*keyword=*"):
        page.get_by_placeholder("门店、品牌或地址").press("Enter")
    expect(page.get_by_test_id("shop")).to_have_count(20)
    page.get_by_test_id("shop").last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 9000)
    expect(page.get_by_test_id("shop").nth(20)).to_be_attached()
    page.wait_for_load_state("networkidle")  # the next part of the list may be on its way
    count = page.get_by_test_id("shop").count()
    chosen = page.get_by_test_id("shop").nth(15)
    chosen.evaluate("shop => shop.scrollIntoView({block: 'center'})")
    top = page.evaluate("Math.round(scrollY)")
    chosen.get_by_test_id("shop-link").click()
    expect(page.get_by_test_id("store-name")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("shop")).to_have_count(count)
    expect(page.get_by_placeholder("门店、品牌或地址")).to_have_value("丰台")
    expect(page.get_by_test_id("shop").nth(15)).to_be_in_viewport()
    assert top > 1000
    page.wait_for_function("top => Math.abs(scrollY - top) < 5", arg=top)
    assert "116." not in page.url


def test_n18_far_from_every_shop_the_nearest_city_is_offered(
    running_app: RunningApp, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(nearby_url(running_app, "#91.13000,29.66000"))
    expect(page.get_by_test_id("no-results")).to_contain_text("附近暂无门店，最近的在北京")
    screenshot(page, "distant")
    page.get_by_test_id("distant-city").click()
    expect(page.get_by_test_id("count")).to_have_text(f"{len(SHOPS) - 1} 家")


@pytest.mark.deep
def test_the_newest_shops_are_a_page_of_their_own(
    running_app: RunningApp, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(nearby_url(running_app, BEIJING))
    page.get_by_test_id("tab-home").click()
    page.get_by_role("link", name="最新门店").click()
    expect(page).to_have_title("最新门店 · 小二便利")
    expect(page.get_by_test_id("shop-name").first).to_have_text("小二便利 人民广场店")
    screenshot(page, "newest")
    assert has_no_overflow(page)


def test_a_failure_is_reported_and_can_be_tried_again(
    running_app: RunningApp, open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page("about:blank")
    lost: list[Route] = []

    def lose_once(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route)
        return route.abort()

    page.route("**/api/stores/nearby*", lose_once)
    page.goto(nearby_url(running_app, BEIJING))
    expect(page.get_by_test_id("load-error")).to_contain_text("网络不太顺畅")
    assert [complaint for complaint in console_errors if "ERR_FAILED" not in complaint] == []
    console_errors.clear()
    page.get_by_test_id("retry").click()
    expect(page.get_by_test_id("shop")).to_have_count(20)


@pytest.mark.deep
def test_markup_in_a_shops_texts_stays_text(running_app: RunningApp, open_page: OpenPage) -> None:
    name = f"小二便利 {XSS_PAYLOAD}店"
    page = open_page(nearby_url(running_app, BEIJING))
    expect(page.get_by_text(name)).to_be_visible()
    page.goto(store_url(running_app, "S3"))
    expect(page.get_by_test_id("store-name")).to_have_text(name)
    for part in ("introduction", "navigate", "advertisements"):
        expect(page.get_by_test_id(part)).to_contain_text(XSS_PAYLOAD)
    expect(page).to_have_title(name)
    assert page.locator("img[src=x]").count() == 0


def test_markup_in_a_nickname_stays_text(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sign_in(page, running_app, "lili")
    call_me = """name => fetch("/api/me", {method: "PATCH", body: JSON.stringify({nickname: name}),
        headers: {"Content-Type": "application/json"}}).then(answer => answer.status)"""
    assert page.evaluate(call_me, SHORT_PAYLOAD) == 200
    page.reload()
    expect(page.get_by_test_id("member-card")).to_contain_text(SHORT_PAYLOAD)
    expect(page).to_have_title("我的会员卡 · 小二便利")
    assert page.locator("img[src=x]").count() == 0


def test_an_unknown_shop_is_reported_in_chinese(
    running_app: RunningApp, open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page(f"{running_app.web}/m/stores/sho_nowhere?a={KEY}")
    expect(page.get_by_role("heading")).to_have_text("没有找到")
    assert [complaint for complaint in console_errors if "404" not in complaint] == []
    console_errors.clear()


def test_a_closed_shop_is_shown_as_closed(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page(store_url(running_app, CLOSED[0]))
    expect(page.get_by_test_id("hours-text")).to_have_text("已关店")
    expect(page.get_by_test_id("favourite-button")).to_have_count(0)
    expect(page.get_by_test_id("hours")).to_have_count(0)


def test_a_heart_brings_a_stranger_to_sign_in_and_back(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page(oauth_url(running_app, "aqiang", store_url(running_app, "S1")))
    page.get_by_test_id("favourite-button").click()
    expect(page.locator("body[data-signed-in=yes]")).to_be_attached()
    assert page.url.partition("#")[0] == store_url(running_app, "S1")  # WeChat leaves its own fragment behind
    expect(page.get_by_test_id("favourite-button")).to_have_attribute("aria-pressed", "false")
    page.get_by_test_id("favourite-button").click()
    expect(page.get_by_test_id("favourite-button")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("tab-me").click()
    page.get_by_test_id("link-favourites").click()
    expect(page.get_by_test_id("favourite")).to_contain_text("西站南广场店")


def test_checking_in_on_the_page_counts_once(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sign_in(page, running_app, "aqiang")
    page.get_by_test_id("check-in").click()
    expect(page.get_by_test_id("points")).to_have_text("5")
    expect(page.get_by_test_id("check-in")).to_be_disabled()
    page.reload()
    expect(page.get_by_test_id("streak")).to_have_text("1")
    expect(page.get_by_test_id("entry")).to_have_count(1)


def test_a_missed_day_is_tapped_and_made_up(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sign_in(page, running_app, "lili")
    with closing(
        sqlite3.connect(running_app.database_file, isolation_level=None)
    ) as records:  # as if known for a week
        records.execute("UPDATE customer SET created_at = datetime(created_at, '-7 days')")
    page.get_by_test_id("check-in").click()
    expect(page.get_by_test_id("streak")).to_have_text("1")
    expect(page.get_by_test_id("day-done")).to_have_count(1)  # the calendar is drawn again
    missed = page.get_by_test_id("day-missed")
    if not missed.count():  # on the first of a month the missed days stand in the month before
        page.get_by_label("上个月").click()
    before = missed.count()
    missed.last.click()
    page.get_by_role("button", name="确认").click()
    expect(missed).to_have_count(before - 1)
    expect(page.get_by_test_id("points")).to_have_text("10")
    expect(page.get_by_test_id("streak")).to_have_text("2")


@pytest.mark.deep
def test_signing_out_ends_the_session(running_app: RunningApp, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    sign_in(page, running_app, "lili")
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("signed-out")).to_be_visible()
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("member-card")).to_be_visible()


@pytest.mark.deep
def test_another_persons_phone_shows_their_own_card(running_app: RunningApp, open_page: OpenPage) -> None:
    numbers = set()
    page = open_page("about:blank")
    for person in ("lili", "laowang"):
        sign_in(page, running_app, person)
        numbers.add(page.get_by_test_id("card-number").inner_text())
    assert len(numbers) == 2


@pytest.mark.deep
def test_a_snapshot_of_wechat_only_looks(
    running_app: RunningApp, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(running_app.sandbox)
    made = page.request.post(f"{running_app.sandbox}/sandbox/people", data={"name": "路人"}).json()
    page.request.put(f"{running_app.sandbox}/sandbox/people/{made['id']}", data={"snapshot": True})
    page.goto(oauth_url(running_app, made["id"], f"{running_app.web}/m/me?a={KEY}"))
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("guest")).to_contain_text("使用完整服务")
    assert [cookie for cookie in page.context.cookies() if cookie["name"] == "xiaoer_session"] == []
    screenshot(page, "guest")
