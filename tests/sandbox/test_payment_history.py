"""What the wallet of the phone shows: prompts, scanned payments, and the list of payments and refunds."""

from typing import Any

import pytest

from sandbox import alipay_crypto, wechat_pay_crypto
from sandbox.alipay_requests import PrecreateContent
from sandbox.wallets import ChargeRequest
from sandbox.wechat_pay_requests import JsapiRequest, NativeRequest
from tests.support.sandbox_client import PERSON, PROGRAM, Sandbox

OTHER_PERSON = "laowang"


@pytest.fixture
def merchants(sandbox: Sandbox, fast_keys: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A merchant of each platform."""
    monkeypatch.setattr(alipay_crypto, "generate_private_key", wechat_pay_crypto.generate_private_key)
    return {
        "wechat_pay": sandbox.state.wechat_pay.merchants.create(
            {"app_ids": [PROGRAM["appid"]], "name": "小二便利"}
        ),
        "alipay": sandbox.state.alipay.apps.create({"name": "对门超市"}),
    }


def charge(sandbox: Sandbox, merchants: dict[str, Any], number: str, amount_fen: int, **options: Any) -> Any:
    """Charge a WeChat pay code of the person."""
    code = sandbox.state.wallets.pay_code(PERSON, "wechat_pay").code
    merchant_id = merchants["wechat_pay"].merchant_id
    request = ChargeRequest("wechat_pay", merchant_id, number, amount_fen, "门店消费")
    return sandbox.state.wallets.charge_code(code, request, **options)


def create_code(sandbox: Sandbox, merchants: dict[str, Any], platform: str) -> str:
    """Create a payment by QR code and return what the code contains."""
    if platform == "wechat_pay":
        return sandbox.state.wechat_pay.prepay(merchants[platform], native(merchants)).token
    content = PrecreateContent(out_trade_no="B1", total_amount="12.80", subject="门店消费")
    return sandbox.state.alipay.precreate(merchants[platform], content, notify_url="").token


def native(merchants: dict[str, Any], **changes: Any) -> NativeRequest:
    model = JsapiRequest if "payer" in changes else NativeRequest
    values = {
        "appid": PROGRAM["appid"], "mchid": merchants["wechat_pay"].merchant_id, "description": "门店消费",
        "out_trade_no": "A00001", "amount": {"total": 1_280}, "notify_url": "http://127.0.0.1:1/n",
    }  # fmt: skip
    return model.model_validate(values | changes)


def scan(sandbox: Sandbox, code: object, *, person: str = PERSON) -> Any:
    return sandbox.client.post(f"/sandbox/people/{person}/scans", json={"code": code})


def list_payments(sandbox: Sandbox, person: str = PERSON) -> list[dict[str, Any]]:
    return sandbox.get(f"/sandbox/people/{person}/payments")["list"]


def test_prompt_names_the_merchant(sandbox: Sandbox, merchants: dict[str, Any]) -> None:
    charge(sandbox, merchants, "A1", 1_280, needs_password=True)
    (prompt,) = sandbox.get(f"/sandbox/people/{PERSON}/wallet")["prompts"]
    assert (prompt["merchant_name"], prompt["amount_fen"]) == ("小二便利", 1_280)
    assert sandbox.get(f"/sandbox/people/{OTHER_PERSON}/wallet")["prompts"] == []


def test_payments_and_refunds_are_listed_newest_first(sandbox: Sandbox, merchants: dict[str, Any]) -> None:
    first = charge(sandbox, merchants, "A1", 1_280)
    sandbox.clock.is_at += 60
    charge(sandbox, merchants, "A2", 500)
    sandbox.clock.is_at += 60
    sandbox.state.wallets.refund(first.id, number="R1", amount_fen=280)
    shown = [(row["kind"], row["number"], row["amount_fen"]) for row in list_payments(sandbox)]
    assert shown == [("refund", "R1", 280), ("payment", "A2", 500), ("payment", "A1", 1_280)]
    assert list_payments(sandbox)[2]["refunded_fen"] == 280
    assert {row["merchant_name"] for row in list_payments(sandbox)} == {"小二便利"}
    assert list_payments(sandbox, OTHER_PERSON) == []


def test_failed_payment_is_listed_with_its_reason(sandbox: Sandbox, merchants: dict[str, Any]) -> None:
    sandbox.state.wallets.configure(PERSON, balance_fen=0)
    charge(sandbox, merchants, "A1", 1_280)
    (row,) = list_payments(sandbox)
    assert (row["state"], row["reason"]) == ("failed", "no_balance")


@pytest.mark.parametrize(
    ("platform", "name", "field"), [("wechat_pay", "小二便利", "code_url"), ("alipay", "对门超市", "qr_code")]
)
def test_scanned_code_is_shown_before_it_is_paid(
    sandbox: Sandbox, merchants: dict[str, Any], platform: str, name: str, field: str
) -> None:
    code = create_code(sandbox, merchants, platform)
    (offered,) = sandbox.get("/sandbox/merchant-codes")["list"]
    shown = scan(sandbox, f" {code} ").json
    assert shown == offered
    assert (shown["platform"], shown["merchant_name"], shown["amount_fen"]) == (platform, name, 1_280)
    assert list_payments(sandbox) == []
    path = f"/sandbox/people/{PERSON}/{'wechat' if platform == 'wechat_pay' else 'alipay'}-payments"
    assert sandbox.client.post(path, json={field: shown["token"]}).status_code == 200
    assert list_payments(sandbox)[0]["amount_fen"] == 1_280
    assert sandbox.get("/sandbox/merchant-codes")["list"] == []
    assert scan(sandbox, code).status_code == 409


def test_payment_of_a_page_is_shown_to_its_person_only(sandbox: Sandbox, merchants: dict[str, Any]) -> None:
    openid = sandbox.openid(PERSON, PROGRAM["appid"])
    request = native(merchants, payer={"openid": openid})
    order = sandbox.state.wechat_pay.prepay(merchants["wechat_pay"], request)
    assert scan(sandbox, f"prepay_id={order.token}").json["amount_fen"] == 1_280
    assert scan(sandbox, order.token, person=OTHER_PERSON).json["error"] == "wrong_person"
    assert sandbox.get("/sandbox/merchant-codes")["list"] == []


def test_expired_code_is_neither_offered_nor_shown(sandbox: Sandbox, merchants: dict[str, Any]) -> None:
    request = native(merchants, time_expire="2027-01-15T16:05:00+08:00")  # 5 minutes ahead
    code = sandbox.state.wechat_pay.prepay(merchants["wechat_pay"], request).token
    assert len(sandbox.get("/sandbox/merchant-codes")["list"]) == 1
    sandbox.clock.offset_s += 600
    assert sandbox.get("/sandbox/merchant-codes")["list"] == []
    assert scan(sandbox, code).json["error"] == "not_payable"


@pytest.mark.parametrize("code", ["", "weixin://wxpay/bizpayurl?pr=0", None, 5])
def test_unknown_code_is_rejected(sandbox: Sandbox, merchants: dict[str, Any], code: object) -> None:
    create_code(sandbox, merchants, "wechat_pay")
    assert scan(sandbox, code).json["error"] == "no_such_code"
