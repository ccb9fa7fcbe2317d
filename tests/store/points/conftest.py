"""Shared by the tests of this package."""

from collections import Counter
from typing import Any

import pytest

from store.core import clock
from store.customers import members
from store.customers.members import Member
from store.points import points
from store.points import rules as point_rules
from store.points.accrual import OrderLine, Payment
from store.points.ledger import PointEntry
from store.points.order_accrual import PaidOrder
from store.tenants import cost_centres

TILLS, THREADS = 3, 4


@pytest.fixture
def buyer(register) -> Member:
    return register("13812345678")


@pytest.fixture
def rule(buyer):
    """One point a yuan, which counts for tiers."""
    return point_rules.add_rule(
        group=points.list_groups(buyer.programme)[0], name="消费积分", basis="amount", points=1, per_units=100,
        cost_centre=cost_centres.create(code="marketing", name="市场部"), upgrade_eligible=True,
    )  # fmt: skip


@pytest.fixture
def unlocked(monkeypatch) -> None:
    """No one waits for a member."""
    monkeypatch.setattr(members, "lock", lambda member_id: Member.find(id=member_id))


def order(number: str = "O1", paid_fen: int = 10_000) -> PaidOrder:
    line = OrderLine(line="1", product="milk", quantity=3, paid_fen=paid_fen)
    return PaidOrder(
        number=number,
        paid_at=clock.now(),
        lines=(line,),
        payments=(Payment("cash", paid_fen),),
        source="till",
    )


def earn_points(buyer: Member, value: int = 100) -> PointEntry:
    return points.earn(member=buyer, kind="transaction", value=value, key="in")


def count_outcomes(outcomes: list[Any]) -> Counter[str]:
    """How many of each outcome: `ok`, or the code of the rejection."""
    return Counter(
        getattr(row, "code", repr(row)) if isinstance(row, Exception) else "ok" for row in outcomes
    )
