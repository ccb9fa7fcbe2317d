import pytest

from store.core.events import Event, EventDelivery


def test_counts_tells_what_waits_and_what_is_dead(run_command, run_json, dead_letters):
    assert run_json("outbox", "counts") == {"pending": 0, "dead": 2}
    assert run_command("outbox", "counts").output == "等待 0 条，失败 2 条\n"


def test_dead_tells_why_each_failed(run_json, dead_letters):
    assert run_json("outbox", "dead-letters")[0] == {
        "id": dead_letters[0], "event_id": 1, "subscriber": "store.gift", "attempts": 5, "error": "ValueError: x",
    }  # fmt: skip


def test_replay_puts_one_back_in_line_with_all_its_tries(run_command, dead_letters):
    assert run_command("outbox", "replay", str(dead_letters[0])).output == "已重新排队 1 条\n"
    again, still = (EventDelivery.get_by_id(number) for number in dead_letters)
    assert (again.state, again.attempts, again.error) == ("pending", 0, None)
    assert still.state == "dead"


def test_replay_of_all_leaves_none_dead(run_command, run_json, dead_letters):
    run_command("outbox", "replay", "--all")
    assert run_json("outbox", "counts") == {"pending": 2, "dead": 0}
    assert run_command("outbox", "dead-letters").output == "没有失败的投递\n"


def test_replay_of_nothing_asks_what_is_meant(run_command, dead_letters):
    assert run_command("outbox", "replay").exit_code == 2


def test_replay_of_an_unknown_number_is_refused(run_command):
    assert "没有找到这条投递" in run_command("outbox", "replay", "77").output


def test_a_discarded_one_is_neither_dead_nor_queued_again(run_command, run_json, dead_letters):
    number = str(dead_letters[0])
    assert run_command("outbox", "discard", number).output == "已丢弃 1 条\n"
    assert run_command("outbox", "discard", number).output == "已丢弃 0 条\n"
    run_command("outbox", "replay", number)
    assert run_json("outbox", "counts") == {"pending": 0, "dead": 1}
    assert run_json("audit-log", "list")[0]["action"] == "outbox.discard"


@pytest.fixture
def dead_letters(acme):
    event = Event.create(kind="seen")
    rows = [{"event": event, "subscriber": name, "state": "dead", "attempts": 5, "error": "ValueError: x"}
            for name in ("store.gift", "store.mail")]  # fmt: skip
    return [EventDelivery.create(**row).id for row in rows]
