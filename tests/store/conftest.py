"""What the tests of the store have besides the world: processes, shoppers, and the verifier at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store import verifier
from store.company import channels
from store.company.channels import Channel
from store.loyalty import memberships
from store.people import codes, fans
from store.people.customers import Customer
from store.people.members import Member
from tests.conftest import KEYS
from tests.store.processes import House


@pytest.fixture
def house(acme: str, companies: Path, server_url: str | None) -> House:
    """The way in for processes of their own."""
    url = server_url or f"sqlite:///{companies / 'registry.db'}"
    return House(url=url, folder=companies / "tenants", keys=KEYS)


@pytest.fixture
def sound(acme: str) -> Iterator[None]:
    """After the test the verifier finds every promise kept; deliveries may wait, since no worker runs."""
    yield
    checks = tuple(check for check in verifier.CHECKS if check.name != "deliveries.moving")
    broken = [finding for _, found in verifier.run(checks) for finding in found if not finding.warning]
    assert not broken


@pytest.fixture
def account(acme: str) -> Channel:
    """The official account."""
    return channels.of_key("acme-mp")


@pytest.fixture
def fan(account: Channel) -> Callable[[str], Customer]:
    """Makes the follower behind an openid."""
    return lambda openid: fans.follow(channel=account, openid=openid).customer


@pytest.fixture
def register(acme: str) -> Callable[..., Member]:
    """Registers a phone by SMS code, for a fan or for somebody new."""

    def done(phone: str, customer: Customer | None = None) -> Member:
        codes.SmsCode.delete().execute()  # nobody wants to wait a minute for the next code
        code = codes.ask(phone=phone, purpose=memberships.PURPOSE, address="")
        return memberships.register_by_sms(phone=phone, code=code, source="h5", customer=customer)

    return done
