"""A session is known by a token that only its holder has, and ends."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
from store.customers import sessions
from store.customers.merging import merges
from store.customers.sessions import Session
from store.tenants import registry


def open_session(customer) -> str:
    return sessions.open_session(customer=customer, channel_id=1)


def is_rejected(token: str) -> bool:
    with pytest.raises(DomainError) as error:
        sessions.get_by_token(token)
    return error.value.status == 401


def test_a_token_opens_its_own_session(create_follower):
    customer = create_follower("o1")
    first, second = open_session(customer), open_session(customer)
    assert first != second
    assert sessions.get_by_token(first).customer.id == customer.id
    assert first.startswith("acme.")


def test_a_closed_session_stays_closed_and_closes_no_other(create_follower):
    first, second = open_session(create_follower("o1")), open_session(create_follower("o1"))
    session = sessions.get_by_token(first)
    sessions.close(session)
    sessions.close(session)
    assert is_rejected(first)
    assert sessions.get_by_token(second)


def test_a_session_ends_after_thirty_days(create_follower):
    token = open_session(create_follower("o1"))
    with time_machine.travel(clock.now() + timedelta(days=sessions.LIFETIME_DAYS, seconds=1)):
        assert is_rejected(token)
        assert sessions.purge_expired() == 1


def test_a_session_goes_on_for_who_was_merged(create_follower):
    kept, lost = create_follower("o1"), create_follower("o2")
    token = open_session(lost)
    merges.merge(survivor=kept, duplicate=lost, proof="test")
    assert sessions.get_by_token(token).customer.id == kept.id


@pytest.mark.parametrize("token", ["", "acme.", "acme.x", "x" * 10_000, "acme.' OR 1=1", "\x00", "令牌"])
def test_what_is_no_token_opens_nothing(create_follower, token):
    open_session(create_follower("o1"))
    assert is_rejected(token)


def test_another_tenant_knows_no_session_of_ours(create_follower):
    token = open_session(create_follower("o1"))
    with registry.use_tenant("rival"):
        assert is_rejected(token)


def test_the_table_holds_no_token(create_follower):
    token = open_session(create_follower("o1"))
    assert token.partition(".")[2] not in str(db.database.execute_sql("SELECT * FROM session").fetchall())
    assert is_rejected(Session.get().token_hash)
