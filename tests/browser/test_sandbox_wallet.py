"""The wallet of the sandbox's phone: pay code, password prompt, scanned code, payment of a page, and refunds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from platforms.http import PlatformSession
from platforms.wechat_pay import WeChatPay, WeChatPayCredentials
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.test_first_conversation import page_frame

Screenshot = Callable[..., None]
# An import from a test works only in a context that bypasses the content security policy of the page.
START_PAYMENT = """async (parameters) => {
    const { requestPayment } = await import("/static/m/js/payment_bridge.js");
    window.result = "waiting";
    requestPayment("wechat", parameters).then((result) => (window.result = result));
}"""


@dataclass
class Till:
    """A merchant that takes payments of a new person."""

    person: str
    app_id: str
    client: WeChatPay

    def charge(self, number: str, digits: str, amount_fen: int) -> str:
        answer = self.client.charge_code(
            number=number, amount_fen=amount_fen, description="门店消费", auth_code=digits, app_id=self.app_id
        )
        return answer.outcome

    def state(self, number: str) -> str:
        return self.client.query(number=number).outcome


@pytest.fixture
def till(running_app: RunningApp) -> Till:
    http = PlatformSession(base_url=running_app.sandbox)
    app_id = running_app.facts["appid"]

    def post(path: str, body: dict[str, object]) -> dict:
        return http.post(f"{running_app.sandbox}/sandbox/{path}", json=body).json()

    made = post("wechat-pay/merchants", {"app_ids": [app_id], "name": "小二便利"})["credentials"]
    made |= {"api_v3_keys": tuple(made["api_v3_keys"])}
    client = WeChatPay(WeChatPayCredentials(**made), http, notify_url="http://127.0.0.1:1/notify")
    return Till(post("people", {"name": "钱多多"})["id"], app_id, client)


@pytest.fixture
def phone(running_app: RunningApp, open_page: OpenPage, till: Till) -> Page:
    """The person's wallet."""
    address = f"{running_app.sandbox}/?person={till.person}&account={till.app_id}"
    page = open_page(address, viewport=DESK, bypass_csp=True)
    page.get_by_test_id("wallet-open").click()
    return page


def read_digits(phone: Page) -> str:
    expect(phone.get_by_test_id("pay-code-bars")).to_be_visible()
    expect(phone.get_by_test_id("pay-code-qr")).to_be_visible()
    return phone.get_by_test_id("pay-code-digits").inner_text().replace(" ", "").replace("\n", "")


def test_prompt_is_confirmed_and_the_refund_is_seen(phone: Page, till: Till, screenshot: Screenshot) -> None:
    phone.get_by_test_id("wallet-view-settings").click()
    phone.get_by_test_id("wallet-set-limit").fill("10")
    phone.get_by_test_id("wallet-save").click()
    expect(phone.get_by_test_id("toast")).to_contain_text("已保存")
    phone.get_by_test_id("wallet-view-code").click()
    digits = read_digits(phone)
    assert len(digits) == 18
    assert 10 <= int(digits[:2]) <= 15
    phone.get_by_test_id("pay-code-enlarge").click()
    screenshot(phone, "wallet-1-enlarged")
    phone.get_by_test_id("pay-code-shrink").click()

    assert till.charge("WALLET01", digits, 1_280) == "pending"
    prompt = phone.get_by_test_id("password-prompt")
    expect(prompt).to_contain_text("请输入支付密码")
    expect(prompt).to_contain_text("12.80 元")
    expect(prompt).to_contain_text("小二便利")
    screenshot(phone, "wallet-2-prompt")
    phone.get_by_test_id("password-prompt-confirm").click()
    expect(phone.get_by_test_id("wallet-balance")).to_have_text("¥4,987.20")
    assert till.state("WALLET01") == "succeeded"
    expect(phone.get_by_test_id("wallet-latest")).to_contain_text("支付成功")
    assert read_digits(phone) != digits

    assert till.charge("WALLET02", read_digits(phone), 2_000) == "pending"
    phone.get_by_test_id("password-prompt-cancel").click()
    expect(phone.get_by_test_id("wallet-latest")).to_contain_text("已取消")
    assert till.state("WALLET02") == "failed"

    phone.get_by_test_id("wallet-view-history").click()
    entries = phone.get_by_test_id("wallet-entries")
    expect(entries.get_by_test_id("entry-payment")).to_have_count(2)
    till.client.refund(
        number="REFUND01", payment_number="WALLET01", amount_fen=280, total_fen=1_280, reason="退货"
    )
    expect(entries.get_by_test_id("entry-refund")).to_contain_text("+2.80")
    expect(entries.locator("article").first).to_contain_text("退款 · 小二便利")
    expect(entries.get_by_test_id("entry-payment").last).to_contain_text("已退款 2.80 元")
    phone.set_viewport_size(PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    screenshot(phone, "wallet-3-history")


@pytest.mark.deep
def test_scanned_code_is_refused_and_then_paid(phone: Page, till: Till) -> None:
    expires_at = datetime.now(UTC) + timedelta(minutes=5)
    code = till.client.prepay_native(
        number="WALLET03", amount_fen=3_990, description="门店消费", app_id=till.app_id, expires_at=expires_at
    )
    phone.get_by_test_id("wallet-view-scan").click()
    expect(phone.get_by_test_id("open-code-0")).to_contain_text("¥39.90 · 小二便利")
    for answer in ("cancel", "confirm"):
        assert till.state("WALLET03") == "pending"
        phone.get_by_test_id("merchant-code").fill(code)
        phone.get_by_test_id("payment-scan").click()
        expect(phone.get_by_test_id("payment-confirmation")).to_contain_text("39.90 元")
        phone.get_by_test_id(f"payment-confirmation-{answer}").click()
        expect(phone.get_by_test_id("payment-confirmation")).to_be_hidden()
    assert till.state("WALLET03") == "succeeded"


def test_page_in_the_phone_is_paid(phone: Page, running_app: RunningApp, till: Till) -> None:
    openid = phone.request.get(
        f"{running_app.sandbox}/sandbox/people/{till.person}/chats/{till.app_id}"
    ).json()["openid"]
    parameters = till.client.prepay_jsapi(
        number="WALLET04", amount_fen=500, description="储值", app_id=till.app_id, openid=openid,
        expires_at=datetime.now(UTC) + timedelta(minutes=5),
    )  # fmt: skip
    phone.get_by_test_id("wallet-close").click()
    phone.request.post(
        f"{running_app.sandbox}/sandbox/people/{till.person}/links",
        data={"url": f"{running_app.web}/m/nearby?a=walk", "sender": "laowang"},
    )
    phone.get_by_test_id("link-0").click()
    expect(
        page_frame(phone).get_by_test_id("nearby-list").or_(page_frame(phone).locator("main"))
    ).to_be_visible()
    (frame,) = [each for each in phone.frames if each.url.startswith(running_app.web)]
    for answer, result in (("cancel", "cancelled"), ("confirm", "paid")):
        frame.evaluate(START_PAYMENT, parameters)
        phone.get_by_test_id(f"payment-confirmation-{answer}").click()
        frame.wait_for_function("(expected) => window.result === expected", arg=result)
    assert till.state("WALLET04") == "succeeded"


@pytest.mark.deep
def test_switches_set_and_remove_faults_of_payments(phone: Page, running_app: RunningApp) -> None:
    def list_kinds() -> list[str]:
        faults = phone.request.get(f"{running_app.sandbox}/sandbox/faults").json()["faults"]
        return [fault["kind"] for fault in faults]

    phone.get_by_test_id("tab-faults").click()
    for name in ("drop", "repeat", "system-error"):
        phone.get_by_test_id(f"payment-fault-{name}").click()
        expect(phone.get_by_test_id("fault-remove")).to_have_count(2 if name == "system-error" else 1)
    assert list_kinds() == ["duplicate", "error"]
    expect(phone.get_by_test_id("payment-fault-drop")).not_to_be_checked()
    for name in ("repeat", "system-error"):
        phone.get_by_test_id(f"payment-fault-{name}").click()
        expect(phone.get_by_test_id(f"payment-fault-{name}")).to_be_enabled()
        expect(phone.get_by_test_id(f"payment-fault-{name}")).not_to_be_checked()
    expect(phone.get_by_test_id("fault-remove")).to_have_count(0)
    assert list_kinds() == []
