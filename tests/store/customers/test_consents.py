"""Consents of a customer: once each, also when many requests come at once."""

import pytest

from store.core.errors import DomainError
from store.customers import consents, customers
from store.customers.consents import Consent
from store.tenants import agreements
from tests.support import database, races
from tests.support.consents import accept_all


@pytest.fixture
def person(acme):
    return customers.create_customer(source="h5")


def test_a_consent_has_kind_version_time_and_channel(person):
    accept_all(person, channel="h5")
    terms, privacy = consents.list_statuses(person)
    assert (terms.kind, terms.accepted_version, terms.channel, terms.is_current) == ("terms", 1, "h5", True)
    assert privacy.accepted_at is not None
    consents.ensure_accepted(person)


def test_an_outdated_or_unknown_version_is_refused_and_nothing_is_recorded(person):
    agreements.publish(kind="privacy", text="新政策")
    for versions in ({"terms": 1, "privacy": 1}, {"terms": 2}, {"other": 1}):
        with pytest.raises(DomainError):
            consents.accept(person, versions=versions, channel="h5")
    assert not Consent.select().exists()


def test_ended_consents_stay_as_a_record_and_are_asked_for_again(person):
    accept_all(person)
    assert [consents.end_all([person.id]) for _ in range(2)] == [2, 0]
    with pytest.raises(DomainError, match="请先阅读并同意"):
        consents.ensure_accepted(person)
    accept_all(person)
    consents.ensure_accepted(person)
    assert Consent.select().count() == 4


def test_many_consents_at_once_are_recorded_once(person):
    database.run_concurrently(8, lambda n: accept_all(person))
    assert Consent.select().count() == 2


def test_control_without_the_lock_they_are_recorded_twice(person, monkeypatch):
    monkeypatch.setattr(customers, "lock_unless_erased", lambda customer: customer)
    monkeypatch.setattr(consents, "list_statuses", races.with_barrier(consents.list_statuses))
    with races.without_write_queue():
        database.run_concurrently(2, lambda n: accept_all(person))
    assert Consent.select().count() == 4
