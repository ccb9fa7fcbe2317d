"""A session is known by a token that only its holder has, and ends."""

from datetime import timedelta

import pytest
import time_machine

from store.company import tenants
from store.kernel import clock, db
from store.kernel.refusals import Refused
from store.people import merges, sessions
from store.people.sessions import Session


def opened(customer) -> str:
    return sessions.open_session(customer=customer, channel_id=1)


def refused(token: str) -> bool:
    with pytest.raises(Refused) as error:
        sessions.of_token(token)
    return error.value.status == 401


def test_a_token_opens_its_own_session(fan):
    customer = fan("o1")
    first, second = opened(customer), opened(customer)
    assert first != second
    assert sessions.of_token(first).customer.id == customer.id
    assert first.startswith("acme.")


def test_a_closed_session_stays_closed_and_closes_no_other(fan):
    first, second = opened(fan("o1")), opened(fan("o1"))
    session = sessions.of_token(first)
    sessions.close(session)
    sessions.close(session)
    assert refused(first)
    assert sessions.of_token(second)


def test_a_session_ends_after_thirty_days(fan):
    token = opened(fan("o1"))
    with time_machine.travel(clock.now() + timedelta(days=sessions.LIFE_DAYS, seconds=1)):
        assert refused(token)
        assert sessions.forget_ended() == 1


def test_a_session_goes_on_for_who_was_merged(fan):
    kept, lost = fan("o1"), fan("o2")
    token = opened(lost)
    merges.merge(keep=kept, lose=lost, proof="test")
    assert sessions.of_token(token).customer.id == kept.id


@pytest.mark.parametrize("token", ["", "acme.", "acme.x", "x" * 10_000, "acme.' OR 1=1", "\x00", "令牌"])
def test_what_is_no_token_opens_nothing(fan, token):
    opened(fan("o1"))
    assert refused(token)


def test_another_company_knows_no_session_of_ours(fan):
    token = opened(fan("o1"))
    with tenants.using("rival"):
        assert refused(token)


def test_the_table_holds_no_token(fan):
    token = opened(fan("o1"))
    assert token.partition(".")[2] not in str(db.database.execute_sql("SELECT * FROM session").fetchall())
    assert refused(Session.get().token_hash)
