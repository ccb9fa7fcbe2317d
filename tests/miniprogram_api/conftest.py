"""Two shoppers with their phones in hand, signed in at the tenant under test."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask

from tests.support.phone import Phone
from tests.support.sandbox_server import Sandbox


@pytest.fixture
def phone_of(web: APIFlask, sandbox: Sandbox) -> Callable[..., Phone]:
    """A phone, not signed in yet."""
    return lambda person, tenant="acme": Phone(web, sandbox, person, tenant)


@pytest.fixture
def xiaomei(phone_of: Callable[..., Phone]) -> Phone:
    phone = phone_of("xiaomei")
    phone.take_session()
    return phone


@pytest.fixture
def laowang(phone_of: Callable[..., Phone]) -> Phone:
    phone = phone_of("laowang")
    phone.take_session()
    return phone
