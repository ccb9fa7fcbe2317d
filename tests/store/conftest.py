"""What the tests of the store have besides the state: processes, shoppers, and the verifier at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.customers import followers, sms_codes
from store.customers.customers import Customer
from store.customers.members import Member
from store.integrity import verifier
from store.membership import registration
from store.tenants import channels
from store.tenants.channels import Channel
from tests.conftest import KEYS
from tests.support.member_fixtures import balances, days, earn, lots, mei, redeem  # noqa: F401
from tests.support.processes import ProcessGroup
from tests.support.quick_verifier import QuickVerifier


@pytest.fixture
def process_group(acme: str, two_tenants: Path, server_url: str | None) -> ProcessGroup:
    """The way in for processes of their own."""
    url = server_url or f"sqlite:///{two_tenants / 'registry.db'}"
    return ProcessGroup(url=url, folder=two_tenants / "tenants", keys=KEYS)


@pytest.fixture(scope="session")
def _quick_verifier() -> QuickVerifier:
    """All checks that are no warnings; deliveries may wait, since no worker runs."""
    checks = (check for check in verifier.CHECKS if not check.is_warning)
    return QuickVerifier(tuple(check for check in checks if check.name != "deliveries.on_time"))


@pytest.fixture
def verify_afterwards(acme: str, _quick_verifier: QuickVerifier) -> Iterator[None]:
    """After the test the verifier finds every promise kept; deliveries may wait, since no worker runs."""
    yield
    assert not _quick_verifier.list_violations()


@pytest.fixture
def account(acme: str) -> Channel:
    """The official account."""
    return channels.get_by_key("acme-mp")


@pytest.fixture
def create_follower(account: Channel) -> Callable[[str], Customer]:
    """Makes the follower behind an openid."""
    return lambda openid: followers.follow(channel=account, openid=openid).customer


@pytest.fixture
def register(acme: str) -> Callable[..., Member]:
    """Registers a phone by SMS code, for a follower or for someone new."""

    def done(phone: str, customer: Customer | None = None) -> Member:
        sms_codes.SmsCode.delete().execute()  # no one wants to wait a minute for the next code
        code = sms_codes.request(phone=phone, purpose=registration.PURPOSE, client_ip="")
        return registration.register_by_sms(phone=phone, code=code, source="h5", customer=customer)

    return done
