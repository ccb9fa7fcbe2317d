"""Coupons once more, as plain as can be: who has which, on its way to whom, used for what.

It knows nothing of `store/`: people are numbers, time is hours since the first midnight. What people do
returns the code of the refusal, or None when it is done.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

LIVE = ("held", "used", "forfeited")
RANK = {"amount_off": 0, "percent_off": 1, "voucher": 2}


@dataclass(eq=False)
class Sort:
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
class Coupon:
    sort: Sort
    holder: int
    starts: int
    ends: int
    state: str = "issued"


@dataclass(eq=False)
class Gift:
    coupon: Coupon
    giver: int
    until: int
    state: str = "offered"
    receiver: int | None = None


@dataclass(eq=False)
class Use:
    coupon: Coupon
    who: int
    order: str
    total: int
    value: int
    state: str = "held"
    day: int = 0


@dataclass(eq=False)
class Wallets:
    now: int = 12
    coupons: list[Coupon] = field(default_factory=list)
    gifts: list[Gift] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    claimed: Counter[tuple[int, Sort]] = field(default_factory=Counter)
    promised: dict[tuple[int, Sort, str], Coupon] = field(default_factory=dict)

    def claim(self, who: int, sort: Sort) -> str | None:
        if refusal := self._none_left(sort):
            return refusal
        if sort.claims is None:
            return "coupon_not_claimable"
        if self.claimed[who, sort] >= sort.claims:
            return "claim_limit"
        self.claimed[who, sort] += 1
        self._give(who, sort)
        return None

    def issue(self, who: int, sort: Sort, key: str) -> str | None:
        if (who, sort, key) in self.promised:
            return None
        if refusal := self._none_left(sort):
            return refusal
        if not sort.by_campaign:
            return "coupon_not_by_campaign"
        self.promised[who, sort, key] = self._give(who, sort)
        return None

    def hold(self, who: int, coupons: list[Coupon], order: str, total: int) -> str | None:
        if before := self.live(order):
            same = all((use.who, use.total) == (who, total) for use in before)
            return None if same and {use.coupon for use in before} == {*coupons} else "order_has_coupons"
        if any(use.order == order and use.state == "returned" for use in self.uses):
            return "coupons_returned"
        if any(coupon.holder != who for coupon in coupons):
            return "not_found"
        if not all(self._applies(coupon, coupons, total) for coupon in coupons):
            return "coupon_not_applicable"
        left, new = total, []
        for coupon in sorted(coupons, key=lambda coupon: RANK[coupon.sort.kind]):
            worth = coupon.sort.worth
            value = left * worth // 100 if coupon.sort.kind == "percent_off" else min(worth, left)
            left -= value
            new.append(Use(coupon, who, order, total, value))
        if not all(use.value for use in new):
            return "coupon_not_applicable"
        for use in new:
            use.coupon.state = "held"
        self.uses += new
        return None

    def redeem(self, who: int, coupons: list[Coupon], order: str, total: int) -> str | None:
        return self.hold(who, coupons, order, total) or self.commit(order)

    def commit(self, order: str) -> str | None:
        live = self.live(order)
        if not live:
            return "coupons_released" if any(use.order == order for use in self.uses) else None
        if any(use.state == "forfeited" for use in live):
            return "coupon_use_state"
        for use in live:
            if use.state == "held":
                use.state, use.coupon.state, use.day = "used", "used", self.now // 24
        return None

    def release(self, order: str) -> str | None:
        live = self.live(order)
        if any(use.state != "held" for use in live):
            return "coupon_use_state"
        for use in live:
            use.state, use.coupon.state = "released", "issued"
        return None

    def give_back(self, order: str) -> str | None:
        live = self.live(order)
        if any(use.state == "held" for use in live):
            return "coupon_use_state"
        for use in live:
            within = use.coupon.sort.return_days
            if use.state == "used" and within is not None and self.now // 24 - use.day <= within:
                use.state, use.coupon.state = "returned", "issued"
            else:
                use.state = "forfeited"
        return None

    def offer(self, who: int, coupon: Coupon) -> str | None:
        hours = coupon.sort.gift_hours
        if coupon.holder != who:
            return "not_found"
        if hours is None:
            return "coupon_not_giftable"
        if coupon.ends <= self.now:
            return "coupon_ended"
        if coupon.state != "issued":
            return "coupon_state"
        coupon.state = "gifting"
        self.gifts.append(Gift(coupon, who, min(self.now + hours, coupon.ends)))
        return None

    def accept(self, gift: Gift, who: int) -> str | None:
        if gift.state == "accepted" and gift.receiver == who:
            return None
        if gift.state != "offered" or gift.until <= self.now:
            return "gift_over"
        if gift.giver == who:
            return "own_gift"
        gift.receiver = gift.coupon.holder = who
        return self._answered(gift, "accepted")

    def refuse(self, gift: Gift, who: int) -> str | None:
        if gift.state == "refused":
            return None
        if gift.state != "offered" or gift.until <= self.now:
            return "gift_over"
        return "own_gift" if gift.giver == who else self._answered(gift, "refused")

    def take_back(self, gift: Gift, who: int) -> str | None:
        if gift.giver != who:
            return "not_found"
        if gift.state in ("taken_back", "timed_out"):
            return None
        return "gift_over" if gift.state != "offered" else self._answered(gift, "taken_back")

    def time_out(self) -> int:
        due = [gift for gift in self.gifts if gift.state == "offered" and gift.until <= self.now]
        for gift in due:
            self._answered(gift, "timed_out")
        return len(due)

    def void(self, coupon: Coupon) -> str | None:
        if coupon.state not in ("issued", "void"):
            return "coupon_state"
        coupon.state = "void"
        return None

    def expire(self) -> int:
        due = [coupon for coupon in self.coupons if coupon.state == "issued" and coupon.ends <= self.now]
        for coupon in due:
            coupon.state = "expired"
        return len(due)

    def merge(self, keep: int, lose: int) -> "Union":
        """Two people are one: what both had, what both may still have, what is on its way to both."""
        came = [
            (row, name)
            for row, name in (
                *((coupon, "holder") for coupon in self.coupons),
                *((gift, name) for gift in self.gifts for name in ("giver", "receiver")),
                *((use, "who") for use in self.uses),
            )
            if getattr(row, name) == lose
        ]
        states = {row: row.state for row, name in came if name == "holder"}
        claimed = {sort: self.claimed.pop((who, sort)) for who, sort in [*self.claimed] if who == lose}
        promised = {key: self.promised.pop(key) for key in [*self.promised] if key[0] == lose}
        union = Union(self, keep, lose, came, states, claimed, promised)
        for row, name in came:
            setattr(row, name, keep)
        for sort, number in claimed.items():
            self.claimed[keep, sort] += number
        for (_, sort, key), coupon in promised.items():
            self.promised.setdefault((keep, sort, key), coupon)
        return union

    def live(self, order: str) -> list[Use]:
        return [use for use in self.uses if use.order == order and use.state in LIVE]

    def _none_left(self, sort: Sort) -> str | None:
        if not sort.listed:
            return "coupon_rule_not_listed"
        return "coupons_gone" if sort.stock is not None and sort.issued >= sort.stock else None

    def _give(self, who: int, sort: Sort) -> Coupon:
        first = self.now // 24 + sort.after_days
        starts, ends = max(24 * first, self.now), 24 * (first + sort.days)
        self.coupons.append(Coupon(sort, who, starts, ends))
        sort.issued += 1
        return self.coupons[-1]

    def _applies(self, coupon: Coupon, together: list[Coupon], total: int) -> bool:
        others = [other.sort for other in together if other.sort is not coupon.sort]
        return (
            coupon.state == "issued"
            and coupon.starts <= self.now < coupon.ends
            and total >= coupon.sort.threshold
            and len(together) - len(others) <= coupon.sort.per_order
            and all(coupon.sort.beside_others and sort.beside_others for sort in others)
        )

    def _answered(self, gift: Gift, state: str) -> None:
        gift.state, gift.coupon.state = state, "issued"


@dataclass(eq=False)
class Union:
    """Two wallets that became one: the places where the lost one's name stood, and how the coupons were then."""

    paper: Wallets
    keep: int
    lose: int
    came: list[tuple[Any, str]]
    states: dict[Coupon, str]
    claimed: dict[Sort, int]
    promised: dict[tuple[int, Sort, str], Coupon]

    def hindered(self) -> set[str]:
        touched = any(self._touched(coupon, state) for coupon, state in self.states.items())
        return {"coupon_touched"} if touched else set()

    def part(self) -> None:
        """What came over goes back; what was had since stays, and is counted on from the survivor's own."""
        for row, name in self.came:
            setattr(row, name, self.lose)
        for sort, number in self.claimed.items():
            self.paper.claimed[self.keep, sort] -= number
            self.paper.claimed[self.lose, sort] = number
        for (who, sort, key), coupon in self.promised.items():
            if self.paper.promised[self.keep, sort, key] is coupon:
                del self.paper.promised[self.keep, sort, key]
            self.paper.promised[who, sort, key] = coupon

    def _touched(self, coupon: Coupon, before: str) -> bool:
        """Gone, or not as it was, or used or offered anew."""
        came = {row for row, _ in self.came}
        again = [use for use in self.paper.uses if use.state in LIVE] + [
            gift for gift in self.paper.gifts if gift.state == "offered"
        ]
        return (
            coupon.holder != self.keep
            or (coupon.state in ("held", "used", "gifting", "void") and coupon.state != before)
            or any(row.coupon is coupon and row not in came for row in again)
        )
