"""The service desk by HTTP: search by every key, registration with a card, purchases, loss and replacement."""

import pytest

from store.core import clock
from store.customers import profiles
from store.customers.members import Member
from store.membership import registration
from store.points import points
from store.points import rules as point_rules
from store.service_desk import id_checks
from store.tenants import cost_centres
from store.tenants.audit import AuditEntry
from tests.support.plastic_card_fixtures import ID_NUMBER, NUMBER, OTHER_NUMBER, create_kinds, raise_tier

OTHER_ID = "110105199003070658"


@pytest.fixture
def mei(web, shop) -> Member:
    create_kinds()
    member = registration.register_at_desk(phone="13812345678", shop_id=shop.id)
    profiles.change(
        member.customer, name="王小美", nickname="小美", email="mei@example.com", id_number=ID_NUMBER
    )
    point_rules.add_rule(
        group=points.list_groups(member.programme_id)[0], name="每元一分", basis="amount", points=1, per_units=100,
        cost_centre=cost_centres.create(code="marketing", name="市场部"),
    )  # fmt: skip
    return member


@pytest.fixture
def path(mei) -> str:
    return f"service-desk/{mei.card_number}"


def test_a_member_is_found_by_every_key(browser, mei, path):
    browser.post(f"{path}/cards", {"kind": "plain", "number": NUMBER})
    keys = (mei.card_number, NUMBER, "138 1234 5678", "王小美", "小美", "王小", "mei@example.com", ID_NUMBER)
    for key in keys:
        [row] = browser.get("service-desk", search=key).json["data"]["list"]
        assert (row["card_number"], row["phone"], row["shop"]) == (mei.card_number, "138****5678", "西站店")
    today = clock.today().isoformat()
    assert browser.get("service-desk", since=today, until=today).json["data"]["total"] == 1
    assert browser.get("service-desk", until="2020-01-01").json["data"]["total"] == 0


def test_a_clerk_registers_a_member_with_a_card_and_binds_another_s(browser, mei):
    body = {
        "phone": "13900139000", "shop": "S1", "name": "李兰", "id_number": OTHER_ID, "kind": "plain", "number": NUMBER,
    }  # fmt: skip
    made, again = (browser.post("service-desk", body, Idempotency_Key="k") for _ in range(2))
    assert made.json["data"] == again.json["data"]
    card = made.json["data"]["card_number"]
    shown = browser.get(f"service-desk/{card}").json["data"]
    assert ([row["number"] for row in shown["cards"]], shown["has_id_number"], shown["shop"]) == (
        [NUMBER],
        True,
        "西站店",
    )
    bound = browser.post(f"service-desk/{mei.card_number}/cards", {"kind": "plain"})
    assert bound.status_code == 201
    assert (
        browser.post(f"service-desk/{mei.card_number}/cards", {"kind": "plain"}).json["code"] == "card_exists"
    )


def test_purchases_and_returns_are_entered_by_slip(browser, mei, path):
    slip = {"slip_number": "S-1", "amount_fen": 10_000, "paid_at": clock.now().isoformat(), "kind": "double"}
    done = browser.post(f"{path}/purchases", slip).json["data"]
    assert (done["rule_points"], done["bonus_points"], done["available"]) == (100, 100, 200)
    assert browser.post(f"{path}/purchases", {**slip, "amount_fen": 1}).json["code"] == "slip_used"
    back = {"slip_number": "S-1", "refund_slip_number": "R-1", "refunded_fen": 5_000}
    for _ in range(2):
        assert browser.post(f"{path}/returns", back).json["data"] == {"points": 100, "available": 100}
    [row] = browser.get("desk-purchases", search=mei.card_number).json["data"]["list"]
    assert (row["slip_number"], row["returned_points"], row["refund_slips"], row["shop"]) == (
        "S-1",
        100,
        "R-1",
        "西站店",
    )


def test_loss_replacement_and_upgrade_need_the_id_number(browser, mei, path):
    browser.post(f"{path}/cards", {"kind": "plain", "number": NUMBER})
    loss = {"id_number": OTHER_ID, "reason": "本人到店"}
    assert browser.post(f"{path}/losses", loss).json["code"] == "id_number_mismatch"
    assert browser.post(f"{path}/losses", {**loss, "id_number": ID_NUMBER}).status_code == 201
    found = {"id_number": ID_NUMBER, "reason": "找到了", "number": NUMBER}
    assert browser.post(f"{path}/reinstatements", found).json["data"]["state"] == "active"
    body = {"id_number": ID_NUMBER, "number": NUMBER, "new_number": OTHER_NUMBER}
    for _ in range(2):
        made = browser.post(f"{path}/replacements", body, Idempotency_Key="r")
        assert made.json["data"]["number"] == OTHER_NUMBER
    assert browser.post(f"{path}/replacements", body).json["code"] == "card_replaced"
    raise_tier(mei)
    upgrade = {"id_number": ID_NUMBER, "number": OTHER_NUMBER, "kind": "gold"}
    assert browser.post(f"{path}/upgrades", upgrade).json["code"] == "too_many"  # five checks an hour


def test_an_upgrade_is_audited_with_its_check(browser, mei, path):
    browser.post(f"{path}/cards", {"kind": "plain", "number": NUMBER})
    raise_tier(mei)
    upgrade = {"id_number": ID_NUMBER, "number": NUMBER, "kind": "gold"}
    assert browser.post(f"{path}/upgrades", upgrade).json["data"]["kind"] == "金卡"
    actions = [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert actions[-2:] == ["service_desk.check_id", "physical_cards.upgrade"]


def test_a_document_is_registered_once(browser, shop):
    member = registration.register_at_desk(phone="13900139000", shop_id=shop.id)
    path = f"service-desk/{member.card_number}"
    with pytest.raises(id_checks.errors.DomainError, match="未登记"):
        id_checks.check(member=member, id_number=ID_NUMBER)
    body = {"name": "李兰", "id_number": ID_NUMBER}
    for _ in range(2):
        assert browser.put(f"{path}/id-number", body).status_code == 200
    assert browser.put(f"{path}/id-number", {**body, "id_number": OTHER_ID}).json["code"] == "id_number_known"
