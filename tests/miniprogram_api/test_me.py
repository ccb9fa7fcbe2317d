"""Me: what is shown, what may be changed, and what is left after an erasure."""

from datetime import timedelta

import pytest

from store.core import clock
from store.customers.customers import Customer
from store.tenants.audit import AuditEntry
from tests.support import database

PROFILE = {
    "name": "王小美",
    "nickname": "小美",
    "avatar_url": "https://pictures.example/xiaomei.png",
    "gender": "female",
    "birthday": "1990-05-01",
    "email": "XiaoMei@example.com",
    "province": "上海市",
    "city": "上海市",
    "address": "延安西路 2299 号 5 楼",
    "marketing_consent": True,
}


def test_a_follower_sees_an_empty_card(xiaomei):
    me = xiaomei.get("/api/me").json["data"]
    assert me["nickname"] is None
    assert me["phone_masked"] is None
    assert me["member"]["joined"] is False
    assert me["points"] == {"available": 0, "name": "积分"}
    assert me["check_in"] == {"today": False, "streak": 0}


def test_personal_data_is_shown_masked(xiaomei):
    me = xiaomei.request("PATCH", "/api/me", json=PROFILE).json["data"]
    assert me["nickname"] == "小美"
    assert me["profile"] == {
        "name": "王**",
        "gender": "female",
        "birthday": "****-05-01",
        "email": "X***@example.com",
        "province": "上海市",
        "city": "上海市",
        "address": "延安西路****",
        "marketing_consent": True,
    }
    assert xiaomei.get("/api/me").json["data"] == me


def test_only_what_is_given_is_changed_and_null_takes_back(xiaomei):
    xiaomei.request("PATCH", "/api/me", json=PROFILE)
    profile = xiaomei.request("PATCH", "/api/me", json={"email": None}).json["data"]["profile"]
    assert profile["email"] is None
    assert profile["name"] == "王**"


def test_the_same_change_twice_is_recorded_once(xiaomei):
    for key in ("k-1", "k-1", "k-2"):
        xiaomei.request("PATCH", "/api/me", json=PROFILE, key=key)
    changes = [event for event in database.dump_rows()["event"] if "profiles.changed" in event]
    assert len(changes) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("birthday", (clock.today() + timedelta(days=2)).isoformat()),  # also when the day ends in between
        ("birthday", "1800-01-01"),
        ("birthday", "2001-02-30"),
        ("birthday", 0),
        ("birthday", 631152000),
        ("birthday", "631152000"),
        ("birthday", "1990-05-01T00:00:00"),
        ("birthday", True),
        ("email", "unknown"),
        ("email", "a@b"),
        ("email", "a b@example.com"),
        ("name", ""),
        ("name", "名" * 41),
        ("name", "小\u0000美"),
        ("nickname", "\ud800"),
        ("gender", "other"),
        ("avatar_url", "javascript:alert(1)"),
        ("avatar_url", "//evil.example/a.png"),
        ("marketing_consent", None),
        ("marketing_consent", "perhaps"),
        ("marketing_consent", "yes"),
        ("marketing_consent", 1),
        ("city", ["上海市"]),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_reason(xiaomei, field, value):
    answer = xiaomei.request("PATCH", "/api/me", json={field: value})
    assert answer.status_code == 422
    assert answer.json["data"]["field"] == field
    assert answer.json["data"]["reason"]


def test_no_column_but_the_named_ones_can_be_written(xiaomei):
    before = database.dump_rows()["customer"]
    for field in {*Customer._meta.fields, "phone", "points", "status", "tier"} - PROFILE.keys():
        answer = xiaomei.request("PATCH", "/api/me", json={field: 1})
        assert (answer.status_code, answer.json["data"]["field"]) == (422, field)
    assert database.dump_rows()["customer"] == before


def test_an_erasure_wants_to_be_meant(xiaomei):
    for body in ({}, {"confirm": False}, {"confirm": "true"}, {"confirm": 1}):
        answer = xiaomei.request("DELETE", "/api/me", json=body)
        assert answer.json["data"]["field"] == "confirm"
    assert xiaomei.get("/api/me").status_code == 200


def test_after_an_erasure_every_session_is_closed_and_nothing_is_known(xiaomei, phone_of):
    xiaomei.request("PATCH", "/api/me", json=PROFILE)
    xiaomei.press_phone_button()
    xiaomei.post("/api/me/check-ins")
    assert xiaomei.request("DELETE", "/api/me", json={"confirm": True}).json["data"]["erased"] is True
    assert xiaomei.get("/api/me").status_code == 401
    back = phone_of("xiaomei")
    back.sign_in()
    me = back.get("/api/me").json["data"]
    assert (me["nickname"], me["avatar_url"], me["phone_masked"]) == (None, None, None)
    assert not any(me["profile"].values())
    assert me["points"]["available"] == 5
    assert back.post("/api/me/check-ins").json["data"]["already_done"] is True


def test_changes_under_way_beside_an_erasure_leave_nothing(xiaomei):
    """No request is answered with 500, and what is entered at the same moment is erased with the rest."""

    def ask(number):
        if number == 4:
            return xiaomei.request("DELETE", "/api/me", json={"confirm": True}).status_code
        return xiaomei.request("PATCH", "/api/me", json={"name": f"王{number}", "city": "上海市"}).status_code

    assert set(database.run_concurrently(10, ask)) <= {200, 401}
    row = Customer.get()
    assert row.erased_at is not None
    assert (row.name, row.city) == (None, None)


def test_an_erasure_is_in_the_operation_log_without_what_was_erased(xiaomei):
    xiaomei.request("PATCH", "/api/me", json=PROFILE)
    xiaomei.request("DELETE", "/api/me", json={"confirm": True})
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (entry.action, entry.actor_kind) == ("profiles.erase", "customer")
    assert (entry.before, entry.after) == (None, None)


def test_a10_repeated_erasure_gets_the_stored_answer(xiaomei, laowang):
    first, second = (
        xiaomei.request("DELETE", "/api/me", json={"confirm": True}, key="erase") for _ in range(2)
    )
    assert [first.status_code, second.status_code] == [200, 200]
    assert second.json["data"] == first.json["data"]
    other = xiaomei.request("DELETE", "/api/me", json={"confirm": False}, key="erase")
    assert other.status_code == 422
    assert xiaomei.request("DELETE", "/api/me", json={"confirm": True}).status_code == 401
    assert xiaomei.get("/api/me").status_code == 401
    assert laowang.get("/api/me").status_code == 200
