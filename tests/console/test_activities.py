"""Activities at the console: made in steps, approved, published, grown, stopped; winners, budgets, the blacklist."""

import io

import pytest
import zxingcpp
from PIL import Image

import config
from store.activities.settings import ActivitySettings
from store.customers.customers import Customer
from store.draws import claims, shares, wins
from store.membership import registration
from store.tenants import settings
from tests.console.export_files import read_export
from tests.support.coupon_fixtures import create_listed_rule
from tests.support.draw_fixtures import CUP, PACKET, content_values, create_running, draw

ADDRESS = {
    "name": "王小美", "phone": "13800000001", "province": "上海市", "city": "上海市", "district": "徐汇区",
    "detail": "虹桥路 1 号",
}  # fmt: skip


@pytest.fixture
def member(web, shop):
    return registration.register_at_desk(phone="13800138000", shop_id=shop.id)


def make(browser, **changes) -> str:
    answer = browser.post("activities", {"content": content_values(**changes)})
    assert answer.status_code == 201, answer.json
    return answer.json["data"]["id"]


def test_an_activity_is_made_in_steps_published_grown_stopped_and_ended(browser):
    budget = browser.post("activity-budgets", {"name": "市场预算", "amount_fen": 2000}).json["data"]["id"]
    draft = browser.post("activities", {"content": {"name": "周年抽奖"}}).json["data"]["id"]
    path = f"activities/{draft}"
    assert browser.post(f"{path}/publication").json["data"]["field"] == "starts_at"
    values = content_values(prizes=[PACKET], budget=budget)
    for names in (
        ("starts_at", "ends_at", "rules_text"),
        ("total_draws", "free_per_day"),
        ("prizes", "budget"),
    ):
        answer = browser.patch(path, {"content": {name: values[name] for name in names}})
        assert answer.status_code == 200, answer.json
    assert browser.get(f"{path}/qr-code").json["code"] == "no_link"
    browser.post(f"{path}/publication")
    shown = browser.get(path).json["data"]
    assert (shown["state"], shown["prizes_left"], shown["budget_name"]) == ("running", 2, "市场预算")
    png = browser.get(f"{path}/qr-code").data
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    assert found.text == shown["link"]
    more = {"total_draws": 12, "quantities": {shown["prizes"][0]["id"]: 3}}
    assert browser.post(f"{path}/increases", more).json["data"]["prize_count"] == 3
    assert browser.post(f"{path}/stop", {"reason": "核对"}).json["data"]["state"] == "paused"
    assert browser.delete(f"{path}/stop").json["data"]["state"] == "running"
    copy = browser.post(f"{path}/copies").json["data"]["id"]
    assert browser.delete(f"activities/{copy}").json["data"]["deleted"]
    assert browser.get(f"activity-budgets/{budget}").json["data"]["reserved_fen"] == 900
    assert browser.post(f"{path}/end").json["data"]["state"] == "ended"
    entries = browser.get(f"activity-budgets/{budget}/entries").json["data"]["list"]
    assert [entry["kind"] for entry in entries] == ["释放占用", "发布活动占用", "发布活动占用", "增加预算"]
    assert [row["id"] for row in browser.get("activities", state="ended").json["data"]["list"]] == [draft]
    assert browser.get("activities", search="没有").json["data"]["total"] == 0


def test_an_expensive_activity_needs_an_approver(browser, add_staff, new_browser):
    settings.change(ActivitySettings, approval_above_fen=1000)
    manager = new_browser().take_session(add_staff("manager", "approver"))
    draft = make(browser)
    assert browser.post(f"activities/{draft}/publication").json["code"] == "approval_required"
    options = browser.get("activities/options").json["data"]
    assert "manager" in [one["value"] for one in options["approvers"]]
    browser.post(f"activities/{draft}/submission", {"approver": "manager"})
    (task,) = manager.get("approvals").json["data"]["list"]
    shown = manager.get(f"approvals/{task['id']}").json["data"]
    assert "总抽奖次数" in [change["label"] for change in shown["changes"]]
    version = browser.get(f"activities/{draft}").json["data"]["approval"]["fingerprint"]
    answer = manager.post(f"approvals/{task['id']}/decision", {"approved": True, "version": version})
    assert answer.status_code == 200, answer.json
    assert browser.post(f"activities/{draft}/publication").json["data"]["state"] == "running"


def test_winners_parcels_and_codes(browser, member, shop):
    activity = create_running(total_draws=2, free_per_day=2, prizes=[{**CUP, "quantity": 2}])
    customer = Customer.get_by_id(member.customer_id)
    parcel, own = (wins.find_of_draw(draw(activity, member, key)) for key in "12")
    claims.claim(win=parcel, customer=customer, way="delivery", address=ADDRESS)
    code = claims.claim(win=own, customer=customer, way="shop").code
    rows = browser.get("draw-prizes", activity=activity.public_id).json["data"]["list"]
    assert [(row["state"], row["recipient"]) for row in rows] == [("claiming", ""), ("claiming", "王**")]
    assert browser.get(f"draw-prizes/{parcel.public_id}").json["data"]["contact"]["detail"] == "虹桥路 1 号"
    sent = {"courier": "顺丰", "tracking_number": "SF1"}
    assert browser.post(f"draw-prizes/{parcel.public_id}/shipment", sent).json["data"]["state"] == "claimed"
    given = {"code": code, "activity": activity.public_id, "shop": shop.code}
    assert browser.post("draw-prizes/given-out", given).json["data"]["shop"] == shop.name
    assert browser.post("draw-prizes/given-out", given | {"code": "00000000"}).status_code == 404
    assert browser.get("draw-prizes", search=code).json["data"]["total"] == 1
    assert browser.get("draw-prizes", search=member.card_number, state="claimed").json["data"]["total"] == 2
    draws = browser.get(f"activities/{activity.public_id}/draws").json["data"]["list"]
    assert [(row["number"], row["prize"], row["is_correct"]) for row in draws] == [
        (2, "保温杯", True), (1, "保温杯", True),
    ]  # fmt: skip
    assert browser.get(f"activities/{activity.public_id}/draws", won=False).json["data"]["total"] == 0


def test_winners_and_draws_are_exported_with_masked_recipients(browser, member, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "current", lambda: type("Here", (), {"var": tmp_path}))
    activity = create_running(total_draws=3, free_per_day=3, prizes=[{**CUP, "quantity": 2}])
    customer = Customer.get_by_id(member.customer_id)
    found = [wins.find_of_draw(draw(activity, member, key)) for key in "123"]
    first = next(win for win in found if win is not None)
    claims.claim(win=first, customer=customer, way="delivery", address=ADDRESS)
    own = {"activity": activity.public_id}
    sheet = read_export(browser, "draw_prizes", {**own, "state": "claiming"})
    assert (sheet.count("保温杯"), sheet.count(member.card_number)) == (1, 1)
    assert [text in sheet for text in ("王**", "王小美", ADDRESS["phone"])] == [True, False, False]
    sheet = read_export(browser, "draws", {**own, "won": "true"})
    assert (sheet.count("保温杯"), sheet.count("一致"), sheet.count("未中奖")) == (2, 2, 0)
    assert read_export(browser, "draws", own).count("未中奖") == 1


def test_shares_are_listed(browser, member):
    activity, friend = create_running(), registration.register_at_desk(phone="13800138009")
    share = shares.get_or_create_share(activity, member.customer)
    shares.record_visit(activity=activity, customer=friend.customer, code=share.code)
    (row,) = browser.get(f"activities/{activity.public_id}/shares").json["data"]["list"]
    assert (row["sharer"], row["friend"]) == (member.card_number, "微信用户")


def test_a_member_is_blocked_and_let_in_again(browser, member):
    made = browser.post("draw-blocks", {"card_number": member.card_number, "reason": "刷奖"}).json["data"]
    assert [row["reason"] for row in browser.get("draw-blocks").json["data"]["list"]] == ["刷奖"]
    browser.delete(f"draw-blocks/{made['id']}")
    assert browser.get("draw-blocks").json["data"]["total"] == 0


def test_an_account_of_one_shop_gives_prizes_out_and_changes_no_activity(
    add_staff, new_browser, shop, member
):
    clerk = new_browser().take_session(add_staff("clerk", "shop_manager", shops=(shop,)))
    activity = create_running(total_draws=1)
    win = wins.find_of_draw(draw(activity, member))
    code = claims.claim(win=win, customer=Customer.get_by_id(member.customer_id), way="shop").code
    assert clerk.get("draw-prizes").json["data"]["total"] == 1
    given = {"code": code, "activity": activity.public_id, "shop": shop.code}
    assert clerk.post("draw-prizes/given-out", given).json["data"]["state"] == "claimed"
    assert clerk.post(f"activities/{activity.public_id}/stop", {"reason": "x"}).status_code == 403


def test_replies_offer_coupons_and_activities_and_must_name_one(browser):
    rule, activity = create_listed_rule(), create_running()
    found = browser.get("options/reply-targets").json["data"]
    assert ([one["value"] for one in found["coupons"]], [one["value"] for one in found["activities"]]) == (
        [rule.public_id], [activity.public_id],
    )  # fmt: skip
    body = {
        "name": "领券",
        "match": "exact",
        "keywords": ["领券"],
        "answers": [{"type": "coupon", "rule": "cpr_x"}],
    }
    assert "不存在" in browser.post("keyword-replies", body).json["msg"]
    body["answers"] = [{"type": "coupon", "rule": rule.public_id}]
    assert browser.post("keyword-replies", body).status_code == 201


def test_a_budget_is_increased_once_under_one_key(browser):
    made = browser.post("activity-budgets", {"name": "预算", "amount_fen": 100}).json["data"]["id"]
    body = {"amount_fen": 50, "reason": "追加"}
    for _ in range(2):
        answer = browser.post(f"activity-budgets/{made}/increases", body, Idempotency_Key="k")
        assert answer.json["data"]["total_fen"] == 150
    assert browser.post("activity-budgets", {"name": "预算", "amount_fen": 1}).json["data"]["field"] == "name"
