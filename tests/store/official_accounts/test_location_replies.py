"""Location events: one reply a visit; messages with a location are always answered."""

import re
from datetime import timedelta

import pytest
import time_machine

from store.core import clock
from store.official_accounts import conversation
from store.official_accounts.conversation import ProcessedMessage
from store.official_accounts.location_replies import LocationReply
from store.official_accounts.message_content import IncomingMessage
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.nearby_settings import NearbySettings
from store.tenants import channels, settings
from tests.support import database
from tests.support.races import with_barrier, without_index, without_write_queue

NEAR_FIRST, NEAR_SECOND = 116.4041, 116.4400


@pytest.fixture
def two_shops(account):
    for code, name, lng in (("S1", "前门店", 116.404), ("S2", "东门店", 116.44)):
        shops.create_shop(code=code, name=name, location=Coordinates(lng, 39.915), city="北京市")


def report(number, *, lng=NEAR_FIRST, lat=39.915, sender="o1", kind="location_event"):
    message = IncomingMessage(kind=kind, sender=sender, number=f"n-{number}", lng=lng, lat=lat)
    return conversation.answer_message(channels.get_by_key("acme-mp"), message)


def test_f06_twelve_reports_of_one_visit_get_one_answer(two_shops):
    with time_machine.travel(clock.now(), tick=False) as moment:
        answered = []
        for number in range(12):
            answered.append(bool(report(number)))
            moment.shift(timedelta(seconds=5))
    assert answered == [True, *[False] * 11]


def test_f06_after_the_interval_or_at_another_shop_there_is_another_answer(two_shops):
    settings.change(NearbySettings, reply_interval_minutes=10)
    with time_machine.travel(clock.now(), tick=False) as moment:
        assert report(1)[0].title.startswith("离您最近：前门店")
        moment.shift(timedelta(minutes=9))
        assert report(2) == []
        assert report(3, lng=NEAR_SECOND)[0].title.startswith("离您最近：东门店")
        assert report(4) == []  # between two shops
        moment.shift(timedelta(minutes=1))
        assert report(5)
        assert report(6, sender="o2")


def test_f06_a_repeated_report_gets_the_same_answer(two_shops):
    first = report(1)
    assert report(1) == first
    assert report(2) == report(2) == []


def test_f06_a_location_that_was_sent_is_always_answered(two_shops):
    report(1)
    assert all(report(number, kind="location") for number in (2, 3))


def test_f06_concurrent_reports_get_one_answer(two_shops):
    assert sum(map(bool, database.run_concurrently(8, report))) == 1


def test_f06_control_without_the_index_two_reports_get_two_answers(two_shops, monkeypatch):
    """Both have looked for an earlier reply before either records its own."""
    monkeypatch.setattr(LocationReply, "find", with_barrier(LocationReply.find))
    with without_index("location_reply_channel_id_visit_hash"), without_write_queue():
        assert all(database.run_concurrently(2, report))


def test_a_visit_reveals_no_location_and_is_purged(two_shops):
    with time_machine.travel(clock.now(), tick=False) as moment:
        report(1)
        assert re.fullmatch("[0-9a-f]{64}", LocationReply.get().visit_hash)
        assert "前门店" not in str([row.replies for row in ProcessedMessage.select()])
        moment.shift(timedelta(days=1, seconds=1))
        conversation.purge_expired()
    assert LocationReply.select().count() == 0


def test_n18_far_from_every_shop_the_city_of_the_nearest_is_named(two_shops):
    shops.create_shop(code="X", name="西宁店", location=Coordinates(101.77, 36.62), city="西宁市")
    lhasa = {"lng": 91.13, "lat": 29.66}
    for kind in ("location", "location_event"):
        assert report(kind, kind=kind, **lhasa)[0].text == "附近暂无门店，最近的在西宁。"
    settings.change(NearbySettings, limit_km=1000)
    near_xining = {"lng": 101.0, "lat": 36.0}
    assert report("near", kind="location", **near_xining)[0].title.startswith("离您最近：西宁店")
    settings.change(NearbySettings, limit_km=1)
    assert report("limit", kind="location", **near_xining)[0].text.startswith("附近暂无门店")
