"""Jobs and deliveries: how jobs ended, which deliveries are dead, their replay and discard with entries of the log."""

import pytest

from console import task_titles
from store.core import events, scheduled_jobs
from store.core.database import db
from store.core.events import Event, EventDelivery
from store.tenants import audit
from tasks.schedule import SCHEDULE
from tasks.subscriptions import SUBSCRIPTIONS


@pytest.fixture
def dead(browser, shop) -> list[str]:
    """Two dead letters, the second of which is of a shop."""
    return [add_dead_letter(shop_id) for shop_id in (None, shop.id)]


@db.transactional
def add_dead_letter(shop_id: int | None) -> str:
    event = events.record("coupons.ending_soon", shop_id=shop_id, rule="r1")
    delivery = EventDelivery.get(EventDelivery.event == event.id)
    delivery.update_fields(state="dead", attempts=5, error="ValueError: 平台没有响应")
    return str(delivery.id)


def state_of(number: str) -> str:
    return EventDelivery.get_by_id(int(number)).state


def actions() -> list[tuple[str, str]]:
    return [
        (entry.action, entry.actor) for entry in audit.list_entries() if entry.action.startswith("outbox.")
    ]


def test_every_job_and_subscriber_has_a_title():
    assert SCHEDULE.keys() == task_titles.JOBS.keys()
    assert {each.name for row in SUBSCRIPTIONS.values() for each in row} == task_titles.SUBSCRIBERS.keys()


def test_jobs_are_listed_with_their_last_result(browser):
    scheduled_jobs.declare(name="outbox.purge_done", every_s=3600)
    lease = scheduled_jobs.claim(name="outbox.purge_done")
    scheduled_jobs.finish(name="outbox.purge_done", lease=lease, error="OSError: disk")
    (job,) = browser.get("outbox/jobs").json["data"]["list"]
    assert (job["title"], job["state"], job["error"]) == ("清理已完成的投递", "failed", "OSError: disk")
    assert browser.get("outbox/summary").json["data"]["failed_jobs"] == 1


def test_deliveries_are_counted_searched_and_shown(browser, dead):
    assert browser.get("outbox/summary").json["data"]["dead"] == 2
    for query, expected in (
        ({"state": "dead"}, dead), ({"state": "done"}, []), ({"search": "没有响应"}, dead),
        ({"search": dead[0], "state": "dead"}, dead[:1]), ({"search": "9" * 40}, []), ({"until": "2001-01-01"}, []),
    ):  # fmt: skip
        rows = browser.get("outbox/deliveries", sort="id", **query).json["data"]["list"]
        assert [row["id"] for row in rows] == expected, query
    shown = browser.get(f"outbox/deliveries/{dead[0]}").json["data"]
    assert (shown["title"], shown["properties"]) == ("消息：优惠券即将过期", {"rule": "r1"})
    for number in ("0", "x", "9" * 40):
        assert browser.get(f"outbox/deliveries/{number}").status_code == 404


def test_a_dead_letter_is_replayed_once(browser, dead):
    answers = [browser.post("outbox/replays", {"ids": dead}) for _ in range(2)]
    assert [answer.json["data"]["count"] for answer in answers] == [2, 0]
    assert [state_of(number) for number in dead] == ["pending", "pending"]
    assert actions() == [("outbox.replay", "boss")] * 2


def test_a_dead_letter_is_discarded_once_and_never_replayed(browser, dead):
    answers = [browser.post("outbox/discards", {"ids": dead[:1]}) for _ in range(2)]
    assert [answer.json["data"]["count"] for answer in answers] == [1, 0]
    assert browser.post("outbox/replays", {"ids": dead[:1]}).json["data"]["count"] == 0
    assert [state_of(number) for number in dead] == ["discarded", "dead"]
    assert actions() == [("outbox.discard", "boss")]


def test_what_does_not_exist_changes_nothing(browser, dead):
    assert browser.post("outbox/replays", {"ids": [dead[0], "999999"]}).status_code == 404
    assert browser.post("outbox/replays", {"ids": []}).status_code == 422
    assert [state_of(number) for number in dead] == ["dead", "dead"]
    assert Event.select().count() >= 2


def test_an_account_of_a_shop_sees_deliveries_of_its_shop(new_browser, add_staff, shop, dead):
    bound = new_browser().take_session(add_staff("leader", "admin", shops=(shop,)))
    rows = bound.get("outbox/deliveries", state="dead").json["data"]["list"]
    assert [row["id"] for row in rows] == dead[1:]
    assert bound.get(f"outbox/deliveries/{dead[0]}").status_code == 404
    assert bound.post("outbox/discards", {"ids": dead[:1]}).status_code == 404
    assert state_of(dead[0]) == "dead"
