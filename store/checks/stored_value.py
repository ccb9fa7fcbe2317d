"""Stored value: the ledger adds up to zero and to every balance, and each yuan came in once and went once.

The formulas are written out here a second time on purpose: a mistake in `store/loyalty` shall show.
"""

from typing import Any

import peewee
from peewee import fn

from store.checks.finding import Check, Rows
from store.loyalty.top_up_refunds import TopUpRefund
from store.loyalty.top_ups import TopUp
from store.loyalty.value_ledger import ValueAccount, ValueEntry
from store.loyalty.value_spends import ValueSpend
from store.people.merge_journal import Merge

OWN = ("principal_fen", "bonus_fen", "held_fen")
COMPANYS = ("cash_fen", "wechat_fen", "alipay_fen", "gifts_fen", "sales_fen", "returns_fen", "transfers_fen")


def _unbalanced() -> Rows:
    total = sum((getattr(ValueEntry, name) for name in OWN + COMPANYS), peewee.Value(0))
    return ValueEntry.select(ValueEntry.id, total).where(total != 0).tuples()


def _whole() -> Rows:
    """The kept balances with the company's sums: zero unless a row or a balance is lost."""
    kept = sum(_all(ValueAccount, name) for name in OWN)
    booked = sum(_all(ValueEntry, name) for name in COMPANYS)
    if kept + booked:
        yield "储值", kept, booked


def _all(model: Any, name: str) -> int:
    return int(model.select(fn.COALESCE(fn.SUM(getattr(model, name)), 0)).scalar())


def _unequal(name: str) -> Rows:
    kept, booked = getattr(ValueAccount, name), _total(getattr(ValueEntry, name))
    return (
        ValueAccount.select(ValueAccount.id, kept, booked)
        .join(ValueEntry, peewee.JOIN.LEFT_OUTER)
        .group_by(ValueAccount.id)
        .having(kept != booked)
        .tuples()
    )


def _beyond() -> Rows:
    own = [getattr(ValueAccount, name) for name in OWN]
    total = own[0] + own[1] + own[2]
    beyond = (total > ValueAccount.limit_fen) | (own[0] < 0) | (own[1] < 0) | (own[2] < 0)
    return ValueAccount.select(ValueAccount.id, total, ValueAccount.limit_fen).where(beyond).tuples()


def _left_in_merged() -> Rows:
    own = [getattr(ValueAccount, name) for name in OWN]
    total = own[0] + own[1] + own[2]
    gone = ValueAccount.merged_into.is_null(False)
    return ValueAccount.select(ValueAccount.id, total).where(gone & (total != 0)).tuples()


def _top_ups_unlike() -> Rows:
    """Top-ups whose credit is not in the ledger exactly once and to the fen, or that were not paid."""
    credit = fn.COALESCE(fn.SUM(ValueEntry.principal_fen), 0).cast("bigint")
    gift = fn.COALESCE(fn.SUM(ValueEntry.bonus_fen), 0).cast("bigint")
    paid = TopUp.state == "paid"
    due = peewee.Case(None, [(paid, TopUp.principal_fen)], 0)
    due_gift = peewee.Case(None, [(paid, TopUp.bonus_fen)], 0)
    mine = (ValueEntry.subject == _subject("top_up:", TopUp.id)) & (ValueEntry.kind == "top_up")
    return (
        TopUp.select(TopUp.id, due, credit)
        .join(ValueEntry, peewee.JOIN.LEFT_OUTER, on=mine)
        .group_by(TopUp.id)
        .having((credit != due) | (gift != due_gift))
        .tuples()
    )


def _top_up_refunds_unlike() -> Rows:
    back = fn.COALESCE(fn.SUM(TopUpRefund.principal_fen), 0).cast("bigint")
    return (
        TopUp.select(TopUp.id, TopUp.refunded_fen, back)
        .join(TopUpRefund, peewee.JOIN.LEFT_OUTER)
        .group_by(TopUp.id)
        .having((TopUp.refunded_fen != back) | (back > TopUp.principal_fen))
        .tuples()
    )


def _returns_unlike() -> Rows:
    """Refunds whose money is not where their state says: owed while asked for, gone when done."""
    owed = _total(ValueEntry.returns_fen)
    due = peewee.Case(None, [(TopUpRefund.state == "asked", TopUpRefund.paid_fen)], 0)
    mine = ValueEntry.subject == _subject("top_up_refund:", TopUpRefund.id)
    return (
        TopUpRefund.select(TopUpRefund.id, due, owed)
        .join(ValueEntry, peewee.JOIN.LEFT_OUTER, on=mine)
        .group_by(TopUpRefund.id)
        .having(owed != due)
        .tuples()
    )


def _spends_unlike() -> Rows:
    """Purchases whose bookings do not leave with sales and holds what the purchase says."""
    sold, held = _total(ValueEntry.sales_fen), _total(ValueEntry.held_fen)
    due = peewee.Case(
        None, [(ValueSpend.state == "committed", ValueSpend.amount_fen - ValueSpend.refunded_fen)], 0
    )
    due_held = peewee.Case(None, [(ValueSpend.state == "held", ValueSpend.amount_fen)], 0)
    return _bookings_of_spends(due, sold, (sold != due) | (held != due_held))


def _shares_unlike() -> Rows:
    """Purchases whose bonus did not leave, or come back, in the proportion in which it was taken."""
    bonus = _total(ValueEntry.bonus_fen)
    back = ValueSpend.bonus_fen * ValueSpend.refunded_fen / ValueSpend.amount_fen
    due = peewee.Case(None, [(ValueSpend.state == "released", 0)], back - ValueSpend.bonus_fen)
    return _bookings_of_spends(due, bonus, bonus != due)


def _on_another_card() -> Rows:
    """Purchases that were booked, or given back, at accounts of people who never were taken for one."""
    first, last = fn.MIN(ValueEntry.account), fn.MAX(ValueEntry.account)
    of_spends: Any = ValueEntry.select(ValueEntry.subject, first, last)
    of_spends = of_spends.where(ValueEntry.subject.startswith("value_spend:")).group_by(ValueEntry.subject)
    for subject, one, other in of_spends.having(first != last).tuples():
        if not _ever_one(one, other):
            yield subject, one, other


def _ever_one(one: int, other: int) -> bool:
    """Whether the owners of two accounts are, or once were, one person; an undone merge counts as well."""
    owners = [row.member.customer_id for row in ValueAccount.of_ids([one, other])]
    if len(owners) < 2 or owners[0] == owners[1]:
        return len(owners) == 2
    pairs: Any = Merge.select(Merge.survivor, Merge.lost).tuples()
    known, merged = {owners[0]}, [set(pair) for pair in pairs]
    while found := [pair for pair in merged if pair & known and pair - known]:
        known.update(*found)
    return owners[1] in known


def _bookings_of_spends(due: Any, booked: Any, wrong: Any) -> Rows:
    mine = ValueEntry.subject == _subject("value_spend:", ValueSpend.id)
    return (
        ValueSpend.select(ValueSpend.id, due, booked)
        .join(ValueEntry, peewee.JOIN.LEFT_OUTER, on=mine)
        .group_by(ValueSpend.id)
        .having(wrong)
        .tuples()
    )


def _total(field: peewee.Field) -> Any:
    return fn.COALESCE(fn.SUM(field), 0).cast("bigint")


def _subject(prefix: str, number: peewee.Field) -> Any:
    return peewee.Value(prefix).concat(number.cast("text"))


CHECKS = (
    Check(
        name="value.entries",
        promise="每笔储值流水借贷平衡",
        sentence="储值流水 {0}：各账户合计 {1} 分，应为 0",
        broken=_unbalanced,
    ),
    Check(
        name="value.whole",
        promise="全部储值账户之和为零",
        sentence="{0}：会员余额合计 {1} 分，公司账户合计 {2} 分，两者之和应为 0",
        broken=_whole,
    ),
    Check(
        name="value.principal",
        promise="储值本金等于流水之和",
        sentence="储值账户 {0}：本金 {1} 分，流水合计 {2} 分",
        broken=lambda: _unequal("principal_fen"),
    ),
    Check(
        name="value.bonus",
        promise="储值赠金等于流水之和",
        sentence="储值账户 {0}：赠金 {1} 分，流水合计 {2} 分",
        broken=lambda: _unequal("bonus_fen"),
    ),
    Check(
        name="value.held",
        promise="储值预扣等于流水之和",
        sentence="储值账户 {0}：预扣 {1} 分，流水合计 {2} 分",
        broken=lambda: _unequal("held_fen"),
    ),
    Check(
        name="value.limits",
        promise="储值余额不为负，也不超过上限",
        sentence="储值账户 {0}：合计 {1} 分，上限 {2} 分",
        broken=_beyond,
    ),
    Check(
        name="value.merged",
        promise="已合并的储值账户没有余额",
        sentence="储值账户 {0}：已合并，仍有 {1} 分",
        broken=_left_in_merged,
    ),
    Check(
        name="value.top_ups",
        promise="每笔充值恰好入账一次",
        sentence="充值 {0}：应入账本金 {1} 分，实际 {2} 分",
        broken=_top_ups_unlike,
    ),
    Check(
        name="value.top_up_refunds",
        promise="充值退款与退款单相符，不超过充值金额",
        sentence="充值 {0}：记为已退 {1} 分，退款单合计 {2} 分",
        broken=_top_up_refunds_unlike,
    ),
    Check(
        name="value.returns",
        promise="待退款金额与退款单状态相符",
        sentence="充值退款 {0}：应待退 {1} 分，账上 {2} 分",
        broken=_returns_unlike,
    ),
    Check(
        name="value.spends",
        promise="每笔储值消费与流水相符",
        sentence="储值消费 {0}：应计消费 {1} 分，流水合计 {2} 分",
        broken=_spends_unlike,
    ),
    Check(
        name="value.shares",
        promise="储值退款按原比例退回赠金",
        sentence="储值消费 {0}：赠金应变动 {1} 分，流水合计 {2} 分",
        broken=_shares_unlike,
    ),
    Check(
        name="value.card",
        promise="储值消费在同一会员的账户上支付和退回",
        sentence="{0}：记在储值账户 {1} 和 {2} 上，两者从未属于同一会员",
        broken=_on_another_card,
    ),
)
