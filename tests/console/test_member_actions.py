"""What staff does with a member: freezing, points, tier, coupons, merges, closing, erasure; each write once a key."""

import pytest

from store.coupons.coupons import Coupon
from store.customers import profiles
from store.customers.members import Member
from store.membership import registration
from store.points import points
from store.points.adjustments import PointAdjustmentSettings
from store.points.ledger import PointEntry
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import settings
from store.tenants.audit import AuditEntry
from store.tiers import tiers
from tests.support.coupon_fixtures import create_listed_rule

REASON = {"reason": "顾客来电核实"}


@pytest.fixture
def mei(web, shop) -> Member:
    return registration.register_at_desk(phone="13812345678", shop_id=shop.id)


@pytest.fixture
def path(mei) -> str:
    return f"members/{mei.card_number}"


def logged(action: str) -> list[str]:
    return [entry.actor for entry in AuditEntry.select().where(AuditEntry.action == action)]


def test_a_member_is_frozen_and_unfrozen(browser, path):
    for _ in range(2):
        assert browser.post(f"{path}/freezing", REASON).json["data"]["status"] == "frozen"
    assert browser.get("members", status="frozen").json["data"]["total"] == 1
    assert browser.post(f"{path}/freezing", {"reason": ""}).json["data"]["field"] == "reason"
    for _ in range(2):
        answer = browser.request("DELETE", f"{path}/freezing", json=REASON)
        assert answer.json["data"]["status"] == "active"
    assert (logged("members.freeze"), logged("members.unfreeze")) == (["boss"], ["boss"])


def test_points_are_credited_once_a_key_and_taken_down_to_zero(browser, mei, path):
    group = points.list_groups(int(mei.programme_id))[0].code
    body = {"group": group, "value": 120, **REASON}
    for _ in range(2):
        made = browser.post(f"{path}/points", body, Idempotency_Key="k1")
        assert (made.status_code, made.json["data"]["available"]) == (201, 120)
    assert PointEntry.select().count() == 1
    assert browser.post(f"{path}/points", body | {"value": -20}).json["data"]["available"] == 100
    assert browser.post(f"{path}/points", body | {"value": -101}).json["code"] == "points_short"
    assert browser.post(f"{path}/points", body | {"group": "none"}).status_code == 404
    for wrong in ({"value": 0}, {"value": 1.5}, {"reason": ""}):
        assert browser.post(f"{path}/points", body | wrong).json["data"]["field"] == next(iter(wrong))
    assert logged("points.adjust") == ["boss", "boss"]
    entry_id = made.json["data"]["entry_id"]
    shown = browser.get(f"point-entries/{entry_id}").json["data"]
    assert (shown["remaining"], shown["operator"], [row["value"] for row in shown["uses"]]) == (
        100,
        "boss",
        [-20],
    )
    used = browser.get(f"point-entries/{shown['uses'][0]['id']}").json["data"]
    assert [(row["id"], row["value"]) for row in used["sources"]] == [(entry_id, -20)]


def test_a_manager_decides_on_members_of_the_own_shop_only(browser, new_browser, add_staff, mei, path, shop):
    other = shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    body = {"group": points.list_groups(int(mei.programme_id))[0].code, "value": 10_001, **REASON}
    made = browser.post(f"{path}/points", body).json["data"]
    task = browser.get(f"approvals/{made['approval_id']}").json["data"]
    decision = f"approvals/{made['approval_id']}/decision", {"approved": True, "version": task["fingerprint"]}
    stranger = new_browser().take_session(add_staff("east", "shop_manager", shops=(other,)))
    assert stranger.get("approvals").json["data"]["total"] == 0
    assert stranger.get("home").json["data"]["waiting"] == []
    assert stranger.post(*decision).status_code == 404
    manager = new_browser().take_session(add_staff("west", "shop_manager", shops=(shop,)))
    assert manager.get("approvals").json["data"]["total"] == 1
    assert manager.post(*decision).json["data"]["state"] == "approved"


def test_points_above_the_limit_wait_for_a_colleague(browser, new_browser, add_staff, mei, path):
    group = points.list_groups(int(mei.programme_id))[0].code
    body = {"group": group, "value": 10_001, **REASON}
    for _ in range(2):
        made = browser.post(f"{path}/points", body, Idempotency_Key="k1").json["data"]
    assert (made["state"], PointEntry.select().count()) == ("submitted", 0)
    assert browser.post(f"{path}/points", body | {"value": 20_000}).json["code"] == "approval_open"
    decision = f"approvals/{made['approval_id']}/decision"
    task = browser.get(f"approvals/{made['approval_id']}").json["data"]
    assert {"label": "变动值", "before": "", "after": "+10,001"} in task["changes"]
    agreed = {"approved": True, "version": task["fingerprint"]}
    assert browser.post(decision, agreed).json["code"] == "own_submission"
    colleague = new_browser().take_session(add_staff("wang"))
    assert [row["title"] for row in colleague.get("approvals").json["data"]["list"]] == [task["title"]]
    assert [row["title"] for row in colleague.get("home").json["data"]["waiting"]] == ["待我审批的积分调整"]
    assert colleague.post(decision, agreed | {"version": "0" * 64}).json["code"] == "approval_changed"
    for _ in range(2):
        assert colleague.post(decision, agreed).json["data"]["state"] == "approved"
    (entry,) = PointEntry.select()
    assert (entry.value, entry.operator, entry.reason) == (10_001, "wang", REASON["reason"])
    again = browser.post(f"{path}/points", body | {"value": -10_001}).json["data"]
    task = colleague.get(f"approvals/{again['approval_id']}").json["data"]
    rejection = {"approved": False, "version": task["fingerprint"], "opinion": "金额不对"}
    assert (
        colleague.post(f"approvals/{again['approval_id']}/decision", rejection).json["data"]["state"]
        == "rejected"
    )
    assert PointEntry.select().count() == 1
    settings.change(PointAdjustmentSettings, approval_above=0)
    assert browser.post(f"{path}/points", body | {"value": 20_000}).json["data"]["state"] == "done"


def test_the_tier_is_changed_by_hand(browser, mei, path):
    tiers.add(programme=mei.programme, code="gold", name="金卡")
    assert {row["value"] for row in browser.get(f"{path}/tier-choices").json["data"]} >= {"gold"}
    for _ in range(2):
        answer = browser.request("PUT", f"{path}/tier", json={"tier": "gold", **REASON})
        assert answer.json["data"] == {"tier": "金卡"}
    assert browser.request("PUT", f"{path}/tier", json={"tier": "none", **REASON}).status_code == 404
    rows = browser.get("tier-records", search=mei.card_number).json["data"]["list"]
    assert (rows[0]["tier"], rows[0]["way"], rows[0]["state"]) == ("金卡", "manual", "active")
    assert browser.get("tier-records", tier="金", state="active", way="manual").json["data"]["total"] == 1
    assert browser.get("tier-records", state="ended", kind="joined").json["data"]["total"] == 1
    assert browser.get("tier-records", until="2001-01-01").json["data"]["total"] == 0
    assert browser.get("tier-records", sort="tier").json["data"]["field"] == "sort"


def test_a_coupon_is_issued_once_a_key(browser, mei, path):
    rule = create_listed_rule(by_campaign=True)
    assert browser.get(f"{path}/coupon-choices").json["data"][0]["value"] == rule.public_id
    for _ in range(2):
        assert (
            browser.post(f"{path}/coupons", {"rule": rule.public_id}, Idempotency_Key="k1").status_code == 201
        )
    assert (Coupon.select().count(), logged("coupons.issue")) == (1, ["boss"])
    (shown,) = browser.get(f"{path}/coupons", state="available").json["data"]["list"]
    assert (shown["name"], shown["label"]) == ("五元券", "可使用")
    assert browser.get(f"{path}/coupons", state="used").json["data"]["total"] == 0


def test_two_members_are_merged_after_a_preview_and_parted_again(browser, mei, path, shop):
    wang = registration.register_at_desk(phone="13912345678", shop_id=shop.id)
    points.adjust(member=wang, value=30, reason="补登", key="k1")
    sides = browser.get(f"{path}/merge-preview", other="13912345678").json["data"]
    assert (sides["lost"]["card_number"], sides["lost"]["points"][0]["available"]) == (wang.card_number, 30)
    assert browser.get(f"{path}/merge-preview", other="13812345678").json["data"]["field"] == "other"
    assert browser.get(f"{path}/merge-preview", other="13700000000").status_code == 404
    body = {"other": wang.card_number, "proof": "本人到店"}
    for _ in range(2):
        made = browser.post(f"{path}/merges", body, Idempotency_Key="k1")
    assert made.status_code == 201, made.text
    assert browser.get(f"members/{wang.card_number}").json["data"]["card_number"] == mei.card_number
    assert browser.get(path).json["data"]["points"][0]["available"] == 30
    (row,) = browser.get(f"{path}/merges").json["data"]["list"]
    assert row["duplicate"] == wang.card_number
    undo = f"{path}/merges/{row['id']}/undo"
    assert browser.get(undo).json["data"]["blockers"] == []
    for _ in range(2):
        assert browser.post(undo, REASON).json["data"]["undone_by"] == "boss"
    assert browser.get(undo).json["data"]["blockers"] == ["这次合并已经撤销"]
    assert browser.get(f"members/{wang.card_number}").json["data"]["points"][0]["available"] == 30
    assert browser.get(f"{path}/merges/999/undo").status_code == 404


def test_a_closing_is_requested_after_its_listing_and_cancelled(browser, mei, path):
    points.adjust(member=mei, value=30, reason="补登", key="k1")
    listing = browser.get(f"{path}/closing").json["data"]
    assert listing["points"][0]["available"] == 30
    body = {"listing_version": listing["listing_version"], **REASON}
    assert browser.post(f"{path}/closing", body | {"reason": ""}).json["data"]["field"] == "reason"
    stale = browser.post(f"{path}/closing", body | {"listing_version": "0" * 16})
    assert stale.json["code"] == "closing_listing_changed"
    for _ in range(2):
        assert browser.post(f"{path}/closing", body).status_code == 201
    assert browser.get(path).json["data"]["closing"]["number"].startswith("cl_")
    assert browser.delete(f"{path}/closing").json["data"]["cancelled"]
    assert (logged("closings.request"), logged("closings.cancel")) == (["boss"], ["boss"])


def test_an_erasure_leaves_no_name(browser, mei, path):
    profiles.change(mei.customer, name="王小美")
    for _ in range(2):
        assert browser.post(f"{path}/erasure").status_code == 200
    head = browser.get(path).json["data"]
    assert (head["name"], head["phone"], head["erased_at"] is not None) == (None, None, True)
    assert logged("profiles.erase") == ["boss"]


def test_actions_need_their_rights(browser, new_browser, add_staff, path):
    browser.post("roles", {"key": "viewer", "name": "查看", "rights": ["members.read"]})
    viewer = new_browser().take_session(add_staff("viewer", "viewer"))
    assert viewer.get(path).status_code == 200
    actions = ("freezing", "points", "coupons", "merges", "closing", "erasure", "personal-data")
    for action in actions:
        assert viewer.post(f"{path}/{action}").status_code == 403
    assert viewer.request("PUT", f"{path}/tier", json={}).status_code == 403
    assert viewer.patch(f"{path}/profile", {}).status_code == 403
    assert viewer.post("members", {"phone": "13900000001"}).status_code == 403
    for listed in ("point-entries", "point-accounts", "tier-records"):
        assert viewer.get(listed).status_code == 403
