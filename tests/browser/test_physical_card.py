"""The plastic card on the page of a member: activation, application with its steps, loss, replacement."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import sign_in
from tests.browser.test_profile import Screenshot, shoot

FORM = {
    "name": "周小芸", "id_number": "11010519491231002X", "phone": "13800138000", "email": "yun@example.com",
    "province": "上海市", "city": "上海市", "district": "黄浦区", "detail": "南京东路 1 号 2 楼",
}  # fmt: skip


@pytest.fixture(scope="module")
def seeded(running_app: RunningApp) -> dict[str, str]:
    return running_app.run_seed("tests.browser.seed_plastic_cards", "walk")


def test_a_member_activates_a_card_loses_it_and_gets_another(
    running_app: RunningApp,
    seeded: dict[str, str],
    open_page: OpenPage,
    screenshot: Screenshot,
    console_errors: list[str],
) -> None:
    page = open_page("about:blank")
    who, number = person(page, running_app)
    sign_in(page, running_app, who)
    register(page, running_app, who, number)
    page.get_by_test_id("link-physical-card").click()
    activate(page, screenshot, console_errors)
    page.get_by_test_id("report-card-loss").click()
    page.get_by_role("button", name="确定挂失").click()
    expect(page.get_by_test_id("physical-card")).to_contain_text("已挂失")
    expect(page.get_by_test_id("card-offer")).to_contain_text("补换实体卡")
    shoot(page, screenshot, "physical-card-lost")
    apply_for_another(page, screenshot)
    card = running_app.run_seed("tests.browser.seed_plastic_cards", "walk", "mail")["card"]
    page.goto(address(running_app, "physical-card"))
    expect(page.get_by_test_id("application-state")).to_have_text("已邮寄")
    shoot(page, screenshot, "physical-card-mailed")
    page.get_by_test_id("receive").click()
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_test_id("application-state")).to_have_text("已收到")
    expect(page.get_by_test_id("physical-card")).to_have_count(1)
    expect(page.get_by_test_id("physical-card")).to_contain_text(card[-4:])


def activate(page: Page, screenshot: Screenshot, errors: list[str]) -> None:
    """A wrong code is rejected with a sentence, the right one makes the card the member's."""
    expect(page.get_by_test_id("card-offer")).to_contain_text("申领实体卡")
    shoot(page, screenshot, "physical-card")
    page.get_by_label("卡号").fill("6200 0000 0000 0000 001")
    for code in ("000000", "123456"):
        page.get_by_label("激活码").fill(code)
        page.get_by_test_id("activate").click()
        if code == "000000":
            expect(page.get_by_test_id("activation-failure")).to_have_text("卡号或激活码不正确，或已使用")
            errors.clear()  # the browser reports an answer of 422
    expect(page.get_by_test_id("physical-card")).to_contain_text("正常")


def apply_for_another(page: Page, screenshot: Screenshot) -> None:
    """The form, then a change of the address while the application waits."""
    page.get_by_test_id("apply").click()
    for name, text in FORM.items():
        page.locator(f"form input[name={name}]").fill(text)
    shoot(page, screenshot, "physical-card-form")
    page.get_by_test_id("submit-application").click()
    expect(page.get_by_test_id("application-state")).to_have_text("资料已提交")
    page.get_by_test_id("change").click()
    page.locator("form input[name=detail]").fill("南京东路 2 号")
    page.get_by_test_id("submit-application").click()
    expect(page.get_by_test_id("application")).to_contain_text("南京东路 2 号")


pytestmark = pytest.mark.timeout(240)
