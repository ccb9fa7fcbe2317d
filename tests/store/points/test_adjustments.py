"""Adjustments of points by hand: at once up to the limit, above it after one colleague's approval."""

from collections import Counter

import pytest

from store import approvals
from store.approvals import Approval
from store.core import actors
from store.core.errors import DomainError
from store.customers.members import Member
from store.points import adjustments, points
from store.points.ledger import PointEntry
from tests.store.points.conftest import count_outcomes
from tests.support import database

CLERKS = [actors.Actor(kind="staff", name=name) for name in ("小李", "王店长", "小张")]


@pytest.fixture
def mei(register) -> Member:
    return register("13812345678")


def ask(member: Member, value: int, key: str = "k1") -> PointEntry | Approval:
    with actors.acting_as(CLERKS[0]):
        return adjustments.adjust_or_submit(
            member=member, group=points.list_groups(member.programme)[0], value=value, reason="补登", key=key
        )


def approve(approval: Approval, number: int) -> PointEntry:
    with actors.acting_as(CLERKS[number]):
        return adjustments.approve(approval, version=approval.version)


def test_the_limit_itself_needs_no_approval_and_is_posted_once(mei):
    assert {ask(mei, 10_000).value for _ in range(2)} == {10_000}
    assert {ask(mei, -10_000, "k2").value for _ in range(2)} == {10_000}
    assert (PointEntry.select().count(), Approval.select().count()) == (2, 0)


def test_a_repeat_of_a_large_adjustment_is_the_same_submission(mei):
    first, second = (ask(mei, 10_001) for _ in range(2))
    assert first.id == second.id
    entries = [approve(first, 1) for _ in range(2)]
    assert {entry.id for entry in entries} == {PointEntry.get().id}
    assert points.balance(mei) == 10_001


def test_an_approval_that_cannot_be_carried_out_stays_open(mei):
    asked = ask(mei, -10_001)
    with pytest.raises(DomainError) as caught:
        approve(asked, 1)
    assert caught.value.code == "points_short"
    assert approvals.find_open(adjustments.APPROVAL_KIND, mei.public_id) == asked
    with actors.acting_as(CLERKS[1]):
        for _ in range(2):
            adjustments.reject(asked, version=asked.version, opinion="余额不足")
    assert approvals.find_open(adjustments.APPROVAL_KIND, mei.public_id) is None


def test_of_two_colleagues_who_approve_at_once_one_posts(mei, verify_afterwards):
    asked = ask(mei, 10_001)
    outcomes = count_outcomes(database.run_concurrently(2, lambda number: approve(asked, number + 1)))
    assert outcomes == Counter({"ok": 1, "approval_decided": 1})
    assert points.balance(mei) == 10_001
