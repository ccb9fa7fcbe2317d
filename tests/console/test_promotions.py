"""Promotions at the console: drafts of each kind, approval by another, pause, end, copies, effect, rights and shops."""

import re
from datetime import timedelta

import pytest

from store.core import clock
from store.exports.kinds import KINDS as KINDS_OF_EXPORTS
from store.exports.promotion_kinds import PromotionFilters
from store.promotions.tables import Promotion
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import business_days, registry
from tests.support import order_fixtures
from tests.support.promotion_fixtures import run
from tests.support.shop_order_fixtures import publish_sku

STEP = {"from_fen": 10_000, "off_fen": 2_000}
KINDS = {
    "special_price": ({"prices": [{"product": "P-tea", "price_fen": 900, "per_order": 2, "quantity": 50}]},
                      "“龙井”特价 9.00 元（每单限 2 件，共 50 件）"),
    "second_half": ({"per_product": False}, "第二件半价（可混搭）"),
    "buy_get": ({"buy": 2, "get": 1}, "买 2 送 1"),
    "bundle": ({"parts": [{"products": ["P-tea"]}, {"products": ["P-milk"], "quantity": 2}], "price_fen": 2_000},
               "“龙井” 1 件 + “牛奶” 2 件，组合价 20.00 元"),
    "reduction": ({"steps": [STEP]}, "满 100 元减 20 元"),
    "discount": ({"steps": [{"from_units": 2, "percent": 15}]}, "满 2 件打 8.5 折"),
    "member_day": ({"steps": [{"percent": 12}]}, "打 8.8 折"),
    "gift": ({"steps": [{"from_fen": 5_000, "gifts": [{"sku": "milk"}]}]}, "满 50 元送“牛奶”1 件"),
}  # fmt: skip


@pytest.fixture
def goods(shop):
    return publish_sku(shop, "tea", name="龙井"), publish_sku(shop, "milk", name="牛奶", price_fen=600)


@pytest.fixture
def manager(add_staff, new_browser):
    return new_browser().take_session(add_staff("manager", "approver"))


def content(kind="reduction", **changes):
    now = clock.now()
    return {
        "name": "周末满减", "parameters": {"kind": kind, **KINDS[kind][0]}, "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(), **changes,
    }  # fmt: skip


def make(browser, *kind, **changes) -> str:
    answer = browser.post("promotions", {"content": content(*kind, **changes)})
    assert answer.status_code == 201, answer.json
    return str(answer.json["data"]["id"])


def decide(browser, promotion_id, *, approved=True, opinion=""):
    task = browser.get(f"promotions/{promotion_id}").json["data"]["approval"]
    body = {"approved": approved, "version": task["fingerprint"], "opinion": opinion}
    return browser.post(f"approvals/{task['id']}/decision", body)


def approve(browser, manager, promotion_id):
    assert browser.post(f"promotions/{promotion_id}/submission", {"approver": "manager"}).status_code == 200
    assert decide(manager, promotion_id).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_made_and_explained(browser, goods, kind):
    shown = browser.get(f"promotions/{make(browser, kind)}").json["data"]
    assert (shown["kind"], shown["stage"], shown["content"]["parameters"]["kind"]) == (kind, "draft", kind)
    assert re.fullmatch(r".+ 至 .+，全部门店，.+。", shown["sentence"])
    assert KINDS[kind][1] in shown["sentence"]
    assert ("优惠内容", KINDS[kind][1]) in [(one["label"], one["text"]) for one in shown["texts"]]


def test_a_promotion_goes_from_a_draft_to_its_end(browser, manager):
    made = make(browser)
    path = f"promotions/{made}"
    assert browser.patch(path, {"content": {"name": "满百减二十"}}).json["data"]["name"] == "满百减二十"
    assert "manager" in [one["value"] for one in browser.get("promotions/options").json["data"]["approvers"]]
    for wrong in ("boss", "none"):
        answer = browser.post(f"{path}/submission", {"approver": wrong})
        assert (answer.status_code, answer.json["data"]["field"]) == (422, "approver")
    browser.post(f"{path}/submission", {"approver": "manager"})
    assert browser.patch(path, {"content": {"name": "改"}}).json["code"] == "promotion_state"
    (task,) = manager.get("approvals").json["data"]["list"]
    shown = manager.get(f"approvals/{task['id']}").json["data"]
    assert {"label": "优惠内容", "before": "", "after": "满 100 元减 20 元"} in shown["changes"]
    assert shown["subject_path"] == f"/promotions/{made}"
    assert decide(browser, made).json["code"] in ("own_submission", "not_the_approver")
    assert decide(manager, made).status_code == 200
    assert browser.get(path).json["data"]["stage"] == "running"
    assert browser.post(f"{path}/pause", {"reason": "核对"}).json["data"]["stage"] == "paused"
    assert browser.delete(f"{path}/pause").json["data"]["stage"] == "running"
    assert browser.post(f"{path}/end").json["data"]["stage"] == "over"
    assert browser.post(f"{path}/end").json["data"]["stage"] == "over"
    actions = [one["action"] for one in browser.get(path).json["data"]["history"]]
    assert actions[:3] == ["结束促销", "恢复促销", "暂停促销"]
    copy = browser.post(f"{path}/copies").json["data"]
    assert (copy["stage"], copy["can_delete"]) == ("draft", True)
    assert browser.delete(f"promotions/{copy['id']}").json["data"]["deleted"]


def test_a_rejected_promotion_is_changed_and_submitted_again(browser, manager):
    made = make(browser)
    browser.post(f"promotions/{made}/submission", {"approver": "manager"})
    assert decide(manager, made, approved=False).json["data"]["field"] == "opinion"
    assert decide(manager, made, approved=False, opinion="力度太大").status_code == 200
    assert browser.get(f"promotions/{made}").json["data"]["stage"] == "rejected"
    browser.patch(f"promotions/{made}", {"content": {"priority": 50}})
    approve(browser, manager, made)
    history = browser.get(f"promotions/{made}").json["data"]["approval"]["history"]
    assert [step["action"] for step in history] == ["submitted", "rejected", "submitted", "approved"]


def test_a_submission_is_withdrawn_by_its_author(browser, manager):
    made = make(browser)
    browser.post(f"promotions/{made}/submission", {"approver": "manager"})
    assert browser.post(f"promotions/{made}/withdrawal").json["data"]["stage"] == "draft"
    assert manager.get("approvals").json["data"]["total"] == 0


def test_the_list_is_searched_filtered_and_counted(browser, manager, goods):
    running, draft = make(browser, name="满减"), make(browser, "gift", name="满赠", channels=["till"])
    later = (clock.now() + timedelta(days=1)).isoformat()
    upcoming = make(browser, "buy_get", name="买赠", starts_at=later)
    for one in (running, upcoming):
        approve(browser, manager, one)

    def ids(**query):
        return [
            row["id"] for row in browser.get("promotions", sort="created_at", **query).json["data"]["list"]
        ]

    assert ids() == [running, draft, upcoming]
    assert ids(search="满赠") == ids(kind="gift") == ids(stage="draft") == [draft]
    assert ids(channel="online") == [running, upcoming]
    assert ids(stage="upcoming") == [upcoming]
    assert ids(until=(business_days.today() - timedelta(days=1)).isoformat()) == []
    counts = browser.get("promotions/counts").json["data"]["stages"]
    assert {key: number for key, number in counts.items() if number} == {
        "draft": 1,
        "upcoming": 1,
        "running": 1,
    }
    today = business_days.today().isoformat()
    entries = browser.get("marketing-calendar", since=today, until=today).json["data"]["entries"]
    assert {(one["kind"], one["title"], one["state"], one["channels"]) for one in entries} == {
        ("promotion", "满减", "running", "全部渠道"), ("promotion", "满赠", "draft", "门店收银"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"), ({"shops": ["none"]}, "shops"), ({"priority": 0}, "priority"),
        ({"parameters": {"kind": "reduction", "steps": []}}, "parameters.reduction.steps"), ({"x": 1}, "x"),
        ({"parameters": {"kind": "gift", "steps": [{"gifts": [{"sku": "none"}]}]}}, "parameters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(browser, changes, field):
    for path in ("promotions", "promotions/previews"):
        answer = browser.post(path, {"content": content(**changes)})
        assert (answer.status_code, answer.json["data"]["field"]) == (422, field), answer.json
    assert Promotion.select().count() == 0


def test_the_form_finds_goods_and_shows_the_sentence(browser, goods):
    assert [one["value"] for one in browser.get("promotions/products", search="龙井").json["data"]] == [
        "P-tea"
    ]
    (found,) = browser.get("promotions/skus", search="牛奶").json["data"]
    assert (found["value"], found["label"], found["price_fen"]) == ("milk", "牛奶", 600)
    sentence = browser.post("promotions/previews", {"content": content(
        weekdays=[2], hours={"begins": "10:00", "ends": "12:00"}, channels=["till"], members_only=True,
        products=["P-tea"], limit_per_member=3, with_coupons=False, exclusive=True,
    )}).json["data"]["sentence"]  # fmt: skip
    assert sentence.endswith(
        "（周二 10:00–12:00），全部门店（仅门店收银台），会员购买“龙井”，满 100 元减 20 元，每人限 3 次，"
        "不与其他促销、优惠券同享。"
    )
    assert Promotion.select().count() == 0


def test_the_effect_counts_paid_orders(browser, shop):
    promotion = run()
    order_fixtures.pay_cash(order_fixtures.place(shop, order_fixtures.line(5_000)))
    order_fixtures.place(shop, order_fixtures.line(6_000))  # not paid
    found = browser.get(f"promotions/{promotion.public_id}/effect").json["data"]
    assert (found["total"]["orders"], found["total"]["off_fen"], found["total"]["list_fen"]) == (
        1,
        500,
        5_000,
    )
    assert [(day["day"], day["orders"]) for day in found["days"]] == [(business_days.today().isoformat(), 1)]
    (row,) = browser.get("promotions").json["data"]["list"]
    assert (row["orders"], row["off_fen"]) == (1, 500)
    (cells,) = KINDS_OF_EXPORTS["promotions"].rows(PromotionFilters(stage="running"), None)
    assert (cells[1], cells[11], str(cells[13])) == ("周末满减", 1, "5")
    since = (business_days.today() - timedelta(days=400)).isoformat()
    answer = browser.get(f"promotions/{promotion.public_id}/effect", since=since)
    assert (answer.status_code, answer.json["data"]["field"]) == (422, "until")


def test_an_account_of_one_shop_sees_and_changes_what_holds_there(browser, add_staff, new_browser, shop):
    shops.create_shop(code="S2", name="东站店", location=Coordinates(121.5, 31.2))
    everywhere, own, other = make(browser), make(browser, shops=["S1"]), make(browser, shops=["S2"])
    leader = new_browser().take_session(add_staff("leader", "admin", shops=(shop,)))
    assert {row["id"] for row in leader.get("promotions").json["data"]["list"]} == {everywhere, own}
    assert leader.get(f"promotions/{other}").status_code == 404
    assert leader.patch(f"promotions/{everywhere}", {"content": {"name": "x"}}).json["code"] == "other_shops"
    assert leader.patch(f"promotions/{own}", {"content": {"shops": []}}).json["code"] == "other_shops"
    assert leader.patch(f"promotions/{own}", {"content": {"name": "本店"}}).json["data"]["name"] == "本店"
    assert leader.post("promotions", {"content": content()}).json["code"] == "other_shops"
    today = business_days.today().isoformat()
    shown = leader.get("marketing-calendar", since=today, until=today).json["data"]["entries"]
    assert {one["path"] for one in shown} == {f"/promotions/{everywhere}", f"/promotions/{own}"}


def test_rights_decide_who_does_what(browser, add_staff, new_browser):
    made = make(browser)
    marketing = new_browser().take_session(add_staff("ad", "marketing"))
    cashier = new_browser().take_session(add_staff("till", "cashier"))
    approver = new_browser().take_session(add_staff("manager", "approver"))
    assert cashier.get("promotions").status_code == 403
    assert approver.patch(f"promotions/{made}", {"content": {"name": "x"}}).status_code == 403
    assert marketing.patch(f"promotions/{made}", {"content": {"name": "x"}}).status_code == 200
    marketing.post(f"promotions/{made}/submission", {"approver": "manager"})
    assert decide(marketing, made).status_code == 403
    assert decide(approver, made).status_code == 200


def test_another_tenant_sees_nothing(browser):
    with registry.use_tenant("rival"):
        theirs = run()
    assert browser.get("promotions").json["data"]["total"] == 0
    assert browser.get(f"promotions/{theirs.public_id}").status_code == 404
    assert browser.post(f"promotions/{theirs.public_id}/end").status_code == 404


def test_one_key_makes_one_promotion(browser):
    body = {"content": content()}
    first, second = (
        browser.post("promotions", body, Idempotency_Key="k").json["data"]["id"] for _ in range(2)
    )
    assert (first, Promotion.select().count()) == (second, 1)
