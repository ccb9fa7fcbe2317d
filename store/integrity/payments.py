"""Payments: what arrived is taken or refunded to the fen, each platform payment counts once, nothing is forgotten."""

from typing import Any

import peewee
from peewee import fn

from store.integrity.check import Check, Rows
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund

LIVE_ATTEMPTS = ("created", "pending", "unknown")
FREED = "failed"  # the one state of a refund that gives its part of the money free


def _find_amount_mismatch() -> Rows:
    """Find attempts whose money was not taken or found to be a surplus exactly, or that have money without success."""
    used = PaymentAttempt.taken_fen + PaymentAttempt.surplus_fen
    paid = PaymentAttempt.state == "succeeded"
    wrong = (used != PaymentAttempt.paid_fen) | (paid & (PaymentAttempt.paid_fen <= 0))
    return (
        PaymentAttempt.select(PaymentAttempt.number, PaymentAttempt.paid_fen, used)
        .where(wrong | (~paid & (PaymentAttempt.paid_fen != 0)))
        .tuples()
    )


def _find_cash_mismatch() -> Rows:
    change = PaymentAttempt.received_fen - PaymentAttempt.amount_fen
    wrong = (PaymentAttempt.kind == "cash") & (PaymentAttempt.change_fen != change)
    return (
        PaymentAttempt.select(PaymentAttempt.number, PaymentAttempt.change_fen, change).where(wrong).tuples()
    )


def _find_refund_mismatch() -> Rows:
    """Find attempts whose refunds do not sum to what the attempt says, or exceed what was paid."""
    live = (Refund.attempt == PaymentAttempt.id) & (Refund.state != FREED)
    total = _sum_expression(Refund.amount_fen)
    return (
        PaymentAttempt.select(PaymentAttempt.number, PaymentAttempt.refunded_fen, total)
        .join(Refund, peewee.JOIN.LEFT_OUTER, on=live)
        .group_by(PaymentAttempt.id)
        .having((total != PaymentAttempt.refunded_fen) | (total > PaymentAttempt.paid_fen))
        .tuples()
    )


def _find_surplus_mismatch() -> Rows:
    """Find surpluses without a refund of the whole amount, or whose live refunds exceed them."""
    surplus = (Refund.attempt == PaymentAttempt.id) & (Refund.purpose == "surplus")
    live_fen = peewee.Case(None, [(Refund.state == FREED, 0)], Refund.amount_fen)
    asked, live = _sum_expression(Refund.amount_fen), fn.COALESCE(fn.SUM(live_fen), 0).cast("bigint")
    return (
        PaymentAttempt.select(PaymentAttempt.number, PaymentAttempt.surplus_fen, asked)
        .join(Refund, peewee.JOIN.LEFT_OUTER, on=surplus)
        .group_by(PaymentAttempt.id)
        .having((asked < PaymentAttempt.surplus_fen) | (live > PaymentAttempt.surplus_fen))
        .tuples()
    )


def _find_repeated_platform_numbers() -> Rows:
    """Find payments of a platform that made more than one attempt succeed."""
    count = fn.COUNT(PaymentAttempt.id)
    paid = (PaymentAttempt.state == "succeeded") & PaymentAttempt.merchant.is_null(False)
    query: Any = PaymentAttempt.select(fn.MIN(PaymentAttempt.number), count).where(paid)
    return query.group_by(PaymentAttempt.merchant, PaymentAttempt.platform_number).having(count > 1).tuples()


def _find_unqueried() -> Rows:
    """Find attempts that are not final and that nothing will ask about."""
    live = PaymentAttempt.state.in_(LIVE_ATTEMPTS)
    forgotten = live & (PaymentAttempt.next_query_at.is_null() | PaymentAttempt.merchant.is_null())
    return PaymentAttempt.select(PaymentAttempt.number, PaymentAttempt.state).where(forgotten).tuples()


def _find_unsent_refunds() -> Rows:
    open_states = Refund.state.in_(("asked", "sent"))
    return (
        Refund.select(Refund.number, Refund.state).where(open_states & Refund.next_try_at.is_null()).tuples()
    )


def _find_waiting_refunds() -> Rows:
    """Find refunds that need a person: abnormal ones, and surplus money that could not be given back."""
    owed = (Refund.purpose == "surplus") & (Refund.state == FREED)
    waiting = (Refund.state == "abnormal") | (
        owed & (PaymentAttempt.refunded_fen < PaymentAttempt.surplus_fen)
    )
    return (
        Refund.select(Refund.number, Refund.amount_fen, Refund.state)
        .join(PaymentAttempt)
        .where(waiting)
        .tuples()
    )


def _sum_expression(field: peewee.Field) -> Any:
    return fn.COALESCE(fn.SUM(field), 0).cast("bigint")


CHECKS = (
    Check(
        name="payments.amounts",
        invariant="每笔支付的到账金额等于入账加多收",
        message="支付 {0}：到账 {1} 分，入账与多收合计 {2} 分",
        find_violations=_find_amount_mismatch,
    ),
    Check(
        name="payments.cash",
        invariant="现金找零等于实收减应收",
        message="支付 {0}：找零 {1} 分，应为 {2} 分",
        find_violations=_find_cash_mismatch,
    ),
    Check(
        name="payments.refunds",
        invariant="退款合计与支付记录相符，不超过到账金额",
        message="支付 {0}：记为已退 {1} 分，退款单合计 {2} 分",
        find_violations=_find_refund_mismatch,
    ),
    Check(
        name="payments.surplus",
        invariant="每笔多收款都申请退回，且不多退",
        message="支付 {0}：多收 {1} 分，退款单合计 {2} 分",
        find_violations=_find_surplus_mismatch,
    ),
    Check(
        name="payments.platform_numbers",
        invariant="平台的每笔交易只入账一次",
        message="支付 {0}：同一平台交易入账 {1} 次",
        find_violations=_find_repeated_platform_numbers,
    ),
    Check(
        name="payments.queried",
        invariant="未完成的支付都会被查询",
        message="支付 {0}：状态 {1}，没有安排查询",
        find_violations=_find_unqueried,
    ),
    Check(
        name="payments.refunds_sent",
        invariant="未完成的退款都会被发送或查询",
        message="退款 {0}：状态 {1}，没有安排发送",
        find_violations=_find_unsent_refunds,
    ),
    Check(
        name="payments.refunds_waiting",
        invariant="没有等待人工处理的退款",
        message="退款 {0}：{1} 分，状态 {2}，需要人工处理",
        find_violations=_find_waiting_refunds,
        is_warning=True,
    ),
)
