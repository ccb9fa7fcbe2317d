"""Coupon rules at the console: one writes and submits, another approves, then they are listed and given."""

import io

import pytest

from store.core import clock
from store.coupons import coupons
from store.coupons import rules as coupon_rules
from store.membership import registration
from store.staff import account_changes, accounts, roles
from tests.console import coupon_requests
from tests.console.coupon_requests import create_rule, list_on, rule_terms, submit_rule
from tests.support import coupon_fixtures


@pytest.fixture
def author(browser):
    """The browser of an admin who writes rules."""
    coupon_fixtures.create_cost_centre()
    return browser


@pytest.fixture
def approver(new_browser, add_staff):
    return new_browser().take_session(add_staff("wang"))


def send_cards(browser, rule_id, text, **form):
    data = {"file": (io.BytesIO(text.encode()), "cards.csv"), **form}
    return browser.request(
        "POST", f"coupon-rules/{rule_id}/batches", data=data, content_type="multipart/form-data"
    )


def test_a_rule_goes_from_draft_to_listed_between_two_accounts(author, approver):
    rule = create_rule(author)
    assert (rule["approval_state"], rule["state"], len(rule["number"])) == ("draft", "draft", 13)
    changed = author.patch(f"coupon-rules/{rule['id']}", {"terms": {"threshold_fen": 3000}}).json["data"]
    assert changed["headline"] == "满 30 元减 5 元"
    approval = submit_rule(author, rule["id"], "wang")
    assert approval["can_withdraw"]
    assert not approval["can_decide"]
    waiting = approver.get("approvals").json["data"]["list"]
    assert [(row["title"], row["submitted_by"], row["version"]) for row in waiting] == [("五元券", "boss", 1)]
    task = approver.get(f"approvals/{approval['id']}").json["data"]
    assert task["can_decide"]
    assert task["preview"]["value_text"] == "¥5"
    assert {"label": "使用门槛", "before": "", "after": "满 30 元可用"} in task["changes"]
    assert {"label": "成本中心", "before": "", "after": "市场部"} in task["changes"]
    account_changes.change(accounts.get_by_login("wang"), person={"nickname": "老王"})
    body = {"approved": True, "version": task["fingerprint"], "opinion": "可以"}
    for _ in range(2):
        assert approver.post(f"approvals/{approval['id']}/decision", body).json["data"]["state"] == "approved"
    assert [row["id"] for row in author.get("coupon-rules", state="unlisted").json["data"]["list"]] == [
        rule["id"]
    ]
    assert author.get("coupon-rules", state="delisted").json["data"]["total"] == 0
    for _ in range(2):
        assert author.post(f"coupon-rules/{rule['id']}/publication").json["data"]["state"] == "listed"
    detail = author.get(f"coupon-rules/{rule['id']}").json["data"]
    assert [step["state"] for step in detail["steps"]] == ["draft", "draft", "pending", "approved", "listed"]
    history = detail["approval"]["history"]
    assert [(step["action"], step["by"]) for step in history] == [("submitted", "boss"), ("approved", "老王")]
    assert approver.get("approvals", box="decided").json["data"]["total"] == 1
    assert author.get("approvals", box="submitted").json["data"]["total"] == 1
    assert approver.get("approvals").json["data"]["total"] == 0


def test_no_author_decides_and_no_approver_decides_twice(author, approver, new_browser, add_staff):
    rule = create_rule(author)
    own = author.post(f"coupon-rules/{rule['id']}/submission", {"approver": "boss"})
    assert (own.status_code, own.json["data"]["field"]) == (422, "approver")
    approval = submit_rule(author, rule["id"], "wang")
    yes = {"approved": True, "version": approval["fingerprint"]}
    path = f"approvals/{approval['id']}/decision"
    assert author.post(path, yes).json["code"] == "own_submission"
    third = new_browser().take_session(add_staff("third"))
    assert third.post(path, yes).json["code"] == "not_the_approver"
    assert third.get("approvals").json["data"]["total"] == 0
    assert (
        approver.post(path, {"approved": False, "version": yes["version"]}).json["data"]["field"] == "opinion"
    )
    assert approver.post(path, {"approved": True, "version": "0" * 64}).json["code"] == "coupon_rule_changed"
    no = {"approved": False, "version": yes["version"], "opinion": "门槛太低"}
    assert approver.post(path, no).json["data"]["opinion"] == "门槛太低"
    assert approver.post(path, yes).status_code == 409
    assert author.post(f"coupon-rules/{rule['id']}/publication").json["code"] == "coupon_rule_state"
    assert author.patch(f"coupon-rules/{rule['id']}", {"terms": {"threshold_fen": 5000}}).status_code == 200
    again = submit_rule(author, rule["id"], "wang")
    assert (again["version"], len(again["history"])) == (2, 3)


def test_a_submission_is_withdrawn_by_its_author(author, approver):
    rule = create_rule(author)
    approval = submit_rule(author, rule["id"], "wang")
    assert approver.post(f"approvals/{approval['id']}/withdrawal").json["code"] == "not_the_author"
    for _ in range(2):
        assert author.post(f"coupon-rules/{rule['id']}/withdrawal").json["data"]["approval_state"] == "draft"
    assert author.patch(f"coupon-rules/{rule['id']}", {"terms": {"threshold_fen": 1}}).status_code == 200


def test_a_draft_is_copied_and_deleted_and_an_approved_rule_is_not_deleted(author, approver):
    rule = list_on(author, approver)
    copied = author.post(f"coupon-rules/{rule['id']}/copies", Idempotency_Key="k").json["data"]
    assert copied["approval_state"] == "draft"
    assert copied["number"] == str(int(rule["number"]) + 1)
    second = submit_rule(author, copied["id"], "wang")
    assert second["changes"] == []  # the same terms as the approved rule
    author.post(f"coupon-rules/{copied['id']}/withdrawal")
    assert author.delete(f"coupon-rules/{copied['id']}").json["data"]["deleted"]
    assert author.get(f"coupon-rules/{copied['id']}").status_code == 404
    assert author.delete(f"coupon-rules/{rule['id']}").json["code"] == "coupon_rule_state"


def test_what_makes_no_sense_is_named_by_its_field(author):
    answer = author.post("coupon-rules", {"terms": rule_terms(benefit={"kind": "amount_off", "off_fen": 0})})
    assert (answer.status_code, answer.json["data"]["field"]) == (422, "benefit.amount_off.off_fen")
    preview = author.post("coupon-rules/previews", {"terms": rule_terms(threshold_fen=3000)}).json["data"]
    assert preview["preview"]["headline"] == "满 30 元减 5 元"
    assert author.post("coupon-rules/previews", {"terms": {}}).json["data"]["preview"] is None
    assert author.get("coupon-rules").json["data"]["total"] == 0


def test_rules_are_searched_and_filtered(author, approver):
    listed = list_on(author, approver)
    create_rule(author, name="八折券", benefit=coupon_fixtures.TWENTY_PERCENT)

    def names(**query):
        return [row["name"] for row in author.get("coupon-rules", **query).json["data"]["list"]]

    assert names() == ["八折券", "五元券"]
    assert names(sort="number") == ["五元券", "八折券"]
    assert names(search="八折") == ["八折券"]
    assert names(search=listed["number"]) == ["五元券"]
    assert names(kind="percent_off") == ["八折券"]
    assert names(approval_state="approved") == ["五元券"]
    assert names(state="draft") == ["八折券"]
    assert author.get("coupon-rules", state="other").status_code == 422


def test_stock_is_added_once_per_request(author, approver):
    rule = list_on(author, approver)
    body = {"quantity": 50, "cost_fen": 1000, "reason": "活动追加"}
    for _ in range(2):
        answer = author.post(f"coupon-rules/{rule['id']}/stock-increases", body, Idempotency_Key="k1")
        assert answer.json["data"]["stock"] == 150
    increases = author.get(f"coupon-rules/{rule['id']}").json["data"]["increases"]
    assert [(row["by"], row["quantity"], row["reason"]) for row in increases] == [("boss", 50, "活动追加")]


def test_a_coupon_is_given_by_phone_once_per_request(author, approver):
    rule, member = list_on(author, approver), registration.register_at_desk(phone="13800138000")
    answers = [
        author.post(f"coupon-rules/{rule['id']}/coupons", {"member": text}, Idempotency_Key=key).json["data"]
        for text, key in (("13800138000", "a"), ("13800138000", "a"), (member.card_number, "b"))
    ]
    assert answers[0] == answers[1]
    assert answers[2]["code"] != answers[0]["code"]
    assert author.post(f"coupon-rules/{rule['id']}/coupons", {"member": "13900000000"}).status_code == 404


def test_a_file_of_cards_gets_one_coupon_each_or_none_at_all(author, approver):
    rule = list_on(author, approver)
    cards = [registration.register_at_desk(phone=f"138{number:08d}").card_number for number in range(3)]
    wrong = send_cards(author, rule["id"], f"卡号\n{cards[0]}\n8000000000000000\n", dry_run="true").json[
        "data"
    ]
    assert wrong["errors"] == [{"line": 3, "message": "没有该会员卡"}]
    text = "\n".join([*cards, cards[0]])
    planned = send_cards(author, rule["id"], text, dry_run="true").json["data"]
    assert (planned["rows"], planned["created"], planned["errors"]) == (4, 3, [])
    for _ in range(2):
        answer = send_cards(author, rule["id"], text, dry_run="false", version=planned["version"])
        assert answer.status_code == 201, answer.text
    other = send_cards(author, rule["id"], cards[0], dry_run="false", version=planned["version"])
    assert other.json["code"] == "import_outdated"
    batches = author.get(f"coupon-rules/{rule['id']}/batches").json["data"]
    assert (batches["total"], batches["list"][0]["total"]) == (1, 3)
    assert author.get(f"coupon-rules/{rule['id']}").json["data"]["issued"] == 3


def test_a_stopped_rule_gives_nothing_and_its_coupons_wait(author, approver):
    rule, member = list_on(author, approver), coupon_fixtures.create_member()
    author.post(f"coupon-rules/{rule['id']}/coupons", {"member": member.card_number})
    for _ in range(2):
        stopped = author.post(f"coupon-rules/{rule['id']}/stop", {"reason": "金额写错"})
        assert stopped.json["data"]["is_stopped"]
    refused = author.post(f"coupon-rules/{rule['id']}/coupons", {"member": member.card_number})
    assert refused.json["code"] == "coupon_rule_stopped"
    for _ in range(2):
        assert not author.delete(f"coupon-rules/{rule['id']}/stop").json["data"]["is_stopped"]
    assert (
        author.post(f"coupon-rules/{rule['id']}/coupons", {"member": member.card_number}).status_code == 201
    )
    notes = [step["note"] for step in author.get(f"coupon-rules/{rule['id']}").json["data"]["steps"]]
    assert notes[-2:] == ["紧急暂停：金额写错", "恢复使用"]


def test_figures_tell_totals_and_each_day(author, approver):
    rule = list_on(author, approver)
    member = coupon_fixtures.create_member()
    coupons.claim(rule=coupon_rules.get_by_public_id(rule["id"]), member=member, source="h5")
    author.post(f"coupon-rules/{rule['id']}/coupons", {"member": member.card_number})
    found = author.get(f"coupon-rules/{rule['id']}/figures").json["data"]
    assert (found["issued"], found["holders"], found["remaining"], len(found["days"])) == (2, 1, 98, 30)
    last = found["days"][-1]
    assert (last["day"], last["issued"], last["claimed"], last["used"]) == (
        clock.today().isoformat(),
        2,
        1,
        0,
    )
    long = author.get(f"coupon-rules/{rule['id']}/figures", since="2026-01-01", until="2026-06-01")
    assert long.json["data"]["field"] == "until"


def test_rights_decide_who_takes_which_step(author, approver, new_browser, add_staff):
    rule = create_rule(author)
    marketing = new_browser().take_session(add_staff("mia", "marketing"))
    assert marketing.get("coupon-rules").status_code == 200
    assert marketing.post(f"coupon-rules/{rule['id']}/stop", {"reason": "x"}).status_code == 403
    approval = submit_rule(author, rule["id"], "wang")
    decision = {"approved": True, "version": approval["fingerprint"]}
    assert marketing.post(f"approvals/{approval['id']}/decision", decision).status_code == 403
    roles.ensure_builtin()
    cashier = new_browser().take_session(add_staff("kim", "cashier"))
    assert cashier.get("coupon-rules").status_code == 403
    assert cashier.get("approvals").status_code == 403


def test_an_account_of_a_shop_writes_rules_of_its_shop_for_its_members(
    author, approver, new_browser, add_staff, shop
):
    everywhere = list_on(author, approver)
    here = new_browser().take_session(add_staff("leader", "admin", shops=(shop,)))
    assert here.post(f"coupon-rules/{everywhere['id']}/stop", {"reason": "x"}).json["code"] == "other_shops"
    assert here.post("coupon-rules", {"terms": rule_terms()}).json["code"] == "other_shops"
    mine = coupon_requests.create_rule(here, shops=["S1"])
    widened = here.patch(f"coupon-rules/{mine['id']}", {"terms": {"shops": []}})
    assert widened.json["code"] == "other_shops"
    stranger = registration.register_at_desk(phone="13800138001")
    local = registration.register_at_desk(phone="13800138002", shop_id=shop.id)
    path = f"coupon-rules/{everywhere['id']}/coupons"
    assert here.post(path, {"member": stranger.card_number}).status_code == 404
    assert here.post(path, {"member": local.card_number}).status_code == 201
    author.post(path, {"member": stranger.card_number})
    assert here.get(f"coupon-rules/{everywhere['id']}/figures").json["data"]["holders"] == 1
    assert author.get(f"coupon-rules/{everywhere['id']}/figures").json["data"]["holders"] == 2
