"""The ledger of stored value: every row sums to zero, none is ever changed, balances have walls."""

import peewee
import pytest

from store.kernel import db
from store.loyalty import stored_values, value_ledger, value_spends
from store.loyalty.value_ledger import ValueEntry
from tests.store.loyalty.value.conftest import balances, topped_up

pytestmark = pytest.mark.usefixtures("sound")


def book(member, moves, key="k"):
    with db.database.atomic():
        return value_ledger.post(
            stored_values.locked(member), moves, kind="top_up", key=key, subject="test:1"
        )


def test_a_day_of_trade_sums_to_zero(mei, wang, ten_percent):
    """Mei pays 100 yuan by WeChat and gets 10; Wang 500 by Alipay and gets 80; Mei spends 55.

    WeChat −10000, Alipay −50000, gifts −9000, sales +5500; members hold the other 63500.
    """
    topped_up(mei, 10_000)
    topped_up(wang, 50_000, channel="alipay")
    value_spends.spend(member=mei, amount_fen=5_500, key="o-1")
    totals = value_ledger.totals()
    assert totals == {
        "principal": 55_000, "bonus": 8_500, "held": 0, "cash": 0, "wechat": -10_000, "alipay": -50_000,
        "gifts": -9_000, "sales": 5_500, "returns": 0, "transfers": 0,
    }  # fmt: skip
    assert sum(totals.values()) == 0


def test_the_database_refuses_a_row_that_does_not_sum_to_zero(mei):
    with pytest.raises(peewee.IntegrityError):
        book(mei, {"principal": 100, "wechat": -99})
    assert balances(mei) == (0, 0, 0)


def test_the_same_key_is_booked_once(mei):
    book(mei, {"principal": 100, "wechat": -100})
    with pytest.raises(peewee.IntegrityError):
        book(mei, {"principal": 100, "wechat": -100})
    assert balances(mei) == (100, 0, 0)


@pytest.mark.parametrize("moves", [{"principal": -1, "sales": 1}, {"bonus": -1, "gifts": 1}])
def test_no_balance_goes_below_nothing(mei, moves):
    with pytest.raises(peewee.IntegrityError):
        book(mei, moves)


def test_no_balance_passes_the_limit_of_the_account(mei):
    with pytest.raises(peewee.IntegrityError):
        book(mei, {"principal": 500_001, "wechat": -500_001})


@pytest.mark.parametrize(
    "change",
    [
        lambda: ValueEntry.update(wechat_fen=0, principal_fen=0).execute(),
        lambda: ValueEntry.update(reason="nothing").execute(),
        lambda: ValueEntry.delete().execute(),
    ],
)
def test_a_booking_is_never_changed_or_deleted(mei, change):
    topped_up(mei, 100)
    with pytest.raises(peewee.DatabaseError, match="append-only"), db.database.atomic():
        change()
    assert ValueEntry.select().count() == 1
