"""Limits: never more than allowed in a window, however many ask at once."""

from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine

from store.core import clock, rate_limits
from store.core.database import db
from store.core.errors import DomainError
from store.core.rate_limits import RateLimit
from tests.support import database

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)


def consume(name="route", most=3):
    rate_limits.consume(name=name, limit=most, window_s=60, message="请稍后再试")


def is_rejected(name="route", most=3):
    with pytest.raises(DomainError) as caught:
        consume(name, most)
    return caught.value


def test_what_is_allowed_passes_and_the_next_is_reported_when_to_come_again(acme):
    with time_machine.travel(NOON + timedelta(seconds=15), tick=False):
        for _ in range(3):
            consume()
        no = is_rejected()
    assert (no.code, no.status, no.details["retry_after_s"]) == ("too_many", 429, 45)


def test_a_new_window_begins_anew(acme):
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(3):
            consume()
        is_rejected()
        now.shift(60)
        consume()
        assert RateLimit.get().count == 1


def test_names_do_not_count_for_each_other(acme):
    for name in ("a", "b", "c", "d"):
        consume(name, most=1)


def test_a_limit_of_nothing_lets_nothing_through(acme):
    is_rejected(most=0)


def test_many_at_once_never_pass_together(acme):
    with time_machine.travel(NOON, tick=False):
        outcomes = database.run_concurrently(16, lambda _: consume(most=5))
    assert outcomes.count(None) == 5
    assert {outcome.code for outcome in outcomes if outcome is not None} == {"too_many"}


def test_control_counting_first_and_writing_then_lets_too_many_pass(acme):
    """The same limit, looked up and then written: everybody sees the count before anybody raises it."""
    gate = Barrier(8)
    RateLimit.create(name="route", began_at=clock.now(), count=0)

    def naive(_):
        seen = RateLimit.find(name="route").count
        gate.wait()
        if seen >= 5:
            return False
        db.transactional(lambda: RateLimit.update(count=RateLimit.count + 1).execute())()
        return True

    assert database.run_concurrently(8, naive).count(True) == 8


def test_an_ipv6_caller_is_the_whole_network_they_own():
    assert rate_limits.client_network("2001:db8:1:2:3:4:5:6") == rate_limits.client_network("2001:db8:1:2::1")
    assert rate_limits.client_network("2001:db8:1:3::1") != rate_limits.client_network("2001:db8:1:2::1")
    assert rate_limits.client_network("203.0.113.7") == "203.0.113.7"
    assert rate_limits.client_network("a unix socket") == "a unix socket"


def test_ipv4_callers_are_distinguished_also_where_both_kinds_come_in():
    assert rate_limits.client_network("::ffff:203.0.113.7") == "203.0.113.7"
    assert rate_limits.client_network("::FFFF:cb00:7107") == "203.0.113.7"
    assert rate_limits.client_network("::ffff:198.51.100.9") != rate_limits.client_network(
        "::ffff:203.0.113.7"
    )


def test_old_counts_are_forgotten_and_running_ones_are_not(acme):
    with time_machine.travel(NOON, tick=False):
        consume("old")
    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        consume("new")
        assert rate_limits.purge_expired() == 1
        assert [limit.name for limit in RateLimit.select()] == ["new"]
