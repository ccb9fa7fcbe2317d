"""Coupons in a merge (券合并): they move with their owner, and back unless they were used since."""

from collections import defaultdict
from collections.abc import Iterator

import peewee

from store.coupons.coupons import LABELS, Coupon
from store.coupons.gifts import CouponGift
from store.coupons.redemption_records import ACTIVE_STATES, CouponRedemption
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.customers.merging.rules import UndoBlocker

_CHANGED_STATES = ("held", "used", "gifting", "void")


def _find_change_blockers(field: peewee.Field, context: MergeContext) -> Iterator[UndoBlocker]:
    """Yield merged coupons that were used, offered, given away or voided since.

    What was pending already may have ended meanwhile, which returned the coupon.
    """
    steps = merge_journal.list_moves(context, field)
    rows = {coupon.id: coupon for coupon in Coupon.by_ids([step.row_id for step in steps])}
    again = _ids_reused_since(field, context)
    for step in steps:
        coupon = rows[step.row_id]
        changed = coupon.state in _CHANGED_STATES and coupon.state != step.before["state"]
        away = coupon.member_id != context.survivor_id
        if away or changed or coupon.id in again:
            word = "已转赠他人" if away else LABELS[coupon.state]
            sentence = f"合并过来的券（尾号 {coupon.code[-4:]}）{word}"
            yield UndoBlocker("coupon_touched", sentence, {"coupon_id": coupon.id, "state": coupon.state})


def _ids_reused_since(field: peewee.Field, context: MergeContext) -> set[int]:
    """Return the ids of coupons with a redemption or open gift since the merge."""
    uses = CouponRedemption.select(CouponRedemption.coupon).where(
        (CouponRedemption.member == context.survivor_id)
        & CouponRedemption.state.in_(ACTIVE_STATES)
        & CouponRedemption.id.not_in(merge_journal.moved_ids(context, CouponRedemption.member))
    )
    gifts = CouponGift.select(CouponGift.coupon).where(
        (CouponGift.giver == context.survivor_id)
        & (CouponGift.state == "offered")
        & CouponGift.id.not_in(merge_journal.moved_ids(context, CouponGift.giver))
    )
    return {row.coupon_id for row in (*uses, *gifts)}


def _renumber_sequences(field: peewee.Field, context: MergeContext) -> int:
    """Continue the numbers of coupons of the same origin, so that limits hold after the merge."""
    highest: dict[tuple[int, str], int] = defaultdict(int)
    for coupon in Coupon.select().where(field == context.survivor_id):
        key = (coupon.rule_id, coupon.issue_key)
        highest[key] = max(highest[key], coupon.sequence)
    lost = list(Coupon.select().where(field == context.duplicate_id))
    for coupon in lost:
        nth = coupon.sequence + highest[coupon.rule_id, coupon.issue_key]
        merge_journal.update_row(context, coupon, received_by=context.survivor_id, sequence=nth)
    return len(lost)


def _restore_sequences(field: peewee.Field, context: MergeContext) -> None:
    """Restore the duplicate's numbers and close the gaps of the survivor's."""
    merge_journal.undo_move(field, context)
    counted: dict[tuple[int, str], list[int]] = defaultdict(list)
    steps = merge_journal.list_moves(context, field)
    rows = {coupon.id: coupon for coupon in Coupon.by_ids([step.row_id for step in steps])}
    for step in steps:
        assert step.after is not None
        counted[rows[step.row_id].rule_id, rows[step.row_id].issue_key].append(step.after["sequence"])
    for (rule_id, origin), numbers in counted.items():
        kept = (field == context.survivor_id) & (Coupon.rule == rule_id) & (Coupon.issue_key == origin)
        mine = list(Coupon.select().where(kept).order_by(Coupon.sequence))
        last = max((coupon.sequence for coupon in mine if coupon.sequence < min(numbers)), default=0)
        for coupon in mine:
            if coupon.sequence > max(numbers):
                coupon.update_fields(sequence=coupon.sequence - max(numbers) + last)


merge_rules.register_rule(
    Coupon.member, merge_rules.move_and_remember(remember=("state",)), find_blockers=_find_change_blockers
)
merge_rules.register_rule(Coupon.received_by, _renumber_sequences, undo=_restore_sequences)
