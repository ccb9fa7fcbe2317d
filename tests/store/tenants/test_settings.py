"""Settings have types and bounds, reported in Chinese; a change keeps what it does not name."""

import pytest

from store.check_ins.check_ins import CheckInSettings
from store.core.database import db
from store.core.errors import DomainError
from store.customers.sms_codes import SmsCodeSettings
from store.membership.follow_rewards import FollowRewardSettings
from store.official_accounts.keyword_replies import FallbackReplySettings, FollowReplySettings
from store.tenants import audit, settings
from store.tenants.business_days import BusinessDaySettings
from store.tenants.settings import Setting
from tests.support import database
from tests.support.races import with_barrier


def test_defaults_hold_until_something_is_chosen(acme):
    assert settings.read(CheckInSettings) == CheckInSettings()
    settings.change(CheckInSettings, points=8)
    assert settings.read(CheckInSettings) == CheckInSettings(points=8)


def test_a_change_keeps_the_other_values_and_is_logged_once(acme):
    settings.change(CheckInSettings, points=8)
    settings.change(CheckInSettings, valid_days=30)
    settings.change(CheckInSettings, valid_days=30)
    assert settings.read(CheckInSettings).points == 8
    assert [row.action for row in audit.list_entries()].count("settings.change") == 2


def test_first_changes_of_a_topic_at_once_keep_each_other(acme, monkeypatch):
    """Without the queue the later one writes its own view of a topic that no one had chosen."""
    if db.is_postgresql():
        monkeypatch.setattr(Setting, "find", barrier_outside_the_queue(Setting.find))
    changes = [{"points": 8}, {"valid_days": 30}, {"streaks": {2: 1}}]
    outcomes = database.run_concurrently(
        3, lambda number: settings.change(CheckInSettings, **changes[number])
    )
    assert all(isinstance(outcome, CheckInSettings) for outcome in outcomes), outcomes
    assert Setting.get().value == {"points": 8, "valid_days": 30, "streaks": {"2": 1}, "cost_centre": None}


def barrier_outside_the_queue(find):
    """No one can meet inside: the look only yields, to give others the time to look as well."""

    def looked(**equal):
        found = find(**equal)
        db.database.execute_sql("SELECT pg_sleep(0.05)")
        return found

    return looked


def test_without_the_queue_first_changes_lose_each_other(acme, monkeypatch):
    if not db.is_postgresql():
        pytest.skip("SQLite's writer is alone")
    monkeypatch.setattr(settings.db, "advisory_lock", lambda name: None)
    monkeypatch.setattr(Setting, "find", with_barrier(Setting.find))
    changes = [{"points": 8}, {"valid_days": 30}]
    database.run_concurrently(2, lambda number: settings.change(CheckInSettings, **changes[number]))
    assert (Setting.get().value["points"], Setting.get().value["valid_days"]) != (8, 30)


@pytest.mark.parametrize(
    ("topic", "values", "reason"),
    [
        (CheckInSettings, {"points": -1}, "不能小于 0"),
        (CheckInSettings, {"points": 10_001}, "不能大于 10000"),
        (CheckInSettings, {"points": "many"}, "应为整数"),
        (CheckInSettings, {"streaks": {3: -5}}, "不能小于 0"),
        (CheckInSettings, {"streaks": {0: 5}}, "不能小于 1"),
        (CheckInSettings, {"streaks": {"x": 5}}, "应为整数"),
        (BusinessDaySettings, {"zone": "Mars/Olympus"}, "不认识的时区，应如 Asia/Shanghai"),
        (BusinessDaySettings, {"zone": "../../etc/passwd"}, "不认识的时区，应如 Asia/Shanghai"),
        (CheckInSettings, {"valid_days": 0}, "不能小于 1"),
        (CheckInSettings, {"stranger": 1}, "不认识的字段"),
        (FollowRewardSettings, {"points": -1}, "不能小于 0"),
        (SmsCodeSettings, {"min_interval_s": -1}, "不能小于 0"),
        (SmsCodeSettings, {"max_per_phone_per_day": 0}, "不能小于 1"),
        (SmsCodeSettings, {"max_total_per_day": -1}, "不能小于 0"),
        (FallbackReplySettings, {"answers": [{"type": "song"}]}, "不认识的类型"),
        (FallbackReplySettings, {"answers": [{"type": "text", "text": ""}]}, "不能少于 1 个字"),
        (FollowReplySettings, {"welcome_back": [{"type": "text", "text": "x"}] * 6}, "不能超过 5 项"),
    ],
)
def test_what_cannot_hold_is_refused_in_chinese(acme, topic, values, reason):
    with pytest.raises(DomainError) as refused:
        settings.change(topic, **values)
    assert (refused.value.status, refused.value.details["reason"]) == (422, reason)
    assert Setting.select().count() == 0


def test_every_topic_works_unset(acme):
    for topic in settings.GROUPS.values():
        if topic.__module__.startswith("store."):
            assert isinstance(settings.read(topic), topic)


def test_a09_empty_texts_are_refused_by_every_group(acme):
    """Texts that are empty by default may be emptied again."""
    texts = [
        (group, field)
        for group in settings.GROUPS.values()
        for field, details in group.model_fields.items()
        if "str" in str(details.annotation) and isinstance(details.default, str) and details.default
    ]
    assert texts
    for group, field in texts:
        for text in ("", "  "):
            with pytest.raises(DomainError):
                settings.change(group, **{field: text})
