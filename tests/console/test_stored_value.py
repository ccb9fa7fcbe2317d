"""Stored value in the console: accounts, entries, top-ups and their refunds, rules, requests of members."""

import pytest

from store.core import actors
from store.exports import kinds
from store.membership import registration
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.stored_value import accounts, refund_requests, top_up_payments
from store.tenants import audit_list
from store.tenants.audit_list import AuditFilter

PHONE = "13800000001"


@pytest.fixture
def member(shop):
    return registration.register_at_desk(phone=PHONE, shop_id=shop.id)


@pytest.fixture
def top_up(member, shop):
    with actors.acting_as(actors.Actor(kind="staff", name="小李")):
        return top_up_payments.take_cash(member=member, amount_fen=10_000, key="t1", shop_id=shop.id)


@pytest.fixture
def stranger(new_browser, add_staff, shop):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    return new_browser().take_session(add_staff("east", shops=(other,)))


def listed(browser, path, name, **query):
    answer = browser.get(path, **query)
    assert answer.status_code == 200, answer.text
    return [row[name] for row in answer.json["data"]["list"]]


def test_an_account_is_found_by_phone_and_frozen_with_a_reason(browser, top_up, member):
    card = member.card_number
    for query in ({"search": PHONE}, {"search": card}, {"shop": "S1"}, {"state": "active"}):
        assert listed(browser, "stored-value", "card_number", **query) == [card]
    assert listed(browser, "stored-value", "card_number", search="13800000009") == []
    assert browser.post(f"stored-value/{card}/freezes", {"reason": ""}).json["data"]["field"] == "reason"
    for _ in range(2):
        frozen = browser.post(f"stored-value/{card}/freezes", {"reason": "丢卡"}).json["data"]
        assert (frozen["state"], frozen["frozen_reason"]) == ("frozen", "丢卡")
    assert listed(browser, "stored-value", "card_number", state="frozen") == [card]
    back = browser.request("DELETE", f"stored-value/{card}/freezes", json={"reason": "找到了"})
    assert back.json["data"]["state"] == "active"
    entries = audit_list.iterate_entries(
        AuditFilter(subject=f"member:{member.public_id}", action="stored_value.")
    )
    assert [row.action for row in entries] == ["stored_value.unfreeze", "stored_value.freeze"]
    shown = browser.get(f"stored-value/{card}").json["data"]
    assert (shown["available_fen"], shown["spent_today_fen"]) == (10_000, 0)


def test_a_top_up_is_refunded_in_part_and_never_more(browser, top_up, member):
    assert listed(browser, "top-ups", "number", search=PHONE, state="paid") == [top_up.number]
    body = {"amount_fen": 4_000, "reason": "会员要求"}
    first, second = (
        browser.post(f"top-ups/{top_up.number}/refunds", body, Idempotency_Key="k1") for _ in range(2)
    )
    assert first.status_code == 201, first.text
    assert first.json["data"] == second.json["data"]
    assert first.json["data"]["cash_fen"] == 4_000
    more = browser.post(f"top-ups/{top_up.number}/refunds", {**body, "amount_fen": 6_001})
    assert more.json["code"] == "refund_exceeds_top_up"
    labels = listed(browser, "stored-value-entries", "label", search=member.card_number)
    assert labels == ["退款到账", "充值退款", "充值"]
    assert listed(browser, "stored-value-entries", "principal_fen", kind="top_up_refunded") == [-4_000]


def test_a_refund_request_is_accepted_or_refused_with_a_reason(browser, member, top_up):
    accounts.freeze(member=member, reason="x")
    accounts.unfreeze(member=member, reason="x")
    top_up.update_fields(paid_at=top_up.paid_at.replace(year=2020))
    number = refund_requests.request(member=member, key="k1").number
    assert listed(browser, "refund-requests", "number", state="open") == [number]
    assert (
        browser.post(f"refund-requests/{number}/rejections", {"reason": ""}).json["data"]["field"] == "reason"
    )
    body = {"reason": "请带小票到店"}
    for _ in range(2):
        refused = browser.post(f"refund-requests/{number}/rejections", body).json["data"]
        assert (refused["state"], refused["answer"], refused["operator"]) == (
            "rejected",
            "请带小票到店",
            "boss",
        )
    assert browser.post(f"refund-requests/{number}/grants").json["code"] == "request_answered"
    second = refund_requests.request(member=member, key="k2").number
    for _ in range(2):
        granted = browser.post(f"refund-requests/{second}/grants").json["data"]
        assert (granted["state"], granted["principal_fen"]) == ("granted", 10_000)


def test_an_account_of_another_shop_sees_no_stored_value(stranger, member, top_up):
    top_up.update_fields(paid_at=top_up.paid_at.replace(year=2020))
    number, card = refund_requests.request(member=member, key="k1").number, member.card_number
    for path in ("stored-value", "stored-value-entries", "top-ups", "refund-requests"):
        assert listed(stranger, path, "card_number") == []
    for answer in (
        stranger.get(f"stored-value/{card}"), stranger.post(f"stored-value/{card}/freezes", {"reason": "x"}),
        stranger.post(f"top-ups/{top_up.number}/refunds", {"amount_fen": 1, "reason": "x"}),
        stranger.post(f"refund-requests/{number}/grants"),
        stranger.post(f"refund-requests/{number}/rejections", {"reason": "x"}),
    ):  # fmt: skip
        assert answer.status_code == 404


def test_the_right_to_answer_is_needed(new_browser, add_staff, member, top_up):
    top_up.update_fields(paid_at=top_up.paid_at.replace(year=2020))
    number = refund_requests.request(member=member, key="k1").number
    browser = new_browser().take_session(add_staff("help", "service"))
    assert listed(browser, "refund-requests", "number") == [number]
    assert browser.post(f"refund-requests/{number}/grants").status_code == 403
    assert browser.post(f"stored-value/{member.card_number}/freezes", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("kind", ["stored_value", "stored_value_entries", "top_ups"])
def test_a_list_of_stored_value_is_exported_as_it_is_seen(top_up, shop, kind):
    table = kinds.get_kind(kind)
    filters = table.filters(search=PHONE, shop="S1")
    (row,) = table.rows(filters, frozenset({shop.id}))
    assert len(row) == len(table.columns)
    assert table.count(filters, None) == 1
    assert list(table.rows(filters, frozenset({shop.id + 1}))) == []
