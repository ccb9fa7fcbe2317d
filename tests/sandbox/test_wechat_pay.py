"""WeChat Pay of the sandbox: strict requests, signed responses, and the control routes."""

import json
import secrets
from typing import Any

import pytest

from sandbox import openids, wechat_pay_crypto
from tests.support.private_keys import OTHER_KEY
from tests.support.sandbox_client import PERSON, PROGRAM, Sandbox, start

APP_ID = PROGRAM["appid"]
NATIVE = "/v3/pay/transactions/native"
ORDER: dict[str, Any] = {
    "appid": APP_ID,
    "description": "小二便利",
    "out_trade_no": "A00001",
    "notify_url": "http://127.0.0.1:1/notices",
    "amount": {"total": 100, "currency": "CNY"},
}


@pytest.fixture
def merchant(sandbox: Sandbox, fast_keys: None) -> dict[str, Any]:
    return sandbox.client.post("/sandbox/wechat-pay/merchants", json={"app_ids": [APP_ID]}).json


def call(
    sandbox: Sandbox, merchant: dict[str, Any], method: str, path: str, body: Any = None, **forged: Any
) -> Any:
    """A signed call; `forged` replaces parts of the authorization or whole headers."""
    given = merchant["credentials"]
    raw = "" if body is None else json.dumps(body)
    fields = {
        "mchid": given["merchant_id"],
        "nonce_str": secrets.token_hex(16),
        "timestamp": str(sandbox.clock.wall_time()),
        "serial_no": given["certificate_serial"],
        "key": given["private_key_pem"],
        **forged,
    }
    text = f"{method}\n{path}\n{fields['timestamp']}\n{fields['nonce_str']}\n{raw}\n"
    fields["signature"] = forged.get("signature") or wechat_pay_crypto.sign(fields.pop("key"), text)
    names = ("mchid", "nonce_str", "signature", "timestamp", "serial_no")
    inner = ",".join(f'{name}="{fields[name]}"' for name in names)
    headers = {
        "Authorization": f"WECHATPAY2-SHA256-RSA2048 {inner}",
        "Accept": "application/json",
        "User-Agent": "test",
        "Content-Type": "application/json",
        **forged.get("headers", {}),
    }
    return sandbox.client.open(path, method=method, data=raw or None, headers=headers)


def order(sandbox: Sandbox, merchant: dict[str, Any], **changes: Any) -> Any:
    body = {**ORDER, "mchid": merchant["merchant_id"], **changes}
    return call(
        sandbox, merchant, "POST", NATIVE, {name: value for name, value in body.items() if value is not None}
    )


def pay(sandbox: Sandbox, **body: Any) -> Any:
    return sandbox.client.post(f"/sandbox/people/{PERSON}/wechat-payments", json=body)


def test_response_is_signed_also_with_an_error(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    public_key_id = next(iter(merchant["credentials"]["public_keys"]))
    for response in (order(sandbox, merchant), order(sandbox, merchant, description="")):
        headers = response.headers
        text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{response.text}\n"
        stored = sandbox.state.wechat_pay.merchants.get(merchant["merchant_id"])
        assert headers["Wechatpay-Serial"] == public_key_id
        assert wechat_pay_crypto.is_signed_by(
            stored.platform_private_key_pem, text, headers["Wechatpay-Signature"]
        )


@pytest.mark.parametrize(
    ("forged", "status", "code"),
    [
        ({"key": OTHER_KEY}, 401, "SIGN_ERROR"),
        ({"signature": "x"}, 401, "SIGN_ERROR"),
        ({"serial_no": "5" * 40}, 401, "SIGN_ERROR"),
        ({"timestamp": "1"}, 401, "SIGN_ERROR"),
        ({"timestamp": "x"}, 401, "SIGN_ERROR"),
        ({"nonce_str": "n" * 33}, 401, "SIGN_ERROR"),
        ({"mchid": "1900000009"}, 400, "MCH_NOT_EXISTS"),
        ({"headers": {"Authorization": "Bearer x"}}, 401, "SIGN_ERROR"),
        ({"headers": {"Accept": "text/html"}}, 406, "PARAM_ERROR"),
        ({"headers": {"Content-Type": "text/plain"}}, 415, "PARAM_ERROR"),
    ],
)
def test_request_with_a_wrong_signature_is_rejected(
    sandbox: Sandbox, merchant: dict[str, Any], forged: dict[str, Any], status: int, code: str
) -> None:
    body = {**ORDER, "mchid": merchant["merchant_id"]}
    response = call(sandbox, merchant, "POST", NATIVE, body, **forged)
    assert (response.status_code, response.json["code"]) == (status, code)
    assert sandbox.state.wechat_pay.list_orders() == []


def test_nonce_works_once(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    body = {**ORDER, "mchid": merchant["merchant_id"]}
    codes = [call(sandbox, merchant, "POST", NATIVE, body, nonce_str="n1").status_code for _ in range(2)]
    assert codes == [200, 401]


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": "A1"},
        {"out_trade_no": "A/00001"},
        {"amount": {"total": 0}},
        {"amount": {"total": 1.5}},
        {"amount": {"total": "100"}},
        {"amount": {"total": 100, "currency": "USD"}},
        {"description": "x" * 128},
        {"notify_url": None},
        {"notify_url": "http://127.0.0.1/notices?x=1"},
        {"time_expire": "2026-11-28 10:00"},
        {"time_expire": "2020-11-28T10:00:00+08:00"},
        {"mchid": "1900000009"},
        {"unknown": 1},
    ],
)
def test_order_with_a_wrong_parameter_is_rejected(
    sandbox: Sandbox, merchant: dict[str, Any], changes: dict[str, Any]
) -> None:
    response = order(sandbox, merchant, **changes)
    assert (response.status_code, response.json["code"]) == (400, "PARAM_ERROR")


def test_app_must_be_bound(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    assert order(sandbox, merchant, appid="wx1").json["code"] == "APPID_MCHID_NOT_MATCH"


def test_number_gives_one_order_and_cannot_be_used_for_another_amount(
    sandbox: Sandbox, merchant: dict[str, Any]
) -> None:
    first = order(sandbox, merchant).json
    assert order(sandbox, merchant).json == first
    assert order(sandbox, merchant, amount={"total": 101}).json["code"] == "OUT_TRADE_NO_USED"
    assert pay(sandbox, code_url=first["code_url"]).json["trade_state"] == "SUCCESS"
    assert order(sandbox, merchant).json["code"] == "ORDERPAID"
    assert pay(sandbox, code_url=first["code_url"]).status_code == 409


def test_order_of_a_page_is_paid_by_its_person_only(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    openid = openids.derive_openid(person_id=PERSON, appid=APP_ID)
    body = {**ORDER, "mchid": merchant["merchant_id"], "payer": {"openid": openid}}
    token = call(sandbox, merchant, "POST", "/v3/pay/transactions/jsapi", body).json["prepay_id"]
    other = sandbox.client.post(
        "/sandbox/people/laowang/wechat-payments", json={"package": f"prepay_id={token}"}
    )
    assert other.json["error"] == "wrong_person"
    assert pay(sandbox, package=f"prepay_id={token}").json["payer"]["openid"] == openid


def test_control_routes_list_orders_and_the_ledger(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    order(sandbox, merchant)
    pay(sandbox, number="A00001", merchant_id=merchant["merchant_id"])
    listed = sandbox.get("/sandbox/wechat-pay/orders", merchant_id=merchant["merchant_id"])["list"]
    assert [(row["out_trade_no"], row["trade_state"]) for row in listed] == [("A00001", "SUCCESS")]
    ledger = sandbox.get("/sandbox/ledger", platform="wechat_pay", merchant_id=merchant["merchant_id"])
    assert (ledger["paid_fen"], ledger["list"][0]["number"]) == (100, "A00001")
    settings = sandbox.get(f"/sandbox/wechat-pay/merchants/{merchant['merchant_id']}")
    assert settings["balance_fen"] == 100


def test_open_refund_is_ended_by_the_control_route(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    path = f"/sandbox/wechat-pay/merchants/{merchant['merchant_id']}"
    sandbox.client.put(path, json={"refund_result": "PROCESSING"})
    order(sandbox, merchant)
    pay(sandbox, number="A00001", merchant_id=merchant["merchant_id"])
    body = {
        "out_trade_no": "A00001",
        "out_refund_no": "R1",
        "amount": {"refund": 40, "total": 100, "currency": "CNY"},
    }
    assert call(sandbox, merchant, "POST", "/v3/refund/domestic/refunds", body).json["status"] == "PROCESSING"
    assert sandbox.client.put(f"{path}/refunds/R1", json={"status": "DONE"}).status_code == 400
    assert sandbox.client.put(f"{path}/refunds/R1", json={"status": "SUCCESS"}).json["status"] == "SUCCESS"
    assert sandbox.client.put(f"{path}/refunds/R1", json={"status": "CLOSED"}).json["status"] == "SUCCESS"
    assert sandbox.get("/sandbox/ledger")["refunded_fen"] == 40


@pytest.mark.parametrize("payload", [{}, {"app_ids": []}, {"app_ids": ["a"], "merchant_id": "x"}, {"x": 1}])
def test_merchant_with_wrong_settings_is_rejected(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    response = sandbox.client.post("/sandbox/wechat-pay/merchants", json=payload)
    assert response.json["error"] == "bad_merchant"


def test_merchant_number_is_unique(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    payload = {"app_ids": ["a"], "merchant_id": merchant["merchant_id"]}
    assert sandbox.client.post("/sandbox/wechat-pay/merchants", json=payload).status_code == 409


def test_keys_survive_a_restart_and_a_reset(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    sandbox.client.post("/sandbox/reset")
    again = start(sandbox.folder).get(f"/sandbox/wechat-pay/merchants/{merchant['merchant_id']}")
    assert again["credentials"] == merchant["credentials"]


def test_unknown_paths_and_merchants_are_not_found(sandbox: Sandbox, merchant: dict[str, Any]) -> None:
    assert call(sandbox, merchant, "POST", "/v3/other", {}).status_code == 404
    assert sandbox.client.get("/sandbox/wechat-pay/merchants/1").status_code == 404
    assert pay(sandbox, code_url="x").status_code == 404
