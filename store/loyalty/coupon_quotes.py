"""A coupon quote (用券方案): what coupons take off a basket, the best set of them, and why others do not apply.

Pure: nothing is read or written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from store.kernel import refusals
from store.loyalty import coupon_reasons, coupon_sets
from store.loyalty.coupon_baskets import Basket
from store.loyalty.coupon_reasons import Card, Reason
from store.loyalty.coupon_takings import Taken

PAYMENT_KIND = "voucher"  # 代金券: how what a voucher pays is called among the payments of an order
_NOTHING_LEFT = Reason("nothing_left", "已没有可抵扣的金额")


@dataclass(frozen=True)
class Quote:
    """`off_fen` is a discount, `paid_fen` paid by vouchers; `proven` when no set is better.

    `reasons` tells by code why each coupon that is not taken does not apply.
    """

    total_fen: int
    taken: tuple[Taken, ...]
    reasons: dict[str, Reason] = field(default_factory=dict)
    proven: bool = True

    @property
    def off_fen(self) -> int:
        return sum(taken.fen for taken in self.taken if not taken.pays)

    @property
    def paid_fen(self) -> int:
        return sum(taken.fen for taken in self.taken if taken.pays)

    @property
    def payable_fen(self) -> int:
        return self.total_fen - self.off_fen - self.paid_fen


def best(basket: Basket, cards: Sequence[Card]) -> Quote:
    """The set of coupons that leaves the least to pay, and the reason against each other coupon."""
    against = {card.code: coupon_reasons.against(card, basket) for card in cards}
    taken, proven = coupon_sets.best(basket, [card for card in cards if not against[card.code]])
    chosen = [one.card for one in taken]
    return Quote(
        total_fen=basket.total_fen,
        taken=taken,
        reasons={
            card.code: against[card.code] or coupon_sets.conflict(card, [*chosen, card]) or _NOTHING_LEFT
            for card in cards
            if card.code not in {one.code for one in chosen}
        },
        proven=proven,
    )


def of_these(basket: Basket, cards: Sequence[Card]) -> Quote:
    """The quote of exactly these coupons; refuses with `coupon_not_applicable` and the reason against one."""
    for card in cards:
        reason = coupon_reasons.against(card, basket) or coupon_sets.conflict(card, cards)
        if reason is not None:
            raise _refusal(card, reason)
    taken = coupon_sets.in_order(basket, cards)
    for one in taken:
        if not one.fen:
            raise _refusal(one.card, _NOTHING_LEFT)
    return Quote(total_fen=basket.total_fen, taken=taken)


def _refusal(card: Card, reason: Reason) -> refusals.Refused:
    return refusals.Refused(
        "coupon_not_applicable",
        f"「{card.terms.name}」{reason.sentence}",
        409,
        coupon=card.code,
        reason=reason.code,
    )
