"""Coupons in a merge (券合并): they change hands with their owner, and come back unless they were used since."""

from collections import defaultdict
from collections.abc import Iterator

import peewee

from store.loyalty.coupon_gifts import CouponGift
from store.loyalty.coupon_uses import LIVE, CouponUse
from store.loyalty.coupons import WORDS, Coupon
from store.people import merge_journal, merges
from store.people.merge_journal import Way
from store.people.merges import Hindrance

_TOUCHED = ("held", "used", "gifting", "void")


def _touched_since(field: peewee.Field, way: Way) -> Iterator[Hindrance]:
    """Coupons that came over and were used, offered, given away or voided since.

    What was pending already may have fallen through meanwhile: that brought the coupon back.
    """
    steps = merge_journal.moved(way, field)
    rows = {coupon.id: coupon for coupon in Coupon.of_ids([step.row_id for step in steps])}
    again = _in_new_hands(field, way)
    for step in steps:
        coupon = rows[step.row_id]
        changed = coupon.state in _TOUCHED and coupon.state != step.before["state"]
        away = coupon.member_id != way.survivor
        if away or changed or coupon.id in again:
            word = "已转赠他人" if away else WORDS[coupon.state]
            sentence = f"合并过来的券（尾号 {coupon.code[-4:]}）{word}"
            yield Hindrance("coupon_touched", sentence, {"coupon_id": coupon.id, "state": coupon.state})


def _in_new_hands(field: peewee.Field, way: Way) -> set[int]:
    """Coupons of which a use, or an open gift, was begun since the merge."""
    uses = CouponUse.select(CouponUse.coupon).where(
        (CouponUse.member == way.survivor)
        & CouponUse.state.in_(LIVE)
        & CouponUse.id.not_in(merge_journal.ids_of_moved(way, CouponUse.member))
    )
    gifts = CouponGift.select(CouponGift.coupon).where(
        (CouponGift.giver == way.survivor)
        & (CouponGift.state == "offered")
        & CouponGift.id.not_in(merge_journal.ids_of_moved(way, CouponGift.giver))
    )
    return {row.coupon_id for row in (*uses, *gifts)}


def _count_on(field: peewee.Field, way: Way) -> int:
    """What both got from the same origin is counted on, so that limits stay honest after the merge."""
    highest: dict[tuple[int, str], int] = defaultdict(int)
    for coupon in Coupon.select().where(field == way.survivor):
        key = (coupon.rule_id, coupon.origin)
        highest[key] = max(highest[key], coupon.nth)
    lost = list(Coupon.select().where(field == way.loser))
    for coupon in lost:
        nth = coupon.nth + highest[coupon.rule_id, coupon.origin]
        merge_journal.change(way, coupon, received_by=way.survivor, nth=nth)
    return len(lost)


def _count_back(field: peewee.Field, way: Way) -> None:
    """The loser's get back their own numbers; what the survivor got since closes up to the ones before."""
    merge_journal.put_back(field, way)
    counted: dict[tuple[int, str], list[int]] = defaultdict(list)
    steps = merge_journal.moved(way, field)
    rows = {coupon.id: coupon for coupon in Coupon.of_ids([step.row_id for step in steps])}
    for step in steps:
        assert step.after is not None
        counted[rows[step.row_id].rule_id, rows[step.row_id].origin].append(step.after["nth"])
    for (rule_id, origin), numbers in counted.items():
        kept = (field == way.survivor) & (Coupon.rule == rule_id) & (Coupon.origin == origin)
        mine = list(Coupon.select().where(kept).order_by(Coupon.nth))
        last = max((coupon.nth for coupon in mine if coupon.nth < min(numbers)), default=0)
        for coupon in mine:
            if coupon.nth > max(numbers):
                coupon.put(nth=coupon.nth - max(numbers) + last)


merges.carries(Coupon.member, merges.moved_with(remember=("state",)), hinders=_touched_since)
merges.carries(Coupon.received_by, _count_on, back=_count_back)
