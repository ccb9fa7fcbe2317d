"""Stored value: the ledger sums to zero and to every balance, and each amount is booked once.

The formulas are written a second time here on purpose, so that a mistake in `store/stored_value` is detected.
"""

from typing import Any

import peewee
from peewee import fn

from store.customers.merging.journal import Merge
from store.integrity.check import Check, Rows
from store.stored_value.ledger import StoredValueAccount, StoredValueEntry
from store.stored_value.payment_records import StoredValuePayment
from store.stored_value.top_up_refunds import TopUpRefund
from store.stored_value.top_ups import TopUp

MEMBER_COLUMNS = ("principal_fen", "bonus_fen", "held_fen")
COMPANY_COLUMNS = (
    "cash_fen",
    "wechat_fen",
    "alipay_fen",
    "promotions_fen",
    "sales_fen",
    "refunds_payable_fen",
    "transfers_fen",
)


def _find_unbalanced_entries() -> Rows:
    total = sum(
        (getattr(StoredValueEntry, name) for name in MEMBER_COLUMNS + COMPANY_COLUMNS), peewee.Value(0)
    )
    return StoredValueEntry.select(StoredValueEntry.id, total).where(total != 0).tuples()


def _find_ledger_imbalance() -> Rows:
    """Find a difference between members' balances and the company's sums. They add up to zero."""
    kept = sum(_sum_column(StoredValueAccount, name) for name in MEMBER_COLUMNS)
    booked = sum(_sum_column(StoredValueEntry, name) for name in COMPANY_COLUMNS)
    if kept + booked:
        yield "储值", kept, booked


def _sum_column(model: Any, name: str) -> int:
    return int(model.select(fn.COALESCE(fn.SUM(getattr(model, name)), 0)).scalar())


def _find_balance_mismatch(name: str) -> Rows:
    kept, booked = getattr(StoredValueAccount, name), _sum_expression(getattr(StoredValueEntry, name))
    return (
        StoredValueAccount.select(StoredValueAccount.id, kept, booked)
        .join(StoredValueEntry, peewee.JOIN.LEFT_OUTER)
        .group_by(StoredValueAccount.id)
        .having(kept != booked)
        .tuples()
    )


def _find_over_limit() -> Rows:
    own = [getattr(StoredValueAccount, name) for name in MEMBER_COLUMNS]
    total = own[0] + own[1] + own[2]
    beyond = (total > StoredValueAccount.limit_fen) | (own[0] < 0) | (own[1] < 0) | (own[2] < 0)
    return (
        StoredValueAccount.select(StoredValueAccount.id, total, StoredValueAccount.limit_fen)
        .where(beyond)
        .tuples()
    )


def _find_merged_with_balance() -> Rows:
    own = [getattr(StoredValueAccount, name) for name in MEMBER_COLUMNS]
    total = own[0] + own[1] + own[2]
    gone = StoredValueAccount.merged_into.is_null(False)
    return StoredValueAccount.select(StoredValueAccount.id, total).where(gone & (total != 0)).tuples()


def _find_top_up_mismatch() -> Rows:
    """Find top-ups that are not credited exactly once and to the fen, or that were not paid."""
    credit = fn.COALESCE(fn.SUM(StoredValueEntry.principal_fen), 0).cast("bigint")
    gift = fn.COALESCE(fn.SUM(StoredValueEntry.bonus_fen), 0).cast("bigint")
    paid = TopUp.state == "paid"
    due = peewee.Case(None, [(paid, TopUp.principal_fen)], 0)
    due_gift = peewee.Case(None, [(paid, TopUp.bonus_fen)], 0)
    mine = (StoredValueEntry.subject == _subject_expression("top_up:", TopUp.id)) & (
        StoredValueEntry.kind == "top_up"
    )
    return (
        TopUp.select(TopUp.id, due, credit)
        .join(StoredValueEntry, peewee.JOIN.LEFT_OUTER, on=mine)
        .group_by(TopUp.id)
        .having((credit != due) | (gift != due_gift))
        .tuples()
    )


def _find_top_up_refund_mismatch() -> Rows:
    back = fn.COALESCE(fn.SUM(TopUpRefund.principal_fen), 0).cast("bigint")
    return (
        TopUp.select(TopUp.id, TopUp.refunded_fen, back)
        .join(TopUpRefund, peewee.JOIN.LEFT_OUTER)
        .group_by(TopUp.id)
        .having((TopUp.refunded_fen != back) | (back > TopUp.principal_fen))
        .tuples()
    )


def _find_payable_mismatch() -> Rows:
    """Find refunds whose payable amount does not match their state."""
    owed = _sum_expression(StoredValueEntry.refunds_payable_fen)
    due = peewee.Case(None, [(TopUpRefund.state == "requested", TopUpRefund.paid_fen)], 0)
    mine = StoredValueEntry.subject == _subject_expression("top_up_refund:", TopUpRefund.id)
    return (
        TopUpRefund.select(TopUpRefund.id, due, owed)
        .join(StoredValueEntry, peewee.JOIN.LEFT_OUTER, on=mine)
        .group_by(TopUpRefund.id)
        .having(owed != due)
        .tuples()
    )


def _find_payment_mismatch() -> Rows:
    """Find payments whose entries do not match their state and amount."""
    sold, held = _sum_expression(StoredValueEntry.sales_fen), _sum_expression(StoredValueEntry.held_fen)
    due = peewee.Case(
        None,
        [
            (
                StoredValuePayment.state == "committed",
                StoredValuePayment.amount_fen - StoredValuePayment.refunded_fen,
            )
        ],
        0,
    )
    due_held = peewee.Case(None, [(StoredValuePayment.state == "held", StoredValuePayment.amount_fen)], 0)
    return _compare_bookings(due, sold, (sold != due) | (held != due_held))


def _find_share_mismatch() -> Rows:
    """Find payments whose bonus was not taken or returned in proportion."""
    bonus = _sum_expression(StoredValueEntry.bonus_fen)
    back = StoredValuePayment.bonus_fen * StoredValuePayment.refunded_fen / StoredValuePayment.amount_fen
    due = peewee.Case(
        None, [(StoredValuePayment.state == "released", 0)], back - StoredValuePayment.bonus_fen
    )
    return _compare_bookings(due, bonus, bonus != due)


def _find_foreign_bookings() -> Rows:
    """Find payments with entries in accounts of members who were never merged."""
    first, last = fn.MIN(StoredValueEntry.account), fn.MAX(StoredValueEntry.account)
    of_spends: Any = StoredValueEntry.select(StoredValueEntry.subject, first, last)
    of_spends = of_spends.where(StoredValueEntry.subject.startswith("stored_value_payment:")).group_by(
        StoredValueEntry.subject
    )
    for subject, one, other in of_spends.having(first != last).tuples():
        if not _were_merged(one, other):
            yield subject, one, other


def _were_merged(account_id: int, other_account_id: int) -> bool:
    """Return whether two accounts belong, or once belonged, to one person. An undone merge counts as well."""
    owners = [row.member.customer_id for row in StoredValueAccount.by_ids([account_id, other_account_id])]
    if len(owners) < 2 or owners[0] == owners[1]:
        return len(owners) == 2
    pairs: Any = Merge.select(Merge.survivor, Merge.duplicate).tuples()
    known, merged = {owners[0]}, [set(pair) for pair in pairs]
    while found := [pair for pair in merged if pair & known and pair - known]:
        known.update(*found)
    return owners[1] in known


def _compare_bookings(due: Any, booked: Any, mismatch: Any) -> Rows:
    mine = StoredValueEntry.subject == _subject_expression("stored_value_payment:", StoredValuePayment.id)
    return (
        StoredValuePayment.select(StoredValuePayment.id, due, booked)
        .join(StoredValueEntry, peewee.JOIN.LEFT_OUTER, on=mine)
        .group_by(StoredValuePayment.id)
        .having(mismatch)
        .tuples()
    )


def _sum_expression(field: peewee.Field) -> Any:
    return fn.COALESCE(fn.SUM(field), 0).cast("bigint")


def _subject_expression(prefix: str, id_field: peewee.Field) -> Any:
    return peewee.Value(prefix).concat(id_field.cast("text"))


CHECKS = (
    Check(
        name="stored_value.entries",
        invariant="每笔储值流水借贷平衡",
        message="储值流水 {0}：各账户合计 {1} 分，应为 0",
        find_violations=_find_unbalanced_entries,
    ),
    Check(
        name="stored_value.balanced",
        invariant="全部储值账户之和为零",
        message="{0}：会员余额合计 {1} 分，公司账户合计 {2} 分，两者之和应为 0",
        find_violations=_find_ledger_imbalance,
    ),
    Check(
        name="stored_value.principal",
        invariant="储值本金等于流水之和",
        message="储值账户 {0}：本金 {1} 分，流水合计 {2} 分",
        find_violations=lambda: _find_balance_mismatch("principal_fen"),
    ),
    Check(
        name="stored_value.bonus",
        invariant="储值赠金等于流水之和",
        message="储值账户 {0}：赠金 {1} 分，流水合计 {2} 分",
        find_violations=lambda: _find_balance_mismatch("bonus_fen"),
    ),
    Check(
        name="stored_value.held",
        invariant="储值预扣等于流水之和",
        message="储值账户 {0}：预扣 {1} 分，流水合计 {2} 分",
        find_violations=lambda: _find_balance_mismatch("held_fen"),
    ),
    Check(
        name="stored_value.limits",
        invariant="储值余额不为负，也不超过上限",
        message="储值账户 {0}：合计 {1} 分，上限 {2} 分",
        find_violations=_find_over_limit,
    ),
    Check(
        name="stored_value.merged",
        invariant="已合并的储值账户没有余额",
        message="储值账户 {0}：已合并，仍有 {1} 分",
        find_violations=_find_merged_with_balance,
    ),
    Check(
        name="stored_value.top_ups",
        invariant="每笔充值恰好入账一次",
        message="充值 {0}：应入账本金 {1} 分，实际 {2} 分",
        find_violations=_find_top_up_mismatch,
    ),
    Check(
        name="stored_value.top_up_refunds",
        invariant="充值退款与退款单相符，不超过充值金额",
        message="充值 {0}：记为已退 {1} 分，退款单合计 {2} 分",
        find_violations=_find_top_up_refund_mismatch,
    ),
    Check(
        name="stored_value.refunds_payable",
        invariant="待退款金额与退款单状态相符",
        message="充值退款 {0}：应待退 {1} 分，账上 {2} 分",
        find_violations=_find_payable_mismatch,
    ),
    Check(
        name="stored_value.payments",
        invariant="每笔储值消费与流水相符",
        message="储值消费 {0}：应计消费 {1} 分，流水合计 {2} 分",
        find_violations=_find_payment_mismatch,
    ),
    Check(
        name="stored_value.shares",
        invariant="储值退款按原比例退回赠金",
        message="储值消费 {0}：赠金应变动 {1} 分，流水合计 {2} 分",
        find_violations=_find_share_mismatch,
    ),
    Check(
        name="stored_value.same_member",
        invariant="储值消费在同一会员的账户上支付和退回",
        message="{0}：记在储值账户 {1} 和 {2} 上，两者从未属于同一会员",
        find_violations=_find_foreign_bookings,
    ),
)
