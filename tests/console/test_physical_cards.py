"""A plastic card by HTTP from the application to the replacement, with its coupons at a till; kinds and lists."""

import io

import pytest
import xlsxwriter

from store.coupons import coupons
from store.exports import kinds as export_kinds
from store.membership import registration
from store.physical_cards.cards import PhysicalCard
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stored_value import accounts as stored_value_accounts
from store.tills import cashiers, pins, terminals
from tests.console.conftest import Browser
from tests.support.coupon_fixtures import create_listed_rule
from tests.support.phone import Phone
from tests.support.plastic_card_fixtures import (
    FORM,
    ID_NUMBER,
    NUMBER,
    OTHER_NUMBER,
    apply,
    create_kinds,
    raise_tier,
)
from tests.till.conftest import PIN, Till

REGION = ["上海市", "上海市", "黄浦区"]
REQUEST = {name: FORM[name] for name in ("name", "id_number", "phone", "email", "detail")} | {
    "region": REGION
}


@pytest.fixture
def member(web, shop):
    return registration.register_at_desk(phone="13800138000", shop_id=shop.id)


@pytest.fixture
def phone(web, sandbox, member) -> Phone:
    """The phone of the member, signed in."""
    opened = Phone(web, sandbox, "xiaomei")
    opened.take_session_of(member.customer)
    return opened


@pytest.fixture
def till(web, sandbox, shop, monkeypatch) -> Till:
    """A till of the shop with a cashier who is signed in."""
    monkeypatch.setattr(pins, "_HASHER", pins.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    secret = terminals.add(code="T1", name="一号台", shop=shop).secret
    cashiers.add(number="1001", name="小李", pin=PIN, shop=shop)
    opened = Till(web, sandbox, "xiaoli")
    assert opened.sign_in_as(secret).status_code == 201
    return opened


def find_at_till(till, number):
    answer = till.get("/till/members", q=number)
    return answer.json["code"] or [row["card"] for row in answer.json["data"]["list"]]


def test_a_card_from_the_application_to_the_replacement(browser, phone, till, member):
    create_kinds()
    overview = phone.get("/api/me/card/applications").json["data"]
    assert (overview["can_apply"], overview["kind"], overview["can_report_loss"]) == ("new", "普通卡", False)
    made = phone.post("/api/me/card/applications", REQUEST, key="a")
    assert made.status_code == 201
    assert phone.post("/api/me/card/applications", REQUEST, key="a").json["data"] == made.json["data"]
    number = made.json["data"]["number"]
    review(browser, phone, number)
    mailing = {"courier": "顺丰", "tracking_number": "SF1", "card_number": NUMBER}
    assert browser.post(f"card-applications/{number}/mailing", mailing).json["data"]["state"] == "mailed"
    shown = phone.get("/api/me/card/applications").json["data"]["list"][0]
    assert (shown["state_label"], shown["courier"], shown["actions"]) == ("已邮寄", "顺丰", ["receive"])
    assert find_at_till(till, NUMBER) == "card_not_received"
    assert phone.post(f"/api/me/card/applications/{number}/receipt").json["data"]["state"] == "received"
    use_coupon(till, member)
    report_and_replace(browser, phone, till, member)


def review(browser, phone, number):
    """The application is sent back, corrected by the member, and approved."""
    back = browser.post(f"card-applications/{number}/rejection", {"reason": "地址不完整"}).json["data"]
    assert (back["state"], back["name"], back["phone"]) == ("rejected", "王**", "138****8000")
    assert ID_NUMBER not in str(browser.get("card-applications").json)
    clear = browser.post(f"card-applications/{number}/personal-data").json["data"]
    assert (clear["id_number"], clear["address"]) == (ID_NUMBER, "上海市黄浦区南京东路 1 号 2 楼")
    answer = phone.request("PATCH", f"/api/me/card/applications/{number}", json={"detail": "南京东路 2 号"})
    assert answer.json["data"]["state"] == "submitted"
    for _ in range(2):
        assert browser.post(f"card-applications/{number}/approval").json["data"]["state"] == "approved"


def use_coupon(till, member):
    """Who shows the plastic card has the coupons of the member."""
    coupon = coupons.issue(rule=create_listed_rule(), member=member, key="k")
    [found] = till.get("/till/members", q=NUMBER).json["data"]["list"]
    assert ([row["code"] for row in found["coupons"]], found["card"]) == ([coupon.code], member.card_number)
    redeemed = till.post("/till/coupon-redemptions", {"code": coupon.code, "amount_fen": 20_000})
    assert redeemed.status_code == 201


def report_and_replace(browser, phone, till, member):
    stored_value_accounts.lock_for_member(member)
    lost = phone.post("/api/me/card/loss-reports", {"freeze_stored_value": True}, key="l").json["data"]
    assert [card["state"] for card in lost["cards"]] == ["lost"]
    assert stored_value_accounts.find_by_member(member).frozen_at is not None
    assert find_at_till(till, NUMBER) == "card_lost"
    made = phone.post("/api/me/card/applications", {**REQUEST, "purpose": "replacement"})
    number = made.json["data"]["number"]
    browser.post(f"card-applications/{number}/approval")
    browser.post(
        f"card-applications/{number}/mailing",
        {"courier": "顺丰", "tracking_number": "SF2", "card_number": OTHER_NUMBER},
    )
    assert browser.post(f"card-applications/{number}/receipt").json["data"]["state"] == "received"
    assert find_at_till(till, OTHER_NUMBER) == [member.card_number]
    assert find_at_till(till, NUMBER) == "card_lost"
    rows = browser.get("physical-cards", search=member.card_number).json["data"]["list"]
    assert [(row["number"], row["state"]) for row in rows] == [(OTHER_NUMBER, "active"), (NUMBER, "replaced")]


def test_a_member_activates_a_card_of_the_stock(browser, phone, till, member):
    create_kinds()
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([("卡号", "激活码"), (NUMBER, "123456"), (OTHER_NUMBER, "654321")]):
            sheet.write_row(row, 0, cells)
    plan = send_file(browser, data.getvalue(), dry_run="true").json["data"]
    assert (plan["rows"], plan["created"], plan["errors"]) == (2, 2, [])
    assert send_file(browser, data.getvalue(), dry_run="false").json["code"] == "import_outdated"
    done = send_file(browser, data.getvalue(), dry_run="false", version=plan["version"])
    assert done.json["data"]["created"] == 2
    again = send_file(browser, data.getvalue(), dry_run="true").json["data"]
    assert [row["line"] for row in again["errors"]] == [2, 3]
    wrong = phone.post("/api/me/card/activations", {"number": NUMBER, "code": "000000"})
    assert wrong.json["code"] == "activation_rejected"
    body = {"number": NUMBER, "code": "123456"}
    for _ in range(2):
        assert phone.post("/api/me/card/activations", body, key="k").status_code == 201
    assert find_at_till(till, NUMBER) == [member.card_number]
    states = {row["number"]: row["state"] for row in browser.get("activation-codes").json["data"]["list"]}
    assert states == {NUMBER: "used", OTHER_NUMBER: "open"}


def send_file(browser: Browser, data: bytes, **fields: str):
    form = {"file": (io.BytesIO(data), "codes.xlsx"), "kind": "plain", **fields}
    return browser.client.post(
        "/console/api/activation-codes/import", data=form, headers={"X-CSRF-Token": browser.csrf_token}
    )


def test_kinds_are_created_and_changed_once(browser):
    body = {"code": "gold", "name": "金卡", "tier": "programme/gold"}
    for _ in range(2):
        assert browser.post("card-kinds", body).status_code == 201
    assert browser.post("card-kinds", {**body, "tier": "programme/none"}).status_code == 404
    changed = browser.patch("card-kinds/gold", {"name": "尊享金卡", "is_active": False}).json["data"]
    assert (changed["name"], changed["is_active"]) == ("尊享金卡", False)
    assert [row["tier"] for row in browser.get("card-kinds").json["data"]["list"]] == ["金卡"]
    assert browser.get("options/card-kinds").json["data"] == [
        {"value": "gold", "label": "尊享金卡（金卡，已停用）"}
    ]


def test_cards_below_the_tier_are_listed(browser, member):
    plain, _ = create_kinds()
    browser.post(f"service-desk/{member.card_number}/cards", {"kind": plain.code})
    assert browser.get("card-upgrades").json["data"]["total"] == 0
    raise_tier(member)
    [row] = browser.get("card-upgrades").json["data"]["list"]
    assert (row["card_number"], row["tier"], row["kind"]) == (member.card_number, "金卡", "普通卡")


@pytest.mark.parametrize(
    "key", ["physical_cards", "card_upgrades", "card_applications", "activation_codes", "desk_purchases"]
)
def test_each_list_is_exported(browser, member, key):
    plain, _ = create_kinds()
    browser.post(f"service-desk/{member.card_number}/cards", {"kind": plain.code})
    apply(registration.register_at_desk(phone="13900139000"))
    kind = export_kinds.get_kind(key)
    rows = list(kind.rows(kind.filters(), None))
    assert len(rows) == kind.count(kind.filters(), None)
    assert all(len(row) == len(kind.columns) for row in rows)


def test_what_another_shop_s_member_has_is_not_found(new_browser, add_staff, member, shop):
    create_kinds()
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.48, 31.23))
    clerk = new_browser().take_session(add_staff("clerk", "service", shops=(other,)))
    number = apply(member).number
    assert clerk.get("card-applications").json["data"]["total"] == 0
    assert clerk.post(f"card-applications/{number}/approval").status_code == 404
    assert clerk.get(f"service-desk/{member.card_number}").status_code == 404
    assert clerk.get("activation-codes").status_code == 403
    assert PhysicalCard.select().count() == 0
