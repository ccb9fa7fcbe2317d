"""Closings: a closed account is empty and bound to no identity, and every payout is on the books."""

from datetime import timedelta

import peewee
from peewee import fn

from store.closings import closings
from store.closings.closings import MembershipClosing
from store.customers.identities import Identity
from store.customers.members import Member
from store.integrity.check import Check, Rows
from store.stored_value.ledger import StoredValueEntry
from store.stored_value.payouts import StoredValuePayout
from store.tenants import business_days

OVERDUE_DAYS = 3  # after its last day; open orders may delay it


def _find_identities_of_closed() -> Rows:
    return (
        Member.select(Member.id, Identity.id)
        .join(Identity, on=(Identity.customer == Member.customer))
        .where((Member.status == "closed") & Identity.unbound_at.is_null())
        .tuples()
    )


def _find_closed_without_request() -> Rows:
    finished = (MembershipClosing.customer == Member.customer) & (MembershipClosing.state == "finished")
    return (
        Member.select(Member.id)
        .join(MembershipClosing, peewee.JOIN.LEFT_OUTER, on=finished)
        .where((Member.status == "closed") & MembershipClosing.id.is_null())
        .tuples()
    )


def _find_payout_mismatch() -> Rows:
    """Find payouts whose payable amount does not match their state."""
    owed = fn.COALESCE(fn.SUM(StoredValueEntry.refunds_payable_fen), 0).cast("bigint")
    due = peewee.Case(None, [(StoredValuePayout.state == "owed", StoredValuePayout.amount_fen)], 0)
    subject = peewee.Value("stored_value_payout:").concat(StoredValuePayout.id.cast("text"))
    return (
        StoredValuePayout.select(StoredValuePayout.id, due, owed)
        .join(StoredValueEntry, peewee.JOIN.LEFT_OUTER, on=(StoredValueEntry.subject == subject))
        .group_by(StoredValuePayout.id)
        .having(owed != due)
        .tuples()
    )


def _find_refilled() -> Rows:
    for member in closings.list_refilled(business_days.today()):
        yield (member.id,)


def _find_overdue() -> Rows:
    last = business_days.today() - timedelta(days=OVERDUE_DAYS)
    late = (MembershipClosing.state == "requested") & (MembershipClosing.due_day < last)
    return MembershipClosing.select(MembershipClosing.number, MembershipClosing.due_day).where(late).tuples()


CHECKS = (
    Check(
        name="closings.identities",
        invariant="已注销会员的身份都已解除",
        message="会员 {0}：已注销，身份 {1} 仍绑定",
        find_violations=_find_identities_of_closed,
    ),
    Check(
        name="closings.requested",
        invariant="会员只因本人申请而注销",
        message="会员 {0}：已注销，但没有注销申请",
        find_violations=_find_closed_without_request,
    ),
    Check(
        name="stored_value.payouts",
        invariant="注销退款与账上待退金额相符",
        message="注销退款 {0}：应待退 {1} 分，账上 {2} 分",
        find_violations=_find_payout_mismatch,
    ),
    Check(
        name="closings.empty",
        invariant="已注销会员名下没有储值、积分和优惠券",
        message="会员 {0}：已注销，名下又有储值、积分或优惠券，下次日终处理时清退",
        find_violations=_find_refilled,
        is_warning=True,
    ),
    Check(
        name="closings.on_time",
        invariant="注销申请按时办理",
        message="注销申请 {0}：最晚应于 {1} 办理，尚有未完成的订单",
        find_violations=_find_overdue,
        is_warning=True,
    ),
)
