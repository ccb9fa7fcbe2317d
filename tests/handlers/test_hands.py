"""A company whose records are stuck takes no more than its share of the threads that answer."""

import threading
from collections.abc import Iterator

import pytest

from handlers.hands import Hands
from tests.bin.running import wait_for

COUNT = 4


@pytest.fixture
def free() -> Iterator[threading.Event]:
    """What stuck work waits for; it is freed in the end whatever happens."""
    event = threading.Event()
    yield event
    event.set()


def test_a_stuck_company_leaves_the_others_their_hands(free: threading.Event):
    hands, done, answered = Hands(COUNT), [], threading.Event()
    for number in range(3 * COUNT):
        hands.take("stuck", lambda number=number: (free.wait(10), done.append(number)))
    hands.take("other", answered.set)
    assert answered.wait(5)
    assert done == []
    free.set()
    wait_for(lambda: len(done) == 3 * COUNT, "all of the stuck company's work")


def test_work_that_fails_gives_its_hand_back():
    hands, done = Hands(2), []
    for number in range(5):
        hands.take("one", lambda number=number: done.append(number) or 1 / 0)
    wait_for(lambda: done == [0, 1, 2, 3, 4], "work after work that failed")


def test_a_company_is_stuck_when_none_of_its_hands_comes_back(free: threading.Event):
    hands = Hands(COUNT)
    for _ in range(hands.share):
        assert not hands.stuck("one", 0)
        hands.take("one", lambda: free.wait(10))
    assert hands.stuck("one", 0)
    assert not hands.stuck("one", 60), "it may only be busy"
    assert not hands.stuck("other", 0)
    free.set()
    wait_for(lambda: not hands.stuck("one", 0), "its hands")
