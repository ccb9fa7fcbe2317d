"""The SMS budget of a day raises an alarm, then stops, and the next business day begins anew."""

from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from structlog.testing import capture_logs

from store.core.errors import DomainError
from store.customers import sms_budget
from store.customers.sms_budget import SmsBudgetDay
from tests.support import database
from tests.support.races import without_write_queue


@pytest.fixture(autouse=True)
def now(acme):
    """Just before midnight in Shanghai."""
    with time_machine.travel("2026-01-31T15:59:00Z", tick=False) as moment:
        yield moment


def consume(limit: int = 5) -> None:
    sms_budget.consume(limit=limit, alarm_percent=80)


def test_f16_the_alarm_comes_once_and_then_the_end():
    with capture_logs() as logs:
        for _ in range(5):
            consume()
        for _ in range(2):
            with pytest.raises(DomainError) as refused:
                consume()
    assert (refused.value.code, refused.value.status) == ("sms_budget_used_up", 429)
    assert refused.value.message == "今天的短信验证码已发完，请明天再试，或到门店办理"
    assert [line["event"] for line in logs] == [
        "sms_budget_alarm", "sms_budget_used_up", "sms_budget_stopped", "sms_budget_stopped",
    ]  # fmt: skip
    assert {line["log_level"] for line in logs} == {"error"}
    assert {line["tenant"] for line in logs} == {"acme"}
    row = SmsBudgetDay.get()
    assert (row.sent, row.alarmed_at is not None, row.stopped_at is not None) == (5, True, True)


def test_f16_the_next_business_day_begins_anew(now):
    for _ in range(5):
        consume()
    now.shift(timedelta(minutes=1))
    consume()
    assert sms_budget.count_today() == 1


def test_f16_without_a_budget_nothing_is_sent():
    with pytest.raises(DomainError):
        consume(0)


def test_f16_many_at_once_stay_within_the_budget():
    outcomes = database.run_concurrently(12, lambda _: consume())
    assert outcomes.count(None) == 5
    assert SmsBudgetDay.get().sent == 5


def test_f16_without_the_condition_many_at_once_pass_it(monkeypatch):
    """Each counts first and decides afterwards."""

    def count_then_decide(_: int) -> None:
        sent = sms_budget.count_today()
        gate.wait(10)
        if sent >= 1:
            raise AssertionError("the first one was seen")
        SmsBudgetDay.update(sent=SmsBudgetDay.sent + 1).execute()

    gate = Barrier(2)
    SmsBudgetDay.create(day=sms_budget.business_days.today(), purpose="code", sent=0)
    with without_write_queue():
        assert database.run_concurrently(2, count_then_decide) == [None, None]
    assert SmsBudgetDay.get().sent == 2
