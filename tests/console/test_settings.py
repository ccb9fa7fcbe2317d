"""Settings: each has its Chinese texts, is shown with bounds and default, and a change is logged."""

from console import setting_labels
from store import layers
from store.membership.follow_rewards import FollowRewardSettings
from store.tenants import audit, settings


def group_of(browser, name):
    categories = browser.get("settings").json["data"]["categories"]
    return next(group for each in categories for group in each["groups"] if group["name"] == name)


def test_every_setting_has_its_texts():
    layers.import_all()
    ours = {name: group for name, group in settings.GROUPS.items() if group.__module__.startswith("store.")}
    assert {name: set(group.model_fields) for name, group in ours.items()} == {
        name: set(label.fields) for name, label in setting_labels.GROUPS.items()
    }
    categories = [key for key, _ in setting_labels.CATEGORIES]
    assert len(set(categories)) == len(categories)
    assert {label.category for label in setting_labels.GROUPS.values()} <= set(categories)


def test_a_group_is_shown_with_bounds_choices_and_defaults(browser):
    fields = {field["prop"]: field for field in group_of(browser, "follow_reward")["fields"]}
    points = fields["points"]
    assert (points["type"], points["minimum"], points["maximum"]) == ("number", 0, 10_000)
    assert fields["cost_centre"]["type"] == "cost_centre"
    days = {field["prop"]: field for field in group_of(browser, "expiry_reminder")["fields"]}["points_days"]
    assert (days["type"], days["shape"], days["max_rows"]) == ("rows", "list", 5)
    assert group_of(browser, "expiry_reminder")["defaults"]["points_days"] == [30, 7]
    value = {field["prop"]: field for field in group_of(browser, "stored_value")["fields"]}
    assert value["daily_limit_fen"]["type"] == "money"
    assert value["real_name_by"]["options"][0] == {"value": "phone", "label": "手机号"}
    assert group_of(browser, "till")["fields"][0]["options"][1] == {"value": 48, "label": "80 毫米"}
    assert group_of(browser, "payment_kinds")["fields"] == []


def test_a_change_counts_at_once_and_is_logged_once(browser):
    for _ in range(2):
        answer = browser.patch("settings/follow_reward", {"values": {"points": 8}})
        assert answer.status_code == 200, answer.text
        assert answer.json["data"]["values"]["points"] == 8
        assert answer.json["data"]["is_changed"]
    assert settings.read(FollowRewardSettings).points == 8
    entries = [entry for entry in audit.list_entries() if entry.action == "settings.change"]
    assert [(entry.actor, entry.subject, entry.after["points"]) for entry in entries] == [
        ("boss", "follow_reward", 8)
    ]


def test_what_is_wrong_is_named_and_nothing_changes(browser):
    for name, values, field in (
        ("follow_reward", {"points": -1}, "points"),
        ("follow_reward", {"points": 10**30}, "points"),
        ("follow_reward", {"cost_centre": "nowhere"}, "cost_centre"),
        ("follow_reward", {"colour": "red"}, "colour"),
        ("branding", {"colour": "#ffffff"}, "colour"),
        ("nearby", {"places": [{"label": "x", "lng": "a", "lat": 1}]}, "places.0.lng"),
        ("expiry_reminder", {"points_days": ["x"]}, "points_days.0"),
        ("payment_schedule", {"online_query_s": []}, "online_query_s"),
    ):
        answer = browser.patch(f"settings/{name}", {"values": values})
        assert (answer.status_code, answer.json["data"]["field"]) == (422, field), answer.text
    assert not [entry for entry in audit.list_entries() if entry.action == "settings.change"]
    assert browser.patch("settings/nothing", {"values": {"x": 1}}).status_code == 404
    for elsewhere in ("payment_kinds", "check_in", "follow_reply"):
        assert browser.patch(f"settings/{elsewhere}", {"values": {"points": 5}}).status_code == 404


def test_an_account_of_a_shop_changes_nothing_that_holds_for_all(new_browser, add_staff, shop):
    bound = new_browser().take_session(add_staff("leader", "admin", shops=(shop,)))
    for answer in (
        bound.patch("settings/follow_reward", {"values": {"points": 8}}),
        bound.post("agreements/terms/versions", {"text": "新的协议"}),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, "shop_not_held")
    assert settings.read(FollowRewardSettings).points == 0


def test_branding_is_changed(browser):
    browser.patch("settings/branding", {"values": {"display_name": "小二", "colour": "#1D5FD1"}})
    tenant = browser.get("me").json["data"]["tenant"]
    assert (tenant["name"], tenant["colour"]) == ("小二", "#1d5fd1")


def test_a_new_version_of_an_agreement_is_published_once(browser):
    listed = browser.get("agreements").json["data"]["list"]
    assert {(row["title"], row["version"], row["is_current"]) for row in listed} == {
        ("用户协议", 1, True), ("隐私政策", 1, True),
    }  # fmt: skip
    for _ in range(2):
        answer = browser.post("agreements/terms/versions", {"text": "新的协议"})
        assert (answer.status_code, answer.json["data"]["version"]) == (201, 2), answer.text
    assert browser.get("agreements/terms/versions/2").json["data"]["text"] == "新的协议"
    old = next(row for row in browser.get("agreements").json["data"]["list"] if row["id"] == "terms-1")
    assert not old["is_current"]
    assert browser.post("agreements/terms/versions", {"text": " "}).json["data"]["field"] == "text"
    assert browser.post("agreements/other/versions", {"text": "x"}).status_code == 404
    for version in ("7", "x", "9" * 30):
        assert browser.get(f"agreements/terms/versions/{version}").status_code == 404
