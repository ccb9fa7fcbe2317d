"""What the tests of the tills have besides the state: a shop with a terminal, a cashier and a manager."""

from collections.abc import Iterator

import pytest

from store.shops import shops
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.tills import cashiers, pins, terminals
from store.tills.cashiers import Cashier
from store.tills.terminals import IssuedSecret, Terminal

PIN, MANAGER_PIN = "258036", "741852"


@pytest.fixture(autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """PINs are hashed with little work: the tests of tills hash hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pins, "_HASHER", pins.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def shop(acme: str) -> Shop:
    return shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))


@pytest.fixture
def issued(shop: Shop) -> IssuedSecret:
    return terminals.add(code="T1", name="一号台", shop=shop)


@pytest.fixture
def terminal(issued: IssuedSecret) -> Terminal:
    return issued.terminal


@pytest.fixture
def cashier(shop: Shop) -> Cashier:
    return cashiers.add(number="1001", name="小李", pin=PIN, shop=shop)


@pytest.fixture
def manager(shop: Shop) -> Cashier:
    return cashiers.add(number="9001", name="王店长", pin=MANAGER_PIN, rights=["sell", "manager"], shop=shop)
