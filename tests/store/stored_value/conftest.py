"""What the tests of stored value have besides the state: members with money, and a cashier to take it."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from store.core import actors
from store.core.errors import DomainError
from store.customers.members import Member
from store.customers.sms_codes import SmsCode
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import authorization as stored_value_authorization
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_payables, top_up_rules, top_ups
from store.stored_value.authorization import StoredValueSecuritySettings
from store.stored_value.top_ups import TopUp
from store.tenants import settings

PHONE, OTHER_PHONE = "13800138000", "13900139000"
CASHIER = actors.Actor(kind="staff", name="小李")

_numbers = count(1)


@pytest.fixture
def mei(register: Callable[..., Member]) -> Member:
    """A member known by her phone, with nothing stored yet."""
    return register(PHONE)


@pytest.fixture
def wang(register: Callable[..., Member]) -> Member:
    """Another one."""
    return register(OTHER_PHONE)


@pytest.fixture
def cashier() -> Iterator[None]:
    """The test acts as a cashier."""
    with actors.acting_as(CASHIER):
        yield


@pytest.fixture
def ten_percent(acme: str) -> top_up_rules.TopUpRule:
    """充100送10, and 充500送80."""
    steps = [{"amount_fen": 10_000, "bonus_fen": 1_000}, {"amount_fen": 50_000, "bonus_fen": 8_000}]
    return top_up_rules.add(code="summer", name="充100送10", steps=steps)


def create_paid_top_up(member: Member, amount_fen: int, *, kind: str = "wechat_web") -> TopUp:
    """A top-up asked for and paid through a platform."""
    number = next(_numbers)
    asked = top_ups.request(member=member, amount_fen=amount_fen, key=f"ask-{number}")
    return confirm_payment(asked, attempt_number=f"4200-{number}", kind=kind)


def confirm_payment(top_up: TopUp, *, attempt_number: str, kind: str = "wechat_web") -> TopUp:
    """The top-up after a payment attempt for it has succeeded, whether it took the money or not."""
    take_payment(top_up, attempt_number, kind=kind)
    return TopUp.get_by_id(top_up.id)


def take_payment(top_up: TopUp, attempt_number: str, *, kind: str = "wechat_web") -> int:
    """What a top-up takes of a payment of its amount."""
    return top_up_payables.take(
        top_up.number, attempt_number=attempt_number, kind=kind, amount_fen=top_up.principal_fen
    )


def balances(member: Member) -> tuple[int, int, int]:
    """Principal, bonus and holds in fen."""
    account = stored_value_accounts.find_by_member(member)
    return (account.principal_fen, account.bonus_fen, account.held_fen) if account else (0, 0, 0)


@pytest.fixture
def rich(mei):
    """Mei with 100 yuan, in a company that wants a proof."""
    create_paid_top_up(mei, 10_000)
    SmsCode.delete().execute()
    settings.change(StoredValueSecuritySettings, authorization_required=True)
    return mei


def spend(member, proof=None, *, key="o-1", amount_fen=100):
    return stored_value_payments.spend(
        member=member, amount_fen=amount_fen, key=key, payment_authorization=proof
    )


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


def authorize_by_payment_code(code, till="till-1"):
    return stored_value_authorization.authorize_by_payment_code(code=code, till=till)


def spend_by_key(member, amount_fen, key, proof=None):
    return stored_value_payments.spend(
        member=member, amount_fen=amount_fen, key=key, payment_authorization=proof
    )
