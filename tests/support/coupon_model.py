"""Coupons once more, as plain as can be: who has which, on its way to whom, used for what.

It knows nothing of `store/`: people are numbers, time is hours since the first midnight. What people do
returns the code of the rejection, or None when it is done.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

ACTIVE_STATES = ("held", "used", "forfeited")
APPLICATION_ORDER = {"amount_off": 0, "percent_off": 1, "voucher": 2}


@dataclass(eq=False)
class CouponSample:
    """A kind of coupon; None is no limit of stock, no claims, no gifts, no return."""

    kind: str
    worth: int
    stock: int | None
    claims: int | None
    by_campaign: bool
    after_days: int
    days: int
    gift_hours: int | None
    return_days: int | None
    per_order: int
    beside_others: bool
    threshold: int = 0
    issued: int = 0
    listed: bool = True


@dataclass(eq=False)
class CouponModel:
    sample: CouponSample
    holder: int
    starts: int
    ends: int
    state: str = "issued"


@dataclass(eq=False)
class GiftModel:
    coupon: CouponModel
    giver: int
    expires: int
    state: str = "offered"
    receiver: int | None = None


@dataclass(eq=False)
class RedemptionModel:
    coupon: CouponModel
    member: int
    order: str
    total: int
    value: int
    at: int = 0
    state: str = "held"
    day: int = 0
    received: int = 0


@dataclass(eq=False)
class WalletsModel:
    now: int = 12
    coupons: list[CouponModel] = field(default_factory=list)
    gifts: list[GiftModel] = field(default_factory=list)
    redemptions: list[RedemptionModel] = field(default_factory=list)
    claimed: Counter[tuple[int, CouponSample]] = field(default_factory=Counter)
    issued_by_key: dict[tuple[int, CouponSample, str], CouponModel] = field(default_factory=dict)

    def claim(self, who: int, sample: CouponSample) -> str | None:
        if rejection := self._unavailable_code(sample):
            return rejection
        if sample.claims is None:
            return "coupon_not_claimable"
        if self.claimed[who, sample] >= sample.claims:
            return "claim_limit"
        self.claimed[who, sample] += 1
        self._create_coupon(who, sample)
        return None

    def issue(self, who: int, sample: CouponSample, key: str) -> str | None:
        if (who, sample, key) in self.issued_by_key:
            return None
        if rejection := self._unavailable_code(sample):
            return rejection
        if not sample.by_campaign:
            return "coupon_not_by_campaign"
        self.issued_by_key[who, sample, key] = self._create_coupon(who, sample)
        return None

    def hold(self, who: int, coupons: list[CouponModel], order: str, total: int) -> str | None:
        if before := self.list_active(order):
            same = all((use.member, use.total) == (who, total) for use in before)
            return None if same and {use.coupon for use in before} == {*coupons} else "hold_differs"
        if any(use.order == order and use.state == "returned" for use in self.redemptions):
            return "coupons_returned"
        if any(coupon.holder != who for coupon in coupons):
            return "not_found"
        if any(coupon.state == "held" for coupon in coupons):
            return "coupon_held"
        earlier = [use for use in self.redemptions if use.order == order]
        first = min((use.at for use in earlier), default=self.now)
        known = [use.coupon for use in earlier]
        unknown = [coupon for coupon in coupons if coupon not in known]
        if earlier and not all(self._applies(coupon, [coupon], total, self.now) for coupon in unknown):
            return "coupon_not_applicable"
        if not all(self._applies(coupon, coupons, total, first) for coupon in coupons):
            return "coupon_not_applicable"
        left, new = total, []
        for coupon in sorted(coupons, key=lambda coupon: APPLICATION_ORDER[coupon.sample.kind]):
            worth = coupon.sample.worth
            value = (
                (2 * left * worth + 100) // 200 if coupon.sample.kind == "percent_off" else min(worth, left)
            )
            left -= value
            new.append(RedemptionModel(coupon, who, order, total, value, self.now))
        if not all(use.value for use in new):
            return "coupon_not_applicable"
        for use in new:
            use.coupon.state = "held"
        self.redemptions += new
        return None

    def redeem(self, who: int, coupons: list[CouponModel], order: str, total: int) -> str | None:
        rejection = self.hold(who, coupons, order, total)
        taken = sum(use.value for use in self.list_active(order))
        return rejection or self.commit(order, received=total - taken, again=True)

    def commit(self, order: str, received: int = 100, *, again: bool = False) -> str | None:
        live = self.list_active(order)
        if not live:
            return "hold_released" if any(use.order == order for use in self.redemptions) else None
        if any(use.state == "forfeited" for use in live):
            return "coupon_use_state"
        if not again and any(use.state == "used" and use.received != received for use in live):
            return "key_reused"
        for use in live:
            if use.state == "held":
                use.state, use.coupon.state, use.day = "used", "used", self.now // 24
                use.received = received
        return None

    def release(self, order: str) -> str | None:
        live = self.list_active(order)
        if any(use.state != "held" for use in live):
            return "coupon_use_state"
        for use in live:
            use.state, use.coupon.state = "released", "issued"
        return None

    def refund(self, order: str) -> str | None:
        live = self.list_active(order)
        if any(use.state == "held" for use in live):
            return "coupon_use_state"
        for use in live:
            within = use.coupon.sample.return_days
            if use.state == "used" and within is not None and self.now // 24 - use.day <= within:
                use.state, use.coupon.state = "returned", "issued"
            else:
                use.state = "forfeited"
        return None

    def create_gift(self, who: int, coupon: CouponModel) -> str | None:
        hours = coupon.sample.gift_hours
        if coupon.holder != who:
            return "not_found"
        if hours is None:
            return "coupon_not_giftable"
        if coupon.ends <= self.now:
            return "coupon_ended"
        if coupon.state != "issued":
            return "coupon_state"
        coupon.state = "gifting"
        self.gifts.append(GiftModel(coupon, who, min(self.now + hours, coupon.ends)))
        return None

    def accept(self, gift: GiftModel, who: int) -> str | None:
        if gift.state == "accepted" and gift.receiver == who:
            return None
        if gift.state != "offered" or gift.expires <= self.now:
            return "gift_over"
        if gift.giver == who:
            return "own_gift"
        gift.receiver = gift.coupon.holder = who
        return self._close_gift(gift, "accepted")

    def decline(self, gift: GiftModel, who: int) -> str | None:
        if gift.state == "declined":
            return None
        if gift.state != "offered" or gift.expires <= self.now:
            return "gift_over"
        return "own_gift" if gift.giver == who else self._close_gift(gift, "declined")

    def cancel(self, gift: GiftModel, who: int) -> str | None:
        if gift.giver != who:
            return "not_found"
        if gift.state in ("cancelled", "timed_out"):
            return None
        return "gift_over" if gift.state != "offered" else self._close_gift(gift, "cancelled")

    def time_out(self) -> int:
        due = [gift for gift in self.gifts if gift.state == "offered" and gift.expires <= self.now]
        for gift in due:
            self._close_gift(gift, "timed_out")
        return len(due)

    def void(self, coupon: CouponModel) -> str | None:
        if coupon.state not in ("issued", "void"):
            return "coupon_state"
        coupon.state = "void"
        return None

    def expire(self) -> int:
        due = [coupon for coupon in self.coupons if coupon.state == "issued" and coupon.ends <= self.now]
        for coupon in due:
            coupon.state = "expired"
        return len(due)

    def merge(self, survivor: int, duplicate: int) -> "MergedModel":
        """Two people are one: what both had, what both may still have, what is on its way to both."""
        came = [
            (row, name)
            for row, name in (
                *((coupon, "holder") for coupon in self.coupons),
                *((gift, name) for gift in self.gifts for name in ("giver", "receiver")),
                *((use, "member") for use in self.redemptions),
            )
            if getattr(row, name) == duplicate
        ]
        states = {row: row.state for row, name in came if name == "holder"}
        claimed = {
            sample: self.claimed.pop((who, sample)) for who, sample in [*self.claimed] if who == duplicate
        }
        promised = {key: self.issued_by_key.pop(key) for key in [*self.issued_by_key] if key[0] == duplicate}
        union = MergedModel(self, survivor, duplicate, came, states, claimed, promised)
        for row, name in came:
            setattr(row, name, survivor)
        for sample, number in claimed.items():
            self.claimed[survivor, sample] += number
        for (_, sample, key), coupon in promised.items():
            self.issued_by_key.setdefault((survivor, sample, key), coupon)
        return union

    def list_active(self, order: str) -> list[RedemptionModel]:
        return [use for use in self.redemptions if use.order == order and use.state in ACTIVE_STATES]

    def _unavailable_code(self, sample: CouponSample) -> str | None:
        if not sample.listed:
            return "coupon_rule_not_listed"
        return "coupons_gone" if sample.stock is not None and sample.issued >= sample.stock else None

    def _create_coupon(self, who: int, sample: CouponSample) -> CouponModel:
        first = self.now // 24 + sample.after_days
        starts, ends = max(24 * first, self.now), 24 * (first + sample.days)
        self.coupons.append(CouponModel(sample, who, starts, ends))
        sample.issued += 1
        return self.coupons[-1]

    def _applies(self, coupon: CouponModel, together: list[CouponModel], total: int, at: int) -> bool:
        others = [other.sample for other in together if other.sample is not coupon.sample]
        return (
            coupon.state == "issued"
            and coupon.starts <= at < coupon.ends
            and total >= coupon.sample.threshold
            and len(together) - len(others) <= coupon.sample.per_order
            and all(coupon.sample.beside_others and sample.beside_others for sample in others)
        )

    def _close_gift(self, gift: GiftModel, state: str) -> None:
        gift.state, gift.coupon.state = state, "issued"


@dataclass(eq=False)
class MergedModel:
    """Two wallets that became one: the places where the lost one's name stood, and how the coupons were then."""

    wallets: WalletsModel
    survivor: int
    duplicate: int
    moved_references: list[tuple[Any, str]]
    previous_states: dict[CouponModel, str]
    claimed: dict[CouponSample, int]
    issued_by_key: dict[tuple[int, CouponSample, str], CouponModel]

    def find_blockers(self) -> set[str]:
        touched = any(self._is_changed(coupon, state) for coupon, state in self.previous_states.items())
        return {"coupon_touched"} if touched else set()

    def split(self) -> None:
        """What came over goes back; what was had since stays, and is counted on from the survivor's own."""
        for row, name in self.moved_references:
            setattr(row, name, self.duplicate)
        for sample, number in self.claimed.items():
            self.wallets.claimed[self.survivor, sample] -= number
            self.wallets.claimed[self.duplicate, sample] = number
        for (who, sample, key), coupon in self.issued_by_key.items():
            if self.wallets.issued_by_key[self.survivor, sample, key] is coupon:
                del self.wallets.issued_by_key[self.survivor, sample, key]
            self.wallets.issued_by_key[who, sample, key] = coupon

    def _is_changed(self, coupon: CouponModel, previous_state: str) -> bool:
        """Gone, or not as it was, or used or offered anew."""
        came = {row for row, _ in self.moved_references}
        again = [use for use in self.wallets.redemptions if use.state in ACTIVE_STATES] + [
            gift for gift in self.wallets.gifts if gift.state == "offered"
        ]
        return (
            coupon.holder != self.survivor
            or (coupon.state in ("held", "used", "gifting", "void") and coupon.state != previous_state)
            or any(row.coupon is coupon and row not in came for row in again)
        )
