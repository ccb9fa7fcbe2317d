import pytest

from store.kernel.events import Delivery, Event


def test_counts_tells_what_waits_and_what_is_dead(shell, told, dead):
    assert told("deliveries", "counts") == {"pending": 0, "dead": 2}
    assert shell("deliveries", "counts").output == "等待 0 条，失败 2 条\n"


def test_dead_tells_why_each_failed(told, dead):
    assert told("deliveries", "dead")[0] == {
        "id": dead[0], "event_id": 1, "reaction": "store.gift", "tries": 5, "error": "ValueError: x",
    }  # fmt: skip


def test_replay_puts_one_back_in_line_with_all_its_tries(shell, dead):
    assert shell("deliveries", "replay", str(dead[0])).output == "已重新排队 1 条\n"
    again, still = (Delivery.get_by_id(number) for number in dead)
    assert (again.state, again.tries, again.error) == ("pending", 0, None)
    assert still.state == "dead"


def test_replay_of_all_leaves_none_dead(shell, told, dead):
    shell("deliveries", "replay", "--all")
    assert told("deliveries", "counts") == {"pending": 2, "dead": 0}
    assert shell("deliveries", "dead").output == "没有失败的投递\n"


def test_replay_of_nothing_asks_what_is_meant(shell, dead):
    assert shell("deliveries", "replay").exit_code == 2


def test_replay_of_an_unknown_number_is_refused(shell):
    assert "没有找到这条投递" in shell("deliveries", "replay", "77").output


@pytest.fixture
def dead(acme):
    event = Event.create(kind="seen")
    rows = [{"event": event, "reaction": name, "state": "dead", "tries": 5, "error": "ValueError: x"}
            for name in ("store.gift", "store.mail")]  # fmt: skip
    return [Delivery.create(**row).id for row in rows]
