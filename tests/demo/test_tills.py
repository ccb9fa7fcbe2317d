"""The till of the demo: its terminal can be signed in to, and a second run changes nothing."""

import pytest

from demo import tills
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tills import sessions
from store.tills.cashiers import Cashier


@pytest.fixture
def shop(acme):
    return shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))


def sign_in(till, number):
    return sessions.verify(
        terminal_code=till["terminal"],
        secret=till["secret"],
        cashier_number=till["cashiers"][number]["number"],
        pin=till["cashiers"][number]["pin"],
    )


def test_the_printed_sign_in_is_right_and_stays(shop, tmp_path):
    assert tills.read(tmp_path) is None
    tills.seed_till(tmp_path)
    first = tills.read(tmp_path)
    tills.seed_till(tmp_path)
    assert tills.read(tmp_path) == first
    assert sign_in(first, 0).cashier.rights == ["sell"]
    assert "manager" in sign_in(first, 1).cashier.rights
    assert Cashier.select().count() == 2
    assert tills.file_of(tmp_path).stat().st_mode & 0o077 == 0


def test_a_lost_file_is_written_again_with_a_new_secret(shop, tmp_path):
    tills.seed_till(tmp_path)
    first = tills.read(tmp_path)
    tills.file_of(tmp_path).unlink()
    tills.seed_till(tmp_path)
    second = tills.read(tmp_path)
    assert second["secret"] != first["secret"]
    assert sign_in(second, 1)
