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
_NOT_COMPARED = Reason("not_compared", "可用的券较多，未逐一比较")


@dataclass(frozen=True)
class Quote:
    """`off_fen` is a discount, `paid_fen` paid by vouchers; `proven` when no set is better.

    `reasons` tells by code why each of the `others` is not taken.
    """

    total_fen: int
    taken: tuple[Taken, ...]
    others: tuple[Card, ...] = ()
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
    against = _against(basket, cards)
    taken, proven = coupon_sets.best(basket, [card for card in cards if not against[card.code]])
    chosen = [one.card for one in taken]
    codes = {card.code for card in chosen}
    others = tuple(card for card in cards if card.code not in codes)
    spare = _NOTHING_LEFT if proven else _NOT_COMPARED
    return Quote(
        total_fen=basket.total_fen,
        taken=taken,
        others=others,
        reasons={
            card.code: against[card.code] or coupon_sets.conflict(card, [*chosen, card]) or spare
            for card in others
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


def _against(basket: Basket, cards: Sequence[Card]) -> dict[str, Reason | None]:
    """What speaks against each coupon by itself; the terms of a rule are held against the basket once."""
    of_terms = {
        rule: coupon_reasons.against_terms(card.terms, basket)
        for rule, card in {card.rule: card for card in cards}.items()
    }
    return {card.code: coupon_reasons.against_itself(card, basket) or of_terms[card.rule] for card in cards}


def _refusal(card: Card, reason: Reason) -> refusals.Refused:
    return refusals.Refused(
        "coupon_not_applicable",
        f"「{card.terms.name}」{reason.sentence}",
        409,
        coupon=card.code,
        reason=reason.code,
    )
