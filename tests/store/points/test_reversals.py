"""Goods come back: what they earned is taken back, what was paid in points comes back."""

import pytest

from store.core.database import db
from store.core.errors import DomainError
from store.customers import customers, followers, members
from store.customers.merging import merges
from store.integrity import point_reversals as point_return_checks
from store.points import points
from store.points import reversals as point_reversals
from store.points.ledger import LotAllocation, PointEntry, PointLot
from store.points.reversals import PointReversal, ReturnedLine
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def test_spending_takes_from_what_ends_first(earn, redeem, lots):
    """A 100 ends on day 30, B 50 on day 10, C 70 never: 120 takes B 50 and A 70."""
    earn(100, "A", last_day=30), earn(50, "B", last_day=10), earn(70, "C")
    spent = redeem(120, "gift")
    assert lots() == [30, 0, 70]
    taken = LotAllocation.select(PointLot.entry, LotAllocation.value).join(PointLot)
    given = [(PointEntry.get_by_id(entry).key, value) for entry, value in taken.where(
        LotAllocation.entry == spent).order_by(LotAllocation.id).tuples()]  # fmt: skip
    assert given == [("B", 50), ("A", 70)]


def test_partial_return_rounds_down_and_the_last_part_takes_the_rest(earn, balances):
    """3 pieces earned 100: the returns take 33, 33 and 34."""
    earn(100, "A")
    taken = [
        point_reversals.reverse_earned(key="A", number=f"R{n}", numerator=1, denominator=3).posted_points
        for n in (1, 2, 3)
    ]
    assert taken == [33, 33, 34]
    assert balances() == (0, 0, 0, 0)


def reverse_parts(*parts: tuple[int, int]) -> list[int]:
    """What each of some returns of what "A" brought takes, one after the other."""
    first = PointReversal.select().count()
    returns = enumerate(parts, first)
    return [
        point_reversals.reverse_earned(
            key="A", number=f"R{n}", numerator=part, denominator=whole
        ).posted_points
        for n, (part, whole) in returns
    ]


def test_pieces_and_amounts_add_up(earn, balances):
    """3 pieces for 30.00 earned 30: one comes back, then 10.00 are paid back for another, then the third."""
    earn(30, "A")
    assert reverse_parts((1, 3), (1000, 3000), (1, 3)) == [10, 10, 10]
    assert balances() == (0, 0, 0, 0)


@pytest.mark.parametrize("fen", [666, 667])
def test_a_third_and_the_rest_of_the_amount_are_the_whole(earn, fen):
    """3 pieces for 10.00 earned 100: a piece is 3.33 or 3.34, and what is paid back for the others takes the rest."""
    earn(100, "A")
    assert reverse_parts((1, 3), (fen, 1000)) == [33, 67]
    with pytest.raises(DomainError) as refused:
        reverse_parts((2, 1000))
    assert refused.value.code == "return_exceeds"


def test_the_fen_that_rounding_left_takes_nothing_more(earn, balances):
    """3.33 for a piece and 6.66 for the others have taken all, and the last fen is paid back too."""
    earn(100, "A")
    assert reverse_parts((1, 3), (666, 1000), (1, 1000)) == [33, 67, 0]
    assert balances() == (0, 0, 0, 0)


def test_the_verifier_adds_up_pieces_and_amounts(earn):
    earn(100, "A")
    for number, (part, whole) in {"R1": (1, 3), "R2": (300, 1000)}.items():
        point_reversals.reverse_earned(key="A", number=number, numerator=part, denominator=whole)
    (share,) = [check for check in point_return_checks.CHECKS if check.name == "point_reversals.share"]
    assert not list(share.list_violations())
    with db.database.atomic() as trial:
        PointReversal.update(
            value=PointReversal.value + 1, posted_points=PointReversal.posted_points + 1
        ).execute()
        assert [finding.id for finding in share.list_violations()] == [PointReversal.get().entry_id]
        trial.rollback()


@pytest.mark.parametrize(
    ("parts", "taken"), [([(1, 3), (1, 2)], [33, 50]), ([(1, 2), (1, 3), (1, 6)], [50, 33, 17])]
)
def test_what_comes_to_a_point_is_no_rounding(earn, taken, parts):
    earn(100, "A")
    assert [
        point_reversals.reverse_earned(
            key="A", number=f"R{n}", numerator=part, denominator=whole
        ).posted_points
        for n, (part, whole) in enumerate(parts)
    ] == taken


def test_more_than_the_whole_does_not_come_back(earn, balances):
    earn(100, "A")
    point_reversals.reverse_earned(key="A", number="R1", numerator=2, denominator=3)
    with pytest.raises(DomainError) as refused:
        point_reversals.reverse_earned(key="A", number="R2", numerator=2, denominator=3)
    assert refused.value.code == "return_exceeds"
    assert balances() == (34, 34, 0, 0)


def test_own_lot_gives_first_then_what_ends_first(earn, redeem, lots):
    """A 100 (day 9), B 100 (never), C 100 (day 20); 30 of A spent. B back: B alone gives. A back: A 70, C 30."""
    earn(100, "A", last_day=9), earn(100, "B"), earn(100, "C", last_day=20)
    redeem(30, "gift")
    point_reversals.reverse_earned(key="B", number="R1", numerator=1, denominator=1)
    assert lots() == [70, 0, 100]
    point_reversals.reverse_earned(key="A", number="R2", numerator=1, denominator=1)
    assert lots() == [0, 0, 70]


def test_a_returned_order_line_gives_up_all_that_it_earned(mei, earn, balances):
    """Line 1 earned 30 by rule and 15 in promotion, line 2 earned 7: line 1 comes back, 7 stay."""
    earn(30, "A1", order_number="A"), earn(15, "A2", kind="promotion", order_number="A")
    earn(7, "A3", order_number="A", order_line="2")
    point_reversals.reverse_lines(
        order_number="A", number="R", lines=[ReturnedLine(line="1", numerator=2, denominator=2)]
    )
    assert balances() == (7, 7, 0, 0)


@pytest.mark.parametrize("verb", ["reverse_earned", "refund_redeemed"])
def test_the_same_return_twice_is_one(earn, redeem, balances, verb):
    earn(100, "A"), redeem(40, "gift")
    key = {"reverse_earned": "A", "refund_redeemed": "gift"}[verb]
    once = getattr(point_reversals, verb)(key=key, number="R", numerator=1, denominator=2)
    before = balances()
    assert getattr(point_reversals, verb)(key=key, number="R", numerator=1, denominator=2) == once
    assert balances() == before
    with pytest.raises(DomainError) as refused:
        getattr(point_reversals, verb)(key=key, number="R", numerator=2, denominator=2)
    assert refused.value.code == "key_reused"


def test_a_return_of_nothing_known_is_refused(earn):
    earn(100, "A")
    with pytest.raises(DomainError) as refused:
        point_reversals.refund_redeemed(key="A", number="R")
    assert refused.value.code == "not_found"


def test_returns_at_once_take_back_the_whole_once(earn, balances):
    """Eight routes report the same two half returns: 100 are taken back, no more."""
    earn(100, "A")
    done = database.run_concurrently(
        8, lambda n: point_reversals.reverse_earned(key="A", number=f"R{n % 2}", numerator=1, denominator=2)
    )
    assert not [row for row in done if isinstance(row, Exception)]
    assert PointReversal.select().count() == 2
    assert balances() == (0, 0, 0, 0)


def test_a_debt_meets_the_points_of_the_other_self(mei, earn, redeem, balances, account_of_follower):
    """Mei owes 80; the follower whom she proves to be has 100: 20 are left."""
    earn(100, "A"), redeem(80, "gift")
    point_reversals.reverse_earned(key="A", number="R1", numerator=1, denominator=1)
    merges.merge(survivor=mei.customer, duplicate=account_of_follower(100), proof="test")
    assert balances() == (100, 20, 0, 0)


@pytest.fixture
def account_of_follower(account):
    def done(value: int) -> customers.Customer:
        person = followers.get_or_create_customer(
            channel=account, openid="o-another", source="wechat_official"
        )
        points.earn(
            member=members.get_or_create(person), kind="behaviour_increase", value=value, key="follower"
        )
        return person

    return done
