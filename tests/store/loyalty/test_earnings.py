"""Points that come in together are entered as if one after the other."""

import peewee
import pytest

from store.kernel import db
from store.loyalty import earnings, point_returns, points
from store.loyalty.point_accounts import PointAccount, PointEntry, PointLot, PointRelation
from store.people import members
from tests.store.loyalty.conftest import ends

pytestmark = pytest.mark.usefixtures("sound")


def some(mei) -> list[dict]:
    """Five earnings in two groups, with and without an end."""
    first, second = points.groups(mei.programme)
    return [
        {
            "group": first if number % 2 else second, "kind": "promotion" if number == 3 else "transaction",
            "value": 10 * number, "key": f"k{number}", "expires_at": None if number == 4 else ends(number),
            "upgrade_eligible": number == 5, "order_number": "O1", "order_line": str(number), "reason": "消费",
        }
        for number in (1, 2, 3, 4, 5)
    ]  # fmt: skip


@db.verb
def together(mei) -> None:
    earnings.enter(members.locked(mei.id), some(mei))


@db.verb
def one_by_one(mei) -> None:
    for earning in some(mei):
        points.earn(member=mei, judged_later=True, **earning)


def left_by(verb, mei) -> list[list]:
    """What the verb leaves in the ledger, by keys instead of ids, and nothing of it afterwards."""
    with db.database.atomic() as trial:
        verb(mei)
        keys = {row.id: row.key for row in PointEntry.select()}
        lots = {row.id: {**row.__data__, "id": 0, "entry": keys[row.entry_id]} for row in ordered(PointLot)}
        entries = [{**row.__data__, "id": 0} for row in ordered(PointEntry)]
        given = [(keys[row.entry_id], lots[row.lot_id], row.value) for row in ordered(PointRelation)]
        balances = [row.__data__ for row in ordered(PointAccount)]
        trial.rollback()
    return [entries, list(lots.values()), given, balances]


def ordered(model):
    return model.select().order_by(model.id)


def test_together_leaves_what_one_by_one_leaves(mei, days):
    assert left_by(together, mei) == left_by(one_by_one, mei)


def test_a_debt_is_paid_from_them_in_the_same_way(mei, days, earn, redeem, balances):
    """100 earned, spent and returned are owed; 10, 30 and 50 come into that account."""
    earn(100, "A"), redeem(100, "gift")
    point_returns.take_back(key="A", number="R", part=1, whole=1)
    assert left_by(together, mei) == left_by(one_by_one, mei)
    together(mei)
    assert balances() == (90, -10, 0, 10)


def test_a_key_that_is_there_is_refused_by_the_database(mei, days):
    together(mei)
    with pytest.raises(peewee.IntegrityError):
        together(mei)
    assert PointEntry.select().count() == 5


def test_more_than_a_statement_takes_goes_in_portions(mei, days):
    group = points.groups(mei.programme)[0]
    many = [
        {"group": group, "kind": "transaction", "value": 1, "key": f"k{number}", "expires_at": None}
        for number in range(250)
    ]
    with db.database.atomic():
        earnings.enter(members.locked(mei.id), many)
    entries = {row.id: row.key for row in PointEntry.select()}
    assert [entries[lot.entry_id] for lot in PointLot.select().order_by(PointLot.id)] == [
        f"k{number}" for number in range(250)
    ]
    assert points.balance(mei) == 250
