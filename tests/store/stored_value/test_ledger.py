"""The ledger of stored value: every row sums to zero, none is ever changed, balances have walls."""

import peewee
import pytest

from store.core.database import db
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import payments as stored_value_payments
from store.stored_value.ledger import StoredValueEntry
from tests.store.stored_value.conftest import balances, create_paid_top_up

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def post_moves(member, moves, key="k"):
    with db.database.atomic():
        return stored_value_ledger.post_entry(
            stored_value_accounts.lock_for_member(member),
            moves,
            kind="top_up",
            key=key,
            subject="test:1",
            money_kind="cash",
        )


def test_a_day_of_trade_sums_to_zero(mei, wang, ten_percent):
    """Mei pays 100 yuan by WeChat and gets 10; Wang 500 by Alipay and gets 80; Mei spends 55.

    WeChat −10000, Alipay −50000, gifts −9000, sales +5500; members hold the other 63500.
    """
    create_paid_top_up(mei, 10_000)
    create_paid_top_up(wang, 50_000, kind="alipay_web")
    stored_value_payments.spend(member=mei, amount_fen=5_500, key="o-1")
    totals = stored_value_ledger.account_totals()
    assert totals == {
        "principal": 55_000, "bonus": 8_500, "held": 0, "money": -60_000, "promotions": -9_000, "sales": 5_500,
        "refunds_payable": 0, "transfers": 0,
    }  # fmt: skip
    assert sum(totals.values()) == 0
    assert stored_value_ledger.money_totals() == {"wechat_web": -10_000, "alipay_web": -50_000}


def test_the_database_rejects_a_row_that_does_not_sum_to_zero(mei):
    with pytest.raises(peewee.IntegrityError):
        post_moves(mei, {"principal": 100, "money": -99})
    assert balances(mei) == (0, 0, 0)


def test_the_same_key_is_booked_once(mei):
    post_moves(mei, {"principal": 100, "money": -100})
    with pytest.raises(peewee.IntegrityError):
        post_moves(mei, {"principal": 100, "money": -100})
    assert balances(mei) == (100, 0, 0)


@pytest.mark.parametrize("moves", [{"principal": -1, "sales": 1}, {"bonus": -1, "promotions": 1}])
def test_no_balance_goes_below_nothing(mei, moves):
    with pytest.raises(peewee.IntegrityError):
        post_moves(mei, moves)


def test_no_balance_passes_the_limit_of_the_account(mei):
    with pytest.raises(peewee.IntegrityError):
        post_moves(mei, {"principal": 500_001, "money": -500_001})


@pytest.mark.parametrize(
    "change",
    [
        lambda: StoredValueEntry.update(money_fen=0, principal_fen=0).execute(),
        lambda: StoredValueEntry.update(reason="nothing").execute(),
        lambda: StoredValueEntry.delete().execute(),
    ],
)
def test_a_booking_is_never_changed_or_deleted(mei, change):
    create_paid_top_up(mei, 100)
    with pytest.raises(peewee.DatabaseError, match="append-only"), db.database.atomic():
        change()
    assert StoredValueEntry.select().count() == 1
