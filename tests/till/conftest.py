"""A till in the tests: a shop with a terminal, a cashier and a manager, and a client that is signed in."""

from collections.abc import Callable, Iterator

import pytest
from apiflask import APIFlask

from store.customers import sms_codes
from store.customers.members import Member
from store.membership import registration
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.tills import cashiers, pins, terminals
from store.tills.cashiers import Cashier
from store.tills.terminals import IssuedSecret
from tests.support.phone import Phone
from tests.support.sandbox_server import Sandbox

PIN, MANAGER_PIN = "258036", "741852"
MEMBER_PHONE = "13800138000"


class Till(Phone):
    """A till: every answer is held against the documentation."""

    def sign_in_as(self, secret: str, number: str = "1001", pin: str = PIN, **options):
        body = {"terminal": "T1", "secret": secret, "cashier": number, "pin": pin}
        self.token = None
        answer = self.post("/till/sessions", body, **options)
        if answer.status_code == 201:
            self.token = answer.json["data"]["token"]
        return answer


@pytest.fixture(autouse=True)
def _cheap_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pins, "_HASHER", pins.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def shop(web: APIFlask) -> Shop:
    return shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))


@pytest.fixture
def issued(shop: Shop) -> IssuedSecret:
    return terminals.add(code="T1", name="一号台", shop=shop)


@pytest.fixture
def cashier(shop: Shop) -> Cashier:
    return cashiers.add(number="1001", name="小李", pin=PIN, shop=shop)


@pytest.fixture
def manager(shop: Shop) -> Cashier:
    return cashiers.add(number="9001", name="王店长", pin=MANAGER_PIN, rights=["manager"], shop=shop)


@pytest.fixture
def new_till(web: APIFlask, sandbox: Sandbox) -> Callable[[], Till]:
    return lambda: Till(web, sandbox, "xiaomei")


@pytest.fixture
def till(new_till: Callable[[], Till], issued: IssuedSecret, cashier: Cashier, manager: Cashier) -> Till:
    made = new_till()
    assert made.sign_in_as(issued.secret).status_code == 201
    return made


@pytest.fixture
def member(web: APIFlask) -> Member:
    code = sms_codes.request(phone=MEMBER_PHONE, purpose=registration.PURPOSE, client_ip="")
    found = registration.register_by_sms(phone=MEMBER_PHONE, code=code, source="h5")
    sms_codes.SmsCode.delete().execute()
    return found
