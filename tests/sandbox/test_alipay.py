"""The gateway is strict, signs what it answers, and keeps books."""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox import alipay_crypto as crypto
from sandbox.alipay_apps import Apps
from sandbox.alipay_trades import to_text
from sandbox.json_file import JsonFile
from tests.support.private_keys import OTHER_KEY
from tests.support.sandbox_client import PERSON, Sandbox, start, write_accounts

PAY = {"out_trade_no": "A1", "total_amount": "12.80", "subject": "小二便利 — it's 版", "scene": "bar_code"}


class Shop:
    """An app that signs its requests itself."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        (app,) = sandbox.state.alipay.apps.list_all()
        self.app = sandbox.client.get(f"/sandbox/alipay/apps/{app.app_id}").json
        self.credentials = self.app["credentials"]

    def call(self, method: str, content: Any = None, *, key: str = "", **changes: Any) -> dict[str, Any]:
        """The inner object of a response to a signed call. A change to None leaves a parameter out."""
        response = self.send(method, content, key=key, **changes)
        return next(iter(response.values()))

    def send(self, method: str, content: Any = None, *, key: str = "", **changes: Any) -> dict[str, Any]:
        query = {
            "app_id": self.credentials["app_id"], "method": method, "charset": "utf-8", "sign_type": "RSA2",
            "version": "1.0", "timestamp": to_text(self.sandbox.clock.wall_time()),
        } | changes  # fmt: skip
        query = {name: value for name, value in query.items() if value is not None}
        form = {"biz_content": json.dumps(content or {}, ensure_ascii=False)}
        text = crypto.join_parameters({**query, **form}, without=())
        query["sign"] = crypto.sign(key or self.credentials["private_key_pem"], text)
        response = self.sandbox.client.post("/gateway.do", query_string=query, data=form)
        assert response.status_code == 200
        return json.loads(response.get_data())

    def charge(self, **changes: Any) -> dict[str, Any]:
        person = changes.pop("person", PERSON)
        code = self.sandbox.client.post(f"/sandbox/people/{person}/pay-codes", json={"platform": "alipay"})
        return self.call("alipay.trade.pay", PAY | {"auth_code": code.json["code"]} | changes)

    def books(self) -> dict[str, Any]:
        return self.sandbox.client.get("/sandbox/alipay/trades").json


@pytest.fixture(scope="module")
def apps_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one app: to make its keys takes longer than a test."""
    file = tmp_path_factory.mktemp("alipay") / "alipay_apps.json"
    Apps(JsonFile(file)).create({})
    return file


@pytest.fixture
def shop(tmp_path: Path, apps_file: Path) -> Shop:
    write_accounts(tmp_path)
    shutil.copy(apps_file, tmp_path)
    return Shop(start(tmp_path))


def test_apps_are_made_with_keys_that_survive_a_reset(shop: Shop) -> None:
    listed = shop.sandbox.client.get("/sandbox/alipay/apps").json["list"]
    assert listed == [{name: value for name, value in shop.app.items() if name != "credentials"}]
    assert set(shop.credentials) == {"app_id", "private_key_pem", "public_keys", "seller_id"}
    shop.sandbox.client.post("/sandbox/reset")
    again = shop.sandbox.client.get(f"/sandbox/alipay/apps/{shop.app['app_id']}").json
    assert again["credentials"] == shop.credentials
    assert (
        shop.sandbox.client.post("/sandbox/alipay/apps", json={"app_id": shop.app["app_id"]}).status_code
        == 409
    )
    assert shop.sandbox.client.get("/sandbox/alipay/apps/2021").status_code == 404
    assert shop.sandbox.client.post("/sandbox/alipay/apps", json={"key": 1}).json["error"] == "bad_app"


def test_payment_and_refunds_are_in_the_books_and_in_the_ledger(shop: Shop) -> None:
    assert shop.charge()["code"] == "10000"
    refund = {"out_trade_no": "A1", "refund_amount": "3", "out_request_no": "r1"}
    assert shop.call("alipay.trade.refund", refund)["fund_change"] == "Y"
    assert shop.call("alipay.trade.refund", refund)["fund_change"] == "N"
    books = shop.books()
    assert (books["paid_fen"], books["refunded_fen"]) == (1280, 300)
    (trade,) = books["list"]
    assert (trade["status"], trade["person_id"]) == ("TRADE_SUCCESS", PERSON)
    assert trade["refunds"] == [{"number": "r1", "amount_fen": 300}]
    ledger = shop.sandbox.client.get("/sandbox/ledger?platform=alipay").json
    assert (ledger["paid_fen"], ledger["refunded_fen"]) == (1280, 300)


def test_response_is_signed_over_the_text_of_its_object(shop: Shop) -> None:
    query = shop.sandbox.client.post("/gateway.do", query_string={"app_id": shop.app["app_id"]})
    text = query.get_data(as_text=True)
    value = json.loads(text)
    inner = text[text.index(":") + 1 : text.index(',"sign"')]
    app = shop.sandbox.state.alipay.apps.get(shop.app["app_id"])
    assert crypto.is_signed_by(app.platform_private_key_pem, inner, value["sign"])


@pytest.mark.parametrize(
    ("changes", "sub_code"),
    [
        ({"app_id": "2021000000000000"}, "isv.invalid-app-id"),
        ({"charset": None}, "isv.invalid-charset"),
        ({"charset": "GBK"}, "isv.invalid-charset"),
        ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
        ({"version": "2.0"}, "isv.invalid-signature-type"),
        ({"timestamp": "2020-01-01 00:00:00"}, "isv.invalid-timestamp"),
        ({"timestamp": "now"}, "isv.invalid-timestamp"),
        ({"method": "alipay.trade.settle"}, "isv.invalid-method"),
        ({"key": OTHER_KEY}, "isv.invalid-signature"),
    ],
)
def test_request_that_breaks_a_rule_is_refused(shop: Shop, changes: dict[str, Any], sub_code: str) -> None:
    answer = shop.call(changes.pop("method", "alipay.trade.query"), {"out_trade_no": "A1"}, **changes)
    assert (answer["code"], answer["sub_code"]) == ("40002", sub_code)


def test_unknown_app_gets_an_unsigned_response(shop: Shop) -> None:
    assert "sign" not in shop.send("alipay.trade.query", {"out_trade_no": "A1"}, app_id="2021000000000000")


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": 12.8},
        {"total_amount": "0.00"},
        {"total_amount": "0.001"},
        {"subject": "a/b"},
        {"subject": "a" * 257},
        {"out_trade_no": "a-b"},
        {"auth_code": "134567890123456789"},
        {"scene": "security_code"},
        {"unknown": "1"},
    ],
)
def test_content_that_breaks_a_rule_is_refused(shop: Shop, changes: dict[str, Any]) -> None:
    assert shop.charge(**changes)["sub_code"] == "isv.invalid-parameter"
    assert shop.books()["list"] == []


def test_other_content_under_the_same_number_is_refused(shop: Shop) -> None:
    content = {"out_trade_no": "A1", "total_amount": "1.00", "subject": "A"}
    first = shop.call("alipay.trade.precreate", content)
    assert shop.call("alipay.trade.precreate", content) == first
    answer = shop.call("alipay.trade.precreate", content | {"total_amount": "2.00"})
    assert answer["sub_code"] == "ACQ.CONTEXT_INCONSISTENT"


def test_trade_of_a_qr_code_begins_with_its_scan(shop: Shop) -> None:
    content = {"out_trade_no": "A1", "total_amount": "1.00", "subject": "A"}
    code = shop.call("alipay.trade.precreate", content)["qr_code"]
    for method in ("query", "close"):
        assert (
            shop.call(f"alipay.trade.{method}", {"out_trade_no": "A1"})["sub_code"] == "ACQ.TRADE_NOT_EXIST"
        )
    paid = shop.sandbox.client.post(f"/sandbox/people/{PERSON}/alipay-payments", json={"qr_code": code})
    assert paid.json["status"] == "TRADE_SUCCESS"
    again = shop.sandbox.client.post(f"/sandbox/people/{PERSON}/alipay-payments", json={"qr_code": code})
    assert again.json["error"] == "not_payable"


def test_trade_of_a_person_is_paid_by_no_other_person(shop: Shop) -> None:
    code = shop.sandbox.client.post(
        f"/sandbox/people/{PERSON}/alipay-codes", json={"app_id": shop.app["app_id"]}
    ).json["auth_code"]
    user = shop.call("alipay.system.oauth.token", grant_type="authorization_code", code=code)["user_id"]
    content = {
        "out_trade_no": "A1", "total_amount": "1.00", "subject": "A", "product_code": "JSAPI_PAY",
        "op_app_id": shop.app["app_id"], "buyer_id": user,
    }  # fmt: skip
    assert (
        shop.call("alipay.trade.create", content | {"buyer_id": "2088"})["sub_code"] == "ACQ.BUYER_NOT_EXIST"
    )
    number = shop.call("alipay.trade.create", content)["trade_no"]
    answers = [
        shop.sandbox.client.post(f"/sandbox/people/{person}/alipay-payments", json={"trade_no": number}).json
        for person in ("laowang", PERSON)
    ]
    assert answers[0]["error"] == "wrong_person"
    assert answers[1]["status"] == "TRADE_SUCCESS"


def test_cancel_is_too_late_after_a_day(shop: Shop) -> None:
    shop.charge()
    shop.sandbox.client.post("/sandbox/clock", json={"advance_s": 86_401})
    assert shop.call("alipay.trade.cancel", {"out_trade_no": "A1"})["sub_code"] == "ACQ.TRADE_CANCEL_TIME_OUT"


def test_faults_concern_one_method_or_all(shop: Shop) -> None:
    put = shop.sandbox.client.put
    put("/sandbox/faults", json={"path": "/gateway.do/alipay.trade.cancel", "kind": "error", "times": 1})
    assert shop.charge()["code"] == "10000"
    answer = shop.call("alipay.trade.cancel", {"out_trade_no": "A1"})
    assert (answer["code"], answer["retry_flag"]) == ("20000", "Y")
    put("/sandbox/faults", json={"path": "/gateway.do", "kind": "error", "code": "ACQ.BUSY", "times": 1})
    assert shop.call("alipay.trade.query", {"out_trade_no": "A1"})["code"] == "40004"
    assert shop.call("alipay.trade.query", {"out_trade_no": "A1"})["trade_status"] == "TRADE_SUCCESS"


def test_oauth_page_is_for_the_person_of_the_phone(shop: Shop) -> None:
    client = shop.sandbox.client
    query = {
        "app_id": shop.app["app_id"],
        "scope": "auth_base",
        "redirect_uri": "http://shop.example/m",
        "state": "s",
    }
    page = "/oauth2/publicAppAuthorize.htm"
    assert "请在支付宝客户端打开" in client.get(page, query_string=query).text
    client.get("/open", query_string={"person": PERSON, "url": "http://127.0.0.1/"})
    answer = parse_qs(urlsplit(client.get(page, query_string=query).headers["Location"]).query)
    assert (answer["state"], answer["app_id"]) == (["s"], [shop.app["app_id"]])
    token = {"grant_type": "authorization_code", "code": answer["auth_code"][0]}
    assert shop.call("alipay.system.oauth.token", **token)["user_id"].startswith("2088")
    assert "error_response" in shop.send("alipay.system.oauth.token", **token)
    for changes in ({"app_id": "1"}, {"scope": "snsapi_base"}, {"redirect_uri": "javascript:0"}):
        assert "无效" in client.get(page, query_string=query | changes).text


def test_finished_trade_takes_no_refund(shop: Shop) -> None:
    number = shop.charge()["trade_no"]
    assert (
        shop.sandbox.client.post(f"/sandbox/alipay/trades/{number}/finish").json["status"] == "TRADE_FINISHED"
    )
    refund = {"out_trade_no": "A1", "refund_amount": "3", "out_request_no": "r1"}
    assert shop.call("alipay.trade.refund", refund)["sub_code"] == "ACQ.TRADE_HAS_FINISHED"
    assert shop.sandbox.client.post("/sandbox/alipay/trades/1/finish").status_code == 404
