"""Points that come in together are entered as if one after the other."""

import peewee
import pytest

from store.core.database import db
from store.customers import members
from store.points import bulk_posting as point_bulk_posting
from store.points import points
from store.points import reversals as point_reversals
from store.points.ledger import LotAllocation, PointAccount, PointEntry, PointLot
from tests.support.member_fixtures import end_of_day

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def sample_earnings(mei) -> list[dict]:
    """Five earnings in two groups, with and without an end."""
    first, second = points.list_groups(mei.programme)
    return [
        {
            "group": first if number % 2 else second, "kind": "promotion" if number == 3 else "transaction",
            "value": 10 * number, "key": f"k{number}", "expires_at": None if number == 4 else end_of_day(number),
            "upgrade_eligible": number == 5, "order_number": "O1", "order_line": str(number), "reason": "消费",
        }
        for number in (1, 2, 3, 4, 5)
    ]  # fmt: skip


@db.transactional
def earn_in_bulk(mei) -> None:
    point_bulk_posting.post_for_member(members.lock(mei.id), sample_earnings(mei))


@db.transactional
def earn_singly(mei) -> None:
    for earning in sample_earnings(mei):
        points.earn(member=mei, defer_tier_evaluation=True, **earning)


def ledger_after(operation, mei) -> list[list]:
    """What the verb leaves in the ledger, by keys instead of ids, and nothing of it afterwards."""
    with db.database.atomic() as trial:
        operation(mei)
        keys = {row.id: row.key for row in PointEntry.select()}
        lots = {
            row.id: {**row.__data__, "id": 0, "entry": keys[row.entry_id]} for row in sorted_rows(PointLot)
        }
        entries = [{**row.__data__, "id": 0} for row in sorted_rows(PointEntry)]
        given = [(keys[row.entry_id], lots[row.lot_id], row.value) for row in sorted_rows(LotAllocation)]
        balances = [row.__data__ for row in sorted_rows(PointAccount)]
        trial.rollback()
    return [entries, list(lots.values()), given, balances]


def sorted_rows(model):
    return model.select().order_by(model.id)


def test_together_leaves_what_one_by_one_leaves(mei, days):
    assert ledger_after(earn_in_bulk, mei) == ledger_after(earn_singly, mei)


def test_a_debt_is_paid_from_them_in_the_same_way(mei, days, earn, redeem, balances):
    """100 earned, spent and returned are owed; 10, 30 and 50 come into that account."""
    earn(100, "A"), redeem(100, "gift")
    point_reversals.reverse_earned(key="A", number="R", numerator=1, denominator=1)
    assert ledger_after(earn_in_bulk, mei) == ledger_after(earn_singly, mei)
    earn_in_bulk(mei)
    assert balances() == (90, -10, 0, 10)


def test_a_key_that_is_there_is_refused_by_the_database(mei, days):
    earn_in_bulk(mei)
    with pytest.raises(peewee.IntegrityError):
        earn_in_bulk(mei)
    assert PointEntry.select().count() == 5


def test_more_than_a_statement_takes_goes_in_batches(mei, days):
    group = points.list_groups(mei.programme)[0]
    many = [
        {"group": group, "kind": "transaction", "value": 1, "key": f"k{number}", "expires_at": None}
        for number in range(250)
    ]
    with db.database.atomic():
        point_bulk_posting.post_for_member(members.lock(mei.id), many)
    entries = {row.id: row.key for row in PointEntry.select()}
    assert [entries[lot.entry_id] for lot in PointLot.select().order_by(PointLot.id)] == [
        f"k{number}" for number in range(250)
    ]
    assert points.balance(mei) == 250
