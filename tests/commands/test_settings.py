import json

from store.check_ins.check_ins import CheckInSettings
from store.tenants import audit, settings
from store.tenants.business_days import BusinessDaySettings


def test_list_shows_every_topic_with_the_effective_values(run_json, run_command):
    assert run_json("settings", "list")["check_in"]["points"] == 5
    assert "check_in\t{" in run_command("settings", "list").output


def test_set_changes_the_named_values_only(run_command):
    result = run_command("settings", "set", "check_in", "points=8", 'streaks={"2": 9}')
    assert result.exit_code == 0, result.output
    rules = settings.read(CheckInSettings)
    assert (rules.points, rules.streaks, rules.valid_days) == (8, {2: 9}, 365)
    assert json.loads(run_command("settings", "show", "check_in").stdout)["points"] == 8
    assert audit.list_entries(limit=1)[0].actor_kind == "operator"


def test_text_needs_no_quotes(run_command):
    run_command("settings", "set", "business_day", "zone=Asia/Tokyo")
    assert settings.read(BusinessDaySettings).zone == "Asia/Tokyo"


def test_a_wrong_value_is_refused_by_name(run_command):
    result = run_command("settings", "set", "check_in", "points=-1")
    assert result.exit_code == 1
    assert "points：不能小于 0" in result.output


def test_an_unknown_topic_is_reported_with_those_there_are(run_command):
    assert "check_in" in run_command("settings", "show", "Nothing").output


def test_an_unknown_name_is_refused_with_those_there_are(run_command):
    result = run_command("settings", "set", "check_in", "topic=1")
    assert result.exit_code == 1
    assert "points、streaks" in result.output


def test_a_pair_without_a_value_is_refused(run_command):
    assert "应写成 名称=值" in run_command("settings", "set", "check_in", "points").output


def test_a_group_is_explained_with_its_types_and_defaults(run_command):
    text = run_command("settings", "explain", "orders").output
    assert "`reopen_overdue` lets" in text
    assert "payment_minutes\tint\t30" in text
    assert run_command("settings", "explain", "none").exit_code == 1


def test_every_group_has_an_explanation(run_command, run_json, acme):
    for name in ("payment_schedule", "orders", "till", "payment_kinds"):
        assert len(run_command("settings", "explain", name).output.splitlines()) > 1
