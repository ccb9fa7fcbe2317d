"""Limits: never more than allowed in a window, however many ask at once."""

from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine

from store.kernel import clock, db, limits
from store.kernel.limits import Limit
from store.kernel.refusals import Refused
from tests import world

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)


def take(name="door", most=3):
    limits.take(name=name, most=most, window_s=60, sentence="请稍后再试")


def refused(name="door", most=3):
    with pytest.raises(Refused) as caught:
        take(name, most)
    return caught.value


def test_what_is_allowed_passes_and_the_next_is_told_when_to_come_again(acme):
    with time_machine.travel(NOON + timedelta(seconds=15), tick=False):
        for _ in range(3):
            take()
        no = refused()
    assert (no.code, no.status, no.facts["retry_after_s"]) == ("too_many", 429, 45)


def test_a_new_window_begins_anew(acme):
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(3):
            take()
        refused()
        now.shift(60)
        take()
        assert Limit.get().taken == 1


def test_names_do_not_count_for_each_other(acme):
    for name in ("a", "b", "c", "d"):
        take(name, most=1)


def test_a_limit_of_nothing_lets_nothing_through(acme):
    refused(most=0)


def test_many_at_once_never_pass_together(acme):
    with time_machine.travel(NOON, tick=False):
        outcomes = world.at_once(16, lambda _: take(most=5))
    assert outcomes.count(None) == 5
    assert {outcome.code for outcome in outcomes if outcome is not None} == {"too_many"}


def test_control_counting_first_and_writing_then_lets_too_many_pass(acme):
    """The same limit, looked up and then written: everybody sees the count before anybody raises it."""
    gate = Barrier(8)
    Limit.create(name="door", began_at=clock.now(), taken=0)

    def naive(_):
        seen = Limit.find(name="door").taken
        gate.wait()
        if seen >= 5:
            return False
        db.verb(lambda: Limit.update(taken=Limit.taken + 1).execute())()
        return True

    assert world.at_once(8, naive).count(True) == 8


def test_an_ipv6_caller_is_the_whole_network_they_own():
    assert limits.origin("2001:db8:1:2:3:4:5:6") == limits.origin("2001:db8:1:2::1")
    assert limits.origin("2001:db8:1:3::1") != limits.origin("2001:db8:1:2::1")
    assert limits.origin("203.0.113.7") == "203.0.113.7"
    assert limits.origin("a unix socket") == "a unix socket"


def test_ipv4_callers_are_told_apart_also_where_both_kinds_come_in():
    assert limits.origin("::ffff:203.0.113.7") == "203.0.113.7"
    assert limits.origin("::FFFF:cb00:7107") == "203.0.113.7"
    assert limits.origin("::ffff:198.51.100.9") != limits.origin("::ffff:203.0.113.7")


def test_old_counts_are_forgotten_and_running_ones_are_not(acme):
    with time_machine.travel(NOON, tick=False):
        take("old")
    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        take("new")
        assert limits.forget_old() == 1
        assert [limit.name for limit in Limit.select()] == ["new"]
