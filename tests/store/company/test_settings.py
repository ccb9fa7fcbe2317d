"""Settings have types and bounds, told in Chinese; a change keeps what it does not name."""

import pytest

from store.activities.replies import Fallback, FollowReplies
from store.company import audit, settings
from store.company.calendar import Calendar
from store.company.settings import Setting
from store.kernel import db
from store.kernel.refusals import Refused
from store.loyalty.check_ins import CheckInRules
from store.loyalty.follow_gifts import FollowGift
from store.people.codes import CodeRules
from tests import world
from tests.store.races import meeting


def test_defaults_hold_until_something_is_chosen(acme):
    assert settings.read(CheckInRules) == CheckInRules()
    settings.change(CheckInRules, points=8)
    assert settings.read(CheckInRules) == CheckInRules(points=8)


def test_a_change_keeps_the_other_values_and_is_logged_once(acme):
    settings.change(CheckInRules, points=8)
    settings.change(CheckInRules, valid_days=30)
    settings.change(CheckInRules, valid_days=30)
    assert settings.read(CheckInRules).points == 8
    assert [row.verb for row in audit.listing()].count("settings.change") == 2


def test_first_changes_of_a_topic_at_once_keep_each_other(acme, monkeypatch):
    """Without the queue the later one writes its own view of a topic that nobody had chosen."""
    if db.on_postgresql():
        monkeypatch.setattr(Setting, "find", meeting_outside_the_queue(Setting.find))
    changes = [{"points": 8}, {"valid_days": 30}, {"streaks": {2: 1}}]
    outcomes = world.at_once(3, lambda number: settings.change(CheckInRules, **changes[number]))
    assert all(isinstance(outcome, CheckInRules) for outcome in outcomes), outcomes
    assert Setting.get().value == {"points": 8, "valid_days": 30, "streaks": {"2": 1}, "cost_centre": None}


def meeting_outside_the_queue(find):
    """Nobody can meet inside: the look only yields, to give others the time to look as well."""

    def looked(**equal):
        found = find(**equal)
        db.database.execute_sql("SELECT pg_sleep(0.05)")
        return found

    return looked


def test_without_the_queue_first_changes_lose_each_other(acme, monkeypatch):
    if not db.on_postgresql():
        pytest.skip("SQLite's writer is alone")
    monkeypatch.setattr(settings.db, "queue_for", lambda name: None)
    monkeypatch.setattr(Setting, "find", meeting(Setting.find))
    changes = [{"points": 8}, {"valid_days": 30}]
    world.at_once(2, lambda number: settings.change(CheckInRules, **changes[number]))
    assert (Setting.get().value["points"], Setting.get().value["valid_days"]) != (8, 30)


@pytest.mark.parametrize(
    ("topic", "values", "reason"),
    [
        (CheckInRules, {"points": -1}, "不能小于 0"),
        (CheckInRules, {"points": 10_001}, "不能大于 10000"),
        (CheckInRules, {"points": "many"}, "应为整数"),
        (CheckInRules, {"streaks": {3: -5}}, "不能小于 0"),
        (CheckInRules, {"streaks": {0: 5}}, "不能小于 1"),
        (CheckInRules, {"streaks": {"x": 5}}, "应为整数"),
        (Calendar, {"zone": "Mars/Olympus"}, "不认识的时区，应如 Asia/Shanghai"),
        (Calendar, {"zone": "../../etc/passwd"}, "不认识的时区，应如 Asia/Shanghai"),
        (CheckInRules, {"valid_days": 0}, "不能小于 1"),
        (CheckInRules, {"stranger": 1}, "不认识的字段"),
        (FollowGift, {"points": -1}, "不能小于 0"),
        (CodeRules, {"pause_s": -1}, "不能小于 0"),
        (CodeRules, {"per_phone_a_day": 0}, "不能小于 1"),
        (CodeRules, {"total_a_day": -1}, "不能小于 0"),
        (Fallback, {"answers": [{"type": "song"}]}, "不认识的类型"),
        (Fallback, {"answers": [{"type": "text", "text": ""}]}, "不能少于 1 个字"),
        (FollowReplies, {"welcome_back": [{"type": "text", "text": "x"}] * 6}, "不能超过 5 项"),
    ],
)
def test_what_cannot_hold_is_refused_in_chinese(acme, topic, values, reason):
    with pytest.raises(Refused) as refused:
        settings.change(topic, **values)
    assert (refused.value.status, refused.value.facts["reason"]) == (422, reason)
    assert Setting.select().count() == 0


def test_every_topic_works_unset(acme):
    for topic in settings.TOPICS.values():
        if topic.__module__.startswith("store."):
            assert isinstance(settings.read(topic), topic)
