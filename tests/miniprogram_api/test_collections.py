"""A customer pays by the collection code of a shop: the money arrives once, the tills of the shop ring."""

import pytest

import payment_calls
from store.core.events import Event
from store.customers import sessions
from store.orders import payers
from store.orders import payments as order_payments
from store.payments import attempts, merchants, payables
from store.payments.attempts import PaymentAttempt
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import channels, settings
from store.tills import collection_codes, payment_news, terminals
from store.tills.collections import CollectionSettings
from store.tills.news import TillNews
from tests.support import database


@pytest.fixture
def payments_of_orders():
    before = dict(payables._table)
    payables.install({"order": order_payments.PAYABLE})
    yield
    payables.install(before)


@pytest.fixture
def shop(web):
    shop = shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))
    terminals.add(code="T1", name="一号台", shop=shop)
    return shop


@pytest.fixture
def code(shop, sandbox, payments_of_orders):
    found = sandbox.state.wechat_pay.merchants.create({"name": "小二", "app_ids": ["wxacmemini"]})
    secrets = found.credentials()
    merchants.add(
        platform="wechat_pay", name="小二", merchant_id=secrets.pop("merchant_id"), app_id="wxacmemini",
        credentials=secrets,
    )  # fmt: skip
    return collection_codes.get_or_create(shop).code


def begin(phone, code, amount_fen=1_280, **options):
    return phone.post(f"/api/collection-codes/{code}/payments", {"amount_fen": amount_fen}, **options)


def pay(sandbox, data):
    token = data["payment"]["package"].removeprefix("prepay_id=")
    sandbox.state.wechat_pay.confirm("xiaomei", token=token)
    return payment_calls.query(attempts.get(data["payment_number"]))


def tell(event_kind="payments.succeeded"):
    for event in Event.select().where(Event.kind == event_kind):
        payers.attach_payer(event)
        payment_news.notify(event)


def test_a_collection_is_paid_and_rings_at_every_till_of_the_shop(xiaomei, code, sandbox):
    shown = xiaomei.get(f"/api/collection-codes/{code}").json["data"]
    assert shown == {"store_name": "西站店", "method": "wechat", "max_amount_fen": 5_000_000}
    answer = begin(xiaomei, code)
    assert answer.status_code == 201, answer.json
    data = answer.json["data"]
    assert {"timeStamp", "nonceStr", "package", "signType", "paySign"} <= set(data["payment"])
    assert xiaomei.get(f"/api/me/orders/{data['order_number']}").json["data"]["state"] == "unpaid"
    assert pay(sandbox, data).state == "succeeded"
    tell()
    order = xiaomei.get(f"/api/me/orders/{data['order_number']}").json["data"]
    assert (order["state"], order["money_fen"], order["store_name"]) == ("completed", 1_280, "西站店")
    (item,) = TillNews.select()
    assert (item.kind, item.terminal_id, item.message) == ("collection", None, "收款码收到 12.80 元（微信）")


def test_a_member_who_pays_by_the_code_earns_on_the_order(xiaomei, code, sandbox):
    xiaomei.press_phone_button()
    data = begin(xiaomei, code).json["data"]
    pay(sandbox, data)
    tell()
    order = xiaomei.get(f"/api/me/orders/{data['order_number']}").json["data"]
    assert order["points"] is not None


def test_the_same_key_is_one_collection(xiaomei, code):
    first, second = (begin(xiaomei, code, key="k-1").json["data"] for _ in range(2))
    assert first == second
    assert PaymentAttempt.select().count() == 1


@pytest.mark.parametrize("amount", [0, 5_000_001, "12", 1.5, None])
def test_an_amount_out_of_bounds_is_refused(xiaomei, code, amount):
    before = database.dump_rows()
    assert begin(xiaomei, code, amount).status_code == 422
    assert database.dump_rows() == before


def test_a_replaced_code_is_not_found(xiaomei, shop, code):
    collection_codes.renew(shop, replaced_code=code)
    assert begin(xiaomei, code).status_code == 404
    assert xiaomei.get(f"/api/collection-codes/{code}").status_code == 404


def test_too_many_collections_are_refused(xiaomei, code):
    settings.change(CollectionSettings, per_address=1)
    assert begin(xiaomei, code).status_code == 201
    assert begin(xiaomei, code).status_code == 429


def test_a_collection_of_another_customer_is_not_found(xiaomei, laowang, code):
    number = begin(xiaomei, code).json["data"]["order_number"]
    assert laowang.get(f"/api/me/orders/{number}").status_code == 404


def test_orders_are_listed_by_state_and_page(xiaomei, laowang, code, sandbox):
    paid = [begin(xiaomei, code, fen).json["data"] for fen in (100, 200, 300)]
    begin(laowang, code, 400)
    for data in paid[:2]:
        pay(sandbox, data)
    found = xiaomei.get("/api/me/orders", state="paid").json["data"]
    assert [row["total_fen"] for row in found["list"]] == [200, 100]
    first = xiaomei.get("/api/me/orders", page_size=2).json["data"]
    assert ([row["total_fen"] for row in first["list"]], first["total"]) == ([300, 200], 3)
    rest = xiaomei.get("/api/me/orders", page_size=2, after=first["next_cursor"]).json["data"]
    assert [row["total_fen"] for row in rest["list"]] == [100]
    assert xiaomei.get("/api/me/orders", state="open").status_code == 422
    order = xiaomei.get(f"/api/me/orders/{paid[0]['order_number']}").json["data"]
    assert [line["goods_fen"] for line in order["lines"]] == [100]
    assert [(one["kind"], one["fen"]) for one in order["tenders"]] == [("wechat_web", 100)]
    assert sessions.get_by_token(xiaomei.token).customer.public_id not in str(order)


@pytest.fixture
def alipay_phone(phone_of, shop, sandbox, payments_of_orders):
    """A phone that is signed in at an Alipay account, whose merchant is another application."""
    made = [sandbox.state.alipay.apps.create({"name": name}) for name in ("小二便利", "收款")]
    keys, secrets = (app.credentials() for app in made)
    channels.add(
        kind="alipay", name="小二便利", appid=made[0].app_id, secret=keys["private_key_pem"], key="acme-alipay",
        platform_public_key=keys["public_keys"][0],
    )  # fmt: skip
    merchants.add(
        platform="alipay", name="收款", merchant_id=secrets["seller_id"], app_id=secrets.pop("app_id"),
        credentials=secrets,
    )  # fmt: skip
    phone = phone_of("xiaomei")
    code = sandbox.state.login_codes.issue("alipay", appid=made[0].app_id, person_id="xiaomei")
    answer = phone.post("/api/sessions", {"account": "acme-alipay", "platform": "alipay", "code": code})
    phone.token = answer.json["data"]["token"]
    return phone


def test_a_person_of_alipay_pays_with_alipay(alipay_phone, shop, sandbox):
    code = collection_codes.get_or_create(shop).code
    assert alipay_phone.get(f"/api/collection-codes/{code}").json["data"]["method"] == "alipay"
    answer = begin(alipay_phone, code)
    assert answer.status_code == 201, answer.json
    data = answer.json["data"]
    sandbox.state.alipay.confirm("xiaomei", token=data["payment"]["tradeNO"])
    assert payment_calls.query(attempts.get(data["payment_number"])).state == "succeeded"
    tell()
    assert TillNews.get().message == "收款码收到 12.80 元（支付宝）"
    assert alipay_phone.get(f"/api/me/orders/{data['order_number']}").json["data"]["state"] == "completed"
