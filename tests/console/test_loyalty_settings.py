"""Point groups, cost centres, costs, check-ins, top-up rules and payment kinds in the console."""

import pytest

from store.exports import kinds as export_kinds
from store.membership import registration
from store.payments import kinds
from store.points import points
from store.tenants import audit


def actions(name: str) -> int:
    return [entry.action for entry in audit.list_entries()].count(name)


def test_a_point_group_is_created_and_renamed(browser):
    body = {"programme": "programme", "code": "beans", "name": "豆", "spendable": True}
    for _ in range(2):
        made = browser.post("point-groups", body)
        assert made.status_code == 201, made.text
    path = f"point-groups/{made.json['data']['id']}"
    for _ in range(2):
        assert browser.patch(path, {"name": "金豆"}).json["data"]["name"] == "金豆"
    assert actions("points.rename_group") == 1
    assert browser.patch(path, {"name": ""}).json["data"]["field"] == "name"
    other = browser.post("point-groups", body | {"name": "金豆", "spendable": False})
    assert (other.status_code, other.json["data"]["field"]) == (409, "spendable")
    rows = browser.get("point-groups", search="豆", programme="programme", sort="name").json["data"]["list"]
    assert [(row["code"], row["name"]) for row in rows] == [("beans", "金豆")]
    assert browser.patch("point-groups/99", {"name": "x"}).status_code == 404


def test_a_cost_centre_is_created_and_renamed(browser):
    for _ in range(2):
        assert browser.post("cost-centres", {"code": "m", "name": "市场部"}).status_code == 201
    assert browser.post("cost-centres", {"code": "m", "name": "别的"}).json["data"]["field"] == "name"
    for _ in range(2):
        assert browser.patch("cost-centres/m", {"name": "市场"}).json["data"]["name"] == "市场"
    assert actions("cost_centres.rename") == 1
    assert browser.get("cost-centres", search="市", sort="-created_at").json["data"]["total"] == 1
    assert browser.patch("cost-centres/none", {"name": "x"}).status_code == 404


def test_the_cost_report_sums_up_and_is_exported(browser, new_browser, add_staff, shop):
    browser.post("cost-centres", {"code": "m", "name": "市场部"})
    member = registration.register_at_desk(phone="13812345678")
    points.earn(member=member, kind="promotion", value=30, key="k", cost_centre="m")
    group = browser.get("costs/groups").json["data"]["list"][0]
    assert group["name"] == "积分"
    rows = browser.get("costs", page=1, page_size=15).json["data"]["list"]
    assert [(row["name"], row["points"][group["id"]]) for row in rows] == [("市场部", 30), ("合计", 30)]
    assert browser.get("costs", since="2001-01-01", until="2001-02-01").json["data"]["list"] == []
    assert browser.get("costs", since="2001-02-01", until="2001-01-01").json["data"]["field"] == "until"
    kind = export_kinds.get_kind("costs")
    cells = list(kind.rows(kind.filters(), None))
    assert cells == [("m", "市场部", "积分", 30, None), ("", "合计", "积分", 30, None)]
    analyst = new_browser().take_session(add_staff("xiaomei", "analyst", shops=(shop,)))
    assert analyst.get("costs").status_code == 403
    assert analyst.post("exports", {"kind": "costs"}).status_code == 403


SETTINGS = {"points": 5, "streaks": [{"day": 3, "extra": 5}, {"day": 7, "extra": 20}], "valid_days": 365,
            "cost_centre": None, "enabled": True, "days_back": 7, "max_per_month": 3, "price": 2}  # fmt: skip


def test_the_settings_of_check_ins_are_changed_together(browser):
    for _ in range(2):
        changed = browser.put("check-in-settings", SETTINGS)
        assert changed.status_code == 200, changed.text
    assert actions("settings.change") == 2  # of both groups
    shown = browser.get("check-in-settings").json["data"]
    assert {name: shown[name] for name in SETTINGS} == SETTINGS
    assert [day["points"] + day["extra"] for day in shown["days"][:8]] == [5, 5, 10, 5, 5, 5, 25, 5]
    preview = browser.post("check-in-settings/previews", {"points": 1, "streaks": [{"day": 2, "extra": 1}]})
    assert preview.json["data"]["days"][-1]["total"] == 46
    assert browser.get("check-in-settings").json["data"]["points"] == 5


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"points": -1}, "points"), ({"points": "5"}, "points"), ({"days_back": 0}, "days_back"),
        ({"streaks": [{"day": 3, "extra": 1}, {"day": 3, "extra": 2}]}, "streaks"),
        ({"streaks": [{"day": 1, "extra": 9}, {"day": 30, "extra": 1}], "points": 0}, "streaks"),
        ({"cost_centre": "none"}, "cost_centre"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_change_nothing(browser, change, field):
    answer = browser.put("check-in-settings", SETTINGS | change)
    assert (answer.status_code, answer.json["data"]["field"]) == (422, field)
    assert actions("settings.change") == 0


def test_a_top_up_rule_is_added_and_ended(browser):
    body = {"code": "summer", "name": "夏日充值", "steps": [{"amount_fen": 10_000, "bonus_fen": 1_000}]}
    for _ in range(2):
        made = browser.post("top-up-rules", body)
        assert made.status_code == 201, made.text
    assert made.json["data"]["description"] == "充 100 元送 10 元"
    other = browser.post("top-up-rules", body | {"steps": [{"amount_fen": 10_000, "bonus_fen": 2_000}]})
    assert other.json["msg"] == "充值规则 summer 已存在，优惠为“充 100 元送 10 元”"
    steps = [{"amount_fen": 200, "bonus_fen": 1}, {"amount_fen": 100, "bonus_fen": 1}]
    assert browser.post("top-up-rules", body | {"code": "b", "steps": steps}).json["data"]["field"] == "steps"
    late = {"code": "b", "starts_at": "2026-02-02T00:00:00+08:00", "ends_at": "2026-02-01T00:00:00+08:00"}
    assert browser.post("top-up-rules", body | late).json["data"]["field"] == "ends_at"
    assert browser.get("top-up-rules", state="active", search="夏").json["data"]["total"] == 1
    for _ in range(2):
        assert browser.post("top-up-rules/summer/ending").json["data"]["state"] == "ended"
    assert actions("top_up_rules.end") == 1
    assert browser.post("top-up-rules/none/ending").status_code == 404


def test_a_payment_kind_earns_points_or_not(browser, new_browser, add_staff):
    for _ in range(2):
        assert browser.patch("payment-kinds/cash", {"earns": False}).json["data"]["earns"] is False
    assert not next(kind for kind in kinds.list_kinds() if kind.code == "cash").earns
    rows = browser.get("payment-kinds", search="现金").json["data"]["list"]
    assert [row["code"] for row in rows] == ["cash", "cash_refund"]
    assert browser.patch("payment-kinds/cash_refund", {"earns": True}).json["data"]["field"] == "earns"
    assert browser.patch("payment-kinds/none", {"earns": True}).status_code == 404
    reader = new_browser().take_session(add_staff("xiaomei", "user"))
    assert reader.patch("payment-kinds/cash", {"earns": True}).status_code == 403
