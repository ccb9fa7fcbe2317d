"""The three kinds of coupons of the long walk, on paper and as somebody fills them in."""

from typing import Any

from tests.store.loyalty.coupon_book import Sort


def amount_off() -> Sort:
    return Sort("amount_off", 500, stock=6, claims=2, by_campaign=True, after_days=1, days=2, gift_hours=24,
                return_days=1, per_order=2, beside_others=False, threshold=1000)  # fmt: skip


def percent_off() -> Sort:
    return Sort("percent_off", 20, stock=None, claims=3, by_campaign=False, after_days=0, days=5, gift_hours=None,
                return_days=None, per_order=1, beside_others=True)  # fmt: skip


def voucher() -> Sort:
    return Sort("voucher", 300, stock=4, claims=None, by_campaign=True, after_days=0, days=4, gift_hours=40,
                return_days=0, per_order=1, beside_others=True)  # fmt: skip


def terms(sort: Sort) -> dict[str, Any]:
    """A kind of coupon as somebody fills it in."""
    worth = {"amount_off": "off_fen", "percent_off": "percent", "voucher": "worth_fen"}[sort.kind]
    others = "any" if sort.beside_others else "none"
    return {
        "benefit": {"kind": sort.kind, worth: sort.worth},
        "stock": sort.stock,
        "claims_per_member": sort.claims,
        "by_campaign": sort.by_campaign,
        "validity": {"kind": "days", "after_days": sort.after_days, "days": sort.days},
        "gift_hours": sort.gift_hours,
        "return_days": sort.return_days,
        "stacking": {"others": others, "per_order": sort.per_order},
        "threshold_fen": sort.threshold,
    }
