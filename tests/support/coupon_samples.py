"""The three kinds of coupons of the long walk, on paper and as someone fills them in."""

from typing import Any

from tests.support.coupon_model import CouponSample


def amount_off() -> CouponSample:
    return CouponSample("amount_off", 500, stock=6, claims=2, by_campaign=True, after_days=1, days=2, gift_hours=24,
                return_days=1, per_order=2, beside_others=False, threshold=1000)  # fmt: skip


def percent_off() -> CouponSample:
    return CouponSample(
        "percent_off",
        20,
        stock=None,
        claims=3,
        by_campaign=False,
        after_days=0,
        days=5,
        gift_hours=None,
        return_days=None,
        per_order=1,
        beside_others=True,
    )


def voucher() -> CouponSample:
    return CouponSample("voucher", 300, stock=4, claims=None, by_campaign=True, after_days=0, days=4, gift_hours=40,
                return_days=0, per_order=1, beside_others=True)  # fmt: skip


def to_terms(sample: CouponSample) -> dict[str, Any]:
    """A kind of coupon as someone fills it in."""
    worth = {"amount_off": "off_fen", "percent_off": "percent", "voucher": "worth_fen"}[sample.kind]
    others = "any" if sample.beside_others else "none"
    return {
        "benefit": {"kind": sample.kind, worth: sample.worth},
        "stock": sample.stock,
        "claims_per_member": sample.claims,
        "by_campaign": sample.by_campaign,
        "validity": {"kind": "days", "after_days": sample.after_days, "days": sample.days},
        "gift_hours": sample.gift_hours,
        "return_days": sample.return_days,
        "stacking": {"others": others, "per_order": sample.per_order},
        "threshold_fen": sample.threshold,
    }
