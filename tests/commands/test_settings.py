import json

from store.company import audit, settings
from store.company.calendar import Calendar
from store.loyalty.check_ins import CheckInRules


def test_list_tells_every_topic_with_the_values_in_force(told, shell):
    assert told("settings", "list")["CheckInRules"]["points"] == 5
    assert "CheckInRules\t{" in shell("settings", "list").output


def test_set_changes_the_named_values_only(shell):
    result = shell("settings", "set", "CheckInRules", "points=8", 'streaks={"2": 9}')
    assert result.exit_code == 0, result.output
    rules = settings.read(CheckInRules)
    assert (rules.points, rules.streaks, rules.valid_days) == (8, {2: 9}, 365)
    assert json.loads(shell("settings", "show", "CheckInRules").stdout)["points"] == 8
    assert audit.listing(limit=1)[0].actor_kind == "operator"


def test_text_needs_no_quotes(shell):
    shell("settings", "set", "Calendar", "zone=Asia/Tokyo")
    assert settings.read(Calendar).zone == "Asia/Tokyo"


def test_a_wrong_value_is_refused_by_name(shell):
    result = shell("settings", "set", "CheckInRules", "points=-1")
    assert result.exit_code == 1
    assert "points：不能小于 0" in result.output


def test_an_unknown_topic_is_told_with_those_there_are(shell):
    assert "CheckInRules" in shell("settings", "show", "Nothing").output


def test_an_unknown_name_is_refused_with_those_there_are(shell):
    result = shell("settings", "set", "CheckInRules", "topic=1")
    assert result.exit_code == 1
    assert "points、streaks" in result.output


def test_a_pair_without_a_value_is_refused(shell):
    assert "应写成 名称=值" in shell("settings", "set", "CheckInRules", "points").output
