"""Point rules in the console: a change makes a new version, and a sale is tried out before anything is saved."""

from datetime import timedelta

import pytest

from store.customers import programmes
from store.points import rules as point_rules
from store.tenants import audit, business_days

RULE = {"programme": "programme", "group": "points", "name": "消费积分", "basis": "amount", "points": 1,
        "per_units": 100, "cost_centre": "m", "validity": {"days": 365}}  # fmt: skip


@pytest.fixture(autouse=True)
def _centre(browser):
    browser.post("cost-centres", {"code": "m", "name": "市场部"})


def actions(name: str) -> int:
    return [entry.action for entry in audit.list_entries()].count(name)


def active() -> list[tuple[str, int]]:
    rules, _ = point_rules.list_active(int(programmes.get_default().id), business_days.today())
    return [(rule.name, rule.points) for rule in rules]


def test_a_change_makes_a_version_and_a_stop_ends_it(browser):
    created = browser.post("point-rules", RULE, Idempotency_Key="k1").json["data"]
    assert browser.post("point-rules", RULE, Idempotency_Key="k1").json["data"] == created
    assert browser.put(f"point-rules/{created['id']}", RULE).json["data"]["version"] == 1
    changed = [
        browser.put(f"point-rules/{created['id']}", RULE | {"points": 2}).json["data"] for _ in range(2)
    ]
    assert changed[0] == changed[1]
    assert (changed[0]["version"], changed[0]["starts_on"]) == (2, f"{business_days.today()}")
    assert browser.put(f"point-rules/{created['id']}", RULE | {"points": 3}).json["code"] == "rule_changed"
    assert active() == [("消费积分", 2)]
    listed = browser.get("point-rules", search="消费", state="active").json["data"]
    assert [row["version"] for row in listed["list"]] == [2]
    versions = browser.get(f"point-rules/{changed[0]['id']}/versions").json["data"]["list"]
    assert [(row["version"], row["state"]) for row in versions] == [(2, "active"), (1, "ended")]
    path, yesterday = f"point-rules/{changed[0]['id']}/ending", business_days.today() - timedelta(days=1)
    for _ in range(2):
        assert browser.post(path, {"last_day": f"{yesterday}"}).json["data"]["state"] == "ended"
    assert active() == []
    assert browser.get("point-rules", state="ended").json["data"]["total"] == 1
    assert (actions("point_rules.change"), actions("point_rules.end")) == (1, 1)


def test_a_version_that_begins_later_leaves_the_old_one_until_then(browser):
    created = browser.post("point-rules", RULE).json["data"]
    later = business_days.today() + timedelta(days=10)
    changed = browser.put(f"point-rules/{created['id']}", RULE | {"points": 5, "starts_on": f"{later}"}).json[
        "data"
    ]
    assert changed["state"] == "upcoming"
    assert active() == [("消费积分", 1)]
    earlier = business_days.today() + timedelta(days=3)
    again = browser.put(f"point-rules/{changed['id']}", RULE | {"points": 6, "starts_on": f"{earlier}"}).json[
        "data"
    ]
    states = {
        row["version"]: row["state"]
        for row in browser.get(f"point-rules/{again['id']}/versions").json["data"]["list"]
    }
    assert states == {3: "upcoming", 2: "ended", 1: "active"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"), ({"basis": "x"}, "basis"), ({"points": -1}, "points"), ({"per_units": 0}, "per_units"),
        ({"group": "none"}, "group"), ({"cost_centre": "none"}, "cost_centre"), ({"tier": "none"}, "tier"),
        ({"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "ends_on"), ({"validity": {"years": 1}}, "validity"),
    ],
)  # fmt: skip
def test_what_is_wrong_about_a_rule_is_named(browser, change, field):
    for answer in (
        browser.post("point-rules", RULE | change),
        browser.post("point-rules/previews", RULE | change),
    ):
        assert (answer.status_code, answer.json["data"]["field"]) == (422, field)
    assert browser.get("point-rules").json["data"]["total"] == 0


def test_a_sale_is_tried_out_with_the_rules_and_with_one_that_is_not_saved(browser):
    browser.post("point-rules", RULE)
    double = {"programme": "programme", "group": "points", "name": "生日双倍", "occasion": "birthday_day",
              "percent": 200, "cost_centre": "m"}  # fmt: skip
    for _ in range(2):
        assert browser.post("point-multipliers", double, Idempotency_Key="k").status_code == 201
    sale = {"amount_fen": 12_345, "is_birthday": True}
    lines = browser.post("point-rules/sale-previews", {"programme": "programme", "sale": sale}).json["data"][
        "lines"
    ]
    assert [(line["kind"], line["points"]) for line in lines] == [("消费积分", 123), ("促销积分", 123)]
    assert lines[0]["explanation"] == "消费积分：计积分金额 123.45 元，每 1.00 元 1 分，得 123 分"
    tea = RULE | {"name": "茶", "product": "tea", "basis": "quantity", "per_units": 1, "points": 7}
    lines = browser.post("point-rules/previews", tea | {"quantity": 2}).json["data"]["lines"]
    assert [line["points"] for line in lines] == [14]
    assert active() == [("消费积分", 1)]


def test_a_multiplier_is_listed_and_ended(browser):
    body = {"programme": "programme", "group": "points", "name": "周年", "occasion": "period", "percent": 300,
            "cost_centre": "m", "starts_on": "2026-01-01", "ends_on": "2099-01-01"}  # fmt: skip
    assert browser.post("point-multipliers", body | {"ends_on": None}).json["data"]["field"] == "starts_on"
    made = browser.post("point-multipliers", body).json["data"]
    for _ in range(2):
        ended = browser.post(f"point-multipliers/{made['id']}/ending", {"last_day": "2026-01-02"})
        assert ended.json["data"]["state"] == "ended"
    rows = browser.get("point-multipliers", state="ended").json["data"]["list"]
    assert [(row["name"], row["percent"]) for row in rows] == [("周年", 300)]
    assert browser.post("point-multipliers/99/ending").status_code == 404


def test_a_closed_cost_centre_takes_no_new_rules(browser):
    created = browser.post("point-rules", RULE).json["data"]
    for _ in range(2):
        assert browser.post("cost-centres/m/closing").json["data"]["is_closed"]
    assert browser.post("point-rules", RULE).json["data"]["field"] == "cost_centre"
    assert browser.put(f"point-rules/{created['id']}", RULE | {"points": 4}).status_code == 200
    assert browser.get("loyalty-options").json["data"]["cost_centres"] == []
    for _ in range(2):
        assert not browser.delete("cost-centres/m/closing").json["data"]["is_closed"]
    assert browser.post("point-rules", RULE).status_code == 201
    assert (actions("cost_centres.close"), actions("cost_centres.reopen")) == (1, 1)
